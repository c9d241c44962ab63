"""Keep somebody out of a subject or of a selection: declared, ordered, or decided when found.

An open seat about it becomes void at once, or goes back into its queue; a ballot that has not been
cast is taken back. What was handed in before stands: the record says when each came.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from engine import absences, ballots, conflicts, record, recusals, seats
from engine.definitions import Words
from engine.errors import EngineError
from engine.model import Candidate, CaseMember, Conflict, Person, Recusal, Seat, UserTask
from engine.permissions import (
    OFFICE,
    SUPERVISOR,
    CaseNotFound,
    NotAllowed,
    require_role,
    standing,
    standing_and_lists,
)
from engine.recusals import RecusalNotFound
from engine.run.context import Context, locked
from engine.run.steering import ReasonNeeded
from engine.run.telling import tell


class NothingRecused(EngineError):
    """Neither flag is set. Choose dealing with it, voting, or both."""

    code = "nothing_recused"

    def __init__(self) -> None:
        super().__init__("choose what the person is kept out of: dealing with it, voting, or both")


class UnknownSubject(EngineError):
    """Nobody with this code stands in the selection."""

    code = "unknown_subject"

    def __init__(self, subject: str) -> None:
        super().__init__(f"{subject!r} is no candidate of this selection")
        self.subject = subject


class NotTakingPart(EngineError):
    """This person has no part in the selection that could be taken away."""

    code = "not_taking_part"

    def __init__(self, person_id: UUID) -> None:
        super().__init__(f"{person_id} acts in no role and stands on no list of this selection")
        self.person_id = person_id


class LastOfOffice(EngineError):
    """Nobody of the selection office would be left. Name another member first."""

    code = "last_of_office"

    def __init__(self) -> None:
        super().__init__("nobody of the selection office would be left; name another member first")


@dataclass(frozen=True)
class Extent:
    """What somebody is kept out of, and why."""

    subject: str
    """a candidate's code, or empty for the whole selection"""
    deliberation: bool
    vote: bool
    reason: str


def declare(
    session: Session, *, case_id: UUID, extent: Extent, actor_id: UUID, now: datetime
) -> Context:
    """Step aside oneself; it holds at once, and only the office or the supervisor takes it back.

    Returns:
        The context, whose `touched` tasks the caller closes after its commit.

    Raises:
        CaseNotFound: this person has no part in the selection.
        ReasonNeeded, NothingRecused, UnknownSubject, LastOfOffice: nothing is changed.
    """
    ctx = locked(session, case_id=case_id, now=now, actor_id=actor_id)
    own, lists = standing_and_lists(session, person_id=actor_id, case_id=case_id, now=now)
    if not own.pairs and not lists:
        raise CaseNotFound(case_id)
    _keep_out(ctx, actor_id, extent, source="declared")
    return ctx


def order(
    session: Session,
    *,
    case_id: UUID,
    person_id: UUID,
    extent: Extent,
    actor_id: UUID,
    now: datetime,
) -> Context:
    """Keep somebody out: the office, or the supervisor, with a written reason.

    Raises:
        NotAllowed, ReasonNeeded, NothingRecused, UnknownSubject, LastOfOffice.
        NotTakingPart: the person neither acts nor stands in for anybody here.
    """
    ctx = _by_authority(session, case_id, actor_id, now, action="order somebody to step aside")
    _require_part(ctx, person_id)
    _keep_out(ctx, person_id, extent, source="ordered")
    return ctx


