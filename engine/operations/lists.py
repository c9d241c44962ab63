"""The lists of the selection: who is eligible, who is inspected, and a candidate's status."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from engine import seats
from engine.errors import EngineError
from engine.model import Candidate
from engine.operations.base import Call, Effect, Outcome, operation
from engine.operations.schemas import ANY, CODES, MAPPING, YES_NO, choice, parameter, takes

ACTIVE, WITHDRAWN, REFUSED, STOPPED = "active", "withdrawn", "refused", "stopped"

_CONDITIONS = {
    "age": "age",
    "rank_tenure": "tenure",
    "degree": "degree",
    "party_member": "party_member",
    "identity": "identity",
}
"""Field of the review → reason of a refusal."""


class UnknownCandidate(EngineError):
    """A code belongs to nobody in this selection."""

    code = "unknown_candidate"

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(f"nobody in this selection has the code {', '.join(codes)}")
        self.codes = tuple(codes)


class ReviewMissing(EngineError):
    """Applications nobody has reviewed can be neither admitted nor refused. Review them first."""

    code = "review_missing"

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(f"nobody has reviewed {', '.join(codes)}; review them first")
        self.codes = tuple(codes)


@operation(
    "list_eligible",
    takes(
        {
            "rules": parameter("条件比对结果", "result of the rules", MAPPING),
            "reviews": parameter("初审", "reviews", MAPPING),
            "second": parameter("复审", "second looks", MAPPING),
            "appeals": parameter("复核决定", "decisions on re-checks", MAPPING),
        },
        {
            "mark": parameter(
                "登记为未通过",
                "mark those refused",
                YES_NO,
                hint=(
                    "把不符合条件的登记为“未通过资格审查”，改为符合的恢复。",
                    "Those refused get the status refused; who is admitted again gets it back.",
                ),
            )
        },
    ),
)
def list_eligible(
    call: Call,
    *,
    rules: Mapping[str, Any],
    reviews: Mapping[str, Any],
    second: Mapping[str, Any],
    appeals: Mapping[str, Any],
    mark: bool = False,
) -> Outcome:
    """List who is eligible and who is refused, with the reasons; the only writer of `eligible`.

    The first look concludes; a second look that differs turns it round; papers not handed in in
    time count as refused; a re-check that admits, or admits to the test under reserve, decides.
    Who has withdrawn stands on neither list.

    Args:
        call: any element after the review.
        rules: what the decision table gave per code; its keys are the applicants in order.
        reviews: variable of the first look, `conclusion` eligible, refused or missing.
        second: variable of the second look, `conclusion` agree or differ.
        appeals: variable of the decisions, `outcome` upheld or admitted; empty if there are none.
        mark: set the status of candidates at once. Without it the diagram does so with
            `set_status`, once the list is signed.

    Returns:
        `{eligible, refused, reasons: {code: [reason…]}, under_reserve}`: codes in the order of
        `rules`; reasons are age, tenure, degree, party_member, identity, material_missing, other.

    Raises:
        ReviewMissing: nobody has reviewed an applicant who is still there.

    Source: process.md, s1_review to s1_sign_result; domain.md §6.2-1.

    """
    known = _candidates(call, list(rules))
    there = [code for code in rules if known[code].status != WITHDRAWN]
    missing = [code for code in there if not _of(reviews, code)]
    if missing:
        raise ReviewMissing(missing)
    eligible, reserve = [], []
    reasons: dict[str, list[str]] = {}
    for code in there:
        review, decision = _of(reviews, code), _of(appeals, code)
        reserved = decision.get("under_reserve") is True
        fits = _fits(review, _of(second, code))
        if fits or decision.get("outcome") == "admitted" or reserved:
            eligible.append(code)
        else:
            reasons[code] = _reasons(review)
        if reserved and decision.get("outcome") != "admitted":
            reserve.append(code)
    if mark:
        for code in there:
            _mark_reviewed(known[code], reasons.get(code))
        call.facts.forget_statuses()
    result = {"eligible": eligible, "refused": list(reasons), "reasons": reasons}
    return Outcome({**result, "under_reserve": reserve})


@operation(
    "set_status",
    takes(
        {
            "codes": parameter("人选", "candidates", CODES),
            "status": parameter(
                "状态",
                "status",
                choice(
                    (ACTIVE, "在选", "taking part"),
                    (WITHDRAWN, "已退出", "withdrawn"),
                    (REFUSED, "未通过资格审查", "refused"),
                    (STOPPED, "停止参选资格", "stopped"),
                ),
            ),
        },
        {"reason": parameter("原因", "reason")},
    ),
)
def set_status(call: Call, *, codes: Sequence[str], status: str, reason: str = "") -> Outcome:
    """Change candidates' status and void what they, or others about them, have yet to hand in.

    Lists never change: expressions ask `active(list)`. Who has withdrawn stays withdrawn unless
    set to `active` again.

    Returns:
        `{codes, status, unchanged}`. Effects: `voided` for each task that may now be complete.

    Raises:
        UnknownCandidate: no such code; nothing is changed.

    Source: process.md §9.1.

    """
    known = _candidates(call, codes)
    changed = [
        code
        for code in codes
        if known[code].status != status and (status == ACTIVE or known[code].status != WITHDRAWN)
    ]
    for code in changed:
        known[code].status, known[code].reason = status, "" if status == ACTIVE else reason
    tasks = []
    if changed and status != ACTIVE:
        call.session.flush()  # seats are voided in statements of their own
        tasks = seats.void_of(
            call.session, case_id=call.case.id, subjects=changed, reason=reason or status
        )
    call.facts.forget_statuses()
    unchanged = [code for code in codes if code not in changed]
    return Outcome(
        {"codes": changed, "status": status, "unchanged": unchanged},
        [Effect("voided", str(task_id), reason) for task_id in tasks],
    )


@operation(
    "list_inspected",
    takes(
        {
            "visits": parameter("到单位考察", "unit visits", MAPPING),
            "matters": parameter("核查事项的决定", "decisions on matters found", MAPPING),
        }
    ),
)
def list_inspected(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    visits: Mapping[str, Mapping[str, Any]],
    matters: Mapping[str, str],
) -> Outcome:
    """List who was evaluated and who is inspected, after the two gates and the four checks.

    Args:
        call: any element after the visits.
        visits: per code `{outcome}`: not_evaluated (below the share), not_inspected (below the
            satisfaction), inspected.
        matters: per code, where a matter was found: continues or stopped.

    Returns:
        `{evaluated, inspected, stopped: {code: not_evaluated | not_inspected | matter}}`.

    Raises:
        ValueError: another outcome.

    Source: process.md, lists; §6.

    """
    stopped: dict[str, str] = {}
    for code, visit in visits.items():
        outcome = visit["outcome"]
        if outcome not in ("not_evaluated", "not_inspected", "inspected"):
            raise ValueError(f"the outcome of the visit of {code} is {outcome!r}")
        if outcome != "inspected":
            stopped[code] = outcome
        elif matters.get(code) == STOPPED:
            stopped[code] = "matter"
    evaluated = [code for code in visits if stopped.get(code) != "not_evaluated"]
    inspected = [code for code in visits if code not in stopped]
    return Outcome({"evaluated": evaluated, "inspected": inspected, "stopped": stopped})


@operation("keep", takes({"value": parameter("取值", "value", ANY)}))
def keep(call: Call, *, value: Any) -> Outcome:  # noqa: ARG001 - operations have one signature
    """Write down what an expression gives, such as a list a body has confirmed.

    Returns:
        `{value}`.

    """
    return Outcome({"value": value})


def _candidates(call: Call, codes: Sequence[str]) -> dict[str, Candidate]:
    rows = call.session.scalars(
        select(Candidate).where(Candidate.case_id == call.case.id, Candidate.code.in_(codes))
    )
    known = {row.code: row for row in rows}
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise UnknownCandidate(unknown)
    return known


def _of(variable: Mapping[str, Any], code: str) -> Mapping[str, Any]:
    """The latest entry about a candidate in the variable of a collective task."""
    entries: Sequence[Mapping[str, Any]] = variable.get("by_subject", {}).get(code) or [{}]
    return entries[-1]


def _fits(review: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    fits: bool = review["conclusion"] == "eligible"
    return not fits if second.get("conclusion") == "differ" else fits


def _reasons(review: Mapping[str, Any]) -> list[str]:
    given = [str(reason) for reason in review.get("reasons") or ()]
    if given:
        return given
    if review["conclusion"] == "missing":
        return ["material_missing"]
    found = [reason for field, reason in _CONDITIONS.items() if review.get(field) == "not_met"]
    lacking = any(review.get(field) == "missing" for field in _CONDITIONS)
    return found or (["material_missing"] if lacking else ["other"])


def _mark_reviewed(candidate: Candidate, reasons: Sequence[str] | None) -> None:
    if reasons is not None and candidate.status == ACTIVE:
        candidate.status, candidate.reason = REFUSED, " ".join(reasons)
    elif reasons is None and candidate.status == REFUSED:
        candidate.status, candidate.reason = ACTIVE, ""
