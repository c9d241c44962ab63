"""What a run came to: the funnel, every result with its working, expectations met or not."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import BallotBox, Case, HistoryEntry, Instance, OperationRun, Publication, Seat
from engine.scenarios.model import Scenario


def full_result(session: Session, case_id: UUID, scenario: Scenario) -> dict[str, Any]:
    """Everything that can be published or recalculated, as plain JSON; no person, no ballot."""
    case = session.get_one(Case, case_id)
    runs = session.scalars(
        select(OperationRun)
        .where(OperationRun.case_id == case_id)
        .order_by(OperationRun.at, OperationRun.element_id, OperationRun.round)
    ).all()
    last: dict[str, Any] = {run.element_id: run.result for run in runs}
    items = session.execute(
        select(OperationRun.element_id, OperationRun.result, Instance.item)
        .join(Instance, Instance.id == OperationRun.instance_id)
        .where(OperationRun.case_id == case_id, Instance.item != "")
    )
    by_item: dict[str, dict[str, Any]] = {}
    for row in items:
        by_item.setdefault(row.item, {})[row.element_id] = row.result
    return {
        "title": dict(scenario.title),
        "state": case.state,
        "outcome": case.outcome,
        "funnel": [
            {"zh": s["zh"], "en": s["en"], "codes": _list(last, s), "number": len(_list(last, s))}
            for s in scenario.funnel
        ],
        "results": [
            {
                "element": run.element_id,
                "round": run.round,
                "operation": run.operation,
                "result": run.result,
            }
            for run in runs
        ],
        "last": last,
        "by_item": by_item,
        "counts": _counts(session, case_id),
    }


def _list(last: Mapping[str, Any], stage: Mapping[str, str]) -> list[str]:
    made = last.get(stage["element"], {}).get(stage["list"], [])
    return list(made)


def _counts(session: Session, case_id: UUID) -> dict[str, int]:
    def number(model: Any, *conditions: Any) -> int:
        return len(session.scalars(select(model.id).where(*conditions)).all())

    return {
        "handed_in": number(Seat, Seat.case_id == case_id, Seat.state == "handed_in"),
        "ballot_boxes": number(BallotBox, BallotBox.case_id == case_id),
        "publications": number(Publication, Publication.case_id == case_id),
        "history": number(HistoryEntry, HistoryEntry.case_id == case_id),
    }


def differences(result: Mapping[str, Any], expect: Mapping[str, Any]) -> Iterator[str]:
    """Every expectation that was not met, in words."""
    if "outcome" in expect and result["outcome"] != expect["outcome"]:
        yield f"outcome: expected {expect['outcome']}, got {result['outcome']}"
    if "funnel" in expect:
        got = [stage["number"] for stage in result["funnel"]]
        if got != expect["funnel"]:
            yield f"funnel: expected {expect['funnel']}, got {got}"
    for place, wanted in expect.get("results", {}).items():
        got = _at(result["last"], place)
        if got != wanted:
            yield f"{place}: expected {wanted}, got {got}"
    for item, wanted in expect.get("shares", {}).items():
        got = _at(result["by_item"].get(item, {}), "uv_gate_share.share_percent")
        if got != wanted:
            yield f"share of {item}: expected {wanted}, got {got}"


def _at(results: Mapping[str, Any], place: str) -> Any:
    value: Any = results
    for key in place.split("."):
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value