def decide(
    session: Session,
    *,
    case_id: UUID,
    conflict_id: UUID,
    extent: Extent | None,
    reason: str,
    actor_id: UUID,
    now: datetime,
) -> Context:
    """Decide a conflict that was found: keep the person out, or say why there is none.

    Args:
        extent: None: no conflict; its subject must be the conflict's.
        reason: in writing, either way.

    Raises:
        ConflictNotFound: no such, or it is decided.
        NotAllowed, ReasonNeeded, NothingRecused, LastOfOffice: nothing is changed.
    """
    ctx = _by_authority(session, case_id, actor_id, now, action="decide about conflicts")
    found = session.get(Conflict, conflict_id, populate_existing=True)
    if found is None or found.case_id != case_id or found.state != "open":
        raise conflicts.ConflictNotFound(conflict_id)
    if found.person_id == actor_id:
        raise NotAllowed("decide about your own conflict")
    if not reason.strip():
        raise ReasonNeeded
    if extent is not None:
        _keep_out(ctx, found.person_id, extent, source="detected")
    same = select(Conflict).where(
        Conflict.case_id == case_id,
        Conflict.person_id == found.person_id,
        Conflict.subject == found.subject,
        Conflict.state == "open",
    )
    for each in session.scalars(same).all() if extent is not None else [found]:
        conflicts.decided(
            each, recuse=extent is not None, reason=reason.strip(), by_id=actor_id, now=now
        )
    if extent is None:
        made = record.entry(
            case_id=case_id, action="no_conflict", now=now, person_id=actor_id,
            subject=found.subject, concerned=record.Concerned(about=found.person_id),
            facts={"reason": reason.strip(), "kind": found.kind},
        )  # fmt: skip
        record.write(session, [made])
    return ctx


def withdraw(
    session: Session,
    *,
    case_id: UUID,
    recusal_id: UUID,
    reason: str,
    actor_id: UUID,
    now: datetime,
) -> None:
    """Let somebody take part again from now on; what became void stays void.

    Raises:
        RecusalNotFound, NotAllowed, ReasonNeeded: nothing is changed.
    """
    ctx = _by_authority(session, case_id, actor_id, now, action="take a recusal back")
    found = session.get(Recusal, recusal_id, populate_existing=True)
    if found is None or found.case_id != case_id or found.withdrawn_at is not None:
        raise RecusalNotFound(recusal_id)
    if found.person_id == actor_id:
        raise NotAllowed("take your own recusal back")
    if not reason.strip():
        raise ReasonNeeded
    found.withdrawn_at, found.withdrawn_by = now, actor_id
    found.withdrawn_reason = reason.strip()
    made = record.entry(
        case_id=case_id, action="recusal_withdrawn", now=now, person_id=actor_id,
        subject=found.subject, concerned=record.Concerned(about=found.person_id),
        facts={"reason": reason.strip()},
    )  # fmt: skip
    record.write(session, [made])
    tell(
        session, case=ctx.case, person_id=found.person_id, now=now,
        title=Words("您的回避已取消", "You need not step aside any more"),
        text=Words(f"原因：{reason.strip()}", f"Reason: {reason.strip()}"),
    )  # fmt: skip


def _by_authority(
    session: Session, case_id: UUID, actor_id: UUID, now: datetime, *, action: str
) -> Context:
    ctx = locked(session, case_id=case_id, now=now, actor_id=actor_id)
    who = standing(session, person_id=actor_id, case_id=case_id, now=now)
    require_role(who, OFFICE, SUPERVISOR, action=action)
    return ctx


def _require_part(ctx: Context, person_id: UUID) -> None:
    own, lists = standing_and_lists(
        ctx.session, person_id=person_id, case_id=ctx.case.id, now=ctx.now
    )
    if own.pairs or lists or own.bars.everything or own.bars.vote:
        return
    if conflicts.stands_in(ctx.session, case_id=ctx.case.id, person_id=person_id, now=ctx.now):
        return
    raise NotTakingPart(person_id)


