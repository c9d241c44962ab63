"""Scores: means, grades and totals; thin operations over `engine.selection`, with their working."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine import selection
from engine.operations.base import Call, Outcome, operation
from engine.operations.rules import COMPARATOR
from engine.operations.schemas import CODES, MAPPING, NUMBER, WHOLE, parameter, takes
from engine.selection import Number, decimal_text, exact

_HUNDRED = 100


@operation(
    "panel_mean",
    takes(
        {
            "scores": parameter("评分", "scores", MAPPING),
            "maximum": parameter("满分", "full marks", NUMBER),
        },
        {"trim": parameter("去掉最高分、最低分的个数", "scores dropped at each end", WHOLE)},
    ),
)
def panel_mean(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    scores: Mapping[str, Sequence[Number]],
    maximum: Number,
    trim: int = 0,
) -> Outcome:
    """Average the judges' scores of each candidate.

    Args:
        call: any element.
        scores: per code the scores, from 0 to `maximum`, as text.
        maximum: full marks.
        trim: how many to drop at each end.

    Returns:
        `{published: {code: "27.46"}, exact: {code: "2471/90"}, counted: {code: 9}, trim, maximum,
        working: {code: […]}}`; published is rounded half up to two decimals.

    Raises:
        TooFewScores: nothing would be left to average.
        ValueError: a score outside 0 to `maximum`.

    Source: domain.md §6.2-9; `engine.selection.panel_mean`.

    """
    means = {c: selection.panel_mean(s, trim=trim, maximum=maximum) for c, s in scores.items()}
    return Outcome(
        {
            "published": {code: mean.published for code, mean in means.items()},
            "exact": {code: mean.mean for code, mean in means.items()},
            "counted": {code: mean.counted for code, mean in means.items()},
            "trim": trim,
            "maximum": decimal_text(maximum),
            "working": {code: mean.working for code, mean in means.items()},
        }
    )


@operation(
    "grade_score",
    takes(
        {
            "grades": parameter("各档票数", "ballots per grade", {"type": ["array", "object"]}),
            "values": parameter(
                "各档分值", "points per grade", {"type": "array", "items": NUMBER, "minItems": 1}
            ),
            "satisfaction_of": parameter("满意度口径", "grades that satisfy"),
            "satisfaction_gate": parameter("最低满意度（%）", "least satisfaction", NUMBER),
        },
        {"comparator": parameter("比较方式", "comparison", COMPARATOR)},
    ),
)
def grade_score(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    grades: Mapping[str, int] | Sequence[int],
    values: Sequence[Number],
    satisfaction_of: str,
    satisfaction_gate: Number,
    comparator: selection.Comparator = ">=",
) -> Outcome:
    """Score a democratic evaluation and hold its satisfaction against a limit.

    Args:
        call: any element.
        grades: ballots per grade, best first; the marks of a count are in this order.
        values: points per grade, in the same order, e.g. 100, 85, 70, 50.
        satisfaction_of: "A+B" or "A+B+C", A being the best.
        satisfaction_gate: the limit in percent.
        comparator: ">=" passes at exactly the limit.

    Returns:
        `{score, published, ballots, satisfaction, share, passes, percent, comparator, working}`:
        `score` is exact, for `composite`; `published` has two decimals; `satisfaction` is the
        percentage with two decimals, `share` the exact fraction.

    Raises:
        ValueError: nobody gave a grade, or grades and values do not fit.

    Source: domain.md §6.5, §6.6, §6.2-14; `engine.selection.grades`.

    """
    counts = list(grades.values()) if isinstance(grades, Mapping) else list(grades)
    score = selection.grade_score(counts, values=values)
    satisfied = selection.satisfaction(counts, of=satisfaction_of)
    held = selection.gate(
        satisfied.part, satisfied.whole, comparator=comparator, percent=satisfaction_gate
    )
    return Outcome(
        {
            "score": decimal_text(score.score),
            "published": score.published,
            "ballots": score.ballots,
            "satisfaction": satisfied.percent,
            "share": satisfied.share,
            "passes": held.passes,
            "percent": decimal_text(satisfaction_gate),
            "comparator": comparator,
            "working": [*score.working, *satisfied.working, *held.working],
        }
    )


@operation(
    "team_score",
    takes(
        {
            "entries": parameter("考察组评价", "what members handed in", MAPPING),
            "weights": parameter("各项占比（%）", "weights in percent", MAPPING),
            "use_points": parameter("使用建议分值", "points for advice", MAPPING),
        }
    ),
)
def team_score(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    entries: Mapping[str, Any],
    weights: Mapping[str, Number],
    use_points: Mapping[str, Number],
) -> Outcome:
    """Score what the inspection team handed in: weighted means of its members.

    Args:
        call: any element.
        entries: per code the members' entries, each with a field per weight; or the variable of
            the collective task.
        weights: percent per field, e.g. appraisal 70, use 30.
        use_points: points for every word a field may have instead of a number.

    Returns:
        `{published: {code: "88.00"}, items: {code: {field: "59.50"}}, members: {code: n},
        working}`; 100 at most where the weights make up 100.

    Raises:
        TooFewScores: nobody handed anything in about a candidate.
        ValueError: a word without points, a number outside 0 to 100.

    Source: process.md, s6_team_score; `engine.selection.composite`.

    """
    by_code: Mapping[str, Sequence[Mapping[str, Any]]] = entries.get("by_subject", entries)
    means = {
        code: {
            field: selection.panel_mean(
                [use_points.get(row[field], row[field]) for row in rows], maximum=_HUNDRED
            ).mean
            for field in weights
        }
        for code, rows in by_code.items()
    }
    made = selection.composite(
        means, {field: {"max": weight, "of": _HUNDRED} for field, weight in weights.items()}
    )
    return Outcome(
        {
            "published": {code: made.totals[code] for code in by_code},
            "items": {row.code: row.items for row in made.rows},
            "members": {code: len(rows) for code, rows in by_code.items()},
            "working": made.working,
        }
    )


@operation(
    "count_choices",
    takes(
        {
            "entries": parameter("各人填写的意见", "what was handed in", MAPPING),
            "field": parameter("单选字段", "field with the choice"),
            "values": parameter("各选项", "choices", CODES),
        }
    ),
)
def count_choices(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    entries: Mapping[str, Any],
    field: str,
    values: Sequence[str],
) -> Outcome:
    """Count who chose what about each candidate, where opinions are letters and not points.

    Args:
        call: any element.
        entries: per code the entries; or the variable of the collective task.
        field: the choice that is counted.
        values: the choices, in the order in which they are shown.

    Returns:
        `{counts: {code: {choice: n}}, entries: {code: n}}`; every choice is there, 0 included.

    Raises:
        ValueError: somebody chose what is not among the choices.

    Source: domain.md §2, A17 (A, B, C with reasons, no scores).

    """
    by_code: Mapping[str, Sequence[Mapping[str, Any]]] = entries.get("by_subject", entries)
    counts = {code: dict.fromkeys(values, 0) for code in by_code}
    for code, rows in by_code.items():
        for row in rows:
            if row[field] not in counts[code]:
                raise ValueError(f"{row[field]!r} is not one of {', '.join(values)}")
            counts[code][row[field]] += 1
    return Outcome(
        {"counts": counts, "entries": {code: len(rows) for code, rows in by_code.items()}}
    )


@operation(
    "composite",
    takes(
        {
            "items": parameter("各项成绩", "items", MAPPING),
            "weights": parameter("各项权重", "weights", MAPPING),
        }
    ),
)
def composite(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    items: Mapping[str, Mapping[str, Number]],
    weights: Mapping[str, Any],
) -> Outcome:
    """Weigh items and add them up; each item is rounded first, so that anyone can add them again.

    Args:
        call: any element.
        items: `{code: {item: value}}` or `{item: {code: value}}`.
        weights: per item `{max, of}`: `max` points for a value of `of` (20 of 100); a plain
            number n counts a value n times, 1 as it is (values up to 100).

    Returns:
        `{published: {code: total}, items: {code: {item: "19.10"}}, ranking: [{code, rank, total,
        items}], weights, working}`, best first.

    Raises:
        ValueError: a candidate lacks an item, or a value lies outside its range.

    Source: domain.md §6.9, §6.2-25; `engine.selection.composite`.

    """
    by_code = _by_code(items) if items.keys() == weights.keys() else items
    scales = {name: _scale(weight) for name, weight in weights.items()}
    made = selection.composite(by_code, scales)
    return Outcome(
        {
            "published": made.totals,
            "items": {row.code: row.items for row in made.rows},
            "ranking": made.rows,
            "weights": scales,
            "working": made.working,
        }
    )


def _by_code(items: Mapping[str, Mapping[str, Number]]) -> dict[str, dict[str, Number]]:
    turned: dict[str, dict[str, Number]] = {}
    for item, values in items.items():
        for code, value in values.items():
            turned.setdefault(code, {})[item] = value
    return turned


def _scale(weight: Any) -> selection.Weight:
    if isinstance(weight, Mapping):
        return {"max": weight["max"], "of": weight["of"]}
    return {"max": exact(weight) * _HUNDRED, "of": _HUNDRED}
