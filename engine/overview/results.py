"""Results with their working, and how many were left after each step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from engine.bpmn import Element
from engine.definitions import Words
from engine.errors import EngineError
from engine.inbox import Mark, Page
from engine.model import OperationRun
from engine.overview.access import Seen
from engine.overview.drawings import drawing_of

PAGE = 20
_QUIET = (
    "publish", "notify", "make_document", "open_seal", "open_ballot", "pause_selection",
    "resume_selection", "send_message", "end_selection",
)  # fmt: skip
"""Operations whose result is a thing of its own: a publication, a message, an event."""

_LISTS = frozenset({"applicants", "eligible", "advanced", "inspected", "value"})
"""Keys of results that are a list of those who go on."""


class ResultNotFound(EngineError):
    """No such result, or none that this person may see: the two answers must look alike."""

    code = "result_not_found"

    def __init__(self, run_id: UUID) -> None:
        super().__init__(f"there is no result {run_id}, or not for you")
        self.run_id = run_id


@dataclass(frozen=True)
class Run:
    """One run of an operation; `stage` is the process it belongs to, by its name."""

    id: UUID
    element_id: str
    operation: str
    name: Words
    stage: Words
    round: int
    at: datetime
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Stage:
    """How many went on at one step."""

    name: Words
    count: int


def results(seen: Seen, *, after: Mark | None = None, limit: int = PAGE) -> Page[Run]:
    """Results, the latest first: one statement.

    Raises:
        NotAllowed: results are for the office, the supervisor and the leading group.
    """
    seen.require(seen.reads_results, "read results")
    asked = (
        select(OperationRun)
        .where(
            OperationRun.case_id == seen.case.id,
            OperationRun.operation.not_in(_QUIET),
            OperationRun.element_id.not_in(_hidden(seen)),
        )
        .order_by(OperationRun.at.desc(), OperationRun.id.desc())
    )
    if after is not None:
        asked = asked.where(
            or_(
                OperationRun.at < after.at,
                and_(OperationRun.at == after.at, OperationRun.id < after.id),
            )
        )
    rows = list(seen.session.scalars(asked.limit(limit + 1)))
    last = rows[limit - 1] if len(rows) > limit else None
    return Page([_run(seen, r) for r in rows[:limit]], Mark(last.at, last.id) if last else None)


def result(seen: Seen, run_id: UUID) -> Run:
    """One result with its working.

    Raises:
        NotAllowed: as `results`.
        ResultNotFound: no such result in this selection, or not for this reader.
    """
    seen.require(seen.reads_results, "read results")
    row = seen.session.get(OperationRun, run_id)
    if row is None or row.case_id != seen.case.id or row.element_id in _hidden(seen):
        raise ResultNotFound(run_id)
    return _run(seen, row)


def funnel(seen: Seen) -> list[Stage]:
    """How many were on each list of the selection, in the order of the lists: one statement.

    A list is a variable that `roles.yaml` has a word for, written by an operation.
    """
    seen.require(seen.reads_results, "read results")
    lists = {e.id: e for e in seen.package.definition.elements.values() if _writes_list(seen, e)}
    rows = seen.session.execute(
        select(OperationRun.element_id, OperationRun.result)
        .where(OperationRun.case_id == seen.case.id, OperationRun.element_id.in_(lists))
        .order_by(OperationRun.at, OperationRun.round)
    )
    counts: dict[str, int] = {}
    for element_id, made in rows:
        value = made.get(lists[element_id].properties["pick"])
        if isinstance(value, list) and all(isinstance(code, str) for code in value):
            counts[lists[element_id].properties["result"]] = len(value)
    return [Stage(seen.package.word(name), count) for name, count in counts.items()]


def _writes_list(seen: Seen, element: Element) -> bool:
    name = element.properties.get("result", "")
    named = seen.package.word(name).zh != name
    return named and element.properties.get("pick") in _LISTS and "operation" in element.properties


def _hidden(seen: Seen) -> Sequence[str]:
    """Tasks whose operation worked on answers that this reader may not read."""
    return [
        element.id
        for element in seen.package.definition.elements.values()
        if element.kind == "userTask"
        and "operation" in element.properties
        and not seen.may_read(element)
    ]


def _run(seen: Seen, row: OperationRun) -> Run:
    element = seen.package.definition.elements.get(row.element_id)
    stage = drawing_of(seen.package, element.process_id).name if element else Words("", "")
    return Run(
        id=row.id,
        element_id=row.element_id,
        operation=row.operation,
        name=seen.package.element_name(row.element_id),
        stage=stage,
        round=row.round,
        at=row.at,
        result=row.result,
    )
