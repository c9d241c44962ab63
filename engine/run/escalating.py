"""Chase a task that is late: tell others, let others do it too, or hand it over to them."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update

from engine import record, recusals, tasks
from engine.ladder import Escalation
from engine.model import CaseMember, Seat, Timer, UserTask
from engine.run.context import Context
from engine.run.reminding import remind

_SECRET = ("ballot", "sealed")


def escalate(ctx: Context, task: UserTask, timer: Timer) -> None:
    """Do what one line of `escalate` says, and record it with how many people it reached.

    Seats of ballots and of sealed writing never move, whatever the diagram says; nobody gets a
    second seat of the same work.
    """
    package = ctx.package(task.package_hash)
    element = package.element(task.element_id)
    line = tasks.escalations_of(element)[timer.rung]
    role, function = line.named(package.roles, package.functions)
    people = _without_kept_out(ctx, task, _members(ctx, role, function))
    reached = len(people)
    if line.verb != "notify":
        secret = task.kind in _SECRET or element.properties.get("compare") == "yes"
        moved = 0 if secret else _seats_for(ctx, task, line, (role, function), people)
        reached = moved and len(people)
    record.note(
        ctx.session, case_id=task.case_id, instance_id=task.instance_id, action="escalated",
        now=ctx.now, element_id=task.element_id,
        facts={"task": str(task.id), "verb": line.verb, "who": line.who, "people": reached},
    )  # fmt: skip
    if reached:
        remind(ctx, task, key=timer.dedupe_key, person_ids=people, kind="escalation")


def _members(ctx: Context, role: str, function: str) -> list[UUID]:
    """Who holds the role with the function now, each once."""
    asked = select(CaseMember.person_id).where(
        CaseMember.case_id == ctx.case.id,
        CaseMember.roster == "",
        or_(CaseMember.from_at.is_(None), CaseMember.from_at <= ctx.now),
        or_(CaseMember.to_at.is_(None), CaseMember.to_at > ctx.now),
    )
    if role:
        asked = asked.where(CaseMember.role == role)
    if function:
        asked = asked.where(CaseMember.function == function)
    found = ctx.session.scalars(asked.order_by(CaseMember.position, CaseMember.id))
    return list(dict.fromkeys(found))


def _without_kept_out(ctx: Context, task: UserTask, people: list[UUID]) -> list[UUID]:
    """Who is kept out of the whole of it is not even told that it is late."""
    bars = recusals.bars_of(ctx.session, case_id=task.case_id, person_ids=people)
    return [p for p in people if not bars.get(p, recusals.NONE).acting(task.kind, task.about)]


def _seats_for(
    ctx: Context,
    task: UserTask,
    line: Escalation,
    who: tuple[str, str],
    people: Sequence[UUID],
) -> int:
    """Add or move seats; gives how many."""
    seats = list(
        ctx.session.scalars(select(Seat).where(Seat.task_id == task.id).order_by(Seat.position))
    )
    if line.verb == "reassign":
        return sum(_reassign(ctx, group, who, people) for group in _by_subject(seats).values())
    if task.kind == "single":
        return _add_queue(ctx, task, seats, who, people)
    return _add_people(ctx, task, seats, people)


def _by_subject(seats: Sequence[Seat]) -> dict[str, list[Seat]]:
    made: dict[str, list[Seat]] = {}
    for seat in seats:
        made.setdefault(seat.subject, []).append(seat)
    return made


def _reassign(
    ctx: Context, seats: Sequence[Seat], who: tuple[str, str], people: Sequence[UUID]
) -> int:
    """Put the open seats about one subject into the queue of others, as far as there are enough.

    Each of them can take one; what is more than they are stays where it is. A draft stays with
    whoever wrote it, which means that it goes.
    """
    have = {seat.person_id for seat in seats}
    queued = sum(s.state == "open" and s.person_id is None and (s.role, s.function) == who
                 for s in seats)  # fmt: skip
    free = len([person for person in people if person not in have]) - queued
    moving = [
        seat
        for seat in seats
        if seat.state == "open"
        and (seat.role, seat.function) != who
        and seat.person_id not in people
    ]
    moving = moving[: max(free, 0)]
    ctx.session.execute(
        update(Seat)
        .where(Seat.id.in_([seat.id for seat in moving]), Seat.state == "open")
        .values(
            person_id=None, claimed_at=None, role=who[0], function=who[1], draft=None,
            draft_at=None,
        )
    )  # fmt: skip
    return len(moving)


def _add_queue(
    ctx: Context,
    task: UserTask,
    seats: Sequence[Seat],
    who: tuple[str, str],
    people: Sequence[UUID],
) -> int:
    """A single task gets a second seat; whoever hands in first has done it."""
    if not people or any((seat.role, seat.function) == who for seat in seats):
        return 0
    ctx.session.add(_seat(task, len(seats) + 1, role=who[0], function=who[1]))
    return 1


def _add_people(ctx: Context, task: UserTask, seats: Sequence[Seat], people: Sequence[UUID]) -> int:
    """A seat for each of them who has none yet."""
    if any(seat.subject for seat in seats):
        return 0
    have = {seat.person_id for seat in seats}
    new = [person for person in people if person not in have]
    last = max((seat.position for seat in seats), default=0)
    ctx.session.add_all(
        _seat(task, last + number, person_id=person) for number, person in enumerate(new, start=1)
    )
    return len(new)


def _seat(
    task: UserTask,
    position: int,
    *,
    person_id: UUID | None = None,
    role: str = "",
    function: str = "",
) -> Seat:
    return Seat(
        id=uuid4(), task_id=task.id, case_id=task.case_id, position=position,
        person_id=person_id, role=role, function=function,
    )  # fmt: skip
