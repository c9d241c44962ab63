"""Say that somebody is away and who acts meanwhile; say that they are back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import absences, conflicts, record, recusals
from engine.absences import AbsenceNotFound, Span
from engine.definitions import Words
from engine.errors import EngineError
from engine.model import Absence, Candidate, Case, CaseMember, Person
from engine.permissions import OFFICE, CaseNotFound, require_role, standing
from engine.run.away import Work, colleagues_of, works_of
from engine.run.telling import tell


class AbsenceTimes(EngineError):
    """The absence ends before it begins, or has ended already."""

    code = "absence_times"

    def __init__(self) -> None:
        super().__init__("give a beginning, and an end that is later and lies ahead")


class OneselfAsStandIn(EngineError):
    """Nobody stands in for themselves."""

    code = "oneself_as_stand_in"

    def __init__(self) -> None:
        super().__init__("name somebody else; nobody stands in for themselves")


class AbsenceLoop(EngineError):
    """Standing in would come back to who is away, over one person or several."""

    code = "absence_loop"

    def __init__(self) -> None:
        super().__init__("whoever should stand in has handed over to who is away; name another")


class AwayAlready(EngineError):
    """There is an absence for the same time and work. End it first."""

    code = "away_already"

    def __init__(self) -> None:
        super().__init__("this time has an absence already; end it, or choose another time")


class StandInAway(EngineError):
    """Whoever should stand in is away at that time."""

    code = "stand_in_away"

    def __init__(self) -> None:
        super().__init__("whoever should stand in is away then; name another, or another time")


class StandsInMeanwhile(EngineError):
    """Who is to be away stands in for somebody then: that would pass on what was passed on."""

    code = "stands_in_meanwhile"

    def __init__(self) -> None:
        super().__init__("this person stands in for somebody then; that must be changed first")


class StandInUnknown(EngineError):
    """No such person who could act."""

    code = "stand_in_unknown"

    def __init__(self) -> None:
        super().__init__("choose a person of the list")


class StandInNotAllowed(EngineError):
    """This person may not act for the absent one in one of the selections.

    `why`: `candidate`, `relative` (of a candidate), `recused`, or `role` (one that nobody may hold
    together with the absent person's); `selection` is its title.
    """

    code = "stand_in_not_allowed"

    def __init__(self, why: str, selection: str) -> None:
        super().__init__(f"this person may not stand in: {why} in {selection}")
        self.why, self.selection = why, selection


class RoleNotHeld(EngineError):
    """Who is away does not have this role there."""

    code = "role_not_held"

    def __init__(self) -> None:
        super().__init__("who is away does not have this role; choose one of theirs, or every role")


def enter(
    session: Session,
    *,
    span: Span,
    reason: str,
    actor_id: UUID,
    now: datetime,
) -> Absence:
    """Write down an absence, for oneself or, in one selection, for a member by its office.

    Every rule is checked under a lock of both people, so that two absences entered at the same
    instant cannot make a loop.

    Raises:
        CaseNotFound, NotAllowed: not for this person to enter.
        AbsenceTimes, OneselfAsStandIn, StandInUnknown, RoleNotHeld: what was entered cannot be.
        AbsenceLoop, AwayAlready, StandInAway, StandsInMeanwhile: against other absences.
        StandInNotAllowed: a candidate, a relative, recused, or a role that excludes it.
    """
    _require_may_enter(session, span, actor_id, now)
    if span.from_at >= span.to_at or span.to_at <= now:
        raise AbsenceTimes
    if span.person_id == span.stand_in_id:
        raise OneselfAsStandIn
    stand_in = _locked_stand_in(session, span, now)
    _require_no_clash(span, _others(session, span, now))
    works = [work for work in works_of(session, span.person_id, now=now) if _is_in(span, work)]
    if (span.case_id or span.role) and not works:
        raise RoleNotHeld
    for work in works:
        _require_suitable(session, span, work, stand_in, now)
    made = Absence(
        person_id=span.person_id, stand_in_id=span.stand_in_id, from_at=span.from_at,
        to_at=span.to_at, case_id=span.case_id, role=span.role, reason=reason.strip(),
        entered_by=actor_id, entered_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()  # a conflict of the stand-in is looked for through it
    for work in works:
        _record(session, made, work.case.id, "absence_entered", actor_id, now)
        conflicts.detect(session, case_id=work.case.id, now=now, person_ids={span.stand_in_id})
    if works:
        _tell(session, works[0].case, made, actor_id, now)
    return made


def end(session: Session, *, absence_id: UUID, actor_id: UUID, now: datetime) -> Absence:
    """The person is back, or does not leave: from this instant the stand-in may do nothing more.

    Raises:
        AbsenceNotFound: no such absence in force, or not for this person to end.
    """
    made = session.get(Absence, absence_id, with_for_update=True, populate_existing=True)
    if made is None or made.ended_at is not None or made.to_at <= now:
        raise AbsenceNotFound(absence_id)
    if actor_id not in (made.person_id, made.entered_by) and not _is_office(
        session, made.case_id, actor_id, now
    ):
        raise AbsenceNotFound(absence_id)
    made.ended_at, made.ended_by = now, actor_id
    span = absences.span_of(made)
    for work in works_of(session, made.person_id, now=now):
        if _is_in(span, work):
            _record(session, made, work.case.id, "absence_ended", actor_id, now)
    return made


def _require_may_enter(session: Session, span: Span, actor_id: UUID, now: datetime) -> None:
    """Oneself anywhere; somebody else only as the office of the selection that is named."""
    if actor_id == span.person_id:
        return
    if span.case_id is None:
        raise CaseNotFound(UUID(int=0))
    who = standing(session, person_id=actor_id, case_id=span.case_id, now=now)
    require_role(who, OFFICE, action="enter an absence for somebody")


def _is_office(session: Session, case_id: UUID | None, actor_id: UUID, now: datetime) -> bool:
    if case_id is None:
        return False
    return OFFICE in standing(session, person_id=actor_id, case_id=case_id, now=now).roles


def _locked_stand_in(session: Session, span: Span, now: datetime) -> Person:
    """Lock both people in one order, and give the stand-in: somebody who acts where they do."""
    people = session.scalars(
        select(Person)
        .where(Person.id.in_((span.person_id, span.stand_in_id)))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    ).all()
    known = colleagues_of(span.person_id, span.case_id, now).where(Person.id == span.stand_in_id)
    found = next((p for p in people if p.id == span.stand_in_id), None)
    if found is None or session.scalar(known.limit(1)) is None:
        raise StandInUnknown
    return found


def _others(session: Session, span: Span, now: datetime) -> list[Span]:
    """Absences that hold now or later and touch one of the two, or their chains.

    No chain is ever longer than one link (`_require_no_clash`), so these are all there are.
    """
    people = (span.person_id, span.stand_in_id)
    rows = session.scalars(
        select(Absence).where(
            or_(Absence.person_id.in_(people), Absence.stand_in_id.in_(people)),
            Absence.to_at > now,
            Absence.ended_at.is_(None),
        )
    )
    return [absences.span_of(row) for row in rows]


def _require_no_clash(span: Span, others: Iterable[Span]) -> None:
    met = [other for other in others if span.meets(other)]
    if absences.is_loop(span, met):
        raise AbsenceLoop
    if any(other.person_id == span.person_id for other in met):
        raise AwayAlready
    if any(other.person_id == span.stand_in_id for other in met):
        raise StandInAway
    if any(other.stand_in_id == span.person_id for other in met):
        raise StandsInMeanwhile


def _is_in(span: Span, work: Work) -> bool:
    return span.case_id in (None, work.case.id) and (not span.role or span.role in work.roles)


def _require_suitable(
    session: Session, span: Span, work: Work, stand_in: Person, now: datetime
) -> None:
    case, title = work.case, work.case.title
    stands = session.scalar(
        select(Candidate.id).where(Candidate.case_id == case.id, Candidate.person_id == stand_in.id)
    )
    if stands is not None:
        raise StandInNotAllowed("candidate", title)
    if conflicts.relatives_among(session, case_id=case.id, person=stand_in):
        raise StandInNotAllowed("relative", title)
    bars = recusals.bars_of(session, case_id=case.id, person_ids=[stand_in.id])
    if recusals.WHOLE in _codes(bars, stand_in.id):
        raise StandInNotAllowed("recused", title)
    held = session.scalars(
        select(CaseMember.role).where(
            CaseMember.case_id == case.id,
            CaseMember.person_id == stand_in.id,
            *absences.is_member(now, lists=True),
        )
    ).all()
    wanted = {span.role} if span.role else work.roles
    if absences.excluded(held, wanted, work.package.roles):
        raise StandInNotAllowed("role", title)


def _codes(bars: Mapping[UUID, recusals.Bars], person_id: UUID) -> frozenset[str]:
    found = bars.get(person_id, recusals.NONE)
    return found.deliberation | found.vote


def _record(
    session: Session, made: Absence, case_id: UUID, action: str, actor_id: UUID, now: datetime
) -> None:
    facts: dict[str, Any] = {
        "from": made.from_at.isoformat(),
        "to": made.to_at.isoformat(),
        "role": made.role,
        "reason": made.reason,
    }
    made_entry = record.entry(
        case_id=case_id,
        action=action,
        now=now,
        person_id=actor_id,
        concerned=record.Concerned(about=made.person_id, to=made.stand_in_id),
        facts=facts,
    )
    record.write(session, [made_entry])


def _tell(session: Session, case: Case, made: Absence, actor_id: UUID, now: datetime) -> None:
    """Tell the stand-in, and the absent person where somebody else has entered it."""
    zone = ZoneInfo(case.time_zone)
    first, last = (each.astimezone(zone) for each in (made.from_at, made.to_at))
    name = session.get_one(Person, made.person_id).name
    other = session.get_one(Person, made.stand_in_id).name
    zh = f"{first:%Y-%m-%d %H:%M}至{last:%Y-%m-%d %H:%M}"
    en = f"From {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}"
    tell(
        session, case=case, person_id=made.stand_in_id, now=now,
        title=Words(f"请您代{name}办理", f"You stand in for {name}"),
        text=Words(f"{zh}，其待办事项列在您的待办事项中。", f"{en} their tasks are on your list."),
    )  # fmt: skip
    if actor_id != made.person_id:
        tell(
            session, case=case, person_id=made.person_id, now=now,
            title=Words(f"您的事项由{other}代办", f"{other} stands in for you"),
            text=Words(f"{zh}。", f"{en}."),
        )  # fmt: skip
