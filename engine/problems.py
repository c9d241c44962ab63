"""Problems to deal with: what failed never spins and never vanishes.

One row stands on the office's page from the first failure until it works, is skipped with a reason
or is overtaken by events. What may heal by itself (the database, a file, the network) is tried
again after 1, 5, 30 and 120 minutes; what cannot (an expression, a parameter that does not fit)
waits for a person: it would fail again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from engine.errors import EngineError
from engine.model import Case, Problem

BACK_OFF = (1, 5, 30, 120)
"""Minutes after the first, second … failure; then a person has to look."""

KINDS = ("step", "closing", "effect", "timer", "message", "job")
OWN_TRIES = ("step", "closing", "effect")
"""Kinds whose next try stands in the problem; timers, messages and jobs have rows of their own."""

_DATABASE = (OperationalError, InterfaceError, DisconnectionError, PoolTimeout, StaleDataError)
_NETWORK = (ConnectionError, TimeoutError)
_LONGEST_FACT = 200


def wait_after(attempts: int) -> timedelta | None:
    """How long until the next automatic try after so many failures; None: there is none."""
    return timedelta(minutes=BACK_OFF[attempts - 1]) if attempts <= len(BACK_OFF) else None


def code_of(error: BaseException) -> str:
    """The stable code under which an error is put into words."""
    found = _behind(error)
    if isinstance(found, EngineError):
        return found.code
    if isinstance(found, _DATABASE):
        return "database_unavailable"
    if isinstance(found, _NETWORK):
        return "network_unavailable"
    return "storage_failed" if isinstance(found, OSError) else "internal_fault"


def heals(error: BaseException) -> bool:
    """Whether trying again may help although nobody changes anything.

    Decided by the class: errors of the database, of files and of the network, and errors of ours
    that say so (`EngineError.heals`). Everything else would fail again.
    """
    return _heals_itself(_behind(error))


def said_by(error: BaseException) -> str:
    """What the program said, for whoever mends it; a fault of ours is named as such."""
    return str(error) if isinstance(error, EngineError) else f"{type(error).__name__}: {error}"


def facts_of(error: BaseException) -> dict[str, Any]:
    """The facts of an error that its words may use, short and plain."""
    known = vars(error) if isinstance(error, EngineError) else {}
    return {
        key: value if isinstance(value, int) else str(value)[:_LONGEST_FACT]
        for key, value in known.items()
        if isinstance(value, (str, int)) and not key.startswith("_")
    }


def _behind(error: BaseException) -> BaseException:
    """What stands behind an error that only says that a step failed, if that may heal."""
    found: BaseException | None = error
    while isinstance(error, EngineError) and error.wraps and found is not None:
        if _heals_itself(found):
            return found
        found = found.__cause__ or found.__context__
    return error


def _heals_itself(error: BaseException) -> bool:
    if isinstance(error, EngineError):
        return error.heals
    return isinstance(error, (*_DATABASE, OSError))


def report(  # noqa: PLR0913 - the facts of one row
    session: Session,
    *,
    case_id: UUID | None,
    code: str,
    message: str,
    now: datetime,
    kind: str = "step",
    instance_id: UUID | None = None,
    element_id: str = "",
    subject: str = "",
    step: str = "",
    facts: Mapping[str, Any] | None = None,
    heals: bool = False,
    attempts: int | None = None,
    next_try_at: datetime | None = None,
) -> Problem:
    """Put a problem on the office's page, or count a further failure in the row that is open.

    Args:
        case_id: None for what belongs to no selection.
        kind: one of `KINDS`.
        step: the engine step; the id of the timer, message or job; empty: the whole instance.
        facts: of the error, for its words.
        heals: may work by itself; the next try follows from the number of failures.
        attempts: failures so far, of what counts them itself (timers, messages, jobs).
        next_try_at: of what tries again by itself; None: it was given up.
    """
    about = about_of(kind=kind, instance_id=instance_id, step=step)
    row = session.scalar(
        select(Problem).where(
            Problem.about == about,
            # One that is just being tried again is still the same problem.
            or_(
                Problem.state == "open",
                and_(Problem.state == "retried", Problem.resolved_at == now),
            ),
        )
    )
    if row is None:
        row = Problem(
            case_id=case_id, instance_id=instance_id, kind=kind, step=step, about=about, at=now,
            attempts=0,
        )  # fmt: skip
        session.add(row)
    elif row.element_id != element_id:
        row.attempts, row.at = 0, now  # another element of the same process stands still now
    row.state, row.resolved_at, row.resolved_by = "open", None, None
    row.attempts = attempts if attempts is not None else row.attempts + 1
    row.element_id, row.subject = element_id, subject
    row.code, row.facts, row.message, row.last_at = code, dict(facts or {}), message, now
    wait = wait_after(row.attempts) if heals else None
    row.next_try_at = now + wait if wait is not None else next_try_at
    return row


def about_of(*, kind: str, instance_id: UUID | None, step: str) -> str:
    return f"{kind}:{instance_id or ''}:{step}"


def report_error(
    session: Session,
    *,
    case_id: UUID | None,
    error: BaseException,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    **place: Any,
) -> Problem:
    """As `report`; code, words, facts and whether it heals follow from the error."""
    return report(
        session, case_id=case_id, code=code_of(error), message=said_by(error), now=now,
        facts={**facts_of(error), **(facts or {})}, heals=heals(error), **place,
    )  # fmt: skip


def resolve(
    session: Session, *, kind: str, step: str, now: datetime, instance_id: UUID | None = None
) -> None:
    """It works now, or nobody waits for it any more: the open problem about it is gone."""
    session.execute(
        update(Problem)
        .where(
            Problem.about == about_of(kind=kind, instance_id=instance_id, step=step),
            Problem.state == "open",
        )
        .values(state="gone", resolved_at=now, next_try_at=None)
    )


def open_of_instance(session: Session, instance_id: UUID) -> Sequence[Problem]:
    """What stands open about the steps of an instance."""
    return session.scalars(
        select(Problem).where(
            Problem.instance_id == instance_id,
            Problem.state == "open",
            Problem.kind.in_(("step", "closing")),
        )
    ).all()


def due_ids(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Problems whose next automatic try has come, in selections that run."""
    return list(
        session.scalars(
            select(Problem.id)
            .join(Case, Case.id == Problem.case_id)
            .where(
                Case.state == "running",
                Problem.state == "open",
                Problem.kind.in_(OWN_TRIES),
                Problem.next_try_at <= now,
            )
            .order_by(Problem.next_try_at)
            .limit(limit)
        )
    )
