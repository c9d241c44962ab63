"""Who is kept out of what in a selection: of dealing with somebody, of voting on them, or of all.

Two flags, because the rules part them: a member may have to leave while somebody is discussed and
come back to vote. Ballots and scores follow `vote`; everything else, and all reading, follows
`deliberation`. A recusal that names nobody is about the whole selection.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine.errors import EngineError
from engine.model import Recusal, Seat, UserTask

WHOLE = ""
VOTES = ("ballot", "scores")
"""Kinds of tasks in which somebody is judged: kept out by `vote`."""

VOID = "recused: "
"""How the reason of a seat begins that somebody may not hand in."""


class RecusalNotFound(EngineError):
    """No such recusal in this selection, or it was withdrawn before."""

    code = "recusal_not_found"

    def __init__(self, recusal_id: UUID) -> None:
        super().__init__(f"there is no recusal {recusal_id} in force")
        self.recusal_id = recusal_id


@dataclass(frozen=True)
class Bars:
    """What one person is kept out of in one selection: candidates' codes, `WHOLE` for all of it."""

    deliberation: frozenset[str] = frozenset()
    vote: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Kept out of dealing with anything: the selection is none of this person's business."""
        return WHOLE in self.deliberation

    def acting(self, kind: str, *subjects: str) -> bool:
        """Whether this person may not hand in a task of this kind about any of these."""
        return _meets(self.vote if kind in VOTES else self.deliberation, subjects)

    def reading(self, *subjects: str) -> bool:
        """Whether this person may not read what is about any of these."""
        return _meets(self.deliberation, subjects)


NONE = Bars()


def _meets(kept_out: frozenset[str], subjects: Iterable[str]) -> bool:
    return bool(kept_out) and (WHOLE in kept_out or not kept_out.isdisjoint(subjects))


def bars_of(
    session: Session, *, case_id: UUID, person_ids: Collection[UUID] | None = None
) -> dict[UUID, Bars]:
    """What each person is kept out of now; who is not named is kept out of nothing. One statement.

    Args:
        person_ids: only these; None: everybody.
    """
    asked = select(Recusal.person_id, Recusal.subject, Recusal.deliberation, Recusal.vote).where(
        Recusal.case_id == case_id, Recusal.withdrawn_at.is_(None)
    )
    if person_ids is not None:
        asked = asked.where(Recusal.person_id.in_(person_ids))
    made: dict[UUID, tuple[set[str], set[str]]] = {}
    for person_id, subject, deliberation, vote in session.execute(asked):
        talk, votes = made.setdefault(person_id, (set(), set()))
        if deliberation:
            talk.add(subject)
        if vote:
            votes.add(subject)
    return {key: Bars(frozenset(talk), frozenset(votes)) for key, (talk, votes) in made.items()}


def bars_everywhere(session: Session, *, person_id: UUID) -> dict[UUID, Bars]:
    """What one person is kept out of, by selection; one statement."""
    rows = session.execute(
        select(Recusal.case_id, Recusal.subject, Recusal.deliberation, Recusal.vote).where(
            Recusal.person_id == person_id, Recusal.withdrawn_at.is_(None)
        )
    ).all()
    return {
        case_id: Bars(
            frozenset(r.subject for r in rows if r.case_id == case_id and r.deliberation),
            frozenset(r.subject for r in rows if r.case_id == case_id and r.vote),
        )
        for case_id in {row.case_id for row in rows}
    }


