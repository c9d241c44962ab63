"""User tasks: opened when the token arrives, closed once, summed up in one variable."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Select, bindparam, exists, func, literal_column, select
from sqlalchemy.orm import Session

from engine import absences, ballots, invitations, record, recusals, seats, timers
from engine.bpmn import Element, Step, evaluate
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.ladder import Escalation, ladder, read_escalations
from engine.model import Case, Instance, Problem, Seat, UserTask


class TaskNotFound(EngineError):
    """No such task, or none that this person may see: the two answers must look alike."""

    code = "task_not_found"

    def __init__(self, task_id: UUID) -> None:
        super().__init__(f"there is no task {task_id}, or not for you")
        self.task_id = task_id


def require_open(task: UserTask, *, now: datetime) -> None:
    """Raise unless the task accepts something at this instant.

    Raises:
        TaskClosed: not yet, or no longer; nothing is changed.
    """
    if task.state != "open":
        raise seats.TaskClosed("it is closed")
    if task.opens_at is not None and now < task.opens_at:
        raise seats.TaskClosed("it opens later")
    if task.closes_at is not None and now >= task.closes_at:
        raise seats.TaskClosed("its closing time has passed")


def kind_of(element: Element) -> str:
    return element.properties.get("kind", "open") if element.marker else "single"


def open_task(
    session: Session,
    *,
    case: Case,
    instance: Instance,
    package: PackageVersion,
    step: Step,
    facts: CaseFacts,
) -> tuple[UserTask, int]:
    """Write a task with its seats and timers: the token has arrived at its element.

    Everything is worked out before the first row is written, so that nothing needs undoing.

    Returns:
        The task and the number of its seats that somebody may hand in.

    Raises:
        ExpressionFailed: `seats`, `due`, `opens` or `closes` could not be worked out.
        EngineError, ValueError, LookupError: what they gave is of no use.
    """
    element = step.element
    # A single task always has its role's one seat; who comes for `public` gets one on demand.
    places = [seats.Place(role=element.role, function=element.properties.get("function", ""))]
    if element.marker:
        places = _places(session, case, package, step, facts)
    task = UserTask(
        id=uuid4(),
        case_id=case.id,
        instance_id=instance.id,
        package_hash=package.hash,
        step=step.id,
        element_id=element.id,
        kind=kind_of(element),
        role=element.role,
        recorders=element.properties.get("recorders", ""),
        stand_in=absences.allowed_by(element, element.role, kind_of(element)),
        about=_about(session, instance),
        context=dict(step.variables),
        enough=enough_of(element),
        opened_at=facts.now,
        **times_of(element, step.variables, facts)._asdict(),
    )
    rungs = rungs_of(task, element, package, facts)
    invited = _invited(session, case, package, step, facts)
    if invitations.is_meeting(element):
        place = evaluate(element.properties.get("place", "''"), step.variables, facts)
        task.invited, task.meeting = -1, invitations.describe(element, str(place))
    if task.kind == "ballot":
        box = evaluate(element.properties["ballot"], step.variables, facts)
        task.box_id = UUID(box["id"])
        ballots.open_box(session, box_id=task.box_id, now=facts.now)
    places = _kept_out(session, task, places)
    task.current_subject = _first_subject(element, places)
    task.round = _next_round(case.id, element)
    session.add(task)
    session.flush()  # the seats refer to it, and go in one statement past the unit of work
    seats.open_seats(session, task=task, places=places)
    _record_kept_out(session, task, places, now=facts.now)
    timers.set_task_timers(session, task=task, rungs=rungs, now=facts.now)
    invitations.invite(session, task=task, people=invited)
    return task, sum(not place.void_reason for place in places)


def _about(session: Session, instance: Instance) -> str:
    """Whom the whole run is about: its own item, else that of the linked run it belongs to."""
    while not instance.item and instance.parent_id is not None:
        instance = session.get_one(Instance, instance.parent_id)
    return instance.item


def _kept_out(session: Session, task: UserTask, places: Sequence[seats.Place]) -> list[seats.Place]:
    """Say of each place whether its person may not have it, and why; one statement, or none."""
    people = {place.person_id for place in places if place.person_id is not None}
    if not people:
        return list(places)
    barred = recusals.reasons(session, case_id=task.case_id, person_ids=people, kind=task.kind)
    if not barred:
        return list(places)
    on_paper = ballots.on_paper(session, box_id=task.box_id) if task.box_id else ()
    made = []
    for place in places:
        found = barred.get(place.person_id, {}) if place.person_id else {}
        concerned = (recusals.WHOLE, place.subject, task.about, *on_paper)
        why = next((found[each] for each in concerned if each in found), None)
        reason = "" if why is None else recusals.void_reason(why)
        made.append(replace(place, void_reason=reason) if reason else place)
    if task.box_id:
        gone = [p.person_id for p in made if p.void_reason and p.person_id]
        ballots.exclude(session, box_id=task.box_id, voter_ids=gone)
    return made


def _record_kept_out(
    session: Session, task: UserTask, places: Sequence[seats.Place], *, now: datetime
) -> None:
    entries = [
        record.entry(
            case_id=task.case_id, action="kept_out", now=now, person_id=place.person_id,
            instance_id=task.instance_id, element_id=task.element_id,
            subject=place.subject or task.about,
        )
        for place in places
        if place.void_reason
    ]  # fmt: skip
    record.write(session, entries)


def _places(
    session: Session, case: Case, package: PackageVersion, step: Step, facts: CaseFacts
) -> list[seats.Place]:
    text = step.element.properties.get("seats")
    if not text:
        return []
    described = evaluate(text, step.variables, facts)
    return seats.resolve(session, described, case_id=case.id, roles=package.roles, now=facts.now)


def _invited(
    session: Session, case: Case, package: PackageVersion, step: Step, facts: CaseFacts
) -> list[UUID]:
    """Whom the meeting of a task is for; nobody where it is none."""
    text = step.element.properties.get("invites")
    if not text:
        return []
    described = evaluate(text, step.variables, facts)
    places = seats.resolve(session, described, case_id=case.id, roles=package.roles, now=facts.now)
    return [place.person_id for place in places if place.person_id is not None]


def _next_round(case_id: UUID, element: Element) -> Any:
    """Worked out by the database while it inserts: a statement less."""
    earlier = select(func.coalesce(func.max(UserTask.round), 0)).where(
        UserTask.case_id == case_id, UserTask.element_id == element.id
    )
    return earlier.scalar_subquery() + 1


def _first_subject(element: Element, places: Sequence[seats.Place]) -> str:
    if element.properties.get("in_order") != "yes":
        return ""
    return next((place.subject for place in places if not place.void_reason), "")


class Times(NamedTuple):
    """What the properties of a task give; `workday_year` is the last year counted in, if any."""

    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    workday_year: int | None


def times_of(element: Element, variables: Mapping[str, Any], facts: CaseFacts) -> Times:
    """Work out when a task opens, is due and closes.

    Raises:
        ExpressionFailed: one of them could not be worked out.
    """
    facts.calendar.forget_asked()
    opens, due, closes = (
        _instant(element, name, variables, facts) for name in ("opens", "due", "closes")
    )
    return Times(opens, due, closes, facts.calendar.last_asked)


def _instant(
    element: Element, name: str, variables: Mapping[str, Any], facts: CaseFacts
) -> datetime | None:
    text = element.properties.get(name)
    if not text:
        return None
    value = evaluate(text, variables, facts)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    made: datetime = value
    return made


def rungs_of(
    task: UserTask, element: Element, package: PackageVersion, facts: CaseFacts
) -> timers.Rungs:
    """The instants of its reminders and escalations, counted from the due or closing instant.

    Raises:
        ValueError: a ladder cannot be read, or names nobody of the procedure.
    """
    due = task.due_at or task.closes_at
    if due is None:
        return timers.Rungs()
    local = facts.local_days
    escalations = []
    for number, each in enumerate(escalations_of(element)):
        each.named(package.roles, package.functions)
        escalations += [(number, at) for at in each.rung.instants(due, local)]
    return timers.Rungs(ladder(element.properties.get("reminders", ""), due, local), escalations)


def escalations_of(element: Element) -> list[Escalation]:
    return read_escalations(element.properties.get("escalate", ""))


def reset_timers(
    session: Session, *, task: UserTask, package: PackageVersion, facts: CaseFacts
) -> None:
    """Write what hangs on a task's deadline anew, after it was moved."""
    element = package.element(task.element_id)
    rungs = rungs_of(task, element, package, facts)
    timers.move(session, task=task, rungs=rungs, now=facts.now)


