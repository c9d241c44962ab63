"""Who takes part from the start: roles and lists to fill, people found, typed or imported."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.definitions import PackageVersion, Words
from engine.identity import Identity
from engine.model import Person
from engine.permissions import OFFICE, SUPERVISOR
from engine.preparation.drafts import require_duty

MOST_FOUND = 20
_ROSTER = re.compile(r"""roster\(\s*["']([a-z][a-z0-9_]*)["']\s*\)""")
_LITERAL = re.compile(r"""^\s*["']([a-z][a-z0-9_]*)["']\s*$""")
_SIGNERS = re.compile(r"signers\(([^)]*)\)")
_QUOTED = re.compile(r"""["']([a-z][a-z0-9_]*)["']""")


@dataclass(frozen=True)
class Place:
    """A role, or a list with the role of those on it, that has people from the start."""

    key: str
    """`role:judge` or `roster:plenary`"""
    role: str
    roster: str
    name: Words


@dataclass(frozen=True)
class Chosen:
    """Somebody on the start page: a known person, or one who is made when the selection starts."""

    name: str
    role: str
    person_id: str = ""
    unit: str = ""
    post: str = ""
    email: str = ""
    phone: str = ""
    function: str = ""
    roster: str = ""
    group: str = ""

    @property
    def place(self) -> str:
        return f"roster:{self.roster}" if self.roster else f"role:{self.role}"

    @property
    def who(self) -> tuple[str, ...]:
        """The same for two entries of one person."""
        return (self.person_id,) if self.person_id else (self.name, self.unit, self.phone)

    def kept(self) -> dict[str, str]:
        return asdict(self)


def chosen_of(rows: Iterable[Mapping[str, Any]]) -> list[Chosen]:
    """Read what `Chosen.kept` gave."""
    return [Chosen(**row) for row in rows]


def places_of(package: PackageVersion) -> list[Place]:
    """Roles and lists nobody fills later: read from the procedure itself.

    A role filled by `store_members`, a list filled by `store_roster` and who applies come later.
    """
    later_roles, later_rosters = {"candidate"}, set()
    used: dict[str, str] = {}
    for element in package.definition.elements.values():
        if element.properties.get("operation") in ("store_members", "store_roster"):
            later_roles |= _literal(element.properties.get("with.role"))
            rosters = _literal(element.properties.get("with.roster"))
            ticks = _QUOTED.findall(element.properties.get("with.ticked", ""))
            later_rosters |= {*rosters, *(f"{name}_{tick}" for name in rosters for tick in ticks)}
        for text in element.properties.values():
            for roster in _ROSTER.findall(text):
                readers = [r for r in element.words("readers") if r not in (OFFICE, SUPERVISOR)]
                used.setdefault(roster, readers[0] if readers else element.role)
    early = {key: role for key, role in used.items() if key not in later_rosters}
    listed = set(early.values())
    return [
        *(
            Place(f"role:{key}", key, "", package.word(key))
            for key in package.roles
            if key == OFFICE or (key not in later_roles and key not in listed)
        ),
        *(Place(f"roster:{key}", role, key, package.word(key)) for key, role in early.items()),
    ]


def _literal(text: str | None) -> set[str]:
    found = _LITERAL.match(text or "")
    return {found[1]} if found else set()


def functions_of(package: PackageVersion) -> list[tuple[str, Words]]:
    """Functions somebody must have from the start: asked for by a task or among its signers."""
    needed: list[str] = []
    later: set[str] = set()
    for element in package.definition.elements.values():
        needed += [element.properties["function"]] if "function" in element.properties else []
        for inside in _SIGNERS.findall(element.properties.get("seats", "")):
            needed += [key for key in _QUOTED.findall(inside) if key not in package.roles]
        if element.properties.get("operation") == "store_members":
            form = package.form_of(element)
            later |= {c.code for f in form.walk() for c in f.choices} if form else set()
    return [(key, package.word(key)) for key in dict.fromkeys(needed) if key not in later]


def all_functions(package: PackageVersion) -> list[tuple[str, Words]]:
    """Every function of the package, in its order."""
    return [(key, package.word(key)) for key in package.functions]


def find_people(session: Session, who: Identity, *, text: str) -> Sequence[Person]:
    """Search persons by name, unit or telephone: one statement, the first `MOST_FOUND`.

    Raises:
        NotAllowed: only for accounts that may start selections.
    """
    require_duty(who)
    wanted = text.strip()
    if not wanted:
        return []
    return session.scalars(
        select(Person)
        .where(
            Person.anonymous.is_(False),
            or_(
                Person.name.contains(wanted, autoescape=True),
                Person.unit.contains(wanted, autoescape=True),
                Person.phone == wanted,
            ),
        )
        .order_by(Person.name, Person.id)
        .limit(MOST_FOUND)
    ).all()


def known_person(session: Session, who: Identity, *, person_id: UUID) -> Person | None:
    """A person by id, for whoever may start selections.

    Raises:
        NotAllowed: see `find_people`.
    """
    require_duty(who)
    return session.get(Person, person_id)


def recognised(session: Session, rows: Sequence[Chosen]) -> list[Chosen]:
    """Put the id to everybody who is known by name and unit, once: one statement."""
    names = {row.name for row in rows if not row.person_id}
    if not names:
        return list(rows)
    known: dict[tuple[str, str], list[UUID]] = {}
    found = session.execute(
        select(Person.id, Person.name, Person.unit).where(
            Person.anonymous.is_(False), Person.name.in_(names)
        )
    )
    for person_id, name, unit in found:
        known.setdefault((name, unit), []).append(person_id)
    made = []
    for row in rows:
        ids = known.get((row.name, row.unit), [])
        sure = not row.person_id and row.unit and len(ids) == 1
        made.append(replace(row, person_id=str(ids[0])) if sure else row)
    return made


def added(present: Sequence[Chosen], new: Sequence[Chosen]) -> list[Chosen]:
    """Add people; who stands at the same place with the same function stays once."""
    made = {(row.place, row.function, *row.who): row for row in present}
    for row in new:
        made.setdefault((row.place, row.function, *row.who), row)
    return list(made.values())


def conflicts(package: PackageVersion, people: Sequence[Chosen]) -> list[tuple[str, Words, Words]]:
    """Whoever has two roles that may not be combined: name and both roles."""
    roles: dict[tuple[str, ...], dict[str, str]] = {}
    for row in people:
        roles.setdefault(row.who, {}).setdefault(row.role, row.name)
    return [
        (held[one], package.word(one), package.word(other))
        for held in roles.values()
        for one, other in combinations(held, 2)
        if other in _never(package, one) or one in _never(package, other)
    ]


def _never(package: PackageVersion, role: str) -> set[str]:
    return set(package.roles.get(role, {}).get("never_with", ()))
