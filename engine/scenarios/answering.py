"""Answers and ballots of a scenario, worked out for one seat or one message."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import options
from engine.bpmn import evaluate
from engine.definitions import PackageVersion, pinned
from engine.facts import CaseFacts
from engine.forms import Field, Form
from engine.model import BallotBox, Case, Seat, UserTask
from engine.scenarios.clocks import MovableClock
from engine.scenarios.filling import Filler
from engine.scenarios.model import BadScenario, Happening, Scenario
from engine.scenarios.saying import round_in_meeting
from engine.scenarios.voting import choices_of

StoreFileFor = Callable[[UUID | None, Field], str]
"""Stores a small file for a person (None: the office) and a field; gives its id."""


class Answering:
    """Works out what is handed in, as the scenario says or plausibly."""

    def __init__(self, scenario: Scenario, clock: MovableClock, store_file: StoreFileFor) -> None:
        self._scenario, self._clock, self._store_file = scenario, clock, store_file
        self._zone = ZoneInfo(scenario.time_zone)
        self._numbers: dict[UUID, int] = {}

    def of_message(
        self,
        session: Session,
        case_id: UUID,
        package: PackageVersion,
        happening: Happening,
        person: UUID | None,
    ) -> dict[str, Any]:
        """Answers of the form that a message asks for."""
        process = package.definition.messages.get(happening.message)
        if process is None:
            raise BadScenario(happening.message, "nothing in this procedure starts with it")
        form = package.form_of(package.definition.start_of(process))
        case = session.get_one(Case, case_id)
        return self._fill(session, case, package, form, happening.answers, {}, person)

    def of_seat(
        self,
        session: Session,
        task: UserTask,
        seat: Seat | None,
        said: Mapping[str, Any],
        index: int,
        person: UUID | None,
    ) -> dict[str, Any]:
        """Answers of one seat, or of somebody who registers (no seat yet)."""
        package = pinned(session, task.package_hash)
        form = package.form_of(package.element(task.element_id))
        known = {
            **task.context,
            "subject": seat.subject if seat else "",
            "seat": index,
            "member": _member_index(session, seat),
        }
        case = session.get_one(Case, task.case_id)
        return self._fill(session, case, package, form, said, known, person)

    def _fill(
        self,
        session: Session,
        case: Case,
        package: PackageVersion,
        form: Form | None,
        said: Mapping[str, Any],
        known: Mapping[str, Any],
        person: UUID | None,
    ) -> dict[str, Any]:
        if form is None:
            return {}
        facts = CaseFacts(session, case, self._clock.now())
        choices = options.options_of(
            session, form, case=case, package=package, variables=known, facts=facts,
            subjects=[str(known.get("subject", ""))],
        )  # fmt: skip
        variables = {
            **known,
            "data": self._scenario.data,
            "choices": {path: [c.code for c in found] for path, found in choices.items()},
        }
        filler = Filler(
            options=choices,
            lists=self._scenario.lists,
            work_out=lambda text: evaluate(text, variables, facts),
            store_file=lambda field: self._store_file(person, field),
            now=self._clock.now().astimezone(self._zone),
        )
        return filler.fill(form, said)

    def number_of(self, session: Session, task: UserTask) -> int:
        """Give the round of a task, counted once: `round_in_meeting`."""
        if task.id not in self._numbers:
            self._numbers[task.id] = round_in_meeting(session, task)
        return self._numbers[task.id]

    def ballot(
        self, session: Session, task: UserTask, seat: Seat, seats: Sequence[Seat], index: int
    ) -> dict[str, Any] | None:
        """What the voter marks; None: hands no ballot in."""
        box = session.get_one(BallotBox, task.box_id)
        contests = box.rules["contests"]
        rule = self._ballot_rule(box.rules["title"], contests, self.number_of(session, task))
        if "by_group" in rule:
            mine = [s.id for s in seats if s.group == seat.group]
            own = rule["by_group"][seat.group]
            return choices_of(own, contests, seat=mine.index(seat.id), seats=len(mine))
        return choices_of(rule, contests, seat=index, seats=len(seats))

    def _ballot_rule(
        self, title: str, contests: Sequence[Mapping[str, Any]], number: int
    ) -> Mapping[str, Any]:
        if title not in self._scenario.ballots:
            raise BadScenario("ballots", f"nothing is said of the vote {title!r}")
        rule = self._scenario.ballots[title]
        options_here = [option for contest in contests for option in contest["options"]]
        if "by_option" in rule:
            rule = rule["by_option"][options_here[0]]
        if "rounds" in rule:
            rule = rule["rounds"][min(number, len(rule["rounds"])) - 1]
        made: Mapping[str, Any] = rule
        return made


def _member_index(session: Session, seat: Seat | None) -> int:
    """Which member of a role acts, from 0: seats are grouped by subject."""
    if seat is None:
        return 0
    before = session.scalar(
        select(func.count())
        .select_from(Seat)
        .where(
            Seat.task_id == seat.task_id,
            Seat.subject == seat.subject,
            Seat.position < seat.position,
        )
    )
    return before or 0