def with_open_seats(session: Session, task_ids: Collection[UUID]) -> set[UUID]:
    """Which of these tasks still wait for anybody; no statement where there are none."""
    if not task_ids:
        return set()
    asked = select(Seat.task_id).where(Seat.task_id.in_(task_ids), Seat.state == "open")
    return set(session.scalars(asked.distinct()))


def is_complete(session: Session, task_id: UUID) -> bool:
    """Whether an open collective task has all it waits for; one statement."""
    return session.scalar(_is_complete(), {"task_id": task_id}) is not None


@cache
def _is_complete() -> Select[UUID]:
    """Asked after every submission: built once."""
    return _complete().where(UserTask.id == bindparam("task_id"))


def all_complete(session: Session, *, limit: int, since: datetime | None = None) -> list[UUID]:
    """Open collective tasks of running selections that have all they wait for.

    Those whose closing has failed are left to the next try of their problem.

    Args:
        since: only where something was handed in from then on, which is asked first: what waits is
            not even looked at. None: all that are open.
    """
    failed = exists().where(
        Problem.case_id == UserTask.case_id,
        Problem.state == literal_column("'open'"),
        Problem.kind == "closing",
        Problem.instance_id == UserTask.instance_id,
        Problem.step == UserTask.step,
    )
    asked = _complete().join(Case, Case.id == UserTask.case_id)
    asked = asked.where(Case.state == "running", ~failed)
    if since is not None:
        # Not DISTINCT: a planner that knows no numbers would walk through all seats for it.
        ids = set(session.scalars(select(Seat.task_id).where(Seat.submitted_at >= since)))
        if not ids:
            return []
        asked = asked.where(UserTask.id.in_(ids))
    return list(session.scalars(asked.limit(limit)))


