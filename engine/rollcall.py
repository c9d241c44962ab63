"""The roll call of a meeting: everybody entitled, group by group, ready to be ticked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import (
    ballots,
    definitions,
    meetings,
    options,
    permissions,
    recusals,
    seats,
    selection,
    tasks,
)
from engine.bpmn import Element, evaluate
from engine.definitions import PackageVersion, Words
from engine.facts import CaseFacts
from engine.forms import Choice, Form
from engine.identity import Identity
from engine.model import Account, Case, Person, Seat, UserTask


@dataclass(frozen=True)
class Entitled:
    """One person on the list; `has_account` tells who can sign in without a slip."""

    id: UUID
    name: str
    unit: str
    has_account: bool
    steps_aside: bool = False
    """may not vote on somebody on the paper: not entitled, whatever is ticked"""


@dataclass(frozen=True)
class Group:
    """Those who are counted together; `code` is empty where there are no groups."""

    code: str
    name: Words
    people: Sequence[Entitled]


@dataclass(frozen=True)
class Roll:
    """A roll call that is open."""

    seat: Seat
    task: UserTask
    case: Case
    package: PackageVersion
    element: Element
    form: Form
    choices: Mapping[str, Sequence[Choice]]
    groups: Sequence[Group]
    needed: int
    """how many must be there; 0 where there is no quorum"""

    @property
    def total(self) -> int:
        """How many are entitled: without those who step aside from this vote."""
        return sum(not each.steps_aside for group in self.groups for each in group.people)

    @property
    def without_account(self) -> list[Entitled]:
        return [
            each
            for group in self.groups
            for each in group.people
            if not each.has_account and not each.steps_aside
        ]

    @property
    def answers(self) -> dict[str, Any]:
        """What is ticked so far."""
        return dict(self.seat.draft or {})


def roll_of(session: Session, who: Identity, *, seat_id: UUID, now: datetime) -> Roll:
    """Show the roll call of a seat to whoever may hand it in.

    Raises:
        TaskNotFound: no such roll call, or it is none of this person's business.
        TaskClosed: it was handed in, or is over.
    """
    row = session.execute(
        select(Seat, UserTask, Case)
        .join(UserTask, UserTask.id == Seat.task_id)
        .join(Case, Case.id == Seat.case_id)
        .where(Seat.id == seat_id)
    ).first()
    if row is None or not who.sees(case_id=row[2].id, element_id=row[1].element_id):
        raise tasks.TaskNotFound(seat_id)
    seat, task, case = row[0], row[1], row[2]
    package = definitions.pinned(session, task.package_hash)
    element = package.element(task.element_id)
    form = package.form_of(element)
    held = permissions.standing(session, person_id=who.person_id, case_id=case.id, now=now)
    if meetings.kind_of(element) != meetings.ROLL or form is None:
        raise tasks.TaskNotFound(seat_id)
    if not permissions.way_of(session, seat, task, held, roles=package.roles, now=now):
        raise tasks.TaskNotFound(seat_id)
    if task.state != "open" or seat.state != "open":
        raise seats.TaskClosed("attendance has been taken")
    facts = CaseFacts(session, case, now)
    groups = _groups(session, case, package, task, element, facts)
    return Roll(
        seat=seat, task=task, case=case, package=package, element=element, form=form,
        choices=options.options_of(
            session, form, case=case, package=package, variables=task.context, facts=facts
        ),
        groups=groups,
        needed=_needed(
            element, task, facts,
            sum(not each.steps_aside for group in groups for each in group.people),
        ),
    )  # fmt: skip


def _groups(
    session: Session,
    case: Case,
    package: PackageVersion,
    task: UserTask,
    element: Element,
    facts: CaseFacts,
) -> list[Group]:
    described = evaluate(element.properties["with.electors"], task.context, facts)
    places = seats.resolve(session, described, case_id=case.id, roles=package.roles, now=facts.now)
    order = [(place.person_id, place.group) for place in places if place.person_id is not None]
    stated = element.properties.get("with.contests")
    contests = evaluate(stated, task.context, facts) if stated else ()
    barred = recusals.from_vote(session, case_id=case.id, about=ballots.codes_of(contests))
    people = _people(session, [key for key, _ in order], barred)
    return [
        Group(
            code,
            package.word(code) if code else Words("", ""),
            [people[key] for key, group in order if group == code],
        )
        for code in dict.fromkeys(group for _, group in order)
    ]


def _people(
    session: Session, ids: Sequence[UUID], barred: Collection[UUID]
) -> dict[UUID, Entitled]:
    rows = session.execute(
        select(Person.id, Person.name, Person.unit, Account.id.label("account"))
        .outerjoin(Account, (Account.person_id == Person.id) & Account.closed_at.is_(None))
        .where(Person.id.in_(ids))
    )
    return {
        row.id: Entitled(row.id, row.name, row.unit, row.account is not None, row.id in barred)
        for row in rows
    }


def _needed(element: Element, task: UserTask, facts: CaseFacts, entitled: int) -> int:
    """How many of the entitled must be there, before anybody is left out."""
    stated = element.properties.get("with.quorum")
    number = str(evaluate(stated, task.context, facts) or "") if stated else ""
    comparator = str(evaluate(element.properties.get("with.comparator", "'>='"), {}, facts))
    if not number or not entitled:
        return 0
    try:
        held = selection.quorum(
            present=0, entitled=entitled, number=number,
            comparator=">" if comparator == ">" or number.startswith(">") else ">=",
        )  # fmt: skip
    except ValueError:
        return 0
    return held.needed


def ballot_element(package: PackageVersion, element: Element) -> Element | None:
    """The ballot that this roll call leads to; slips are good for it alone."""
    return next(
        (
            each
            for each in package.definition.in_order(element.process_id)
            if meetings.kind_of(each) == meetings.BALLOT
        ),
        None,
    )
