"""What must be true afterwards; each check gives a line for everything that is wrong."""

from collections import Counter
from collections.abc import Sequence
from email.message import EmailMessage

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session, aliased

from engine.model import (
    BallotEnvelope,
    Case,
    HistoryEntry,
    Instance,
    Outgoing,
    Problem,
    Seat,
    Timer,
    UserTask,
)
from tools.chaos.people import Attempt


def submissions(session: Session, acknowledged: Sequence[Attempt]) -> list[str]:
    """Every acknowledged submission is there, once, as it was handed in."""
    wrong = [
        f"{times} people were told that they had handed in {seat}"
        for seat, times in Counter(each.seat for each in acknowledged).items()
        if times > 1
    ]
    for each in acknowledged:
        seat, task = session.execute(
            select(Seat, UserTask).join(UserTask).where(Seat.id == each.seat)
        ).one()
        if (seat.state, seat.submitted_by) != ("handed_in", each.person):
            wrong.append(f"acknowledged and lost: {task.element_id} {seat.id} is {seat.state}")
        elif each.ballot:
            key = {"box_id": task.box_id, "voter_id": each.person}
            if session.get(BallotEnvelope, key) is None:
                wrong.append(f"the ballot of {seat.id} is not in its box")
        elif seat.answers and seat.answers.get("number") != each.value:
            wrong.append(f"{task.element_id} {seat.id} holds {seat.answers}, not {each.value}")
    return wrong


def counted_once(session: Session) -> list[str]:
    """A task is done once, and what it opens is opened once."""
    rows = session.execute(
        select(HistoryEntry.instance_id, HistoryEntry.element_id, func.count())
        .where(HistoryEntry.action.in_(("task_done", "passed")))
        .group_by(HistoryEntry.instance_id, HistoryEntry.element_id, HistoryEntry.action)
        .having(func.count() > 1)
    )
    wrong = [f"{element} in {key} was done {number} times" for key, element, number in rows]
    ballots = session.execute(
        select(BallotEnvelope.box_id, func.count()).group_by(BallotEnvelope.box_id)
    )
    handed = (
        select(UserTask.box_id, func.count())
        .join(Seat)
        .where(Seat.state == "handed_in", UserTask.kind == "ballot")
    )
    seats = dict(_pairs(session.execute(handed.group_by(UserTask.box_id))))
    for box, number in ballots:
        if seats.get(box, 0) != number:
            wrong.append(f"box {box} holds {number} ballots for {seats.get(box, 0)} voters")
    return wrong


def _pairs(rows: object) -> list[tuple[object, int]]:
    return [(key, number) for key, number in rows]  # type: ignore[attr-defined]  # rows of two


def timers(session: Session, *, after: object) -> list[str]:
    """Every timer that was due has fired, once, with its effect; none was given up."""
    late = session.scalars(
        select(Timer)
        .join(Case, Case.id == Timer.case_id)
        .where(Timer.state == "pending", Timer.due_at < after, Case.state == "running")
    )
    wrong = [f"{timer.kind} {timer.dedupe_key} is due and has not fired" for timer in late]
    dead = session.scalars(select(Timer).where(Timer.state == "dead"))
    wrong += [f"{timer.kind} {timer.dedupe_key} was given up: {timer.last_error}" for timer in dead]
    passed = exists().where(
        HistoryEntry.instance_id == Timer.instance_id,
        HistoryEntry.action == "passed",
        HistoryEntry.at >= Timer.due_at,
    )
    idle = session.scalars(
        select(Timer).where(Timer.kind == "event", Timer.state == "done", ~passed)
    )
    wrong += [f"event {timer.dedupe_key} has fired without effect" for timer in idle]
    left_open = session.scalars(
        select(Timer)
        .join(UserTask, UserTask.id == Timer.task_id)
        .where(Timer.kind == "close", Timer.state == "done", UserTask.state == "open")
    )
    return wrong + [f"close {timer.dedupe_key} has fired without effect" for timer in left_open]


def stuck(session: Session) -> list[str]:
    """Every running instance waits for somebody, for a time, or for a linked run."""
    child = aliased(Instance)
    waits = [
        exists().where(
            UserTask.instance_id == Instance.id, UserTask.state == "open",
            (UserTask.enough.is_(None))
            | exists().where(Seat.task_id == UserTask.id, Seat.state == "open"),
        ),
        exists().where(Timer.instance_id == Instance.id, Timer.state == "pending"),
        exists().where(child.parent_id == Instance.id, child.state == "running"),
    ]  # fmt: skip
    rows = session.scalars(
        select(Instance).where(Instance.state == "running", ~waits[0], ~waits[1], ~waits[2])
    )
    return [f"{row.process_id} {row.id} is stuck at {row.active}" for row in rows]


def ended(session: Session) -> list[str]:
    """Everything that waited for people was done by them, so every selection has ended."""
    rows = session.execute(
        select(Case.title, Case.id, Instance.active)
        .join(Instance, Instance.case_id == Case.id)
        .where(Case.state != "ended", Instance.state == "running")
    )
    return [f"{title} {key} still stands at {active}" for title, key, active in rows]


def problems(session: Session) -> list[str]:
    rows = session.scalars(select(Problem).where(Problem.state == "open"))
    return [f"problem {row.code} at {row.element_id}: {row.message[:200]}" for row in rows]


def messages(session: Session, mails: Sequence[EmailMessage]) -> list[str]:
    """Every message was sent, and a repeat carries the same Message-ID."""
    rows = session.scalars(select(Outgoing)).all()
    wrong = [f"{row.dedupe_key} is {row.state}" for row in rows if row.state != "sent"]
    ids = {str(mail["Message-ID"]) for mail in mails}
    if len(ids) != len(rows):
        wrong.append(f"{len(rows)} messages left under {len(ids)} different Message-IDs")
    return wrong


def integrity(session: Session) -> list[str]:
    """What the database says of itself."""
    if session.get_bind().dialect.name == "sqlite":
        said = [row[0] for row in session.execute(text("PRAGMA integrity_check"))]
        broken = session.execute(text("PRAGMA foreign_key_check")).all()
        return [line for line in said if line != "ok"] + [f"foreign key: {row}" for row in broken]
    session.execute(text("CREATE EXTENSION IF NOT EXISTS amcheck"))
    session.execute(
        text(
            "SELECT bt_index_check(c.oid, true) FROM pg_class c JOIN pg_am a ON a.oid = c.relam "
            "WHERE a.amname = 'btree' AND c.relkind = 'i' "
            "AND c.relnamespace = 'public'::regnamespace"
        )
    ).all()
    return []
