"""Whether a draft can become a selection, and making it one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine import people as persons
from engine.almanac import Almanac
from engine.calendar import Calendar
from engine.definitions import PackageVersion, Words
from engine.errors import EngineError
from engine.forms import Form, InvalidAnswers, Problem, validate
from engine.identity import Identity
from engine.model import Case, StartDraft
from engine.numbers import NumberProblem, read_numbers
from engine.permissions import OFFICE
from engine.plan import PlanLine, PlanProblem, check_dates, load_plan
from engine.preparation.drafts import find_draft
from engine.preparation.people import (
    Chosen,
    chosen_of,
    conflicts,
    functions_of,
    places_of,
)
from engine.run.context import Context
from engine.run.starting import Beginning, Membership, start_case


class NotReady(EngineError):
    """Something on the start pages is missing or wrong. Correct it; nothing was started."""

    code = "not_ready"

    def __init__(self, parts: Sequence[str]) -> None:
        super().__init__(f"not ready: {', '.join(parts)}")
        self.parts = tuple(parts)


@dataclass
class Readiness:
    """What each part of a draft has come to, with what is wrong in it.

    Parts: form, numbers, plan, people. Those in `refuses` keep the selection from starting.
    """

    details: Mapping[str, Any]
    parameters: Mapping[str, Any]
    dates: Mapping[str, datetime]
    members: Sequence[Chosen]
    form_problems: Sequence[Problem] = ()
    number_problems: Sequence[NumberProblem] = ()
    plan_problems: Sequence[PlanProblem] = ()
    posts_differ: bool = False
    """as many posts must be named as the numbers say"""
    conflicts: Sequence[tuple[str, Words, Words]] = ()
    empty_places: Sequence[Words] = ()
    """nobody there yet; a warning, since the office can add people later"""
    empty_functions: Sequence[Words] = ()
    no_office: bool = False
    _touched: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refuses(self) -> list[str]:
        parts = []
        if self.form_problems or self.posts_differ or "details" not in self._touched:
            parts.append("form")
        if self.number_problems or "numbers" not in self._touched:
            parts.append("numbers")
        if any(p.refuses for p in self.plan_problems) or "plan" not in self._touched:
            parts.append("plan")
        if self.conflicts or self.no_office:
            parts.append("people")
        return parts

    @property
    def plan_warnings(self) -> list[PlanProblem]:
        return [problem for problem in self.plan_problems if not problem.refuses]


def start_form(package: PackageVersion) -> Form | None:
    """What is asked at the start of the main process."""
    return package.form_of(package.definition.start_of(package.key))


def plan_lines(package: PackageVersion) -> tuple[PlanLine, ...]:
    return load_plan(package.files["plan.yaml"])


def dates_of(draft: StartDraft) -> dict[str, datetime]:
    """The instants of the plan that could be read, in the order of its lines."""
    made = {}
    for key, text in draft.data.get("plan", {}).items():
        try:
            made[key] = datetime.fromisoformat(text)
        except ValueError:
            continue
    return {key: at for key, at in made.items() if at.tzinfo is not None}


def readiness(
    package: PackageVersion, draft: StartDraft, *, zone: tzinfo, calendar: Calendar
) -> Readiness:
    """Hold a draft against the procedure; nothing is an exception here."""
    data = draft.data
    details, form_problems = _details(package, data.get("details", {}))
    parameters, number_problems = read_numbers(package, data.get("numbers", {}))
    members = chosen_of(data.get("members", []))
    dates = dates_of(draft)
    filled = {row.place for row in members}
    functions = {row.function for row in members}
    return Readiness(
        details=details,
        parameters=parameters,
        dates=dates,
        members=members,
        form_problems=form_problems,
        number_problems=number_problems,
        plan_problems=check_dates(plan_lines(package), dates, zone=zone, calendar=calendar),
        posts_differ=_posts_differ(details, parameters),
        conflicts=conflicts(package, members),
        empty_places=[place.name for place in places_of(package) if place.key not in filled],
        empty_functions=[name for key, name in functions_of(package) if key not in functions],
        no_office=OFFICE not in {row.role for row in members if not row.roster},
        _touched=data,
    )


def _details(
    package: PackageVersion, typed: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Sequence[Problem]]:
    form = start_form(package)
    if form is None:
        return typed, ()
    try:
        return validate(form, typed, {}).answers, ()
    except InvalidAnswers as error:
        return typed, error.problems


def _posts_differ(details: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    posts, number = details.get("posts"), parameters.get("posts")
    return isinstance(posts, list) and isinstance(number, int) and len(posts) != number


def start(
    session: Session,
    who: Identity,
    *,
    draft_id: UUID,
    package: PackageVersion,
    zone: tzinfo,
    time_zone: str,
    now: datetime,
) -> tuple[Case, Context]:
    """Make a draft a running selection and throw the draft away.

    Returns:
        The selection, and the context whose `touched` tasks the caller closes after its commit.

    Raises:
        NotAllowed, DraftNotFound: see `drafts.find_draft`.
        NotReady: a part is missing or wrong; nothing is changed.
    """
    draft = find_draft(session, who, draft_id=draft_id)
    ready = readiness(package, draft, zone=zone, calendar=Almanac(session))
    if ready.refuses:
        raise NotReady(ready.refuses)
    details = dict(ready.details)
    order = [line.key for line in plan_lines(package)]
    beginning = Beginning(
        title=str(details.get("title", "")),
        title_en=str(details.get("title_en", "")),
        details=details,
        parameters=ready.parameters,
        plan={key: ready.dates[key] for key in order},
        members=_memberships(session, ready.members),
        time_zone=time_zone,
    )
    session.delete(draft)
    return start_case(
        session, package=package, beginning=beginning, actor_id=who.person_id, now=now
    )


def _memberships(session: Session, chosen: Sequence[Chosen]) -> list[Membership]:
    """One person for everybody who is one, known or made now."""
    ids: dict[tuple[str, ...], UUID] = {}
    for row in chosen:
        if row.who not in ids:
            ids[row.who] = UUID(row.person_id) if row.person_id else _made(session, row)
    return [
        Membership(
            person_id=ids[row.who], role=row.role, function=row.function, roster=row.roster,
            group=row.group,
        )
        for row in chosen
    ]  # fmt: skip


def _made(session: Session, row: Chosen) -> UUID:
    made = persons.create_person(
        session, name=row.name, unit=row.unit, post=row.post, email=row.email, phone=row.phone
    )
    return made.id
