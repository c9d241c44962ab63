"""Signed ballots: handed in on a form, under the voter's name, counted by the same rules."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from engine import ballots, selection
from engine.operations.base import BadParameters, Call, Outcome, operation
from engine.operations.meetings import BASE
from engine.operations.schemas import MAPPING, TEXT, parameter, takes


@operation(
    "tally_signed",
    takes(
        {
            "title": parameter("投票事项", "title"),
            "contests": parameter(
                "票面各项",
                "contests",
                {"type": "array", "items": {"type": "object"}, "minItems": 1},
            ),
            "attendance": parameter("签到", "attendance", MAPPING),
        },
        {
            "field": parameter("填写所选人选的字段", "field with the marks", TEXT),
            "base": parameter("得票率分母", "base of shares", BASE),
        },
    ),
)
def tally_signed(
    call: Call,
    *,
    title: str,
    contests: Sequence[Mapping[str, Any]],
    attendance: Mapping[str, Any],
    field: str = "marks",
    base: str = "valid",
) -> Outcome:
    """Count ballots that were handed in on a form, open and under the voter's name.

    Every voter hands in one form for each contest (the subject is the contest's code), or one form
    where there is one contest. The rules are those of secret ballots: validity is judged here, an
    empty form is a blank ballot. Who may read the forms is the property `readers` of the task.

    Args:
        call: the collective task where the ballots are handed in.
        title: code of a word, or the title itself.
        contests: as for `open_ballot`; a mark is one choice, or several choices in one field.
        attendance: result of `take_attendance`; everybody present has one ballot.
        field: the field of the form that holds the names chosen.
        base: what shares are taken of.

    Returns:
        As `tally`, without a box. Ballots are not in it, nor who signed them.

    Raises:
        BallotRulesWrong: a contest that cannot be voted on.
        BadParameters: a form belongs to no contest.

    Source: domain.md §2, A2 (signed ballots, at least three from outside).

    """
    papers, rules = ballots.read_rules({"contests": [dict(contest) for contest in contests]})
    by_code = {paper.code: paper for paper in papers}
    sole = papers[0].code if len(papers) == 1 else ""
    choices: dict[str, dict[str, list[object]]] = {code: defaultdict(list) for code in by_code}
    for each in call.submissions:
        code = each.subject or sole
        if code not in by_code:
            raise BadParameters("tally_signed", f"a form about {code!r} belongs to no contest")
        choices[code][each.group].append({code: _chosen(each.answers.get(field))})
    groups: Mapping[str, Mapping[str, int]] = attendance.get("groups") or {"": attendance}
    strays = {group for made in choices.values() for group in made} - groups.keys()
    if strays:
        raise BadParameters("tally_signed", "a ballot came from outside the meeting")
    counted = {code: _counted(by_code[code], rules, made, groups) for code, made in choices.items()}
    return Outcome(_joined(counted, {str(c["code"]): c for c in contests}, title, base))


def _chosen(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _counted(
    contest: selection.Contest,
    rules: selection.BallotRules,
    made: Mapping[str, Sequence[object]],
    groups: Mapping[str, Mapping[str, int]],
) -> selection.Tally:
    tallies = {
        group: selection.tally(
            made.get(group, ()),
            contests=[contest],
            rules=rules,
            entitled=numbers["entitled"],
            present=numbers["present"],
            issued=numbers["present"],
        )
        for group, numbers in groups.items()
    }
    return tallies[""] if tallies.keys() == {""} else selection.merge(tallies)


def _joined(
    counted: Mapping[str, selection.Tally],
    rules: Mapping[str, Mapping[str, Any]],
    title: str,
    base: str,
) -> dict[str, Any]:
    """All contests in one result, in the shape of `tally`."""
    first = next(iter(counted.values()))
    contests: dict[str, Any] = {}
    groups: dict[str, Any] = {}
    for code, tally in counted.items():
        own = {key: rules[code][key] for key in ("mark", "seats", "most")}
        contests[code] = own | tally.contests[code].to_json()
        for name, group in tally.by_group.items():
            part = group.contests[code]
            made = groups.setdefault(name, {"numbers": part.numbers, "contests": {}})
            made["contests"][code] = {"numbers": part.numbers, "votes": part.votes}
    return {
        "numbers": first.contests[next(iter(counted))].numbers,
        "contests": contests,
        "groups": groups,
        "entitled": first.entitled,
        "present": first.present,
        "issued": first.issued,
        "returned": max(tally.returned for tally in counted.values()),
        "void": any(tally.void for tally in counted.values()),
        "title": title,
        "base": base,
        "working": [row for tally in counted.values() for row in tally.working],
    }
