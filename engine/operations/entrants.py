"""Rows of people as somebody entered them, held against the candidates and against each other."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from engine.forms import InvalidAnswers, Problem
from engine.model import Candidate, CaseMember, Person, Seat
from engine.operations.base import Call
from engine.people.alike import differ, elsewhere, known_phone, same

RESERVE = "reserve"
"""The function of those who stand by: known, but without rights until they are called in."""

_BATCH = 500
_BLANKS = re.compile(r"\s+")


class RosterRefused(InvalidAnswers):
    """People on a list may not be on it. Correct the rows named; nothing is changed.

    Codes of the problems: `person_is_candidate`, `person_is_relative`, `person_twice` and
    `person_in_two_groups` (`other` is the earlier row, from 1), `person_has_role` (`role`),
    `too_few_people` (`needed`, `found`), `group_size` (`group`, `needed`, `found`).
    Paths name the row, never the person.
    """

    code = "roster_refused"


@dataclass(frozen=True)
class Entrant:
    """One row; `ticks` are its fields that are ticked."""

    path: str
    name: str
    unit: str
    post: str
    phone: str
    email: str
    function: str
    group: str
    label: str
    relation: str
    """whom they must step aside for, as their row says"""
    ticks: frozenset[str]


@dataclass(frozen=True)
class _Known:
    """Somebody a row may name: a candidate, or a relative a candidate has declared."""

    unit: str
    phone: str = ""


def read_rows(
    rows: Sequence[Mapping[str, object]], *, path: str, functions: bool, unit: str = ""
) -> list[Entrant]:
    """Read the rows of a form; what it does not ask for is empty.

    Args:
        rows: the answers to a field of rows.
        path: its key, the beginning of every path.
        functions: whether somebody may stand there once for each function.
        unit: theirs, where the form asks for it once for all rows.

    """
    return [
        Entrant(
            path=f"{path}.{index}",
            name=_BLANKS.sub(" ", _text(row, "name")),
            unit=_text(row, "unit") or unit,
            post=_text(row, "post"),
            phone=_text(row, "phone"),
            email=_text(row, "email"),
            function=_text(row, "function") if functions else "",
            group=_text(row, "group"),
            label=_text(row, "label"),
            relation=_text(row, "relation"),
            ticks=frozenset(key for key, value in row.items() if value is True),
        )
        for index, row in enumerate(rows)
    ]


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    return value.strip() if isinstance(value, str) else ""


def repeated(rows: Sequence[Entrant]) -> list[Problem]:
    """Find people who stand on the list twice, in one group or in two.

    Two rows of one name are two people if their phones differ, or their units where no phone is
    given. Somebody may have two functions.
    """
    problems = []
    seen: dict[str, list[tuple[int, Entrant]]] = {}
    for number, row in enumerate(rows, start=1):
        earlier = seen.setdefault(same(row.name), [])
        for first, other in earlier:
            if _may_not_both(row, other) and not _two_people(row, other):
                code = "person_twice" if other.group == row.group else "person_in_two_groups"
                problems.append(Problem(row.path, code, {"other": first}))
                break
        earlier.append((number, row))
    return problems


@dataclass(frozen=True)
class Found:
    """Rows to be refused, and how many were let in although somebody known has that name."""

    problems: tuple[Problem, ...] = ()
    namesakes: int = 0


def barred(
    call: Call, rows: Sequence[Entrant], *, field: str, codes: Sequence[str] | None
) -> Found:
    """Find candidates of this selection, and relatives whom they have declared.

    A row with a candidate's name is refused unless both phones are known and differ; with a
    relative's name, unless both units are known and none holds the other.

    Args:
        call: the selection.
        rows: the list.
        field: field of the candidates' answers that lists relatives ({name, unit_post}).
        codes: the candidates that matter; None means everybody who applied.

    """
    candidates, relatives = _known(call, field, codes)
    problems, namesakes = [], 0
    for row in rows:
        name = same(row.name)
        if any(not differ(row.phone, known.phone) for known in candidates.get(name, ())):
            problems.append(Problem(row.path, "person_is_candidate"))
        elif any(not elsewhere(row.unit, known.unit) for known in relatives.get(name, ())):
            problems.append(Problem(row.path, "person_is_relative"))
        elif name in candidates or name in relatives:
            namesakes += 1
    return Found(tuple(problems), namesakes)


def people_of(call: Call, rows: Sequence[Entrant]) -> list[Person]:
    """Give each row its person: one already known by name, unit and phone, else a new one."""
    known = {(p.name, p.unit, p.phone): p for p in _people_named(call, {row.name for row in rows})}
    people: list[Person] = []
    earlier: dict[str, list[tuple[Entrant, Person]]] = {}
    for row in rows:
        before = earlier.setdefault(same(row.name), [])
        twin = next((person for other, person in before if not _two_people(row, other)), None)
        person = twin or known.get((row.name, row.unit, row.phone))
        if person is None:
            person = Person(name=row.name, unit=row.unit, phone=row.phone, email="", post="")
            call.session.add(person)
        person.email, person.post = person.email or row.email, person.post or row.post
        before.append((row, person))
        people.append(person)
    call.session.flush()  # memberships refer to them
    return people


def clashes(
    call: Call, rows: Sequence[Entrant], people: Sequence[Person], *, role: str
) -> list[Problem]:
    """Find those who hold, or vote in, a role that may not be combined with this one."""
    never = {
        key
        for key, entry in call.package.roles.items()
        if role in entry.get("never_with", ()) or key in _never_with(call, role)
    }
    if not never:
        return []
    members = call.session.execute(
        select(CaseMember.person_id, CaseMember.role).where(
            CaseMember.case_id == call.case.id,
            CaseMember.role.in_(never),
            (CaseMember.to_at.is_(None)) | (CaseMember.to_at > call.now),
        )
    )
    held = {person_id: other for person_id, other in members}  # noqa: C416 - rows are not tuples to mypy
    return [
        Problem(row.path, "person_has_role", {"role": held[person.id]})
        for row, person in zip(rows, people, strict=True)
        if person.id in held
    ]


def _never_with(call: Call, role: str) -> Sequence[str]:
    found: Sequence[str] = call.package.roles.get(role, {}).get("never_with", ())
    return found


def _people_named(call: Call, names: Iterable[str]) -> list[Person]:
    ordered = sorted(names)
    found: list[Person] = []
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        found.extend(call.session.scalars(select(Person).where(Person.name.in_(batch))))
    return found


def _known(
    call: Call, field: str, codes: Sequence[str] | None
) -> tuple[dict[str, list[_Known]], dict[str, list[_Known]]]:
    """Candidates and relatives by name."""
    candidates: dict[str, list[_Known]] = {}
    relatives: dict[str, list[_Known]] = {}
    rows = call.session.execute(
        select(Candidate.code, Person.name, Person.unit, Person.phone, Seat.answers)
        .join(Person, Person.id == Candidate.person_id)
        .outerjoin(
            Seat,
            (Seat.person_id == Person.id)
            & (Seat.case_id == call.case.id)
            & (Seat.state == "handed_in"),
        )
        .where(Candidate.case_id == call.case.id)
    )
    for code, name, unit, phone, answers in rows:
        if codes is not None and code not in codes:
            continue
        candidates.setdefault(same(name), []).append(_Known(unit, phone))
        for relative in (answers or {}).get(field) or ():
            if isinstance(relative, Mapping) and _text(relative, "name"):
                known = _Known(_text(relative, "unit_post"))
                relatives.setdefault(same(_text(relative, "name")), []).append(known)
    return candidates, relatives


def _may_not_both(one: Entrant, other: Entrant) -> bool:
    return one.function == other.function or RESERVE in (one.function, other.function)


def _two_people(one: Entrant, other: Entrant) -> bool:
    if known_phone(one.phone) and known_phone(other.phone):
        return differ(one.phone, other.phone)
    return elsewhere(one.unit, other.unit)
