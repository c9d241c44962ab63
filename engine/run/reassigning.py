"""Hand open work over to another person: by the office with a reason, or by whoever holds it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from engine import absences, record, recusals, seats
from engine.definitions import PackageVersion, Words, pinned
from engine.errors import EngineError
from engine.model import Absence, Candidate, CaseMember, Person, Recusal, Seat, UserTask
from engine.permissions import OFFICE, require_role, standing
from engine.run.context import Context, locked, require_running
from engine.run.steering import ReasonNeeded
from engine.run.submitting import Found, find
from engine.run.telling import tell

RESERVE = "reserve"
MOST = 300


class NotReassignable(EngineError):
    """Nobody else may do this: a ballot, sealed writing, or a candidate's own."""

    code = "not_reassignable"

    def __init__(self) -> None:
        super().__init__("a ballot, sealed writing or a candidate's own task stays with the person")


class CannotTakeOver(EngineError):
    """This person cannot take it over. Choose one of those who are offered."""

    code = "cannot_take_over"

    def __init__(self) -> None:
        super().__init__("choose somebody of the list: of the same role, present, not kept out")


class MayNotDelegate(EngineError):
    """The procedure does not let people hand this over themselves. Ask the selection office."""

    code = "may_not_delegate"

    def __init__(self) -> None:
        super().__init__("the procedure does not let you hand this over; ask the selection office")


def reassign(
    session: Session,
    *,
    seat_id: UUID,
    to_person_id: UUID,
    reason: str,
    everything: bool,
    actor_id: UUID,
    now: datetime,
) -> int:
    """Give an open seat to another eligible person: the office, with a written reason.

    Drafts do not pass on. Reserves of the role may be called in this way.

    Args:
        everything: the holder's other open seats of the same task too, where this person may
            have them.

    Returns:
        How many seats were handed over.

    Raises:
        SeatNotFound: no such seat, or not of a selection of this office.
        NotAllowed, CasePaused, TaskClosed, ReasonNeeded, NotReassignable, CannotTakeOver,
        SeatTaken: nothing is changed.
    """
    found, ctx = _found(session, seat_id, actor_id, now)
    who = standing(session, person_id=actor_id, case_id=found.case.id, now=now)
    if not who.pairs or who.bars.acting(found.task.kind, found.seat.subject, found.task.about):
        raise seats.SeatNotFound(seat_id)
    require_role(who, OFFICE, action="hand work over")
    if not reason.strip():
        raise ReasonNeeded
    return _hand_over(
        ctx, found, to_person_id, action="reassigned", reason=reason.strip(),
        everything=everything,
    )  # fmt: skip


def delegate(
    session: Session,
    *,
    seat_id: UUID,
    to_person_id: UUID,
    reason: str,
    actor_id: UUID,
    now: datetime,
) -> None:
    """Hand one's own open seat over to another member of the same role, where `delegate` allows.

    Raises:
        SeatNotFound: not this person's.
        MayNotDelegate, CasePaused, TaskClosed, NotReassignable, CannotTakeOver, SeatTaken.
    """
    found, ctx = _found(session, seat_id, actor_id, now)
    if found.seat.person_id != actor_id:
        raise seats.SeatNotFound(seat_id)
    if not absences.may_delegate(_package(session, found), found.task):
        raise MayNotDelegate
    _hand_over(
        ctx, found, to_person_id, action="delegated", reason=reason.strip(), everything=False
    )


def eligible(session: Session, found: Found, *, reserves: bool, now: datetime) -> list[Person]:
    """Who could take a seat over, by name: of its role, not away, not kept out, not twice.

    One statement; at most `MOST`.

    Args:
        reserves: those who stand by for the role too.
    """
    seat, task = found.seat, found.task
    role = seat.role or task.role
    holds: ColumnElement[bool] = and_(*absences.is_member(now))
    if reserves:
        waiting = and_(CaseMember.roster == "", CaseMember.function == RESERVE)
        holds = or_(holds, waiting)
    asked = (
        select(Person)
        .join(CaseMember, CaseMember.person_id == Person.id)
        .where(
            CaseMember.case_id == seat.case_id,
            CaseMember.role == role,
            holds,
            Person.id != seat.person_id if seat.person_id else Person.anonymous.is_(False),
            ~_stands(seat.case_id),
            ~_kept_out(seat, task),
            ~_has_one(seat),
            ~_is_away(seat, task, now),
        )
        .distinct()
        .order_by(Person.name, Person.unit, Person.id)
        .limit(MOST)
    )
    if seat.function:
        asked = asked.where(CaseMember.function == seat.function)
    return list(session.scalars(asked))


def _stands(case_id: UUID) -> ColumnElement[bool]:
    return exists().where(Candidate.case_id == case_id, Candidate.person_id == Person.id)


def _kept_out(seat: Seat, task: UserTask) -> ColumnElement[bool]:
    return exists().where(
        Recusal.case_id == seat.case_id,
        Recusal.person_id == Person.id,
        Recusal.withdrawn_at.is_(None),
        Recusal.subject.in_({recusals.WHOLE, seat.subject, task.about}),
        Recusal.vote if task.kind in recusals.VOTES else Recusal.deliberation,
    )


