"""Who was there, what was counted, what was decided."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext

from webapp.cases.tables.parts import Reader, Shown, Table
from webapp.errors import N_

OUTCOMES = {
    "decided": N_("decided"),
    "second_ballot": N_("second ballot"),
    "undecided": N_("not decided"),
    "void": N_("does not count"),
    "no_quorum": N_("too few people present"),
}


_NUMBERS = {
    "entitled": N_("Entitled"),
    "present": N_("Present"),
    "issued": N_("Issued"),
    "returned": N_("Returned"),
    "valid": N_("Valid"),
    "invalid": N_("Invalid"),
    "blank": N_("Abstentions"),
}


def tally(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
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


def attendance(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
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


def decision(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
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
