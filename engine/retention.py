"""What is not needed any more goes: limits per kind of row, counted first, removed in batches.

History, results, publications and who voted stay for ever unless an administrator sets a limit:
they are the record of a selection, and the archive decides about them, not a program.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import Session

from engine import ballots, jobs, seals, upkeep
from engine.clock import Clock
from engine.db import Sessions, reading, transaction
from engine.jobs import Work
from engine.keeping import Kept
from engine.model import (
    Case,
    HistoryEntry,
    Notice,
    OperationRun,
    Outgoing,
    Publication,
    Reminder,
    Seat,
    SignInAttempt,
    Slip,
    StartDraft,
    Timer,
    Upkeep,
)
from engine.settings import BadSetting

PRUNE = "prune"
"""The kind of job that removes what is old, once a night."""

AT_NIGHT = 3
"""The hour, by the clock of the house."""

GIVEN_UP = "given_up_jobs"
_GIVEN_UP_DAYS = 30
_BATCH = 1000

Limits = Mapping[str, int | None]
"""Days per key; None: for ever."""


def _ended(case_id: object, before: datetime) -> ColumnElement[bool]:
    return exists().where(Case.id == case_id, Case.state == "ended", Case.ended_at < before)


LIMITS: tuple[Kept, ...] = (
    Kept("sign_in_attempts", SignInAttempt, 1, lambda at: SignInAttempt.at < at),
    Kept("slips", Slip, 90, lambda at: Slip.expires_at < at),
    Kept("start_drafts", StartDraft, 365, lambda at: StartDraft.changed_at < at),
    Kept(
        "drafts", Seat, 30, wipes="draft",
        old=lambda at: and_(Seat.state != "open", Seat.draft.is_not(None), Seat.draft_at < at),
    ),
    Kept(
        "sent_messages", Outgoing, 180,
        lambda at: and_(Outgoing.state == "sent", Outgoing.sent_at < at),
    ),
    Kept(
        "undelivered_messages", Outgoing, 365,
        lambda at: and_(Outgoing.state.in_(("dead", "no_way")), Outgoing.next_try_at < at),
    ),
    Kept(
        "settled_reminders", Reminder, 180,
        lambda at: and_(Reminder.state != "waiting", Reminder.settled_at < at),
    ),
    Kept(
        "read_notices", Notice, 730,
        lambda at: and_(
            Notice.read_at < at, or_(Notice.case_id.is_(None), _ended(Notice.case_id, at))
        ),
    ),
    Kept(
        "finished_timers", Timer, 90,
        lambda at: and_(
            Timer.state.in_(("done", "cancelled")),
            or_(Timer.fired_at < at, and_(Timer.fired_at.is_(None), Timer.due_at < at)),
            _ended(Timer.case_id, at),
        ),
    ),
    Kept(
        "workers_seen", Upkeep, 7,
        lambda at: and_(Upkeep.name.startswith(upkeep.WORKER), Upkeep.at < at),
    ),
    *ballots.LIMITS,
    *seals.LIMITS,
    Kept("history", HistoryEntry, None, lambda at: _ended(HistoryEntry.case_id, at)),
    Kept("results", OperationRun, None, lambda at: _ended(OperationRun.case_id, at)),
    Kept("publications", Publication, None, lambda at: _ended(Publication.case_id, at)),
)  # fmt: skip


def defaults() -> dict[str, int | None]:
    """The limits of an installation that sets none."""
    return {GIVEN_UP: _GIVEN_UP_DAYS} | {kept.key: kept.days for kept in LIMITS}


def read_limits(path: str) -> Limits:
    """Read the file of limits, `sent_messages: 90` or `history: never` in each line.

    Args:
        path: empty: the defaults.

    Raises:
        BadSetting: it cannot be read, or names what there is not.
    """
    limits = defaults()
    if not path:
        return limits
    try:
        given = yaml.safe_load(Path(path).read_text("utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise BadSetting("GONGXUAN_RETENTION", path, f"it cannot be read ({error})") from error
    for key, days in given.items():
        if key not in limits:
            known = ", ".join(limits)
            raise BadSetting("GONGXUAN_RETENTION", path, f"{key!r} is none of: {known}")
        if days != "never" and not (isinstance(days, int) and days > 0):
            raise BadSetting("GONGXUAN_RETENTION", path, f"give {key} whole days, or never")
        limits[key] = None if days == "never" else days
    return limits


def count_old(sessions: Sessions, *, limits: Limits, now: datetime) -> dict[str, int]:
    """What would go now, per key; changes nothing. Given-up jobs are counted whatever their age."""
    with reading(sessions) as session:
        found = {GIVEN_UP: jobs.of_sessions(sessions).given_up(session)}
        for kept, days in _limited(limits):
            found[kept.key] = kept.count(session, days=days, now=now)
    return found


def prune(
    sessions: Sessions, *, limits: Limits, now: datetime, batch: int = _BATCH
) -> dict[str, int]:
    """Remove what is older than its limit, in batches of a transaction each; safe to repeat.

    Returns:
        How many rows went, per key.
    """
    gone = {GIVEN_UP: 0}
    days = limits[GIVEN_UP]
    if days is not None:
        with transaction(sessions) as session:
            gone[GIVEN_UP] = jobs.of(session).forget(
                session, before=now - timedelta(days=days), limit=batch
            )
    for kept, days in _limited(limits):
        gone[kept.key] = 0
        while removed := _remove(sessions, kept, days=days, now=now, batch=batch):
            gone[kept.key] += removed
    return gone


def enqueue_at_night(sessions: Sessions, clock: Clock, zone: str) -> bool:
    """Queue the pruning once a night, whichever worker looks first; True if it was this one."""
    now = clock.now()
    local = now.astimezone(ZoneInfo(zone))
    night = local.replace(hour=AT_NIGHT, minute=0, second=0, microsecond=0)
    if night > local:
        night -= timedelta(days=1)
    with reading(sessions) as session:
        if not upkeep.is_due(session, PRUNE, since=night):
            return False
    with transaction(sessions) as session:
        first = upkeep.claim(session, PRUNE, since=night, now=now)
        return first and jobs.of(session).enqueue(session, Work(PRUNE))


def _limited(limits: Limits) -> Iterator[tuple[Kept, int]]:
    for kept in LIMITS:
        days = limits[kept.key]
        if days is not None:
            yield kept, days


def _remove(sessions: Sessions, kept: Kept, *, days: int, now: datetime, batch: int) -> int:
    with transaction(sessions) as session:
        return kept.remove(session, days=days, now=now, limit=batch)


def nothing_given_up(session: Session, work: Work, error: str, now: datetime) -> None:
    """A night without pruning harms nobody; the doctor shows the job, the next night repeats it."""
