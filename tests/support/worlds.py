"""A selection that runs on a small package, and short words for what people do in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.absences import Span
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.identity import Identity
from engine.model import (
    Absence,
    Candidate,
    Case,
    CaseMember,
    HistoryEntry,
    Instance,
    Person,
    Problem,
    Seat,
    Timer,
    UserTask,
)
from engine.run import (
    leaving,
    mending,
    reassigning,
    recusing,
    skipping,
    starting,
    steering,
    submitting,
)
from engine.run.closing import close_by_hand, close_if_complete
from engine.run.registering import Applicant, register
from engine.run.submitting import Receipt
from engine.run.sweeping import sweep
from tests.support.clock import FakeClock

OFFICE = {"office": ["selection_office"]}
TWO_JUDGES = {**OFFICE, "ma": ["judge"], "li": ["judge"]}


@dataclass
class World:
    """One selection; people go by their names."""

    sessions: Sessions
    clock: FakeClock
    package: PackageVersion
    case_id: UUID
    people: Mapping[str, UUID]

    @property
    def now(self) -> datetime:
        return self.clock.now()

    # what is there

    def case(self) -> Case:
        return self.one(Case)

    def one(self, model: Any, **known: Any) -> Any:
        """The only row of this selection with these values."""
        found = self.all(model, **known)
        assert len(found) == 1, f"{len(found)} rows of {model.__name__} with {known}"
        return found[0]

    def all(self, model: Any, **known: Any) -> list[Any]:
        mine = model.id if model is Case else model.case_id
        with reading(self.sessions) as session:
            return list(
                session.scalars(select(model).filter_by(**known).where(mine == self.case_id))
            )

    def opened(self) -> list[str]:
        """Elements whose task accepts something, in the order of their names."""
        return sorted(task.element_id for task in self.all(UserTask, state="open"))

    def task(self, element: str, *, state: str = "open") -> UserTask:
        found: UserTask = self.one(UserTask, element_id=element, state=state)
        return found

    def seats(self, element: str) -> list[Seat]:
        """The seats of the last round of an element, in their order."""
        with reading(self.sessions) as session:
            return list(
                session.scalars(
                    select(Seat)
                    .join(UserTask, UserTask.id == Seat.task_id)
                    .where(UserTask.case_id == self.case_id, UserTask.element_id == element)
                    .where(UserTask.round == _last_round(session, self.case_id, element))
                    .order_by(Seat.position)
                )
            )

    def seat(self, element: str, who: str = "", about: str = "") -> Seat:
        """The seat of a person, or about a subject; of a queue, the first that is open."""
        concerned = [s for s in self.seats(element) if not about or s.subject == about]
        mine = [s for s in concerned if not who or s.person_id in (self.people[who], None)]
        found = mine or concerned  # an outsider tries the first
        return next((seat for seat in found if seat.state == "open"), found[0])

    def result(self, element: str) -> Any:
        """The variable that the last round of a user task wrote."""
        done = self.all(UserTask, element_id=element, state="done")
        return max(done, key=lambda task: task.round).result

    def problems(self, *, state: str = "open") -> list[tuple[str, str]]:
        return [(p.element_id, p.code) for p in self.all(Problem, state=state)]

    def timers(self, **known: Any) -> list[Timer]:
        return sorted(self.all(Timer, **known), key=lambda timer: timer.due_at)

    def history(self, action: str) -> list[HistoryEntry]:
        return sorted(self.all(HistoryEntry, action=action), key=lambda entry: entry.id)

    def instance(self, process: str = "") -> Instance:
        found: Instance = self.one(Instance, process_id=process or self.package.key)
        return found

    def in_order(self, process: str) -> list[Instance]:
        """The instances of a process in the order in which they were started by message."""
        done = {entry.instance_id: entry.id for entry in self.history("received")}
        return sorted(self.all(Instance, process_id=process), key=lambda one: done[one.id])

    # what people do

    def submit(
        self, element: str, who: str, answers: Mapping[str, Any] | None = None, about: str = "",
        recorded_for: str = "",
    ) -> Receipt:  # fmt: skip
        return self.submit_seat(self.seat(element, who, about), who, answers, recorded_for)

    def submit_seat(
        self, seat: Seat, who: str, answers: Mapping[str, Any] | None = None,
        recorded_for: str = "",
    ) -> Receipt:  # fmt: skip
        return submitting.submit(
            self.sessions, self.clock, seat_id=seat.id, actor_id=self.people[who],
            answers=answers or {}, recorded_for=recorded_for,
        )  # fmt: skip

    def submit_in(
        self, instance: Instance, who: str, answers: Mapping[str, Any] | None = None
    ) -> None:
        """Hand in the one open task of one of several instances of the same process."""
        task = self.one(UserTask, instance_id=instance.id, state="open")
        self.submit_seat(self.one(Seat, task_id=task.id), who, answers)

    def apply(
        self, element: str, name: str, answers: Mapping[str, Any] | None = None, by: str = ""
    ) -> str:
        """Register on the public page; gives the code to sign in with."""
        return self.apply_to(self.task(element).id, name, answers, by)

    def apply_to(
        self, task_id: UUID, name: str, answers: Mapping[str, Any] | None = None, by: str = ""
    ) -> str:
        return register(
            self.sessions, self.clock, task_id=task_id, applicant=Applicant(name, phone="139"),
            answers=answers or {}, secret_key="k" * 32, actor_id=self.people.get(by),
        ).code  # fmt: skip

    def draft(self, element: str, who: str, answers: Mapping[str, Any], about: str = "") -> None:
        self.draft_seat(self.seat(element, who, about), who, answers)

    def draft_seat(self, seat: Seat, who: str, answers: Mapping[str, Any]) -> None:
        with transaction(self.sessions) as session:
            submitting.save_draft(
                session, seat_id=seat.id, actor_id=self.people[who], answers=answers, now=self.now
            )

    def take(self, seat: Seat, who: str) -> None:
        with transaction(self.sessions) as session:
            submitting.take(session, seat_id=seat.id, actor_id=self.people[who], now=self.now)

    def put_back(self, seat: Seat, who: str) -> None:
        with transaction(self.sessions) as session:
            submitting.put_back(session, seat_id=seat.id, actor_id=self.people[who], now=self.now)

    def leave(
        self, who: str, stand_in: str, *, days: float = 3, begins: float = 0, role: str = "",
        here: bool = True, by: str = "", reason: str = "on leave",
    ) -> Absence:  # fmt: skip
        """Enter an absence from now (or `begins` days later) on; by default in this selection."""
        first = self.now + timedelta(days=begins)
        span = Span(
            self.people[who], self.people[stand_in], first, first + timedelta(days=days),
            self.case_id if here else None, role,
        )  # fmt: skip
        with transaction(self.sessions) as session:
            made = leaving.enter(
                session, span=span, reason=reason, actor_id=self.people[by or who], now=self.now
            )
            session.flush()
            session.refresh(made)
            session.expunge(made)  # to be read after the commit
            return made

    def come_back(self, absence: Absence, who: str) -> None:
        with transaction(self.sessions) as session:
            leaving.end(session, absence_id=absence.id, actor_id=self.people[who], now=self.now)

    def recuse(
        self, who: str, about: str = "", *, deliberation: bool = True, vote: bool = True,
        by: str = "", reason: str = "the same unit",
    ) -> None:  # fmt: skip
        """Step aside oneself, or by order of somebody else."""
        extent = recusing.Extent(about, deliberation, vote, reason)
        with transaction(self.sessions) as session:
            if by:
                ctx = recusing.order(
                    session, case_id=self.case_id, person_id=self.people[who], extent=extent,
                    actor_id=self.people[by], now=self.now,
                )  # fmt: skip
            else:
                ctx = recusing.declare(
                    session, case_id=self.case_id, extent=extent, actor_id=self.people[who],
                    now=self.now,
                )  # fmt: skip
        close_if_complete(self.sessions, self.clock, ctx.touched)

    def reassign(
        self, seat: Seat, to: str, *, by: str = "office", reason: str = "ill",
        everything: bool = False,
    ) -> int:  # fmt: skip
        with transaction(self.sessions) as session:
            return reassigning.reassign(
                session, seat_id=seat.id, to_person_id=self.people[to], reason=reason,
                everything=everything, actor_id=self.people[by], now=self.now,
            )  # fmt: skip

    def delegate(self, seat: Seat, who: str, to: str, reason: str = "") -> None:
        with transaction(self.sessions) as session:
            reassigning.delegate(
                session, seat_id=seat.id, to_person_id=self.people[to], reason=reason,
                actor_id=self.people[who], now=self.now,
            )  # fmt: skip

    def all_absences(self) -> int:
        with reading(self.sessions) as session:
            return len(session.scalars(select(Absence)).all())

    def join(self, who: str, role: str) -> None:
        """Give somebody who is there a further role."""
        with transaction(self.sessions) as session:
            session.add(CaseMember(case_id=self.case_id, person_id=self.people[who], role=role))

    def identity(self, who: str) -> Identity:
        return Identity("token", self.people[who], who, "zh")

    def close(self, element: str, who: str = "office", reason: str = "enough") -> None:
        with transaction(self.sessions) as session:
            ctx = close_by_hand(
                session, task_id=self.task(element).id, actor_id=self.people[who], reason=reason,
                now=self.now,
            )  # fmt: skip
        close_if_complete(self.sessions, self.clock, ctx.touched)

    def call_next(self, element: str, subject: str, who: str = "office") -> None:
        with transaction(self.sessions) as session:
            submitting.call_next(
                session, task_id=self.task(element).id, subject=subject,
                actor_id=self.people[who], now=self.now,
            )  # fmt: skip

    def receive(
        self, message: str, who: str = "", answers: Mapping[str, Any] | None = None
    ) -> None:
        with transaction(self.sessions) as session:
            ctx = starting.receive(
                session, case_id=self.case_id, message=message, answers=answers or {},
                actor_id=self.people.get(who), now=self.now,
            )  # fmt: skip
        close_if_complete(self.sessions, self.clock, ctx.touched)

    def retry(self, who: str = "office") -> None:
        """Try the only open problem again."""
        problem = self.one(Problem, state="open")
        with transaction(self.sessions) as session:
            ctx = mending.retry_problem(
                session, problem_id=problem.id, actor_id=self.people[who], now=self.now
            )
        close_if_complete(self.sessions, self.clock, ctx.touched)

    def skip(self, who: str = "office", reason: str = "no other way", **values: Any) -> None:
        """Skip the only open problem."""
        problem = self.one(Problem, state="open")
        with transaction(self.sessions) as session:
            ctx = skipping.skip_problem(
                session, problem_id=problem.id, reason=reason, values=values,
                actor_id=self.people[who], now=self.now,
            )  # fmt: skip
        close_if_complete(self.sessions, self.clock, ctx.touched)

    def extend(self, element: str, to: datetime, who: str = "office", reason: str = "ill") -> None:
        self.extend_task(self.task(element).id, to, who, reason)

    def extend_task(
        self, task_id: UUID, to: datetime, who: str = "office", reason: str = "ill"
    ) -> None:
        with transaction(self.sessions) as session:
            steering.set_deadline(
                session, task_id=task_id, until=to, reason=reason,
                actor_id=self.people[who], now=self.now,
            )  # fmt: skip

    def repeat(self, element: str, who: str = "office", reason: str = "a fault was found") -> None:
        with transaction(self.sessions) as session:
            ctx = steering.repeat_step(
                session, case_id=self.case_id, element_id=element, reason=reason,
                actor_id=self.people[who], now=self.now,
            )  # fmt: skip
        close_if_complete(self.sessions, self.clock, ctx.touched)

    def sweep(self) -> int:
        return sweep(self.sessions, self.clock)

    def give(self, **parameters: Any) -> None:
        """Set parameters of the selection, as if the plan had had them from the start."""
        with transaction(self.sessions) as session:
            case = session.get_one(Case, self.case_id)
            case.parameters = {**case.parameters, **parameters}


def begin(
    sessions: Sessions,
    clock: FakeClock,
    package: PackageVersion,
    members: Mapping[str, Sequence[str]] | None = None,
    *,
    candidates: Sequence[str] = (),
    plan: Mapping[str, datetime] | None = None,
    time_zone: str = "Asia/Shanghai",
    **parameters: Any,
) -> World:
    """Start a selection on a package; every candidate is a person of the same name.

    Args:
        sessions: of an empty database.
        clock: its instant is the start.
        package: made by `tests.support.drawings.package`.
        members: name → roles, each `role` or `role:function`; by default one selection office.
        candidates: codes.
        plan: dates of its plan, in order.
        time_zone: of the selection.
        parameters: the numbers of the plan.
    """
    chosen = members or OFFICE
    held = [(name, role) for name, roles in chosen.items() for role in roles]
    with transaction(sessions) as session:
        people = {name: _person(session, name) for name in (*chosen, *candidates)}
        case, ctx = starting.start_case(
            session,
            package=package,
            beginning=starting.Beginning(
                title="副局长公开选拔", title_en="", details={}, parameters=parameters,
                plan=plan or {}, time_zone=time_zone,
                members=[_membership(people[name], role) for name, role in held],
            ),
            actor_id=None,
            now=clock.now(),
        )  # fmt: skip
        session.add_all(
            Candidate(case_id=case.id, person_id=people[code], code=code) for code in candidates
        )
        case_id = case.id
    close_if_complete(sessions, clock, ctx.touched)
    return World(sessions, clock, package, case_id, people)


def add_member(world: World, name: str, role: str) -> None:
    """Let somebody join after the start."""
    with transaction(world.sessions) as session:
        person = _person(session, name)
        session.add(CaseMember(case_id=world.case_id, person_id=person, role=role))
    world.people = {**world.people, name: person}


def _membership(person: UUID, role: str) -> starting.Membership:
    key, _, function = role.partition(":")
    return starting.Membership(person, key, function)


def _person(session: Session, name: str) -> UUID:
    person = Person(name=name, email=f"{name}@example.org")
    session.add(person)
    session.flush()  # members refer to it
    return person.id


def _last_round(session: Session, case_id: UUID, element: str) -> int:
    tasks = select(UserTask.round).where(
        UserTask.case_id == case_id, UserTask.element_id == element
    )
    return max(session.scalars(tasks))
