"""Results as facts and tables: what each operation gave, in the words of the reader."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext

from engine.naming import Naming
from engine.overview import Run
from webapp import context
from webapp.errors import N_


@dataclass(frozen=True)
class Table:
    """Rows under a heading; `numeric` are the columns set to the right."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    numeric: Sequence[int] = ()


@dataclass
class Shown:
    """One result: a sentence, single facts, tables."""

    headline: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def fact(self, key: str, value: object) -> None:
        self.facts.append((key, "–" if value in (None, "") else str(value)))


OUTCOMES = {
    "decided": N_("decided"),
    "second_ballot": N_("second ballot"),
    "undecided": N_("not decided"),
    "void": N_("does not count"),
    "no_quorum": N_("too few people present"),
}
COMPARATORS = {">=": N_("at least"), ">": N_("more than")}


class Reader:
    """Puts codes of one result into words."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming

    def name(self, code: object) -> str:
        return str(context.worded(self._naming.name(str(code)))) if code not in (None, "") else "–"

    def names(self, codes: Sequence[object]) -> str:
        return self.comma.join(self.name(code) for code in codes) or "–"

    @property
    def comma(self) -> str:
        return "、" if context.language() == "zh" else ", "

    def counts(self, numbers: Mapping[str, object]) -> str:
        return self.comma.join(f"{self.name(key)} {number}" for key, number in numbers.items())

    @staticmethod
    def yes(value: object) -> str:
        return str(gettext("yes") if value else gettext("no"))


def shown(run: Run, naming: Naming) -> Shown:
    """A result ready for its page; an operation without a table of its own shows plain facts."""
    reader, made = Reader(naming), Shown()
    worded = _WORDED.get(run.operation, _other)
    worded(run.result, reader, made)
    return made


def _cut(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
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


def _gate(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
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


def _grades(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
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


def _scores(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
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


def _composite(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
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


def _tally(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    numbers = result["numbers"]
    made.headline = gettext(
        "%(title)s: %(returned)s ballots returned of %(issued)s issued.",
        title=reader.name(result.get("title", "")), returned=result["returned"],
        issued=result["issued"],
    )  # fmt: skip
    for key, title in _NUMBERS.items():
        if key in numbers or key in result:
            made.fact(gettext(title), numbers.get(key, result.get(key)))
    for contest in result["contests"].values():
        marks = list(dict.fromkeys(m for votes in contest["votes"].values() for m in votes))
        ranked = sorted(contest["votes"].items(), key=lambda each: _votes_first(each[1], marks))
        rows = [
            [reader.name(option), *(votes.get(mark) for mark in marks)] for option, votes in ranked
        ]
        head = [gettext("Name"), *(reader.name(mark) for mark in marks)]
        title = reader.name(contest["code"])
        made.tables.append(Table(title, head, rows, list(range(1, len(head)))))
    _groups(result, reader, made)


def _votes_first(votes: Mapping[str, int], marks: Sequence[str]) -> list[int]:
    """The most votes of the first mark first; a tie keeps the order of the paper."""
    return [-votes.get(mark, 0) for mark in marks[:1]]


def _groups(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    groups = {k: v for k, v in (result.get("groups") or {}).items() if k}
    if not groups:
        return
    keys = list(dict.fromkeys(k for g in groups.values() for k in g.get("numbers", g)))
    keys = [key for key in keys if key in _NUMBERS]
    rows = [
        [reader.name(g), *(v.get("numbers", v).get(k) for k in keys)] for g, v in groups.items()
    ]
    head = [gettext("Group"), *(gettext(_NUMBERS[key]) for key in keys)]
    made.tables.append(Table(gettext("By group"), head, rows, list(range(1, len(head)))))


_NUMBERS = {
    "entitled": N_("Entitled"),
    "present": N_("Present"),
    "issued": N_("Issued"),
    "returned": N_("Returned"),
    "valid": N_("Valid"),
    "invalid": N_("Invalid"),
    "blank": N_("Abstentions"),
}


def _attendance(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext(
        "%(present)s of %(entitled)s present.",
        present=result["present"],
        entitled=result["entitled"],
    )
    for key, title in (
        ("absent", gettext("Absent")),
        ("excluded", gettext("Not counted as entitled")),
    ):
        made.fact(title, result.get(key))
    quorum = result.get("quorum") or {}
    if quorum.get("needed"):
        made.fact(gettext("Needed"), quorum["needed"])
        made.fact(
            gettext("Enough people present"), reader.yes(quorum.get("passes", quorum.get("met")))
        )
    _groups(result, reader, made)


def _decision(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    rows = [
        [
            reader.name(code),
            gettext(OUTCOMES.get(outcome, N_("not decided"))),
            reader.names(result["decided"].get(code, [])),
            result["needed"].get(code),
        ]
        for code, outcome in result["outcomes"].items()
    ]
    decided = sum(outcome == "decided" for outcome in result["outcomes"].values())
    made.headline = gettext("%(decided)s of %(all)s decided.", decided=decided, all=len(rows))
    head = [gettext("Contest"), gettext("Result"), gettext("Name"), gettext("Votes needed")]
    made.tables.append(Table(gettext("Decision"), head, rows, [3]))


def _eligible(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext(
        "%(eligible)s eligible, %(refused)s not.",
        eligible=len(result["eligible"]), refused=len(result["refused"]),
    )  # fmt: skip
    rows = [[reader.name(c), reader.names(result["reasons"].get(c, []))] for c in result["refused"]]
    if rows:
        head = [gettext("Name"), gettext("Reason")]
        made.tables.append(Table(gettext("Not eligible"), head, rows))
    if result.get("under_reserve"):
        made.fact(gettext("Under reserve"), reader.names(result["under_reserve"]))


def _inspected(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext(
        "%(count)s people are under inspection.", count=len(result["inspected"])
    )
    made.fact(gettext("Under inspection"), reader.names(result["inspected"]))
    made.fact(gettext("Evaluated"), reader.names(result["evaluated"]))
    rows = [[reader.name(code), reader.name(why)] for code, why in result["stopped"].items()]
    if rows:
        head = [gettext("Name"), gettext("Reason")]
        made.tables.append(Table(gettext("Not going on"), head, rows))


def _lots(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext("Lots drawn for %(count)s people.", count=len(result["order"]))
    rows = [[position, reader.name(code)] for position, code in enumerate(result["order"], start=1)]
    made.tables.append(Table(gettext("Order drawn"), [gettext("No."), gettext("Name")], rows))
    for number, codes in enumerate(result.get("groups") or (), start=1):
        made.fact(gettext("Group %(number)s", number=number), reader.names(codes))
    if result.get("by_hand"):
        made.fact(gettext("Drawn by hand"), len(result["by_hand"]))
    if result.get("seed"):
        made.fact(gettext("Seed of the draw (anybody can repeat it)"), result["seed"])


def _people(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext("%(count)s people on the list.", count=result.get("total", 0))
    for key, title in (
        ("groups", gettext("By group")),
        ("labels", gettext("By category")),
        ("functions", gettext("By function")),
    ):
        numbers = {k: v for k, v in (result.get(key) or {}).items() if k}
        if numbers:
            made.fact(title, reader.counts(numbers))
    if result.get("reserves"):
        reserves = result["reserves"]
        made.fact(gettext("Reserves"), len(reserves) if isinstance(reserves, list) else reserves)


def _applicants(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext("%(count)s people applied.", count=len(result["applicants"]))
    made.fact(gettext("Applicants"), reader.names(result["applicants"]))


def _status(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = f"{reader.names(result['codes'])}: {reader.name(result['status'])}"


def _kept(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    value = result["value"]
    if isinstance(value, list) and all(isinstance(code, str) for code in value):
        made.headline = reader.names(value)
    elif isinstance(value, list):
        made.headline = reader.names([contest.get("code", "") for contest in value])
        for contest in value:
            made.fact(reader.name(contest.get("code")), reader.names(contest.get("options", [])))
    else:
        made.headline = str(value)


def _plain_scores(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext("%(count)s people have a score.", count=len(result))
    rows = [[reader.name(code), value] for code, value in result.items()]
    head = [gettext("Name"), gettext("Score")]
    made.tables.append(Table(gettext("Scores"), head, rows, [1]))


def _table_applied(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    rows = result["by_subject"]
    made.headline = gettext("%(count)s people compared with the conditions.", count=len(rows))
    fields = list(dict.fromkeys(key for row in rows.values() for key in row))
    cells = [
        [reader.name(c), *(_cell(row.get(f), reader) for f in fields)] for c, row in rows.items()
    ]
    head = [gettext("Name"), *(reader.name(each) for each in fields)]
    made.tables.append(Table(gettext("Compared with the conditions"), head, cells))


def _cell(value: Any, reader: Reader) -> str:
    if isinstance(value, list):
        return reader.names(value)
    return reader.yes(value) if isinstance(value, bool) else reader.name(value)


def _rule(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext(
        "%(name)s: %(new)s instead of %(old)s", name=result["parameter"],
        new=result["new_value"] or result["new"], old=result["old_value"] or result["old"],
    )  # fmt: skip
    made.fact(gettext("In force from"), result.get("effective_on"))
    made.fact(gettext("Reason"), result.get("reason"))
    del reader


def _other(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    """Plain values of an operation that has no table of its own."""
    for key, value in result.items():
        if isinstance(value, str | int | bool) and key != "working":
            made.fact(reader.name(key), _cell(value, reader))


_WORDED: Mapping[str, Callable[[Mapping[str, Any], Reader, Shown], None]] = {
    "cut": _cut,
    "gate": _gate,
    "grade_score": _grades,
    "panel_mean": _scores,
    "votes_to_points": _scores,
    "team_score": _scores,
    "scores_of": _plain_scores,
    "composite": _composite,
    "tally": _tally,
    "take_attendance": _attendance,
    "decide_contests": _decision,
    "list_eligible": _eligible,
    "list_inspected": _inspected,
    "draw_lots": _lots,
    "store_roster": _people,
    "store_members": _people,
    "register_applicants": _applicants,
    "set_status": _status,
    "keep": _kept,
    "apply_table": _table_applied,
    "record_rule_change": _rule,
}
