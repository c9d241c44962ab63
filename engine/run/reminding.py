"""Remind those who have not handed in: once per rung of the ladder, never who is done."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import or_, select

from engine import absences, outbox, recusals
from engine.model import Absence, CaseMember, Person, Seat, UserTask
from engine.run.context import Context


def remind(ctx: Context, task: UserTask, *, key: str, person_ids: Sequence[UUID] = ()) -> int:
    """Post one e-mail to everybody who still has an open seat of the task.

    Args:
        key: makes the message unique, so that firing twice posts once.
        person_ids: only these, if any are given.

    Returns:
        How many people were reminded.
    """
    package = ctx.package(task.package_hash)
    name = package.element_name(task.element_id)
    people = _waiting_people(ctx, task)
    chosen = [p for p in people if p.email and (not person_ids or p.id in person_ids)]
    for person in chosen:
        outbox.post(
            ctx.session,
            case_id=ctx.case.id,
            person_id=person.id,
            address=person.email,
            dedupe_key=f"{key}:{person.id}",
            subject=f"{ctx.case.title}：{name.zh}",
            body=_body(ctx, task, name.zh, name.en),
            now=ctx.now,
        )
    return len(chosen)


def _body(ctx: Context, task: UserTask, zh: str, en: str) -> str:
    due = task.closes_at or task.due_at
    until = f"{due:%Y-%m-%d %H:%M} UTC" if due else ""
    return (
        f"您有一项待办：{zh}（{ctx.case.title}）。{until}\n请登录系统办理。\n\n"
        f"You have something to do: {en} ({ctx.case.title_en or ctx.case.title}). {until}\n"
        "Please sign in.\n"
    )


def _waiting_people(ctx: Context, task: UserTask) -> list[Person]:
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
    return list(ctx.session.scalars(select(Person).where(Person.id.in_(people))))


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
