"""What every use case of one selection shares: the locked rows, the instant, who acts."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import definitions
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.model import Case, Instance
from engine.permissions import CaseNotFound


class CasePaused(EngineError):
    """The selection is stopped; everything can be read, nothing handed in."""

    code = "case_paused"

    def __init__(self) -> None:
        super().__init__("the selection is stopped until the body decides; nothing was changed")


@dataclass
class Context:
    """One use case inside one transaction; made by `locked`."""

    session: Session
    case: Case
    now: datetime
    actor_id: UUID | None
    facts: CaseFacts = field(init=False)
    touched: list[UUID] = field(default_factory=list)
    """tasks whose last open seat may have gone; closed by the caller after its commit"""
    driving: set[UUID] = field(default_factory=set)
    """instances that are in the middle of their steps; they look at their children themselves"""

    def __post_init__(self) -> None:
        self.facts = CaseFacts(self.session, self.case, self.now)

    def package(self, package_hash: str) -> PackageVersion:
        return definitions.pinned(self.session, package_hash)

    def instance(self, instance_id: UUID) -> Instance:
        return self.session.get_one(Instance, instance_id)


def locked(
    session: Session, *, case_id: UUID, now: datetime, actor_id: UUID | None = None
) -> Context:
    """Lock a selection's root instance, so that its process moves one step at a time.

    Only what moves the process takes this lock; a seat of a collective task does not.

    Raises:
        CaseNotFound: no such selection.
    """
    row = session.execute(
        select(Case, Instance)
        .join(Instance, Instance.id == Case.id)
        .where(Case.id == case_id)
        .with_for_update(of=Instance)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise CaseNotFound(case_id)
    return Context(session, row[0], now, actor_id)


def require_running(case: Case, instance_id: UUID | None = None) -> None:
    """Raise while the selection is stopped or over.

    Args:
        instance_id: the instance to act in; the one that stopped the selection goes on alone.

    Raises:
        CasePaused: nothing can be handed in.
    """
    if not may_go_on(case, instance_id):
        raise CasePaused


def may_go_on(case: Case, instance_id: UUID | None) -> bool:
    """Whether tasks of this instance accept anything now."""
    if case.state == "paused":
        return instance_id is not None and instance_id == case.paused_by
    return case.state == "running"
