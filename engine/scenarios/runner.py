"""Play a scenario through the same services as the pages, with a clock of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import options, timers
from engine.bpmn import evaluate
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion, pinned
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.forms import Field, InvalidAnswers
from engine.model import BallotBox, Candidate, Case, HistoryEntry, Problem, Seat, UserTask
from engine.run.starting import Beginning, start_case
from engine.run.sweeping import sweep
from engine.scenarios.cast import Cast, create_cast, expand
from engine.scenarios.filling import Filler
from engine.scenarios.model import BadScenario, Happening, Scenario
from engine.scenarios.people import acting
from engine.scenarios.voting import choices_of

_MOST_ROUNDS = 20_000
_LEAD = timedelta(hours=1)
"""How long before a due time people act."""


class Stuck(EngineError):
    """Nothing more can happen and the selection is not over: says what is waited for."""

    code = "scenario_stuck"

    def __init__(self, waiting: Sequence[str], problems: Sequence[str]) -> None:
        super().__init__(f"waiting for {', '.join(waiting) or 'nothing'}; {'; '.join(problems)}")
        self.waiting, self.problems = waiting, problems


class MovableClock(Protocol):
    """A clock that can be told to go forward."""

    def now(self) -> datetime: ...
    def move_to(self, instant: datetime) -> None: ...


class SettableClock:
    """A clock that only a scenario moves, and only forward."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move_to(self, instant: datetime) -> None:
        self._now = max(self._now, instant)


class Hands(Protocol):
    """How people act: through the services, or through the pages of a real server."""

    def submit(
        self, *, seat: Seat, person_id: UUID, answers: Mapping[str, Any], behalf: str
    ) -> None: ...
    def register(
        self, *, task: UserTask, row: Mapping[str, Any], answers: Mapping[str, Any]
    ) -> None: ...
    def call_next(self, *, task: UserTask, subject: str, person_id: UUID) -> None: ...
    def close(self, *, task: UserTask, person_id: UUID) -> None: ...
    def receive(
        self, *, case_id: UUID, message: str, person_id: UUID | None, answers: Mapping[str, Any]
    ) -> None: ...
    def store_file(self, *, case_id: UUID, person_id: UUID, field: Field) -> str: ...


