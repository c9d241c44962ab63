"""Remind those who have not handed in: once per rung of the ladder, never who is done.

A reminder is a row; `engine.run.digesting` makes one message out of all that wait for a person.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID, uuid4

from sqlalchemy import or_, select

from engine import absences, recusals
from engine.model import Absence, CaseMember, Person, Reminder, Seat, UserTask
from engine.rows import insert_all_absent
from engine.run.context import Context

ESCALATION = "escalation"


def remind(
    ctx: Context,
    task: UserTask,
    *,
    key: str,
    person_ids: Sequence[UUID] = (),
    kind: str = "reminder",
) -> int:
    """Note that everybody who still has an open seat of the task is to be reminded.

    Args:
        ctx: the selection, in the caller's transaction.
        task: an open task.
        key: makes the reminder unique, so that firing twice reminds once.
        person_ids: only these, if any are given.
        kind: `reminder`; `office`, by hand; `moved`, its deadline is another now; `escalation`,
            others are told that it is late: `person_ids` are told whether they have a seat or not.

    Returns:
        How many people are reminded.
    """
    people = waiting_people(ctx, task) if kind != ESCALATION else _named(ctx, person_ids)
    chosen = [p for p in people if not person_ids or p.id in person_ids]
    rows = [
        {
            "id": uuid4(), "person_id": person.id, "case_id": ctx.case.id, "task_id": task.id,
            "kind": kind, "dedupe_key": f"{key}:{person.id}", "at": ctx.now,
            "not_before": ctx.now, "state": "waiting",
        }
        for person in chosen
    ]  # fmt: skip
    insert_all_absent(ctx.session, Reminder, rows, key="dedupe_key")
    return len(rows)


def waiting_people(ctx: Context, task: UserTask) -> list[Person]:
    """Whoever still has to hand in, or may take what stands in a queue and has none of it yet."""
    rows = ctx.session.execute(
        select(Seat.person_id, Seat.role, Seat.function, Seat.subject, Seat.state).where(
            Seat.task_id == task.id
        )
    ).all()
    waiting = {row.person_id for row in rows if row.state == "open"} - {None}
    queues = {
        (row.role, row.function, row.subject)
        for row in rows
        if row.state == "open" and row.person_id is None
    }
    held = {(row.person_id, row.subject) for row in rows if row.person_id is not None}
    if queues:
        bars = recusals.bars_of(ctx.session, case_id=task.case_id)
        waiting |= {
            person
            for person, role, function in _members(ctx)
            if any(
                r in ("", role)
                and f in ("", function)
                and (person, subject) not in held
                and not bars.get(person, recusals.NONE).acting(task.kind, subject)
                for r, f, subject in queues
            )
        }
    people = _with_stand_ins(ctx, task, {p for p in waiting if p is not None})
    return list(
        ctx.session.scalars(
            select(Person).where(Person.id.in_(people), Person.anonymous.is_(False))
        )
    )


def _with_stand_ins(ctx: Context, task: UserTask, waiting: set[UUID]) -> set[UUID]:
    """Those who wait and whoever stands in for them now, without those who are kept out."""
    people = set(waiting)
    if task.stand_in and waiting:
        people |= set(
            ctx.session.scalars(
                select(Absence.stand_in_id).where(
                    Absence.person_id.in_(waiting),
                    absences.is_on(ctx.now),
                    or_(Absence.case_id.is_(None), Absence.case_id == task.case_id),
                    or_(Absence.role == "", Absence.role == task.role),
                )
            )
        )
    bars = recusals.bars_of(ctx.session, case_id=task.case_id, person_ids=people)
    return {p for p in people if p not in bars or not bars[p].acting(task.kind, task.about)}


def _named(ctx: Context, person_ids: Sequence[UUID]) -> list[Person]:
    return list(ctx.session.scalars(select(Person).where(Person.id.in_(person_ids))))


def _members(ctx: Context) -> Iterator[tuple[UUID, str, str]]:
    rows = ctx.session.execute(
        select(CaseMember.person_id, CaseMember.role, CaseMember.function).where(
            CaseMember.case_id == ctx.case.id,
            CaseMember.roster == "",
            (CaseMember.from_at.is_(None)) | (CaseMember.from_at <= ctx.now),
            (CaseMember.to_at.is_(None)) | (CaseMember.to_at > ctx.now),
        )
    )
    return ((row.person_id, row.role, row.function) for row in rows)
