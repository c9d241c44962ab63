"""Drawing lots: by the program from a recorded seed, or by hand with the numbers entered."""

import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256

from sqlalchemy import select

from engine import selection
from engine.errors import EngineError
from engine.model import Candidate
from engine.operations.base import Call, Outcome, operation
from engine.operations.schemas import CODES, MAPPING, YES_NO, parameter, takes

_SEED_BYTES = 32
_RULE = "sha256:"


class LotDrawnTwice(EngineError):
    """Two candidates have the same lot number. Look at the slips and correct the entry."""

    code = "lot_drawn_twice"

    def __init__(self, *, number: int, codes: Sequence[str]) -> None:
        super().__init__(f"{' and '.join(codes)} have the same lot number {number}")
        self.number, self.codes = number, tuple(codes)


@operation(
    "draw_lots",
    takes(
        {"codes": parameter("参加抽签的", "who draws", CODES)},
        {
            "sizes": parameter(
                "各组人数",
                "sizes of groups",
                {"type": "array", "items": {"type": "integer", "minimum": 0}},
            ),
            "numbers": parameter(
                "现场抽到的签号",
                "numbers drawn by hand",
                MAPPING,
                hint=(
                    "现场抽签时按签号排序；没有签号的，由系统抽签排在后面。",
                    "These come first, in the order of their numbers; the program draws the rest.",
                ),
            ),
            "admission": parameter(
                "作为考号",
                "becomes the admission number",
                YES_NO,
                hint=("抽到的顺序登记为考号。", "The place drawn is kept as admission number."),
            ),
        },
    ),
)
def draw_lots(
    call: Call,
    *,
    codes: Sequence[str],
    sizes: Sequence[int] = (),
    numbers: Mapping[str, int] | None = None,
    admission: bool = False,
) -> Outcome:
    """Draw an order, and split it into groups if sizes are given.

    The seed is 32 fresh random bytes; only in demonstrations and scenarios do the details of the
    selection name a rule for it (`lot_seeds`). With the seed in the result anybody can repeat it.

    Args:
        call: any element.
        codes: candidates, no two alike.
        sizes: people in each group, from the front of the order.
        numbers: slips drawn by hand, per code from 1; the order among them.
        admission: keep the places (001, 002 …) as admission numbers.

    Returns:
        `{order, groups, rest, by_hand: {code: number}, seed, algorithm, working}`; `seed` is
        hexadecimal and None where everybody drew by hand.

    Raises:
        LotDrawnTwice: two slips with one number.
        ValueError: a code twice, or groups larger than the field.

    Source: design.md §8; `engine.selection.lots`.

    """
    by_hand = {code: number for code, number in (numbers or {}).items() if code in codes}
    first = _by_number(by_hand)
    drawn = selection.draw_lots([c for c in codes if c not in by_hand], seed=_seed(call))
    order = [*first, *drawn.order]
    split = selection.split_groups(order, sizes=sizes)
    if admission:
        _number(call, order)
    all_by_hand = len(first) == len(codes) > 0
    return Outcome(
        {
            "order": order,
            "groups": split.groups,
            "rest": split.rest if sizes else [],
            "by_hand": by_hand,
            "seed": None if all_by_hand else drawn.seed,
            "algorithm": drawn.algorithm,
            "working": [
                *(() if all_by_hand else drawn.working),
                *(split.working if sizes else ()),
            ],
        }
    )


def _by_number(numbers: Mapping[str, int]) -> list[str]:
    holders: dict[int, str] = {}
    for code, number in numbers.items():
        if number in holders:
            raise LotDrawnTwice(number=number, codes=[holders[number], code])
        holders[number] = code
    return [holders[number] for number in sorted(holders)]


def _seed(call: Call) -> bytes:
    rule = str((call.case.details.get("lot_seeds") or {}).get("rule", ""))
    if not rule:
        return secrets.token_bytes(_SEED_BYTES)
    if not rule.startswith(_RULE):
        raise ValueError(f"the rule of the lots {rule!r} does not begin with {_RULE}")
    return sha256((rule.removeprefix(_RULE) + call.element.id).encode()).digest()


def _number(call: Call, order: Sequence[str]) -> None:
    rows = call.session.scalars(select(Candidate).where(Candidate.case_id == call.case.id))
    for candidate in rows:
        placed = candidate.code in order
        candidate.number = f"{order.index(candidate.code) + 1:03d}" if placed else ""