def _keep_out(ctx: Context, person_id: UUID, extent: Extent, *, source: str) -> None:
    session, reason = ctx.session, extent.reason.strip()
    if not reason:
        raise ReasonNeeded
    if not (extent.deliberation or extent.vote):
        raise NothingRecused
    _require_subject(ctx, extent.subject)
    if extent.subject == recusals.WHOLE and extent.deliberation:
        _require_another_officer(ctx, person_id)
    made = recusals.write(
        session, case_id=ctx.case.id, person_id=person_id, subject=extent.subject,
        deliberation=extent.deliberation, vote=extent.vote, reason=reason, source=source,
        by_id=ctx.actor_id or person_id, now=ctx.now,
    )  # fmt: skip
    void, back = _take_seats(ctx, made)
    written = record.entry(
        case_id=ctx.case.id, action="recused", now=ctx.now, person_id=ctx.actor_id,
        subject=made.subject, concerned=record.Concerned(about=person_id),
        facts={
            "reason": reason, "source": source,
            "deliberation": made.deliberation, "vote": made.vote, "void": void, "back": back,
        },
    )  # fmt: skip
    record.write(session, [written])
    if source != "declared":
        tell(
            session, case=ctx.case, person_id=person_id, now=ctx.now,
            title=Words("您须回避", "You step aside"),
            text=Words(f"原因：{reason}", f"Reason: {reason}"),
        )  # fmt: skip


def _require_subject(ctx: Context, subject: str) -> None:
    if subject == recusals.WHOLE:
        return
    known = exists().where(Candidate.case_id == ctx.case.id, Candidate.code == subject)
    if not ctx.session.scalar(select(known)):
        raise UnknownSubject(subject)


def _require_another_officer(ctx: Context, person_id: UUID) -> None:
    """Raise if the selection office would stand without anybody."""
    kept_out = exists().where(
        Recusal.case_id == CaseMember.case_id,
        Recusal.person_id == CaseMember.person_id,
        Recusal.subject == recusals.WHOLE,
        Recusal.deliberation,
        Recusal.withdrawn_at.is_(None),
    )
    rows = ctx.session.execute(
        select(CaseMember.person_id).where(
            CaseMember.case_id == ctx.case.id,
            CaseMember.role == OFFICE,
            *absences.is_member(ctx.now),
            or_(CaseMember.person_id == person_id, ~kept_out),
        )
    ).scalars()
    officers = set(rows)
    if person_id in officers and len(officers) == 1:
        raise LastOfOffice


def _take_seats(ctx: Context, recusal: Recusal) -> tuple[int, int]:
    """Void the open seats concerned, or put them back; gives how many of each."""
    session = ctx.session
    rows = session.execute(
        select(Seat, UserTask)
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            Seat.case_id == ctx.case.id,
            Seat.person_id == recusal.person_id,
            Seat.state == "open",
            or_(UserTask.kind == "ballot", recusals.keeps_out(recusal.person_id)),
        )
        .order_by(Seat.position)
    ).all()
    chosen = [(seat, task) for seat, task in rows if _concerns(session, seat, task, recusal)]
    tasks = {seat.id: task for seat, task in chosen}
    void, back = seats.keep_out(
        session, seats=[seat for seat, _ in chosen],
        reason=recusals.void_reason(recusal.reason),
    )  # fmt: skip
    for seat in void:
        task = tasks[seat.id]
        if task.box_id is not None:
            ballots.exclude(session, box_id=task.box_id, voter_ids=[recusal.person_id])
    ctx.touched.extend(dict.fromkeys(seat.task_id for seat in void))
    return len(void), len(back)


def _concerns(session: Session, seat: Seat, task: UserTask, recusal: Recusal) -> bool:
    """Whether an open seat is about what was just closed to its holder."""
    concerned = {seat.subject, task.about}
    if task.box_id is not None:
        concerned |= set(ballots.on_paper(session, box_id=task.box_id))
    bars = recusals.Bars(
        frozenset({recusal.subject} if recusal.deliberation else ()),
        frozenset({recusal.subject} if recusal.vote else ()),
    )
    return bars.acting(task.kind, *concerned)


def people_taking_part(session: Session, *, case_id: UUID, now: datetime) -> list[Person]:
    """Whoever acts in a role here now, by name, for a choice; at most 500."""
    asked = (
        select(Person)
        .join(CaseMember, CaseMember.person_id == Person.id)
        .where(
            CaseMember.case_id == case_id,
            CaseMember.role != absences.CANDIDATE,
            *absences.is_member(now),
        )
        .distinct()
        .order_by(Person.name, Person.id)
        .limit(500)
    )
    return list(session.scalars(asked))
