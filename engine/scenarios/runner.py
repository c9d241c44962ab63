"""Play a scenario through the same services as the pages, with a clock of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import timers
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.forms import Field, InvalidAnswers
from engine.model import Candidate, Case, Seat, UserTask
from engine.permissions import NotAllowed
from engine.run.context import CasePaused
from engine.run.heavy import work_off
from engine.run.starting import Beginning, UnknownMessage, start_case
from engine.run.sweeping import sweep
from engine.scenarios import absent, watching
from engine.scenarios.answering import Answering
from engine.scenarios.cast import Cast, create_cast, expand
from engine.scenarios.clocks import MovableClock
from engine.scenarios.hands import Hands
from engine.scenarios.model import BadScenario, Happening, Scenario
from engine.scenarios.people import acting
from engine.scenarios.saying import (
    NOTHING,
    SeatSaid,
    closes_by_hand,
    for_everybody,
    for_seat,
    said_of,
)

_MOST_ROUNDS = 20_000
_LEAD = timedelta(hours=1)
"""How long before a due time people act."""


class Stuck(EngineError):
    """Nothing more can happen and the selection is not over: says what is waited for."""

    code = "scenario_stuck"

    def __init__(self, waiting: Sequence[str], problems: Sequence[str]) -> None:
        super().__init__(f"waiting for {', '.join(waiting) or 'nothing'}; {'; '.join(problems)}")
        self.waiting, self.problems = waiting, problems


@dataclass
class Played:
    """What a run has come to."""

    case_id: UUID
    submissions: int = 0
    happened: set[int] = field(default_factory=set)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """element or message, and the code of the refusal"""
    turned_away: set[UUID] = field(default_factory=set)
    """tasks that were tried while the selection was stopped; tried again once it goes on"""


class Runner:
    """Plays one scenario; `play` to the end, or `play(until=…)` to where a task is open."""

    def __init__(
        self,
        sessions: Sessions,
        clock: MovableClock,
        scenario: Scenario,
        package: PackageVersion,
        hands: Hands,
        progress: Callable[[str, int], None] = lambda _element, _number: None,
        observe: Callable[[UUID], None] = lambda _case: None,
    ) -> None:
        """Make a runner.

        Args:
            progress: told the task and the number of submissions after each of them.
            observe: told the selection after each submission and each move of the clock.
        """
        self.sessions, self.clock, self.scenario = sessions, clock, scenario
        self.package, self.hands = package, hands
        self._progress, self._observe = progress, observe
        self._answering = Answering(scenario, clock, self._store_file)
        self.cast: Cast | None = None
        self.played: Played | None = None

    def begin(self) -> Played:
        """Create the people and start the selection."""
        scenario = self.scenario
        details = dict(scenario.details)
        if scenario.lot_seeds:
            details["lot_seeds"] = {"rule": f"sha256:{scenario.lot_seeds}"}
        with transaction(self.sessions) as session:
            self.cast = create_cast(session, scenario)
            office = self.cast.by_role.get("selection_office", [None])[0]
            case, _ = start_case(
                session,
                package=self.package,
                beginning=Beginning(
                    title=scenario.title["zh"],
                    title_en=scenario.title.get("en", ""),
                    details=details,
                    parameters=scenario.parameters,
                    plan={k: datetime.fromisoformat(str(v)) for k, v in scenario.plan.items()},
                    members=self.cast.members,
                    time_zone=scenario.time_zone,
                ),
                actor_id=office,
                now=self.clock.now(),
            )
            self.played = Played(case.id)
        return self.played

    def play(self, *, until: str = "", handed_in: int = 0) -> Played:
        """Play to the end, or until the named task is open with so many seats handed in.

        Raises:
            Stuck: nothing more can happen, and it is not over.
        """
        played = self.played or self.begin()
        until = until or self.scenario.until
        for _ in range(_MOST_ROUNDS):
            sweep(self.sessions, self.clock)
            work_off(self.sessions, self.clock)
            self._observe(played.case_id)
            state = self._look(played.case_id, until, handed_in)
            if state in ("ended", "reached"):
                return played
            if state == "running":
                played.turned_away.clear()
            if self._happen(played) or self._act(played):
                continue
            if not self._wait(played):
                with reading(self.sessions) as session:
                    raise Stuck(*watching.waited_for(session, played.case_id))
        raise Stuck(["more rounds than a selection can have"], [])

    def _look(self, case_id: UUID, until: str, handed_in: int) -> str:
        with reading(self.sessions) as session:
            if until and watching.is_reached(session, case_id, until, handed_in):
                return "reached"
            return session.scalars(select(Case.state).where(Case.id == case_id)).one()

    # What arrives by message

    def _happen(self, played: Played) -> bool:
        for number, happening in enumerate(self.scenario.happenings):
            if number not in played.happened and self._is_time(played.case_id, happening):
                played.happened.add(number)
                for _ in range(happening.times):
                    if happening.does:
                        self._do_to_each_other(played, happening)
                    else:
                        self._receive(played, happening)
                return True
        return False

    def _receive(self, played: Played, happening: Happening) -> None:
        with reading(self.sessions) as session:
            person = self._person_named(session, played.case_id, happening.by)
            answers = self._answering.of_message(
                session, played.case_id, self.package, happening, person
            )
        try:
            self.hands.receive(
                case_id=played.case_id, message=happening.message, person_id=person,
                answers=answers,
            )  # fmt: skip
        except (NotAllowed, UnknownMessage) as error:
            played.refused.append((happening.message, error.code))

    def _do_to_each_other(self, played: Played, happening: Happening) -> None:
        """Somebody is away, steps aside, or hands work over."""
        try:
            absent.happen(
                self.sessions, self.clock, happening, case_id=played.case_id,
                office=self._office(), named=self._person_named,
            )  # fmt: skip
        except EngineError as error:
            played.refused.append((happening.does, error.code))

    def _is_time(self, case_id: UUID, happening: Happening) -> bool:
        with reading(self.sessions) as session:
            return watching.times_seen(session, case_id, happening.after) >= happening.round

    def _store_file(self, person: UUID | None, field: Field) -> str:
        assert self.played is not None  # noqa: S101 - begin() has run
        return self.hands.store_file(
            case_id=self.played.case_id, person_id=person or self._office(), field=field
        )

    def _office(self) -> UUID:
        assert self.cast is not None  # noqa: S101 - begin() has run
        return self.cast.by_role["selection_office"][0]

    def _person_named(self, session: Session, case_id: UUID, name: str) -> UUID | None:
        """`judge`, `judge-2` or a candidate's code."""
        if not name:
            return None
        candidate = session.scalar(
            select(Candidate.person_id).where(Candidate.case_id == case_id, Candidate.code == name)
        )
        if candidate is not None:
            return candidate
        role, _, number = name.partition("-")
        assert self.cast is not None  # noqa: S101 - begin() has run
        known = self.cast.by_role.get(role) or absent.members(session, case_id, role)
        return known[int(number or 1) - 1]

    # What people do

    def _act(self, played: Played) -> bool:
        """Let people do the most urgent task that can be done now."""
        with reading(self.sessions) as session:
            ready = watching.ready(session, played.case_id, now=self.clock.now())
        return any(self._do(played, task) for task in ready)

    def _do(self, played: Played, task: UserTask) -> bool:
        with reading(self.sessions) as session:
            number = self._answering.number_of(session, task)
        said = said_of(self.scenario.answers, task, number)
        if said == "wait" or task.id in played.turned_away:
            return False
        if not self._move_towards(task):
            return True
        try:
            return self._try(played, task, said)
        except CasePaused as error:
            played.turned_away.add(task.id)
            played.refused.append((task.element_id, error.code))
            return False

    def _try(self, played: Played, task: UserTask, said: Any) -> bool:
        if task.kind != "single" and self._is_public(task):
            return self._register_all(played, task, said)
        acted = self._fill_seats(played, task, said)
        # Who is left in a meeting does not vote.
        if not acted and (closes_by_hand(said) or task.kind == "ballot"):
            self.hands.close(task=task, person_id=self._closer(task))
            return True
        return acted

    def _move_towards(self, task: UserTask) -> bool:
        """Move the clock to shortly before the task is due; False if something comes first."""
        wanted = task.due_at - _LEAD if task.due_at else self.clock.now()
        with reading(self.sessions) as session:
            first = timers.next_due(session)
        if first is not None and first <= wanted:
            self.clock.move_to(first)
            return False
        self.clock.move_to(wanted)
        return True

    def _is_public(self, task: UserTask) -> bool:
        return self.package.element(task.element_id).properties.get("public") == "yes"

    def _register_all(self, played: Played, task: UserTask, said: Any) -> bool:
        with reading(self.sessions) as session:
            done = session.scalar(select(Seat.id).where(Seat.task_id == task.id).limit(1))
        rows = [
            row
            for row in expand(self.scenario.applicants)
            if int(row.get("round", 1)) == task.round
        ]
        if done is not None or not rows:
            return False
        for row in rows:
            self.clock.move_to(self.clock.now() + timedelta(minutes=1))
            with reading(self.sessions) as session:
                answers = self._answering.of_seat(
                    session, task, None, {**for_everybody(said), **row.get("answers", {})}, 0, None
                )
            self.hands.register(task=task, row=row, answers=answers)
            self._count(played, task)
        return True

    def _fill_seats(self, played: Played, task: UserTask, said: Any) -> bool:
        with reading(self.sessions) as session:
            seats = list(
                session.scalars(select(Seat).where(Seat.task_id == task.id).order_by(Seat.position))
            )
        turn = task.current_subject
        waiting = [s for s in seats if s.state == "open" and turn in ("", s.subject)]
        acted = False
        for seat in waiting:
            acted = self._fill_seat(played, task, seat, seats, said) or acted
        if not acted and turn:
            return self._call_next(task, seats)
        return acted

    def _call_next(self, task: UserTask, seats: Sequence[Seat]) -> bool:
        """Everybody has acted on the one who is on now, in every task: the next one, please."""
        following = [s.subject for s in seats if s.state == "open"]
        if not following or following[0] == task.current_subject:
            return False
        self.hands.call_next(task=task, subject=following[0], person_id=self._office())
        return True

    def _fill_seat(
        self, played: Played, task: UserTask, seat: Seat, seats: Sequence[Seat], said: Any
    ) -> bool:
        index = [s.id for s in seats].index(seat.id)
        chosen = SeatSaid("hand_in") if task.kind == "ballot" else for_seat(said, seat, index)
        if chosen.does == NOTHING or (chosen.does == "draft" and seat.draft is not None):
            return False
        with reading(self.sessions) as session:
            person, behalf = self._who(session, task, seat)
            if task.kind == "ballot":
                answers = self._answering.ballot(session, task, seat, seats, index)
            elif chosen.does == "draft":
                answers = dict(chosen.answers)
            else:
                answers = self._answering.of_seat(
                    session, task, seat, chosen.answers, index, person
                )
        if answers is None:
            return False
        self._hand_over(task, seat, person, answers, behalf=behalf, draft=chosen.does == "draft")
        self._count(played, task)
        return True

    def _hand_over(
        self,
        task: UserTask,
        seat: Seat,
        person: UUID,
        answers: Mapping[str, Any],
        *,
        behalf: str,
        draft: bool,
    ) -> None:
        try:
            if draft:
                self.hands.save_draft(seat=seat, person_id=person, answers=answers)
            else:
                self.hands.submit(seat=seat, person_id=person, answers=answers, behalf=behalf)
        except InvalidAnswers as error:
            place = f"{task.element_id} {seat.subject}".strip()
            raise BadScenario(place, "; ".join(map(str, error.problems))) from error

    def _count(self, played: Played, task: UserTask) -> None:
        played.submissions += 1
        self._progress(task.element_id, played.submissions)
        self._observe(played.case_id)

    def _who(self, session: Session, task: UserTask, seat: Seat) -> tuple[UUID, str]:
        """Who hands the seat in, and for whom."""
        return acting(session, task, seat, self.package, self.clock.now())

    def _closer(self, task: UserTask) -> UUID:
        closers = self.package.element(task.element_id).words("closers") or ["selection_office"]
        assert self.cast is not None  # noqa: S101 - begin() has run
        return next(self.cast.by_role[role][0] for role in closers if role in self.cast.by_role)

    # Waiting

    def _wait(self, played: Played) -> bool:
        """Move to the next instant at which something becomes possible."""
        with reading(self.sessions) as session:
            instants = [timers.next_due(session)]
            instants += session.scalars(
                select(UserTask.opens_at).where(
                    UserTask.case_id == played.case_id,
                    UserTask.state == "open",
                    UserTask.opens_at > self.clock.now(),
                )
            )
        following = [instant for instant in instants if instant is not None]
        if not following:
            return False
        before = self.clock.now()
        self.clock.move_to(min(following))
        return self.clock.now() > before or bool(sweep(self.sessions, self.clock))
