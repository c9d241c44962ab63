"""Shares, votes and ranks: thin operations over `engine.selection`, each with its working."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine import selection
from engine.operations.base import Call, Outcome, operation
from engine.operations.schemas import (
    MAPPING,
    NUMBER,
    TEXT,
    WHOLE,
    choice,
    parameter,
    takes,
)
from engine.selection import Number, decimal_text

COMPARATOR = choice((">=", "不低于（含）", "at least"), (">", "超过（不含）", "more than"))
_MARK = parameter(
    "票面意见",
    "mark",
    TEXT,
    hint=("取计票结果中的哪种意见。", "Which mark of a count is taken."),
)
TIES = parameter(
    "末位并列",
    "ties at the line",
    choice(
        ("include_all", "并列的全部入围", "all tied go on"),
        ("decide", "由领导小组研究", "a body decides"),
        ("exclude_all", "并列的全部不入围", "none of the tied goes on"),
    ),
)
_FIRST_MARKS = ("recommend", "agree")


@operation(
    "cut",
    takes(
        {
            "scores": parameter("成绩或得票", "values or votes", MAPPING),
            "places": parameter("名额", "places", WHOLE),
        },
        {
            "ties": TIES,
            "mark": _MARK,
        },
    ),
)
def cut(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    scores: Mapping[str, Any],
    places: int,
    ties: selection.TieRule = "include_all",
    mark: str = "",
) -> Outcome:
    """Take the best of a ranked field; a tie at the line is never split by the program.

    Args:
        call: any element.
        scores: per code a number as text, or the marks of a count (`{agree: 52, disagree: 5}`).
        places: the quota, e.g. posts × ratio.
        ties: all in, all out, or left to a body.
        mark: the mark that counts; by default the only one, else recommend or agree.

    Returns:
        `{places, field, ties, advanced, undecided, places_left, ranking: [{code, rank, value,
        advanced}], values: {code: text}, ranks: {code: n}, line, tie: {first, last, codes, value}
        or None, warnings, working}`; values are as handed in, `line` is the lowest that advances.

    Raises:
        ValueError: a negative quota, an unreadable value.

    Source: domain.md §6.1-2, §6.2-17; `engine.selection.cut`.

    """
    return Outcome(_cut_json(selection.cut(_values(scores, mark), places, ties=ties)))


def _cut_json(made: selection.CutResult) -> dict[str, Any]:
    shown = {place.code: place.shown for place in made.ranked}
    line = next((place.shown for place in made.ranked if place.value == made.line), None)
    tie = made.tie and {
        "first": made.tie.first_rank,
        "last": made.tie.last_rank,
        "codes": made.tie.codes,
        "value": shown[made.tie.codes[0]],
    }
    ranking = [
        {"code": p.code, "rank": p.rank, "value": p.shown, "advanced": p.advanced}
        for p in made.ranked
    ]
    return {
        "places": made.places,
        "field": len(made.ranked),
        "ties": made.ties,
        "advanced": made.advanced,
        "undecided": made.undecided,
        "places_left": made.places_left,
        "ranking": ranking,
        "values": shown,
        "ranks": {place.code: place.rank for place in made.ranked},
        "line": line,
        "tie": tie,
        "warnings": made.warnings,
        "working": made.working,
    }


@operation(
    "scores_of",
    takes(
        {
            "entries": parameter("录入的各行", "rows entered", {"type": ["array", "object"]}),
            "key": parameter("代码所在字段", "field with the code"),
            "field": parameter("成绩所在字段", "field with the value"),
        }
    ),
)
def scores_of(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    entries: Sequence[Mapping[str, Any]] | Mapping[str, Any],
    key: str,
    field: str,
) -> Outcome:
    """Turn rows into `{code: value}`; values stay exact text.

    Args:
        call: any element.
        entries: the rows, or the variable of a collective task without subjects.
        key: field with the code.
        field: field with the value.

    Returns:
        `{code: value}` in the order of the rows, and nothing else.

    Raises:
        ValueError: a code twice, or a row without code or value.

    """
    rows = entries["entries"] if isinstance(entries, Mapping) else entries
    made: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        code, value = row.get(key), row.get(field)
        if not isinstance(code, str) or not code or value in (None, ""):
            raise ValueError(f"row {number} lacks {key!r} or {field!r}")
        if code in made:
            raise ValueError(f"{code} stands in two rows, the second is row {number}")
        made[code] = decimal_text(value)
    return Outcome(made)


@operation(
    "gather_scores",
    takes(
        {
            "sheets": parameter("各人的评分表", "score sheets", MAPPING),
            "rows": parameter("评分表中的行", "field with the rows"),
            "key": parameter("代码所在字段", "field with the code"),
            "field": parameter("成绩所在字段", "field with the value"),
        }
    ),
)
def gather_scores(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    sheets: Mapping[str, Any],
    rows: str,
    key: str,
    field: str,
) -> Outcome:
    """Put score sheets together, one of each judge with a row for everybody: marks per candidate.

    Args:
        call: any element.
        sheets: the variable of the collective task where each judge hands in one sheet.
        rows: field of the sheet that holds its rows.
        key: column with the code.
        field: column with the value; a row without one is left out.

    Returns:
        `{scores: {code: [value…]}, sheets: n}`, ready for `panel_mean`; values in the order of the
        sheets.

    Raises:
        ValueError: a code twice on one sheet.

    Source: domain.md §2, A1 (nine judges mark twenty reports).

    """
    made: dict[str, list[str]] = {}
    for number, sheet in enumerate(sheets["entries"], start=1):
        seen = [row[key] for row in sheet.get(rows) or ()]
        if len(set(seen)) < len(seen):
            raise ValueError(f"sheet {number} has a row twice")
        for row in sheet.get(rows) or ():
            if row.get(field) not in (None, ""):
                made.setdefault(row[key], []).append(decimal_text(row[field]))
    return Outcome({"scores": made, "sheets": len(sheets["entries"])})


@operation(
    "votes_to_points",
    takes(
        {
            "votes": parameter("得票", "votes", MAPPING),
            "base": parameter("折算基数（张）", "ballots that count as full", WHOLE),
            "full_marks": parameter("满分", "full marks", NUMBER),
        },
        {"mark": _MARK},
    ),
)
def votes_to_points(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    votes: Mapping[str, Any],
    base: int,
    full_marks: Number,
    mark: str = "",
) -> Outcome:
    """Convert votes to points: all ballots of the base give full marks, else in proportion.

    Args:
        call: any element.
        votes: per code a number of votes, or the marks of a count.
        base: ballots, at least 1.
        full_marks: points for a unanimous vote.
        mark: the mark that counts; by default the only one, else recommend or agree.

    Returns:
        `{published: {code: "23.79"}, exact, votes: {code: n}, base, full_marks, working}`.

    Raises:
        ValueError: an empty base, or more votes than the base.

    Source: domain.md §6.3, §6.2-11; `engine.selection.votes_to_points`.

    """
    counted = _values(votes, mark)
    points = {
        code: selection.votes_to_points(number, base=base, full_marks=full_marks)
        for code, number in counted.items()
    }
    return Outcome(
        {
            "published": {code: made.published for code, made in points.items()},
            "exact": {code: made.points for code, made in points.items()},
            "votes": counted,
            "base": base,
            "full_marks": decimal_text(full_marks),
            "working": {code: made.working for code, made in points.items()},
        }
    )


@operation(
    "gate",
    takes(
        {
            "votes": parameter("得票", "votes", WHOLE),
            "base": parameter("分母（张）", "of how many", WHOLE),
            "percent": parameter("最低比例（%）", "limit in percent", NUMBER),
        },
        {"comparator": parameter("比较方式", "comparison", COMPARATOR)},
    ),
)
def gate(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    votes: int,
    base: int,
    percent: Number,
    comparator: selection.Comparator = ">=",
) -> Outcome:
    """Hold a share against a limit; the exact share decides, not the rounded one.

    Args:
        call: any element.
        votes: votes for.
        base: ballots of the base; nobody passes an empty one.
        percent: the limit, 0 to 100.
        comparator: ">=" passes at exactly the limit, ">" does not.

    Returns:
        `{passes, part, whole, comparator, percent, share: "23/58", share_percent: "39.66",
        working}`.

    Raises:
        ValueError: more votes than the base.

    Source: domain.md §6.4, §6.2-13; `engine.selection.gate`.

    """
    return Outcome(selection.gate(votes, base, comparator=comparator, percent=percent).to_json())


@operation(
    "cut_pools",
    takes(
        {
            "scores": parameter("成绩或得票", "values or votes", MAPPING),
            "pool_of": parameter("各人所在职位", "pool of each", MAPPING),
            "places": parameter("各职位名额", "places per pool", MAPPING),
        },
        {"ties": TIES, "mark": _MARK},
    ),
)
def cut_pools(
    call: Call,  # noqa: ARG001 - operations have one signature
    *,
    scores: Mapping[str, Any],
    pool_of: Mapping[str, str],
    places: Mapping[str, int],
    ties: selection.TieRule = "include_all",
    mark: str = "",
) -> Outcome:
    """Take the best of each pool, e.g. of each post, by itself; a tie is never split.

    Args:
        call: any element.
        scores: as for `cut`, of all pools together.
        pool_of: per code its pool, e.g. the post applied for.
        places: per pool its quota, e.g. 15 for every post.
        ties: as for `cut`, in every pool by itself.
        mark: as for `cut`.

    Returns:
        `{advanced, undecided, field, places, pools: {pool: {places, field, advanced, undecided,
        places_left, ranking, line, tie}}, ranking: [{code, pool, rank, value, advanced}], values,
        ranks, warnings, working}`; `places` is the sum of all quotas.

    Raises:
        ValueError: somebody without a pool, a pool without places, an unreadable value.

    Source: domain.md §2, A1 and A2; `engine.selection.cut_pools`.

    """
    made = selection.cut_pools(_values(scores, mark), pool_of, places, ties=ties)
    pools = {pool: _cut_json(each) for pool, each in made.pools.items()}
    shared = ("places", "field", "advanced", "undecided", "places_left", "ranking", "line", "tie")
    return Outcome(
        {
            "advanced": made.advanced,
            "undecided": made.undecided,
            "field": sum(each["field"] for each in pools.values()),
            "places": sum(places.values()),
            "pools": {pool: {key: each[key] for key in shared} for pool, each in pools.items()},
            "ranking": [
                {"pool": pool, **row} for pool, each in pools.items() for row in each["ranking"]
            ],
            "values": {
                code: text for each in pools.values() for code, text in each["values"].items()
            },
            "ranks": {
                code: rank for each in pools.values() for code, rank in each["ranks"].items()
            },
            "warnings": made.warnings,
            "working": made.working,
        }
    )


def _values(scores: Mapping[str, Any], mark: str) -> dict[str, Any]:
    """Numbers as they are; of the marks of a count, the one that counts."""
    return {
        code: value[mark or _counting(value)] if isinstance(value, Mapping) else value
        for code, value in scores.items()
    }


def _counting(marks: Mapping[str, Any]) -> str:
    if len(marks) == 1:
        return next(iter(marks))
    found = next((mark for mark in _FIRST_MARKS if mark in marks), None)
    if found is None:
        raise ValueError(f"say which mark counts: {', '.join(marks)}")
    return found
