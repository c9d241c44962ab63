"""Show what a change does, and do it once somebody has confirmed exactly that.

The office proposes, with a reason. Where the procedure names who must confirm (`confirms_changes`
of roles.yaml), a second person of these roles does; else the office confirms itself, and the
supervisor and the leading group are told either way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import record
from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.errors import EngineError
from engine.model import CaseChange, CaseMember, Notice
from engine.permissions import OFFICE, SUPERVISOR, require_role, standing
from engine.run.changing import Change, carry_out
from engine.run.closing import close_if_complete
from engine.run.context import Context, locked
from engine.run.previewing import Summary, difference, look
from engine.run.steering import ReasonNeeded

_TOLD = (SUPERVISOR, "leading_group")


class ChangedMeanwhile(EngineError):
    """What the change does is not what was shown: look at the new summary and decide again."""

    code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__("something has happened since; nothing was changed, look again")


class ChangeNotFound(EngineError):
    """No such proposal, or it has been decided, or it is none of this person's business."""

    code = "change_not_found"

    def __init__(self, change_id: UUID) -> None:
        super().__init__(f"there is no open proposal {change_id}, or not for you")
        self.change_id = change_id


@dataclass(frozen=True)
class Preview:
    """What a change does, and the two marks by which a confirmation says what it has seen."""

    summary: Summary
    version: int
    digest: str
    second: Sequence[str]
    """roles of whom another person must confirm; none: the office confirms itself"""


def preview(
    sessions: Sessions, *, case_id: UUID, change: Change, actor_id: UUID, now: datetime
) -> Preview:
    """Do it in a transaction that is rolled back; nothing of it stays or leaves.

    Raises:
        CaseNotFound, NotAllowed: for the office and for those who confirm.
        and what `carry_out` raises.
    """
    with sessions() as session:
        ctx = locked(session, case_id=case_id, now=now, actor_id=actor_id)
        second = second_roles(ctx)
        who = standing(session, person_id=actor_id, case_id=case_id, now=now)
        require_role(who, OFFICE, *second, action="change the course")
        made = _tried(ctx, change, reason="")
        session.rollback()
    return made


def second_roles(ctx: Context) -> tuple[str, ...]:
    """Roles of whom another person must confirm a change; empty where the office may alone."""
    return ctx.package(ctx.instance(ctx.case.id).package_hash).confirms_changes


def _tried(ctx: Context, change: Change, *, reason: str) -> Preview:
    version = ctx.instance(ctx.case.id).version
    before = look(ctx)
    carry_out(ctx, change, reason=reason)
    _tell(ctx, _TOLD, change.kind, reason)
    summary = difference(before, look(ctx))
    return Preview(summary, version, summary.digest, second_roles(ctx))


def confirm(
    sessions: Sessions,
    clock: Clock,
    *,
    case_id: UUID,
    change: Change,
    reason: str,
    shown: tuple[int, str],
    actor_id: UUID,
) -> str:
    """Do what was shown; or propose it, where the procedure asks for a second person.

    Args:
        shown: version and digest of the preview.

    Returns:
        `done` or `proposed`.

    Raises:
        ReasonNeeded, CaseNotFound, NotAllowed.
        ChangedMeanwhile: it would do something else by now; nothing is changed.
        and what `carry_out` raises.
    """
    if not reason.strip():
        raise ReasonNeeded
    now = clock.now()
    made = preview(sessions, case_id=case_id, change=change, actor_id=actor_id, now=now)
    _require_as_shown(made, shown)
    with transaction(sessions) as session:
        ctx = locked(session, case_id=case_id, now=now, actor_id=actor_id)
        who = standing(session, person_id=actor_id, case_id=case_id, now=now)
        require_role(who, OFFICE, action="change the course")
        row = _row(change, case_id, reason, actor_id=actor_id, now=now)
        if made.second:
            row.summary = made.summary.plain()
            _propose(ctx, row, made.second)
        else:
            _do(ctx, row, change, shown)
        session.add(row)
        state = row.state
    close_if_complete(sessions, clock, ctx.touched)
    return state


def decide(
    sessions: Sessions,
    clock: Clock,
    *,
    change_id: UUID,
    accept: bool,
    shown: tuple[int, str],
    actor_id: UUID,
) -> None:
    """Confirm or refuse what the office has proposed: another person, of the roles named.

    Raises:
        ChangeNotFound: no such proposal, or nothing of this person's business.
        ChangedMeanwhile, and what `carry_out` raises.
    """
    now = clock.now()
    with transaction(sessions) as session:
        ctx, row = _for_second(session, change_id, actor_id=actor_id, now=now)
        if accept:
            _do(ctx, row, change_of(row), shown)
        else:
            row.state, row.decided_by, row.decided_at = "refused", actor_id, now
            _note(ctx, row, "change_refused")
            _tell(ctx, (OFFICE,), "refused", row.reason)
    close_if_complete(sessions, clock, ctx.touched)


