"""One message for each person out of all reminders that wait for them, across selections.

Each person is one transaction: lock, ask again what is still open, write, mark. A crash anywhere
leaves the reminders waiting, and nothing is told twice.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, literal_column, select, update
from sqlalchemy.orm import Session

from engine import contacts, definitions, digest, inbox, outbox, problems, tasks
from engine.clock import Clock
from engine.db import Sessions, reading, transaction
from engine.digest import Line
from engine.identity import Identity
from engine.model import Case, Contact, Notice, Person, Reminder, UserTask
from engine.outbox import Rules, quiet_end
from engine.run.reminding import ESCALATION

_PEOPLE = 200
_WAITING: ColumnElement[str] = literal_column("'waiting'")  # so that the partial index is used
_SET_BACK = timedelta(minutes=5)
_WEIGHT = ("", "moved", ESCALATION)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Row:
    reminder: Reminder
    task: UserTask
    case: Case

    @property
    def due(self) -> datetime | None:
        return self.task.due_at or self.task.closes_at


def send_digests(sessions: Sessions, clock: Clock, *, rules: Rules | None = None) -> int:
    """Make the digests that are due; returns how many people got one.

    Nobody gets two within `rules.gap`, unless a deadline lies inside it, and nobody gets one in
    quiet hours, unless a deadline passes before they end: then at once, because a deadline that
    passes unannounced is worse than a telephone that rings at night (docs/decisions/0016). What
    is done meanwhile is dropped. Safe to run twice, on any number of machines.
    """
    with reading(sessions) as session:
        people = session.scalars(
            select(Reminder.person_id)
            .where(Reminder.state == _WAITING, Reminder.not_before <= clock.now())
            .group_by(Reminder.person_id)
            .limit(_PEOPLE)
        ).all()
    return sum(_safely(sessions, person_id, rules or Rules(), clock) for person_id in people)


def _safely(sessions: Sessions, person_id: UUID, rules: Rules, clock: Clock) -> bool:
    """One person; a failure keeps nobody else waiting, backs off, and stands before the office."""
    try:
        with transaction(sessions) as session:
            return _digest(session, person_id, rules, clock.now())
    except Exception as error:
        log.exception("the digest of person %s failed", person_id)
        with transaction(sessions) as session:
            _set_back(session, person_id, error, now=clock.now())
        return False


def _set_back(session: Session, person_id: UUID, error: Exception, *, now: datetime) -> None:
    mine = Reminder.person_id == person_id, Reminder.state == "waiting"
    cases = session.scalars(select(Reminder.case_id).where(*mine).distinct()).all()
    session.execute(update(Reminder).where(*mine).values(not_before=now + _SET_BACK))
    for case_id in cases:
        problems.report_error(
            session, case_id=case_id, instance_id=case_id, kind="job",
            step=f"digest:{person_id}", error=error, now=now,
        )  # fmt: skip


def _digest(session: Session, person_id: UUID, rules: Rules, now: datetime) -> bool:
    contact = contacts.locked(session, person_id=person_id)
    if contact is None:
        return False  # another worker is at it
    rows = _waiting(session, person_id)
    rows = _still_open(session, person_id, rows, rules, now)
    if not rows:
        return False
    held = _held_until(contact, rows, rules, now)
    if held is not None:
        for row in rows:
            row.reminder.not_before = held
        return False
    _tell(session, person_id, rows, rules, now, urgent=_quiet(contact, rules, now) is not None)
    contact.last_digest_at = now
    for case_id in {row.case.id for row in rows}:  # it had perhaps failed before
        problems.resolve(
            session, kind="job", step=f"digest:{person_id}", instance_id=case_id, now=now
        )
    return True


def _waiting(session: Session, person_id: UUID) -> list[_Row]:
    found = session.execute(
        select(Reminder, UserTask, Case)
        .join(UserTask, UserTask.id == Reminder.task_id)
        .join(Case, Case.id == Reminder.case_id)
        .where(Reminder.person_id == person_id, Reminder.state == _WAITING)
        .order_by(Reminder.at, Reminder.id)
        .execution_options(populate_existing=True)
    )
    return [_Row(*row) for row in found]


def _still_open(
    session: Session, person_id: UUID, rows: Sequence[_Row], rules: Rules, now: datetime
) -> list[_Row]:
    """Drop what is done, set back what a stop holds up."""
    who = Identity(token="", person_id=person_id, name="", language="")
    asked = {row.task.id for row in rows if row.task.state == "open"}
    still = inbox.still_open(session, who, task_ids=asked, now=now)
    late = {row.task.id for row in rows if row.reminder.kind == ESCALATION} & asked - still
    still |= tasks.with_open_seats(session, late)
    kept = []
    for row in rows:
        if row.task.id not in still or row.case.state == "ended":
            row.reminder.state, row.reminder.settled_at = "dropped", now
        elif row.case.state == "paused" and row.case.paused_by != row.task.instance_id:
            row.reminder.not_before = now + rules.gap
        else:
            kept.append(row)
    return kept


def _held_until(
    contact: Contact, rows: Sequence[_Row], rules: Rules, now: datetime
) -> datetime | None:
    """When the digest may go; None: now. What is late already is not urgent any more."""
    ahead = [row.due for row in rows if row.due is not None and row.due > now]
    last = contact.last_digest_at
    ends = [last + rules.gap if last is not None else None, _quiet(contact, rules, now)]
    holding = [
        end for end in ends if end is not None and end > now and not any(d <= end for d in ahead)
    ]
    return max(holding, default=None)


def _quiet(contact: Contact, rules: Rules, now: datetime) -> datetime | None:
    return quiet_end(contact, rules, now=now)


def _tell(
    session: Session, person_id: UUID, rows: Sequence[_Row], rules: Rules, now: datetime,
    *, urgent: bool,
) -> None:  # fmt: skip
    person = session.get_one(Person, person_id)
    lines = _lines(session, rows)
    zh = digest.write(lines, "zh", now=now, zone=rules.zone)
    en = digest.write(lines, "en", now=now, zone=rules.zone)
    cases = list(dict.fromkeys(row.case.id for row in rows))
    message_id = outbox.tell(
        session, person=person, dedupe_key=f"digest:{uuid4()}", kind="digest", zh=zh.draft,
        en=en.draft, case_ids=cases, urgent=urgent, now=now,
    )  # fmt: skip
    session.add(
        Notice(
            case_id=cases[0] if len(cases) == 1 else None,
            person_id=person_id,
            element_id="",
            content={"zh": zh.content, "en": en.content},
            at=now,
        )
    )
    for row in rows:
        row.reminder.state, row.reminder.settled_at = "told", now
        row.reminder.message_id = message_id


def _mark(kind: str, before: str) -> str:
    """What stands before a line; that somebody is chased weighs more than that the time moved."""
    return max(before, kind if kind in ("escalation", "moved") else "", key=_WEIGHT.index)


def _lines(session: Session, rows: Sequence[_Row]) -> list[Line]:
    """One line for each task, however many rungs it has reached; the earliest deadline first."""
    made: dict[UUID, Line] = {}
    for row in rows:
        before = made.get(row.task.id)
        package = definitions.pinned(session, row.task.package_hash)
        element = package.definition.elements.get(row.task.element_id)
        made[row.task.id] = Line(
            what=package.element_name(row.task.element_id),
            selection=definitions.Words(row.case.title, row.case.title_en),
            due=row.due,
            closes=row.task.due_at is None and row.task.closes_at is not None,
            zone=row.case.time_zone,
            mark=_mark(row.reminder.kind, before.mark if before else ""),
            hidden=element is not None and element.properties.get("topic") == "hidden",
        )
    never = datetime.max.replace(tzinfo=rows[0].reminder.at.tzinfo)
    return sorted(made.values(), key=lambda line: line.due or never)