def _has_one(seat: Seat) -> ColumnElement[bool]:
    """Whether somebody has another seat of the same work: two seats are two people."""
    other = aliased(Seat)
    return exists().where(
        other.task_id == seat.task_id,
        other.subject == seat.subject,
        other.person_id == Person.id,
        other.state != "void",
    )


def _is_away(seat: Seat, task: UserTask, now: datetime) -> ColumnElement[bool]:
    return exists().where(
        Absence.person_id == Person.id,
        absences.is_on(now),
        or_(Absence.case_id.is_(None), Absence.case_id == seat.case_id),
        or_(Absence.role == "", Absence.role == task.role),
    )


def _package(session: Session, found: Found) -> PackageVersion:
    return pinned(session, found.task.package_hash)


def _found(session: Session, seat_id: UUID, actor_id: UUID, now: datetime) -> tuple[Found, Context]:
    found = find(session, seat_id)
    ctx = locked(session, case_id=found.case.id, now=now, actor_id=actor_id)
    session.refresh(found.seat)  # who waited for the lock reads what was written meanwhile
    return found, ctx


def _hand_over(
    ctx: Context, found: Found, to_person_id: UUID, *, action: str, reason: str, everything: bool
) -> int:
    session, seat, task = ctx.session, found.seat, found.task
    require_running(ctx.case, task.instance_id)
    if seat.state != "open" or task.state != "open":
        raise seats.TaskClosed("it is closed")
    if task.kind in absences.NEVER_KINDS or _is_of_candidate(session, seat, task):
        raise NotReassignable
    chosen: list[Seat] = [seat]
    before = seat.person_id
    if everything and seat.person_id is not None:
        chosen += [
            other
            for other in _others_of(session, seat)
            if _may_take(session, Found(other, task, found.case), to_person_id, action, ctx.now)
        ]
    if not _may_take(session, found, to_person_id, action, ctx.now):
        raise CannotTakeOver
    for each in chosen:
        holder = each.person_id
        seats.give_to(session, seat_id=each.id, holder_id=holder, person_id=to_person_id)
        _record(ctx, each, task, holder, to_person_id, action, reason)
    _tell(ctx, found, (before, to_person_id), reason, number=len(chosen))
    return len(chosen)


def _is_of_candidate(session: Session, seat: Seat, task: UserTask) -> bool:
    if task.role == absences.CANDIDATE:
        return True
    asked = exists().where(Candidate.case_id == seat.case_id, Candidate.person_id == seat.person_id)
    return bool(session.scalar(select(asked)))


def _others_of(session: Session, seat: Seat) -> Sequence[Seat]:
    return session.scalars(
        select(Seat)
        .where(
            Seat.task_id == seat.task_id,
            Seat.person_id == seat.person_id,
            Seat.state == "open",
            Seat.id != seat.id,
        )
        .order_by(Seat.position)
    ).all()


def _may_take(session: Session, found: Found, person_id: UUID, action: str, now: datetime) -> bool:
    offered = eligible(session, found, reserves=action == "reassigned", now=now)
    return person_id in {person.id for person in offered}


def _record(
    ctx: Context,
    seat: Seat,
    task: UserTask,
    holder: UUID | None,
    to_person_id: UUID,
    action: str,
    reason: str,
) -> None:
    record.write(
        ctx.session,
        [
            record.entry(
                case_id=ctx.case.id, action=action, now=ctx.now, person_id=ctx.actor_id,
                instance_id=task.instance_id, element_id=task.element_id, subject=seat.subject,
                concerned=record.Concerned(about=holder, to=to_person_id),
                facts={
                    "seat": str(seat.id),
                    "reason": reason,
                },
            )
        ],
    )  # fmt: skip


def _tell(
    ctx: Context, found: Found, people: tuple[UUID | None, UUID], reason: str, *, number: int
) -> None:
    before, to_person_id = people
    name = _package(ctx.session, found).element_name(found.task.element_id)
    why_zh, why_en = (f"原因：{reason}", f"Reason: {reason}") if reason else ("", "")
    tell(
        ctx.session, case=ctx.case, person_id=to_person_id, element_id=found.task.element_id,
        now=ctx.now,
        title=Words(f"转交给您办理：{name.zh}", f"Handed over to you: {name.en or name.zh}"),
        text=Words(f"共{number}项。{why_zh}", f"Items: {number}. {why_en}"),
    )  # fmt: skip
    if before is not None and before not in (ctx.actor_id, to_person_id):
        tell(
            ctx.session, case=ctx.case, person_id=before, element_id=found.task.element_id,
            now=ctx.now,
            title=Words(f"已转交他人办理：{name.zh}", f"Handed to another: {name.en or name.zh}"),
            text=Words(f"共{number}项。{why_zh}", f"Items: {number}. {why_en}"),
        )  # fmt: skip