def _complete() -> Select[UUID]:
    """All in is asked with EXISTS on a partial index; only a number makes it count."""
    open_seat = exists().where(Seat.task_id == UserTask.id, Seat.state == literal_column("'open'"))
    number = (
        select(func.count())
        .where(Seat.task_id == UserTask.id, Seat.state == "handed_in")
        .scalar_subquery()
    )
    return select(UserTask.id).where(
        UserTask.state == "open",
        UserTask.kind != "single",
        ((UserTask.enough == 0) & ~open_seat)
        | ((UserTask.enough > 0) & (number >= UserTask.enough)),
    )


def enough_of(element: Element) -> int | None:
    """How many seats complete a collective task: 0 for all, None for only time or a person."""
    completes = element.properties.get("completes", "all")
    if completes == "closing" or element.properties.get("public") == "yes":
        return None
    return int(completes) if completes.isdigit() else 0


def open_of_instance(session: Session, instance_id: UUID) -> list[UserTask]:
    """Tasks of an instance whose token has not moved on."""
    return list(
        session.scalars(
            select(UserTask).where(
                UserTask.instance_id == instance_id, UserTask.state.in_(("open", "closed"))
            )
        )
    )


def cancel(session: Session, tasks: Sequence[UserTask], *, reason: str, now: datetime) -> None:
    """The process went on without them: an event, a reset, an end."""
    ids = [task.id for task in tasks]
    if not ids:
        return
    for task in tasks:
        task.state, task.closed_at, task.close_reason = "cancelled", now, reason
    seats.close_open(session, task_ids=ids, wipe=True)
    timers.cancel_of_tasks(session, ids)
