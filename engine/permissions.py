"""Who may do what now. Checked in the services, not only in the pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, false, literal, or_, select, union_all
from sqlalchemy.orm import Session

from engine import absences, recusals
from engine.absences import Duty
from engine.bpmn import Element
from engine.errors import EngineError
from engine.model import CaseMember, Recusal, Seat, UserTask
from engine.recusals import Bars

OFFICE = "selection_office"
SUPERVISOR = "supervisor"


class CaseNotFound(EngineError):
    """No such selection, or none that this person may see."""

    code = "case_not_found"

    def __init__(self, case_id: UUID) -> None:
        super().__init__(f"there is no selection {case_id}, or not for you")
        self.case_id = case_id


class NotAllowed(EngineError):
    """This person may not do this in this selection."""

    code = "not_allowed"

    def __init__(self, action: str) -> None:
        super().__init__(f"you may not {action} in this selection")
        self.action = action


class SamePerson(EngineError):
    """Another person than at an earlier task must do this."""

    code = "same_person"

    def __init__(self, element_id: str) -> None:
        super().__init__(f"another person than at {element_id} must do this")
        self.element_id = element_id


@dataclass(frozen=True)
class Standing:
    """A person's roles and functions in one selection at one instant, and what bars them.

    Who is kept out of the whole selection has no role in it.
    """

    person_id: UUID
    pairs: frozenset[tuple[str, str]]
    bars: Bars = recusals.NONE

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(role for role, _ in self.pairs)

    @property
    def functions(self) -> frozenset[str]:
        return frozenset(function for _, function in self.pairs if function)

    def holds(self, *, role: str, function: str) -> bool:
        """Whether one membership has the role (if any is asked) and the function (if any)."""
        return any(
            (not role or r == role) and (not function or f == function) for r, f in self.pairs
        ) and bool(role or function)


def standing(session: Session, *, person_id: UUID, case_id: UUID, now: datetime) -> Standing:
    """Read a person's memberships; lists of participants give no standing. One statement."""
    return standing_and_lists(session, person_id=person_id, case_id=case_id, now=now)[0]


def standing_and_lists(
    session: Session, *, person_id: UUID, case_id: UUID, now: datetime
) -> tuple[Standing, frozenset[str]]:
    """As `standing`, with the lists of participants this person is on; in the same statement."""
    known = {"case_id": case_id, "person_id": person_id, "now": now}
    rows = session.execute(_memberships_and_bars(), known).all()
    kept_out = Bars(
        frozenset(row.key for row in rows if row.bar and row.talk),
        frozenset(row.key for row in rows if row.bar and row.vote),
    )
    held = [row for row in rows if not row.bar and not kept_out.everything]
    pairs = frozenset((row.key, row.more) for row in held if not row.roster)
    lists = frozenset(row.roster for row in held if row.roster)
    return Standing(person_id, pairs, kept_out), lists


@cache
def _memberships_and_bars() -> Any:
    """Asked with every page: built once."""
    members = select(
        CaseMember.role.label("key"), CaseMember.function.label("more"),
        CaseMember.roster.label("roster"), false().label("talk"), false().label("vote"),
        literal(0).label("bar"),
    ).where(
        CaseMember.case_id == bindparam("case_id"),
        CaseMember.person_id == bindparam("person_id"),
        *absences.is_member(bindparam("now"), lists=True),
    )  # fmt: skip
    bars = select(
        Recusal.subject, literal(""), literal(""), Recusal.deliberation, Recusal.vote, literal(1)
    ).where(
        Recusal.case_id == bindparam("case_id"),
        Recusal.person_id == bindparam("person_id"),
        Recusal.withdrawn_at.is_(None),
    )
    return union_all(members, bars)


OWN, QUEUE, STAND_IN, RECORD = "own", "queue", "stand_in", "record"


@dataclass(frozen=True)
class Way:
    """How a person may hand in a seat.

    `own`, `queue` (claims it), `stand_in` (for an absent person), `record` (for another, from
    paper), or empty: not at all.
    """

    manner: str = ""
    duty: Duty | None = None
    """for whom, where they stand in"""

    def __bool__(self) -> bool:
        return bool(self.manner)