def proposed(session: Session, *, change_id: UUID, actor_id: UUID, now: datetime) -> CaseChange:
    """A proposal that this person is to decide.

    Raises:
        ChangeNotFound.
    """
    return _for_second(session, change_id, actor_id=actor_id, now=now)[1]


def change_of(row: CaseChange) -> Change:
    place = row.place
    return Change(
        row.kind,
        UUID(place["instance"]) if place["instance"] else None,
        place["step"],
        place["element"],
        place["values"],
    )


def _for_second(
    session: Session, change_id: UUID, *, actor_id: UUID, now: datetime
) -> tuple[Context, CaseChange]:
    case_id = session.scalar(select(CaseChange.case_id).where(CaseChange.id == change_id))
    if case_id is None:
        raise ChangeNotFound(change_id)
    ctx = locked(session, case_id=case_id, now=now, actor_id=actor_id)
    row = session.get_one(CaseChange, change_id, populate_existing=True)
    who = standing(session, person_id=actor_id, case_id=case_id, now=now)
    another = bool(who.roles & set(second_roles(ctx))) and actor_id != row.proposed_by
    if row.state != "proposed" or not another:
        raise ChangeNotFound(change_id)
    return ctx, row


def _row(
    change: Change, case_id: UUID, reason: str, *, actor_id: UUID, now: datetime
) -> CaseChange:
    return CaseChange(
        id=uuid4(), case_id=case_id, kind=change.kind, reason=reason[:400], state="proposed",
        place={
            "instance": str(change.instance_id) if change.instance_id else "",
            "step": change.step,
            "element": change.element_id,
            "values": dict(change.values),
        },
        summary={}, proposed_by=actor_id, proposed_at=now,
    )  # fmt: skip


def _do(ctx: Context, row: CaseChange, change: Change, shown: tuple[int, str]) -> None:
    made = _tried(ctx, change, reason=row.reason)
    _require_as_shown(made, shown)
    row.state, row.summary = "done", made.summary.plain()
    row.decided_by, row.decided_at = ctx.actor_id, ctx.now


def _require_as_shown(made: Preview, shown: tuple[int, str]) -> None:
    if (made.version, made.digest) != shown:
        raise ChangedMeanwhile


def _propose(ctx: Context, row: CaseChange, second: Sequence[str]) -> None:
    _note(ctx, row, "change_proposed")
    _tell(ctx, second, "proposed", row.reason)


def _note(ctx: Context, row: CaseChange, action: str) -> None:
    record.note(
        ctx.session, case_id=ctx.case.id, action=action, now=ctx.now, person_id=ctx.actor_id,
        element_id=row.place["element"], facts={"reason": row.reason, "kind": row.kind},
    )  # fmt: skip


_WORDS: Mapping[str, tuple[str, str]] = {
    "move": ("公选办调整了进行中的环节", "The selection office has moved the selection"),
    "leave": ("公选办略过了一个环节", "The selection office has left out a step"),
    "repeat": ("公选办重做一个阶段", "The selection office repeats a stage"),
    "end": ("公选办结束了一项附带事项", "The selection office has ended a side matter"),
    "cancel": ("公选办取消了本次公选", "The selection office has cancelled the selection"),
    "pause": ("公选办暂停了本次公选", "The selection office has paused the selection"),
    "resume": ("公选办恢复了本次公选", "The selection office lets the selection go on"),
    "proposed": ("有一项调整等待您确认", "A change waits for your confirmation"),
    "refused": ("您提出的调整未获同意", "The change you proposed was not agreed to"),
}


def _tell(ctx: Context, roles: Sequence[str], what: str, reason: str) -> None:
    """A notice inside the application for everybody of these roles, but not for who acts."""
    people = ctx.session.scalars(
        select(CaseMember.person_id)
        .where(
            CaseMember.case_id == ctx.case.id,
            CaseMember.role.in_(roles),
            CaseMember.roster == "",
            CaseMember.to_at.is_(None) | (CaseMember.to_at > ctx.now),
        )
        .distinct()
    )
    zh, en = _WORDS[what]
    content = {
        "zh": {"title": zh, "paragraphs": [f"理由：{reason}"], "tables": []},
        "en": {"title": en, "paragraphs": [f"Reason: {reason}"], "tables": []},
    }
    ctx.session.add_all(
        Notice(case_id=ctx.case.id, person_id=person, content=content, at=ctx.now)
        for person in sorted(set(people) - {ctx.actor_id}, key=str)
    )
