"""Who may see a selection, and how much of it: asked before anything of it is read."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import definitions
from engine.bpmn import Element
from engine.definitions import PackageVersion, Words
from engine.identity import Identity
from engine.model import Candidate, Case, Instance
from engine.naming import Naming
from engine.permissions import (
    OFFICE,
    SUPERVISOR,
    CaseNotFound,
    NotAllowed,
    Standing,
    may_read_answers,
    standing_and_lists,
)

LEADING_GROUP = "leading_group"
CANDIDATE = "candidate"
_RESULT_READERS = frozenset({OFFICE, SUPERVISOR, LEADING_GROUP})
_RECORD_READERS = frozenset({OFFICE, SUPERVISOR})


@dataclass
class Seen:
    """One selection as one person sees it; what costs a query is asked for only when it is shown.

    Three kinds of people: staff (a role in the selection, or who started it) see every step;
    candidates and those who are only on a list see the stages and what is published; nobody else
    sees anything.
    """

    session: Session
    case: Case
    root: Instance
    who: Identity
    standing: Standing
    rosters: frozenset[str]
    candidate: Candidate | None
    now: datetime
    package: PackageVersion = field(init=False)

    def __post_init__(self) -> None:
        self.package = definitions.pinned(self.session, self.root.package_hash)

    @property
    def title(self) -> Words:
        return Words(self.case.title, self.case.title_en)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.case.time_zone)

    @property
    def roles(self) -> frozenset[str]:
        return self.standing.roles

    @property
    def started_it(self) -> bool:
        return self.case.started_by == self.who.person_id

    @property
    def is_staff(self) -> bool:
        """Sees every step, not the stages alone; a candidate never does."""
        return self.candidate is None and bool(self.roles - {CANDIDATE} or self.started_it)

    @property
    def is_office(self) -> bool:
        return OFFICE in self.roles

    @property
    def reads_results(self) -> bool:
        return self.is_staff and bool(self.roles & _RESULT_READERS)

    @property
    def reads_record(self) -> bool:
        """History and the list of who takes part: for those who answer for the procedure."""
        return self.is_staff and bool(self.roles & _RECORD_READERS)

    @property
    def reads_people(self) -> bool:
        return self.is_staff and (bool(self.roles & _RESULT_READERS) or self.started_it)

    @property
    def is_blind(self) -> bool:
        """Holds a role that may know numbers only, no names."""
        return any(self.package.roles.get(role, {}).get("blind") for role in self.roles)

    def may_read(self, element: Element) -> bool:
        return self.is_staff and may_read_answers(element, self.standing)

    def require(self, allowed: bool, action: str) -> None:
        """Raise unless it is allowed.

        Raises:
            NotAllowed: naming the action.
        """
        if not allowed:
            raise NotAllowed(action)

    @cached_property
    def naming(self) -> Naming:
        return Naming(self.session, self.case, self.package, blind=self.is_blind)

    @property
    def state(self) -> str:
        """`running`, `paused` or `ended`."""
        return self.case.state

    @property
    def outcome(self) -> Words | None:
        """How it ended, in the words of the end event."""
        if not self.case.outcome:
            return None
        return self.package.element_name(self.case.outcome)


def named_who(seen: Seen, key: str) -> Words:
    """The words for a role, a function or `role+function`, as `escalate` names them."""
    role, plus, function = key.partition("+")
    first = seen.package.word(role)
    if not plus:
        return first
    second = seen.package.word(function)
    return Words(f"{first.zh}（{second.zh}）", f"{first.en} ({second.en})")


def view_case(session: Session, who: Identity, *, case_id: UUID, now: datetime) -> Seen:
    """Show a selection to its members, its candidates and who started it.

    Raises:
        CaseNotFound: no such selection, or it is none of this person's business.
    """
    row = session.execute(
        select(Case, Instance).join(Instance, Instance.id == Case.id).where(Case.id == case_id)
    ).first()
    if row is None or not who.sees(case_id=case_id):
        raise CaseNotFound(case_id)
    standing, rosters = standing_and_lists(
        session, person_id=who.person_id, case_id=case_id, now=now
    )
    candidate = session.scalar(
        select(Candidate).where(Candidate.case_id == case_id, Candidate.person_id == who.person_id)
    )
    seen = Seen(session, row[0], row[1], who, standing, rosters, candidate, now)
    concerned = standing.pairs or rosters or candidate or seen.started_it
    if not concerned or standing.bars.everything:
        raise CaseNotFound(case_id)
    return seen


def view_as_office(
    session: Session, who: Identity, *, case_id: UUID, now: datetime, action: str
) -> Seen:
    """As `view_case`, for the selection office alone.

    Raises:
        CaseNotFound: not for this person at all.
        NotAllowed: a member, but not of the office.
    """
    seen = view_case(session, who, case_id=case_id, now=now)
    seen.require(seen.is_staff and seen.is_office, action)
    return seen