def how(seat: Seat, task: UserTask, who: Standing) -> str:
    """How a person may hand in a seat by their own standing: `own`, `queue`, `record` or ``."""
    if who.bars.acting(task.kind, seat.subject, task.about) or is_hidden(seat, who):
        return ""
    if seat.person_id == who.person_id:
        return OWN
    if seat.person_id is None and who.holds(role=seat.role, function=seat.function):
        return QUEUE
    if task.kind != "ballot" and who.roles & set(task.recorders.split()):
        return RECORD
    return ""


def is_hidden(seat: Seat, who: Standing) -> bool:
    """Whether this person was kept out of the seat: then it looks as if it had never been."""
    return seat.person_id == who.person_id and recusals.is_void_by_recusal(seat)


def way_of(
    session: Session,
    seat: Seat,
    task: UserTask,
    who: Standing,
    *,
    roles: Mapping[str, Any],
    now: datetime,
) -> Way:
    """How a person may hand in a seat, also for somebody who is away.

    Asks for those who are away only where this person's own standing gives nothing better than
    to record from paper.

    Args:
        roles: of the package, with `never_with`.
    """
    manner = how(seat, task, who)
    if manner in (OWN, QUEUE) or not task.stand_in:
        return Way(manner)
    if who.bars.acting(task.kind, seat.subject, task.about):
        return Way()
    duties = absences.duties_of(
        session, person_id=who.person_id, case_id=task.case_id, roles=roles, now=now
    )
    duty = next((duty for duty in duties if _does(duty, seat, task)), None)
    return Way(STAND_IN, duty) if duty else Way(manner)


def _does(duty: Duty, seat: Seat, task: UserTask) -> bool:
    """Whether the absent person would hand this seat in, in the role that was passed on."""
    if duty.bars.acting(task.kind, seat.subject, task.about):
        return False
    if seat.person_id is not None:
        return seat.person_id == duty.person_id and duty.covers(task.role)
    return duty.holds(role=seat.role, function=seat.function)


def reading_for(who: Standing, duty: Duty | None) -> Standing:
    """The standing with which a stand-in reads what belongs to the absent person's seat."""
    if duty is None:
        return who
    bars = Bars(who.bars.deliberation | duty.bars.deliberation, who.bars.vote | duty.bars.vote)
    return Standing(who.person_id, who.pairs | duty.pairs, bars)


def may_read_answers(element: Element, who: Standing) -> bool:
    """Whether a person may read what was handed in, once that is allowed to anybody."""
    readers = element.words("readers")
    if not readers:
        readers = [element.role, OFFICE, SUPERVISOR, *element.words("recorders")]
    return bool(who.roles & set(readers))


def may_close(element: Element, who: Standing) -> bool:
    """Whether a person may end the handing-in by hand."""
    return bool((who.roles | who.functions) & set(element.words("closers") or [OFFICE]))


def require_role(who: Standing, *roles: str, action: str) -> None:
    """Raise unless the person has one of the roles.

    Raises:
        NotAllowed: naming the action.
    """
    if not who.roles & set(roles):
        raise NotAllowed(action)


def require_another(
    session: Session, *, seat: Seat, properties: Mapping[str, str], people: Collection[UUID]
) -> None:
    """Raise if one of these handed in the task named by `not_by`, about the same subject.

    Whoever acted counts, and so does whoever was acted for.

    Args:
        people: who acts now, and for whom.

    Raises:
        SamePerson: naming that task.
    """
    other = properties.get("not_by")
    if not other:
        return
    acted = exists().where(
        Seat.task_id == UserTask.id,
        UserTask.case_id == seat.case_id,
        UserTask.element_id == other,
        Seat.subject == seat.subject,
        Seat.state == "handed_in",
        or_(Seat.submitted_by.in_(people), Seat.person_id.in_(people)),
    )
    if session.scalar(select(acted)):
        raise SamePerson(other)
