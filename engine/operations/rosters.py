"""Lists of participants, members of a role, and the applicants."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import conflicts
from engine.forms import Problem
from engine.model import CaseMember, Person
from engine.operations.base import Call, Outcome, operation
from engine.operations.entrants import (
    RESERVE,
    Entrant,
    Found,
    RosterRefused,
    barred,
    clashes,
    people_of,
    read_rows,
    repeated,
)
from engine.operations.schemas import MAPPING, TEXT, WHOLE, YES_NO, parameter, takes

REPLACED = "replaced"
_RESERVES = "reserves"

_FIELD = parameter("名单所在字段", "field with the rows", TEXT)
_RELATIVES = parameter("申报亲属的字段", "field where applicants declare relatives", TEXT)
_REFUSE = parameter(
    "不得列入的人选",
    "candidates refused",
    {"type": ["boolean", "array"], "items": {"type": "string"}},
    hint=(
        "人选及其申报的亲属不得列入；写人选代码的，只核对这些人选；“否”则不核对。",
        "They and their declared relatives; codes limit it to these candidates; no: no check.",
    ),
)


@operation(
    "store_roster",
    takes(
        {
            "roster": parameter("名单代码", "list"),
            "role": parameter("责任主体", "role"),
        },
        {
            "refuse_candidates": _REFUSE,
            "ticked": parameter(
                "另立名单的勾选字段",
                "ticks that make a further list",
                {"type": "array", "items": {"type": "string"}},
                hint=(
                    "勾选了该字段的人员，另立名单“名单代码_字段”。",
                    "Rows with this tick also stand on the list `<list>_<field>`.",
                ),
            ),
            "field": _FIELD,
            "relatives": _RELATIVES,
            "group_sizes": parameter(
                "各类人数",
                "people in each group",
                MAPPING,
                hint=(
                    "每一类必须正好多少人，如教授5人、学生2人；没有写的类别不限。",
                    "How many each group must have, e.g. five professors; others are free.",
                ),
            ),
        },
    ),
)
def store_roster(
    call: Call,
    *,
    roster: str,
    role: str,
    refuse_candidates: bool | Sequence[str] = True,
    ticked: Sequence[str] = (),
    field: str = "people",
    relatives: str = "family",
    group_sizes: Mapping[str, int] | None = None,
) -> Outcome:
    """Keep a list of participants from the rows somebody handed in; a later round replaces it.

    On a collective task every submission is the list of its own subject: `unit` about K06 becomes
    `unit_K06`. Who is no longer on a list is ended there with the reason `replaced`, who stays
    keeps the row; nothing is deleted.

    Returns:
        `{total, groups: {group: n}, labels: {label: n}, namesakes, rosters: {roster: n},
        joined, left}`; `namesakes` are rows let in although a candidate or relative has that name,
        to be looked at; `joined` and `left` compare with the round before.

    Raises:
        RosterRefused: a candidate, a declared relative, one person twice or in two groups,
            somebody with a role that may not be combined, or a group (of the first `ticked` list,
            if there is one) of another size than `group_sizes` says; nothing is changed.

    Source: process.md, s3_draw_up_recommenders; domain.md §2, A17 (seats by status group).

    """
    groups, labels, rosters = Counter[str](), Counter[str](), dict[str, int]()
    total = alike = joined = left = 0
    check = _Check(relatives, None if isinstance(refuse_candidates, bool) else refuse_candidates)
    for submission in call.submissions:
        answers = submission.answers
        rows = read_rows(
            answers.get(field) or [], path=field, functions=False, unit=str(answers.get("unit", ""))
        )
        found = check.of(call, rows) if refuse_candidates else Found()
        sizes = _wrong_sizes(rows, group_sizes or {}, field=field, tick=next(iter(ticked), ""))
        _require([*repeated(rows), *found.problems, *sizes])
        people = people_of(call, rows)
        _require(clashes(call, rows, people, role=role))
        total, alike = total + len(rows), alike + found.namesakes
        name = f"{roster}_{submission.subject}" if submission.subject else roster
        for part, chosen in _parts(name, rows, people, ticked).items():
            came, went = _keep(call, _List(role, part), chosen)
            if part == name:
                joined, left = joined + came, left + went
            rosters[part] = len(chosen)
        _look_for_conflicts(call, rows, people)
        groups.update(row.group for row in rows if row.group)
        labels.update(row.label for row in rows if row.label)
    return Outcome(
        {
            "total": total,
            "groups": dict(groups),
            "labels": dict(labels),
            "namesakes": alike,
            "rosters": rosters,
            "joined": joined,
            "left": left,
        }
    )


@operation(
    "store_members",
    takes(
        {"role": parameter("责任主体", "role")},
        {
            "minimum": parameter("至少人数", "at least", WHOLE),
            "functions": parameter(
                "所含职责",
                "functions",
                {"type": "array", "items": {"type": "string"}},
                hint=(
                    "只更新这些职责的人员；不填则更新整个责任主体。",
                    "Only members with these functions are replaced; by default all of the role.",
                ),
            ),
            "check_candidates": parameter("核对人选和亲属", "refuse candidates, relatives", YES_NO),
            "field": _FIELD,
            "relatives": _RELATIVES,
        },
    ),
)
def store_members(
    call: Call,
    *,
    role: str,
    minimum: int = 0,
    functions: Sequence[str] = (),
    check_candidates: bool = True,
    field: str = "people",
    relatives: str = "family",
) -> Outcome:
    """Give people a role in this selection from the rows somebody handed in.

    A later round replaces the earlier one as in `store_roster`. Rows of the field `reserves`, or
    with the function `reserve`, are kept, but have no rights until somebody calls them in, and do
    not count.

    Returns:
        `{total, reserves, functions: {function: n}, namesakes}`.

    Raises:
        RosterRefused: as `store_roster`, or fewer than `minimum` people; nothing is changed.

    Source: process.md, s2_invite_setters, s5_form_panel, s6_form_team.

    """
    rows = [row for submission in call.submissions for row in _members(submission.answers, field)]
    found = _Check(relatives, None).of(call, rows) if check_candidates else Found()
    problems = [*repeated(rows), *found.problems]
    acting = sum(row.function != RESERVE for row in rows)
    if acting < minimum:
        problems.append(Problem(field, "too_few_people", {"needed": minimum, "found": acting}))
    _require(problems)
    people = people_of(call, rows)
    _require(clashes(call, rows, people, role=role))
    _keep(call, _List(role, "", tuple(functions)), list(zip(rows, people, strict=True)))
    _look_for_conflicts(call, rows, people)
    return Outcome(
        {
            "total": acting,
            "reserves": len(rows) - acting,
            "functions": dict(Counter(row.function for row in rows if row.function)),
            "namesakes": found.namesakes,
        }
    )


def _look_for_conflicts(call: Call, rows: Sequence[Entrant], people: Sequence[Person]) -> None:
    """What could be a reason to step aside goes to the office's page; the list stands."""
    call.session.flush()  # the members are asked for
    stated = {
        person.id: row.relation for row, person in zip(rows, people, strict=True) if row.relation
    }
    conflicts.detect(
        call.session, case_id=call.case.id, now=call.now, stated=stated,
        person_ids={person.id for person in people},
    )  # fmt: skip


