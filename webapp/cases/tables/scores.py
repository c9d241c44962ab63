"""Ranks, shares and scores."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from webapp.cases.tables.parts import Reader, Shown, Table
from webapp.errors import N_

COMPARATORS = {">=": N_("at least"), ">": N_("more than")}


def cut(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext(
        "%(places)s places for %(field)s people: %(advanced)s advance, qualifying line %(line)s.",
        places=result["places"], field=result["field"], advanced=len(result["advanced"]),
        line=result["line"] or "–",
    )  # fmt: skip
    tie = result.get("tie")
    if tie:
        made.fact(
            gettext("Tie"),
            gettext(
                "ranks %(first)s to %(last)s at %(value)s: %(names)s",
                first=tie["first"], last=tie["last"], value=tie["value"],
                names=reader.names(tie["codes"]),
            ),
        )  # fmt: skip
    if result.get("undecided"):
        made.fact(gettext("To be decided"), reader.names(result["undecided"]))
    undecided = set(result.get("undecided") or ())
    words = {True: gettext("advances"), False: gettext("does not advance")}
    rows = [
        [
            row["rank"],
            reader.name(row["code"]),
            row["value"],
            gettext("to be decided") if row["code"] in undecided else words[row["advanced"]],
        ]
        for row in result["ranking"]
    ]
    head = [gettext("Rank"), gettext("Name"), gettext("Value"), gettext("Result")]
    made.tables.append(Table(gettext("Ranking"), head, rows, [2]))


def pools(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    """One line for each post, then the ranking of every post."""
    made.headline = gettext(
        "%(pools)s posts, %(places)s places, %(field)s people: %(advanced)s advance.",
        pools=len(result["pools"]), places=result["places"], field=result["field"],
        advanced=len(result["advanced"]),
    )  # fmt: skip
    rows = [
        [
            reader.name(pool), each["places"], each["field"], len(each["advanced"]),
            each["line"] or "–", reader.names(each["tie"]["codes"]) if each["tie"] else "–",
        ]
        for pool, each in result["pools"].items()
    ]  # fmt: skip
    head = [
        gettext("Post to fill"), gettext("Places on offer"), gettext("In the field"),
        gettext("Advancing"), gettext("Qualifying line"), gettext("Tie"),
    ]  # fmt: skip
    made.tables.append(Table(gettext("By post"), head, rows, [1, 2, 3, 4]))
    words = {True: gettext("advances"), False: gettext("does not advance")}
    ranking = [
        [
            reader.name(row["pool"]), row["rank"], reader.name(row["code"]), row["value"],
            words[row["advanced"]],
        ]
        for row in result["ranking"]
    ]  # fmt: skip
    head = [
        gettext("Post to fill"), gettext("Rank"), gettext("Name"), gettext("Value"),
        gettext("Result"),
    ]  # fmt: skip
    made.tables.append(Table(gettext("Ranking"), head, ranking, [3]))


def sheets(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext("%(sheets)s score sheets put together.", sheets=result["sheets"])
    rows = [[reader.name(code), ", ".join(marks)] for code, marks in result["scores"].items()]
    head = [gettext("Name"), gettext("Marks on the sheets")]
    made.tables.append(Table(gettext("Scores"), head, rows))


def choices(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    counts = result["counts"]
    made.headline = gettext("%(count)s people were rated.", count=len(counts))
    values = list(dict.fromkeys(value for row in counts.values() for value in row))
    rows = [[reader.name(code), *(row[value] for value in values)] for code, row in counts.items()]
    head = [gettext("Name"), *(reader.name(value) for value in values)]
    made.tables.append(Table(gettext("Ratings"), head, rows, list(range(1, len(head)))))


def gate(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    percent, limit = result["share_percent"], result["percent"]
    made.headline = (
        gettext(
            "%(percent)s %%: the threshold of %(limit)s %% is reached.",
            percent=percent,
            limit=limit,
        )
        if result["passes"]
        else gettext(
            "%(percent)s %%: the threshold of %(limit)s %% is not reached.",
            percent=percent,
            limit=limit,
        )
    )
    made.fact(
        gettext("Votes"),
        gettext("%(part)s of %(whole)s", part=result["part"], whole=result["whole"]),
    )
    made.fact(gettext("Needed"), f"{gettext(COMPARATORS[result['comparator']])} {limit} %")
    del reader


def grades(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    passes = result["passes"]
    made.headline = (
        gettext("%(score)s points; satisfaction %(percent)s %% reaches the threshold.",
                score=result["published"], percent=result["satisfaction"])
        if passes
        else gettext("%(score)s points; satisfaction %(percent)s %% is below the threshold.",
                     score=result["published"], percent=result["satisfaction"])
    )  # fmt: skip
    made.fact(gettext("Ballots"), result["ballots"])
    made.fact(
        gettext("Needed"), f"{gettext(COMPARATORS[result['comparator']])} {result['percent']} %"
    )
    del reader


def scores(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    """Per candidate one published value, with what stands behind it."""
    published = result["published"]
    made.headline = gettext("%(count)s people have a score.", count=len(published))
    more = [key for key in ("votes", "counted", "members") if isinstance(result.get(key), Mapping)]
    titles = {
        "votes": gettext("Votes"), "counted": gettext("Scores counted"),
        "members": gettext("Members who scored"),
    }  # fmt: skip
    items = list(dict.fromkeys(k for row in _items(result).values() for k in row))
    rows = [
        [
            reader.name(code),
            *(result[key].get(code) for key in more),
            *(_items(result).get(code, {}).get(item) for item in items),
            value,
        ]
        for code, value in published.items()
    ]
    head = [
        gettext("Name"),
        *(titles[key] for key in more),
        *(reader.name(item) for item in items),
        gettext("Score"),
    ]
    made.tables.append(Table(gettext("Scores"), head, rows, list(range(1, len(head)))))
    for key, title in (("maximum", gettext("Full marks")), ("full_marks", gettext("Full marks"))):
        if key in result:
            made.fact(title, result[key])
    if "base" in result:
        made.fact(gettext("Ballots that count as full"), result["base"])
    if result.get("trim"):
        made.fact(gettext("Highest and lowest scores left out"), result["trim"])


def _items(result: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    found = result.get("items")
    return found if isinstance(found, Mapping) else {}


def composite(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    ranking = result["ranking"]
    made.headline = gettext("%(count)s people ranked by total.", count=len(ranking))
    items = list(result["weights"])
    rows = [
        [row["rank"], reader.name(row["code"]), *(row["items"].get(i) for i in items), row["total"]]
        for row in ranking
    ]
    head = [gettext("Rank"), gettext("Name"), *(reader.name(i) for i in items), gettext("Total")]
    numeric = list(range(2, len(head)))
    made.tables.append(Table(gettext("Scores"), head, rows, numeric))
    for item in items:
        weight = result["weights"][item]
        worth = gettext("%(max)s points for %(of)s", max=weight["max"], of=weight["of"])
        made.fact(reader.name(item), worth)


def plain_scores(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext("%(count)s people have a score.", count=len(result))
    rows = [[reader.name(code), value] for code, value in result.items()]
    head = [gettext("Name"), gettext("Score")]
    made.tables.append(Table(gettext("Scores"), head, rows, [1]))