def keeps_out(person: UUID | InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether a seat is about something this person may not deal with: for a list of seats.

    To be used beside `Seat` and `UserTask` in one statement.
    """
    votes = UserTask.kind.in_(VOTES)
    return exists().where(
        Recusal.case_id == Seat.case_id,
        Recusal.person_id == person,
        Recusal.withdrawn_at.is_(None),
        or_(
            Recusal.subject == WHOLE,
            Recusal.subject == Seat.subject,
            Recusal.subject == UserTask.about,
        ),
        or_(and_(votes, Recusal.vote), and_(~votes, Recusal.deliberation)),
    )


def hides(person: UUID) -> ColumnElement[bool]:
    """Whether what a seat handed in is about somebody this person may not read about."""
    return exists().where(
        Recusal.case_id == Seat.case_id,
        Recusal.person_id == person,
        Recusal.withdrawn_at.is_(None),
        Recusal.deliberation,
        or_(
            Recusal.subject == WHOLE,
            Recusal.subject == Seat.subject,
            Recusal.subject == UserTask.about,
        ),
    )


def void_reason(reason: str) -> str:
    """What stands in a seat that somebody may not hand in."""
    return (VOID + reason)[:400]


def is_void_by_recusal(seat: Seat) -> bool:
    return seat.state == "void" and seat.void_reason.startswith(VOID)


def reasons(
    session: Session, *, case_id: UUID, person_ids: Collection[UUID], kind: str
) -> dict[UUID, dict[str, str]]:
    """Why each person may not act in a task of this kind: person → subject → the written reason.

    One statement; who is kept out of nothing is left out.
    """
    asked = select(Recusal.person_id, Recusal.subject, Recusal.reason).where(
        Recusal.case_id == case_id,
        Recusal.withdrawn_at.is_(None),
        Recusal.vote if kind in VOTES else Recusal.deliberation,
    )
    made: dict[UUID, dict[str, str]] = {}
    for person_id, subject, reason in session.execute(asked):
        if person_id in person_ids:
            made.setdefault(person_id, {})[subject] = reason
    return made


def from_vote(session: Session, *, case_id: UUID, about: Collection[str]) -> dict[UUID, str]:
    """Whoever may not vote where these stand on the paper: person → the written reason.

    One secret paper holds all contests, and nobody may see which part of it somebody left empty:
    who is kept out of one is not entitled to the paper at all (docs/decisions/0015).
    """
    rows = session.execute(
        select(Recusal.person_id, Recusal.reason)
        .where(
            Recusal.case_id == case_id,
            Recusal.withdrawn_at.is_(None),
            Recusal.vote,
            Recusal.subject.in_({WHOLE, *about}),
        )
        .order_by(Recusal.at.desc(), Recusal.id)
    )
    return {person: reason for person, reason in rows}  # noqa: C416 - rows are not tuples to mypy


def in_force(session: Session, *, case_id: UUID, person_id: UUID, subject: str) -> Recusal | None:
    return session.scalar(
        select(Recusal).where(
            Recusal.case_id == case_id,
            Recusal.person_id == person_id,
            Recusal.subject == subject,
            Recusal.withdrawn_at.is_(None),
        )
    )


def write(
    session: Session,
    *,
    case_id: UUID,
    person_id: UUID,
    subject: str,
    deliberation: bool,
    vote: bool,
    reason: str,
    source: str,
    by_id: UUID,
    now: datetime,
) -> Recusal:
    """Keep somebody out from now on; what was in force before about the same is replaced by it."""
    before = in_force(session, case_id=case_id, person_id=person_id, subject=subject)
    if before is not None:
        deliberation, vote = deliberation or before.deliberation, vote or before.vote
        before.withdrawn_at, before.withdrawn_by = now, by_id
        before.withdrawn_reason = reason
        session.flush()  # only one may be in force
    made = Recusal(
        case_id=case_id, person_id=person_id, subject=subject, deliberation=deliberation,
        vote=vote, reason=reason, source=source, by_id=by_id, at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()  # what opens next asks for it
    return made


def listed(session: Session, *, case_id: UUID, limit: int) -> Sequence[Recusal]:
    """Everything of a selection, what is in force first, then the latest."""
    return session.scalars(
        select(Recusal)
        .where(Recusal.case_id == case_id)
        .order_by(Recusal.withdrawn_at.is_not(None), Recusal.at.desc(), Recusal.id)
        .limit(limit)
    ).all()