def _members(answers: Mapping[str, Any], field: str) -> list[Entrant]:
    reserves = read_rows(answers.get(_RESERVES) or [], path=_RESERVES, functions=False)
    return [
        *read_rows(answers.get(field) or [], path=field, functions=True),
        *(replace(row, function=RESERVE) for row in reserves),
    ]


@dataclass(frozen=True)
class _List:
    """Which rows of `case_member` a list owns; without functions all of the role."""

    role: str
    roster: str
    functions: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Check:
    """How rows are held against candidates: where relatives stand, and which candidates count."""

    field: str
    codes: Sequence[str] | None

    def of(self, call: Call, rows: Sequence[Entrant]) -> Found:
        return barred(call, rows, field=self.field, codes=self.codes)


def _require(problems: Sequence[Problem]) -> None:
    if problems:
        raise RosterRefused(problems)


def _wrong_sizes(
    rows: Sequence[Entrant], sizes: Mapping[str, int], *, field: str, tick: str
) -> list[Problem]:
    found = Counter(row.group for row in rows if not tick or tick in row.ticks)
    return [
        Problem(field, "group_size", {"group": group, "needed": needed, "found": found[group]})
        for group, needed in sizes.items()
        if found[group] != needed
    ]


def _parts(
    name: str, rows: Sequence[Entrant], people: Sequence[Person], ticked: Sequence[str]
) -> dict[str, list[tuple[Entrant, Person]]]:
    pairs = list(zip(rows, people, strict=True))
    further = {f"{name}_{tick}": [p for p in pairs if tick in p[0].ticks] for tick in ticked}
    return {name: pairs, **further}


def _keep(call: Call, owner: _List, pairs: Sequence[tuple[Entrant, Person]]) -> tuple[int, int]:
    """Make the rows of a list equal to what was handed in; old rows are ended, never deleted.

    Returns:
        How many joined, and how many left.
    """
    joined = left = 0
    asked = select(CaseMember).where(
        CaseMember.case_id == call.case.id,
        CaseMember.role == owner.role,
        CaseMember.roster == owner.roster,
    )
    known = {(row.person_id, row.function): row for row in call.session.scalars(asked)}
    for position, (row, person) in enumerate(pairs, start=1):
        function = "" if owner.roster else row.function
        member = known.pop((person.id, function), None)
        joined += member is None or member.to_at is not None
        if member is None:
            member = _new(call, owner, person.id, function)
        if member.to_at is not None:
            member.from_at, member.to_at, member.reason = call.now, None, ""
        if function == RESERVE:
            member.to_at, member.reason = call.now, RESERVE
        member.group, member.label, member.position = row.group, row.label, position
    for member in known.values():
        governed = not owner.functions or member.function in owner.functions
        if governed and member.to_at is None:
            member.to_at, member.reason = call.now, REPLACED
            left += 1
    return joined, left


def _new(call: Call, owner: _List, person_id: UUID, function: str) -> CaseMember:
    member = CaseMember(
        case_id=call.case.id,
        person_id=person_id,
        role=owner.role,
        roster=owner.roster,
        function=function,
        from_at=call.now,
    )
    call.session.add(member)
    return member
