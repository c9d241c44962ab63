"""Who may do what now. Checked in the services, not only in the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from engine.bpmn import Element
from engine.errors import EngineError
from engine.model import CaseMember, Seat, UserTask

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
    """A person's roles and functions in one selection at one instant."""

    person_id: UUID
    pairs: frozenset[tuple[str, str]]

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


# Asked with every page: built once.
_MEMBERSHIPS = select(CaseMember.role, CaseMember.function).where(
    CaseMember.case_id == bindparam("case_id"),
    CaseMember.person_id == bindparam("person_id"),
    CaseMember.roster == "",
    (CaseMember.from_at.is_(None)) | (CaseMember.from_at <= bindparam("now")),
    (CaseMember.to_at.is_(None)) | (CaseMember.to_at > bindparam("now")),
)


def standing(session: Session, *, person_id: UUID, case_id: UUID, now: datetime) -> Standing:
    """Read a person's memberships; lists of participants give no standing."""
    known = {"case_id": case_id, "person_id": person_id, "now": now}
    rows = session.execute(_MEMBERSHIPS, known)
    return Standing(person_id, frozenset((row.role, row.function) for row in rows))


def how(seat: Seat, task: UserTask, who: Standing) -> str:
    """How a person may hand in a seat: `own`, `queue` (claims it), `record` (for another) or ``."""
    if seat.person_id == who.person_id:
        return "own"
    if seat.person_id is None and who.holds(role=seat.role, function=seat.function):
        return "queue"
    if task.kind != "ballot" and who.roles & set(task.recorders.split()):
        return "record"
    return ""


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
    session: Session, *, seat: Seat, properties: Mapping[str, str], person_id: UUID
) -> None:
    """Raise if this person handed in the task named by `not_by`, about the same subject.

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
        Seat.submitted_by == person_id,
    )
    if session.scalar(select(acted)):
        raise SamePerson(other)
