"""Remind those who have not handed in: once per rung of the ladder, never who is done."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select

from engine import outbox
from engine.model import CaseMember, Person, Seat, UserTask
from engine.run.context import Context


def remind(
    ctx: Context,
    task: UserTask,
    *,
    key: str,
    person_ids: Sequence[UUID] = (),
    kind: str = "reminder",
) -> int:
    """Post one e-mail to everybody who still has an open seat of the task.

    Args:
        key: makes the message unique, so that firing twice posts once.
        person_ids: only these, if any are given.
        kind: `reminder`; `moved`, its deadline is another now; `escalation`, others are told that
            it is late: `person_ids` are told whether they have a seat or not.

    Returns:
        How many people were reminded.
    """
    package = ctx.package(task.package_hash)
    name = package.element_name(task.element_id)
    people = waiting_people(ctx, task) if kind != "escalation" else _named(ctx, person_ids)
    chosen = [p for p in people if p.email and (not person_ids or p.id in person_ids)]
    for person in chosen:
        outbox.post(
            ctx.session,
            case_id=ctx.case.id,
            person_id=person.id,
            address=person.email,
            dedupe_key=f"{key}:{person.id}",
            subject=f"{ctx.case.title}：{name.zh}",
            body=_body(ctx, task, name.zh, name.en, kind),
            now=ctx.now,
        )
    return len(chosen)


_ZH = {
    "reminder": "您有一项待办",
    "moved": "您一项待办的时间已调整",
    "escalation": "有一项任务需要您过问",
}
_EN = {
    "reminder": "You have something to do",
    "moved": "The time of something you have to do was changed",
    "escalation": "A task needs your attention",
}


def _body(ctx: Context, task: UserTask, zh: str, en: str, kind: str) -> str:
    due = task.due_at or task.closes_at
    until = f"{due.astimezone(ctx.facts.zone):%Y-%m-%d %H:%M}" if due else ""
    return (
        f"{_ZH[kind]}：{zh}（{ctx.case.title}）。{until}\n请登录系统办理。\n\n"
        f"{_EN[kind]}: {en} ({ctx.case.title_en or ctx.case.title}). {until}\n"
        "Please sign in.\n"
    )


def _named(ctx: Context, person_ids: Sequence[UUID]) -> list[Person]:
    return list(ctx.session.scalars(select(Person).where(Person.id.in_(person_ids))))


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
        waiting |= {
            person
            for person, role, function in _members(ctx)
            if any(
                r in ("", role) and f in ("", function) and (person, subject) not in held
                for r, f, subject in queues
            )
        }
    return list(ctx.session.scalars(select(Person).where(Person.id.in_(waiting))))


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
