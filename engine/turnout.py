"""How far a ballot has come: issued and returned while it runs, the report once it is counted.

Nothing else can be asked before the count: neither who has voted nor what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import ballots, meetings, permissions, tasks
from engine.bpmn import evaluate
from engine.definitions import PackageVersion, Words
from engine.facts import CaseFacts
from engine.identity import Identity
from engine.model import Case, OperationRun, UserTask
from engine.naming import Naming

SMALLEST_GROUP = 5
"""Votes of a smaller group are not shown apart: they would show how somebody voted."""


@dataclass(frozen=True)
class Line:
    """One option of a contest: votes by mark, and the share of `base` where there is one mark."""

    name: Words
    votes: Mapping[str, int]


@dataclass(frozen=True)
class ContestReport:
    """The count of one contest. `groups`: group → the votes of its options, in their order."""

    title: Words
    marks: Sequence[tuple[str, Words]]
    counted: str
    """the mark that decides, or empty where every mark has its own value"""
    lines: Sequence[Line]
    numbers: Mapping[str, int]
    base: int
    invalid_reasons: Mapping[str, int]
    groups: Sequence[tuple[Words, Sequence[Mapping[str, int]]]]


@dataclass(frozen=True)
class Report:
    """What the count gave."""

    at: datetime
    void: bool
    numbers: Mapping[str, int]
    base: str
    contests: Sequence[ContestReport]


@dataclass(frozen=True)
class Turnout:
    """Everything the console of a ballot shows; two equal ones look alike."""

    task_id: UUID
    case_id: UUID
    title: Words
    selection: Words
    state: str
    """`open`, `paused`, `ended` (counting), `counted`, `void` or `cancelled`"""
    issued: int
    returned: int
    opened_at: datetime
    closed_at: datetime | None
    may_end: bool
    report: Report | None
    following: Sequence[meetings.Following]

    @property
    def missing(self) -> int:
        return max(self.issued - self.returned, 0)


def turnout_of(session: Session, who: Identity, *, task_id: UUID, now: datetime) -> Turnout:
    """Show a ballot to whoever runs the meeting.

    Raises:
        TaskNotFound: no such ballot, or it is none of this person's business.
    """
    row = session.execute(
        select(UserTask, Case).join(Case, Case.id == UserTask.case_id).where(UserTask.id == task_id)
    ).first()
    if row is None or row[0].kind != "ballot" or row[0].box_id is None:
        raise tasks.TaskNotFound(task_id)
    task, case, box_id = row[0], row[1], row[0].box_id
    package, standing = meetings.require_watcher(session, who, task=task, now=now)
    progress = ballots.progress(session, box_id=box_id)
    naming = Naming(session, case, package, blind=False)
    ended = task.state in ("closed", "done")
    report = _report(session, task, package, naming) if ended else None
    return Turnout(
        task_id=task.id,
        case_id=case.id,
        title=_title(package, task, naming, CaseFacts(session, case, now)),
        selection=Words(case.title, case.title_en),
        state=_state(task, case, report),
        issued=report.numbers.get("issued", progress.issued) if report else progress.issued,
        returned=report.numbers.get("returned", progress.returned) if report else progress.returned,
        opened_at=task.opened_at,
        closed_at=task.closed_at,
        may_end=permissions.may_close(package.element(task.element_id), standing),
        report=report,
        following=meetings.following(session, who, task=task, now=now) if ended else (),
    )


def _state(task: UserTask, case: Case, report: Report | None) -> str:
    if task.state == "cancelled":
        return "cancelled"
    if task.state == "open":
        return "paused" if case.state == "paused" else "open"
    if report is None:
        return "ended"
    return "void" if report.void else "counted"


def _title(package: PackageVersion, task: UserTask, naming: Naming, facts: CaseFacts) -> Words:
    """What is voted on, as the box says it; a title of its own stays as it is."""
    element = package.element(task.element_id)
    box = evaluate(element.properties["ballot"], task.context, facts)
    title = str(box.get("title") or "") if isinstance(box, Mapping) else ""
    return naming.name(title) if title else package.element_name(element.id)


def _report(
    session: Session, task: UserTask, package: PackageVersion, naming: Naming
) -> Report | None:
    """The last count of this box; rounds are kept, the last counts."""
    runs = session.execute(
        select(OperationRun.result, OperationRun.at)
        .where(
            OperationRun.case_id == task.case_id,
            OperationRun.instance_id == task.instance_id,
            OperationRun.operation == "tally",
            OperationRun.at >= task.opened_at,
        )
        .order_by(OperationRun.at.desc(), OperationRun.round.desc())
    )
    for result, at in runs:
        if result.get("box") == str(task.box_id):
            return _worded(result, at, package, naming)
    return None


def _worded(
    result: Mapping[str, Any], at: datetime, package: PackageVersion, naming: Naming
) -> Report:
    return Report(
        at=at,
        void=bool(result.get("void")),
        numbers=result["numbers"],
        base=result.get("base", "valid"),
        contests=[
            _contest(code, contest, result, package, naming)
            for code, contest in result["contests"].items()
        ],
    )


def _contest(
    code: str,
    contest: Mapping[str, Any],
    result: Mapping[str, Any],
    package: PackageVersion,
    naming: Naming,
) -> ContestReport:
    votes: Mapping[str, Mapping[str, int]] = contest["votes"]
    marks = list(next(iter(votes.values()), {}))
    decides = marks[0] if contest.get("kind") != "grades" and marks else ""
    order = sorted(votes, key=lambda option: -votes[option].get(decides, 0)) if decides else votes
    numbers = contest["numbers"]
    return ContestReport(
        title=naming.name(code),
        marks=[(mark, package.word(mark)) for mark in marks],
        counted=decides,
        lines=[Line(naming.name(option), votes[option]) for option in order],
        numbers=numbers,
        base=int(numbers.get(result.get("base", "valid"), 0)),
        invalid_reasons=contest.get("invalid_reasons") or {},
        groups=_groups(code, list(order), result, package),
    )


def _groups(
    code: str, order: Sequence[str], result: Mapping[str, Any], package: PackageVersion
) -> list[tuple[Words, Sequence[Mapping[str, int]]]]:
    """Votes by group, where every group is large enough to hide its members."""
    groups: Mapping[str, Any] = result.get("groups") or {}
    counted = {name: group["contests"].get(code) for name, group in groups.items()}
    if any(part is None for part in counted.values()):
        return []
    if any(part["numbers"]["returned"] < SMALLEST_GROUP for part in counted.values()):
        return []
    return [
        (package.word(name), [part["votes"].get(option, {}) for option in order])
        for name, part in counted.items()
    ]
