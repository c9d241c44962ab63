"""Who there is to choose from in a demonstration, grouped by what they are."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import definitions
from engine.definitions import Words
from engine.model import Account, Candidate, Case, CaseMember, Instance, Person


class Player(NamedTuple):
    """Somebody to sign in as."""

    id: UUID
    name: str
    unit: str


class Role(NamedTuple):
    """People of one role, list or standing, each once."""

    name: Words
    people: Sequence[Player]


def roles(session: Session) -> list[Role]:
    """Everybody of the demonstration: duties, then the roles in the order of the drawing."""
    made = [_with_duties(session)]
    cases = session.execute(
        select(Case, Instance.package_hash).join(Instance, Instance.id == Case.id)
    ).all()
    for case, package_hash in cases:
        package = definitions.pinned(session, package_hash)
        members = _members(session, case.id)
        made += [
            Role(package.word(key), members.pop((key, "")))
            for key in package.roles
            if (key, "") in members
        ]
        made.append(Role(package.word("candidate"), _candidates(session, case.id)))
        made += [Role(package.word(roster or role), who) for (role, roster), who in members.items()]
    return [role for role in made if role.people]


def _with_duties(session: Session) -> Role:
    accounts = session.scalars(select(Account).order_by(Account.login))
    people = [Player(a.person.id, a.person.name, a.person.unit) for a in accounts if a.duties]
    return Role(Words("系统管理、方案管理", "Administration and procedures"), people)


def _members(session: Session, case_id: UUID) -> dict[tuple[str, str], list[Player]]:
    rows = session.execute(
        select(CaseMember.role, CaseMember.roster, Person.id, Person.name, Person.unit)
        .join(Person, Person.id == CaseMember.person_id)
        .where(CaseMember.case_id == case_id)
        .order_by(CaseMember.position, CaseMember.id)
    )
    found: dict[tuple[str, str], dict[UUID, Player]] = {}
    for role, roster, person_id, name, unit in rows:
        player = Player(person_id, name, unit)
        found.setdefault((role, roster), {}).setdefault(player.id, player)
    return {key: list(people.values()) for key, people in found.items()}


def _candidates(session: Session, case_id: UUID) -> list[Player]:
    rows = session.execute(
        select(Person.id, Candidate.code, Person.name, Person.unit)
        .join(Person, Person.id == Candidate.person_id)
        .where(Candidate.case_id == case_id)
        .order_by(Candidate.code)
    )
    return [Player(row.id, f"{row.code} {row.name}", row.unit) for row in rows]