@dataclass
class Played:
    """What a run has come to."""

    case_id: UUID
    submissions: int = 0
    happened: set[int] = field(default_factory=set)


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
    ) -> None:
        self.sessions, self.clock, self.scenario = sessions, clock, scenario
        self.package, self.hands, self._progress = package, hands, progress
        self.zone = ZoneInfo(scenario.time_zone)
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
        for _ in range(_MOST_ROUNDS):
            sweep(self.sessions, self.clock)
            state = self._look(played.case_id, until, handed_in)
            if state in ("ended", "reached"):
                return played
            if self._happen(played) or self._act(played):
                continue
            if not self._wait(played):
                raise Stuck(*self._waiting(played.case_id))
        raise Stuck(["more rounds than a selection can have"], [])

    def _look(self, case_id: UUID, until: str, handed_in: int) -> str:
        with reading(self.sessions) as session:
            if until and self._reached(session, case_id, until, handed_in):
                return "reached"
            return session.scalars(select(Case.state).where(Case.id == case_id)).one()

    @staticmethod
    def _reached(session: Session, case_id: UUID, until: str, handed_in: int) -> bool:
        task = session.scalar(
            select(UserTask).where(
                UserTask.case_id == case_id,
                UserTask.element_id == until,
                UserTask.state == "open",
            )
        )
        if task is None:
            return False
        done = select(Seat.id).where(Seat.task_id == task.id, Seat.state == "handed_in")
        return len(session.scalars(done).all()) >= handed_in

    # What arrives by message

    def _happen(self, played: Played) -> bool:
        for number, happening in enumerate(self.scenario.happenings):
            if number not in played.happened and self._is_time(played.case_id, happening):
                played.happened.add(number)
                with reading(self.sessions) as session:
                    person = self._person_named(session, played.case_id, happening.by)
                    answers = self._message_answers(session, played.case_id, happening, person)
                self.hands.receive(
                    case_id=played.case_id,
                    message=happening.message,
                    person_id=person,
                    answers=answers,
                )
                return True
        return False

    def _is_time(self, case_id: UUID, happening: Happening) -> bool:
        with reading(self.sessions) as session:
            passed = session.scalar(
                select(HistoryEntry.id)
                .where(
                    HistoryEntry.case_id == case_id,
                    HistoryEntry.action.in_(("passed", "task_done")),
                    HistoryEntry.element_id == happening.after,
                )
                .limit(1)
            )
            opened = session.scalar(
                select(UserTask.id)
                .where(UserTask.case_id == case_id, UserTask.element_id == happening.after)
                .limit(1)
            )
        return passed is not None or opened is not None

    def _message_answers(
        self, session: Session, case_id: UUID, happening: Happening, person: UUID | None
    ) -> dict[str, Any]:
        process = self.package.definition.messages[happening.message]
        form = self.package.form_of(self.package.definition.start_of(process))
        if form is None:
            return {}
        case = session.get_one(Case, case_id)
        facts = CaseFacts(session, case, self.clock.now())
        choices = options.options_of(
            session, form, case=case, package=self.package, variables={}, facts=facts
        )
        filler = Filler(
            options=choices,
            lists=self.scenario.lists,
            work_out=lambda text: evaluate(text, {"data": self.scenario.data}, facts),
            store_file=lambda f: self.hands.store_file(
                case_id=case_id, person_id=person or self._office(), field=f
            ),
            now=self.clock.now().astimezone(self.zone),
        )
        return filler.fill(form, happening.answers)

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
        return self.cast.by_role[role][int(number or 1) - 1]

    # What people do

    def _act(self, played: Played) -> bool:
        """Let people do the most urgent task that can be done now."""
        with reading(self.sessions) as session:
            ready = self._ready(session, played.case_id)
        return any(self._do(played, task) for task in ready)

    def _ready(self, session: Session, case_id: UUID) -> list[UserTask]:
        rows = session.scalars(
            select(UserTask).where(UserTask.case_id == case_id, UserTask.state == "open")
        )
        now = self.clock.now()
        far = datetime.max.replace(tzinfo=ZoneInfo("UTC"))
        ready = [t for t in rows if t.opens_at is None or t.opens_at <= now]
        return sorted(ready, key=lambda t: (t.due_at or t.closes_at or far, t.opened_at))

    def _do(self, played: Played, task: UserTask) -> bool:
        said = self._said(task)
        if said == "wait":
            return False
        if not self._move_towards(task):
            return True
        if task.kind != "single" and self._is_public(task):
            return self._register_all(played, task)
        acted = self._fill_seats(played, task, said)
        if not acted and (said == "close" or task.kind == "ballot"):  # who is left does not vote
            self.hands.close(task=task, person_id=self._closer(task))
            return True
        return acted

    def _said(self, task: UserTask) -> Any:
        """What the scenario says of a task in this round; the last said holds for later rounds."""
        said = self.scenario.answers.get(task.element_id, {})
        if isinstance(said, Mapping) and "rounds" in said:
            rounds = said["rounds"]
            said = rounds[min(task.round, len(rounds)) - 1]
        return said

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

    def _register_all(self, played: Played, task: UserTask) -> bool:
        with reading(self.sessions) as session:
            done = session.scalar(select(Seat.id).where(Seat.task_id == task.id).limit(1))
        if done is not None:
            return False
        for row in expand(self.scenario.applicants):
            self.clock.move_to(self.clock.now() + timedelta(minutes=1))
            with reading(self.sessions) as session:
                said = {**self._each(self._said(task)), **row.get("answers", {})}
                answers = self._answers(session, played, task, None, {**said, **row}, 0, None)
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
        with reading(self.sessions) as session:
            person, behalf = self._who(session, task, seat)
            if task.kind == "ballot":
                answers = self._ballot(session, task, seat, seats, index)
            else:
                chosen = self._for_seat(said, seat, index)
                if chosen is None:
                    return False
                answers = self._answers(session, played, task, seat, chosen, index, person)
        if answers is None:
            return False
        try:
            self.hands.submit(seat=seat, person_id=person, answers=answers, behalf=behalf)
        except InvalidAnswers as error:
            place = f"{task.element_id} {seat.subject}".strip()
            raise BadScenario(place, "; ".join(map(str, error.problems))) from error
        self._count(played, task)
        return True

    def _count(self, played: Played, task: UserTask) -> None:
        played.submissions += 1
        self._progress(task.element_id, played.submissions)

    @staticmethod
    def _each(said: Any) -> dict[str, Any]:
        return dict(said.get("each", {})) if isinstance(said, Mapping) and "each" in said else {}

    def _for_seat(self, said: Any, seat: Seat, index: int) -> Mapping[str, Any] | None:
        """`{each, by_subject, by_seat}` or the answers themselves; None: hands nothing in."""
        if not isinstance(said, Mapping):
            return None if said in ("nobody", "close") else {}
        if not said.keys() & {"each", "by_subject", "by_seat"}:
            return said
        chosen = dict(said.get("each", {}))
        if seat.subject in said.get("by_subject", {}):
            own = said["by_subject"][seat.subject]
            return None if own == "nothing" else {**chosen, **own}
        rows = said.get("by_seat", [])
        if index < len(rows):
            return None if rows[index] == "nothing" else {**chosen, **rows[index]}
        return None if said.get("others") == "nothing" else chosen

    def _answers(
        self,
        session: Session,
        played: Played,
        task: UserTask,
        seat: Seat | None,
        said: Mapping[str, Any],
        index: int,
        person: UUID | None,
    ) -> dict[str, Any]:
        package = pinned(session, task.package_hash)
        form = package.form_of(package.element(task.element_id))
        if form is None:
            return {}
        case = session.get_one(Case, played.case_id)
        facts = CaseFacts(session, case, self.clock.now())
        choices = options.options_of(
            session, form, case=case, package=package, variables=task.context, facts=facts
        )
        known = {
            **task.context,
            "data": self.scenario.data,
            "subject": seat.subject if seat else "",
            "seat": index,
            "member": self._member_index(seat, person),
            "choices": {path: [c.code for c in found] for path, found in choices.items()},
        }
        filler = Filler(
            options=choices,
            lists=self.scenario.lists,
            work_out=lambda text: evaluate(text, known, facts),
            store_file=lambda f: self.hands.store_file(
                case_id=case.id, person_id=person or self._office(), field=f
            ),
            now=self.clock.now().astimezone(self.zone),
        )
        return filler.fill(form, said)

    def _member_index(self, seat: Seat | None, person: UUID | None) -> int:
        """Which member of a role acts, from 0: seats are grouped by subject."""
        if seat is None or person is None:
            return 0
        with reading(self.sessions) as session:
            return len(
                session.scalars(
                    select(Seat.id).where(
                        Seat.task_id == seat.task_id,
                        Seat.subject == seat.subject,
                        Seat.position < seat.position,
                    )
                ).all()
            )

    def _ballot(
        self, session: Session, task: UserTask, seat: Seat, seats: Sequence[Seat], index: int
    ) -> dict[str, Any] | None:
        box = session.get_one(BallotBox, task.box_id)
        contests = box.rules["contests"]
        rule = self._ballot_rule(box.rules["title"], contests, task.round)
        if "by_group" in rule:
            mine = [s.id for s in seats if s.group == seat.group]
            own = rule["by_group"][seat.group]
            return choices_of(own, contests, seat=mine.index(seat.id), seats=len(mine))
        return choices_of(rule, contests, seat=index, seats=len(seats))

    def _ballot_rule(
        self, title: str, contests: Sequence[Mapping[str, Any]], number: int
    ) -> Mapping[str, Any]:
        rule = self.scenario.ballots[title]
        options_here = [option for contest in contests for option in contest["options"]]
        if "by_option" in rule:
            rule = rule["by_option"][options_here[0]]
        if "rounds" in rule:
            rule = rule["rounds"][min(number, len(rule["rounds"])) - 1]
        made: Mapping[str, Any] = rule
        return made

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

    def _waiting(self, case_id: UUID) -> tuple[list[str], list[str]]:
        with reading(self.sessions) as session:
            tasks = session.scalars(
                select(UserTask.element_id).where(
                    UserTask.case_id == case_id, UserTask.state.in_(("open", "closed"))
                )
            ).all()
            problems = session.execute(
                select(Problem.element_id, Problem.message).where(
                    Problem.case_id == case_id, Problem.state == "open"
                )
            )
            return list(tasks), [f"{row.element_id}: {row.message}" for row in problems]
