"""The people of a scenario: created once, each with an account to sign in as."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine.model import Account, Person
from engine.run.starting import Membership
from engine.scenarios.model import Scenario


@dataclass(frozen=True)
class Cast:
    """Who was created, with their places at the start of the selection."""

    members: Sequence[Membership]
    by_role: Mapping[str, Sequence[UUID]]


def expand(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows with `count` stand for that many; `{n}` in their texts is the number from 1."""
    for row in rows:
        number = int(row.get("count", 1))
        for n in range(1, number + 1):
            yield {
                key: value.format(n=n) if isinstance(value, str) else value
                for key, value in row.items()
                if key != "count"
            }


def create_cast(session: Session, scenario: Scenario) -> Cast:
    """Create the people of the scenario with accounts; logins are `role-number`."""
    members: list[Membership] = []
    by_role: dict[str, list[UUID]] = {}
    for position, row in enumerate(expand(scenario.people), start=1):
        person = Person(
            name=row["name"], unit=row.get("unit", ""), post=row.get("post", ""),
            email=row.get("email", f"p{position}@example.invalid"),
        )  # fmt: skip
        session.add(person)
        session.flush()  # memberships refer to it
        role, roster = row.get("role", ""), row.get("roster", "")
        login = f"{role or roster}-{len(by_role.get(role or roster, [])) + 1}"
        session.add(
            Account(
                person_id=person.id, login=login.replace("_", "-"), duties=row.get("duties", [])
            )
        )
        functions = str(row.get("functions", "")).split() or [""]
        if role:
            members.extend(Membership(person.id, role, function) for function in functions)
        if roster:
            members.append(
                Membership(
                    person.id,
                    row.get("as", "committee_member"),
                    roster=roster,
                    group=row.get("group", ""),
                    label=row.get("label", ""),
                )
            )
        by_role.setdefault(role or roster, []).append(person.id)
    return Cast(members, by_role)
