"""What one person may see of one seat, and of the task it belongs to; nothing is changed here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine import almanac, definitions, inbox, meetings, options, permissions, seats, tasks
from engine.bpmn import Element, evaluate
from engine.definitions import PackageVersion, Words
from engine.facts import CaseFacts
from engine.forms import Choice, Form
from engine.identity import Identity
from engine.model import Case, OperationRun, Seat, UserTask
from engine.naming import Naming
from engine.permissions import Standing
from engine.run.context import may_go_on
from engine.run.submitting import Found, find

MOST_SEATS = 100
"""of one task on one page"""


@dataclass(frozen=True)
class Known:
    """What was handed in about the same subject and may be read here."""

    title: Words
    form: Form
    answers: Mapping[str, Any]
    choices: Mapping[str, Sequence[Choice]]
    at: datetime


@dataclass(frozen=True)
class Worked:
    """The result of an operation, with its working."""

    title: Words
    result: Mapping[str, Any]
    at: datetime


@dataclass
class SeatView:
    """One seat as one person sees it; what costs a query is asked for only when it is shown.

    `manner` is `own`, `queue`, `record` or `read`; `state` is `open`, `not_yet`, `waiting` (another
    one is on), `paused`, `closed`, `void` or `handed_in`.
    """

    session: Session
    found: Found
    who: Identity
    standing: Standing
    manner: str
    now: datetime
    package: PackageVersion = field(init=False)
    element: Element = field(init=False)

    def __post_init__(self) -> None:
        self.package = definitions.pinned(self.session, self.found.task.package_hash)
        self.element = self.package.element(self.found.task.element_id)

    @property
    def seat(self) -> Seat:
        return self.found.seat

    @property
    def task(self) -> UserTask:
        return self.found.task

    @property
    def case(self) -> Case:
        return self.found.case

    @property
    def provisional(self) -> bool:
        """Its times were counted in working days of a year that nobody has confirmed yet."""
        year = None if self.task.set_at is not None else self.task.workday_year
        return bool(almanac.unconfirmed(self.session, [year]))

    @property
    def title(self) -> Words:
        return self.package.element_name(self.element.id)

    @property
    def selection(self) -> Words:
        return Words(self.case.title, self.case.title_en)

    @property
    def role(self) -> Words:
        return self.package.word(self.task.role)

    @property
    def recorded_for(self) -> Words | None:
        """The person or body on whose behalf it was handed in."""
        name = self.seat.recorded_for
        return self.package.word(name) if name else None

    @property
    def meeting(self) -> str:
        """`stage` or `roll` where this reader runs the meeting on a page of its own, else empty."""
        kind = meetings.kind_of(self.element)
        if kind == meetings.STAGE:
            return kind if meetings.may_watch(self.package, self.element, self.standing) else ""
        return kind if kind == meetings.ROLL and self.manner != "read" else ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.case.time_zone)

    @property
    def due_at(self) -> datetime | None:
        return self.task.due_at or self.task.closes_at

    @property
    def state(self) -> str:
        if self.seat.state in ("handed_in", "void"):
            return self.seat.state
        if self.task.state != "open" or self.seat.state != "open" or self.case.state == "ended":
            return "closed"
        if not may_go_on(self.case, self.task.instance_id):
            return "paused"
        return self._state_by_time()

    def _state_by_time(self) -> str:
        task = self.task
        if task.opens_at is not None and self.now < task.opens_at:
            return "not_yet"
        if task.closes_at is not None and self.now >= task.closes_at:
            return "closed"
        on = not task.current_subject or self.seat.subject == task.current_subject
        return "open" if on else "waiting"

    @property
    def is_blind(self) -> bool:
        """Whether who acts here may see numbers only, no names."""
        return bool(self.package.roles.get(self.element.role, {}).get("blind"))

    @property
    def form(self) -> Form | None:
        return None if self.task.kind == "ballot" else self.package.form_of(self.element)

    @cached_property
    def facts(self) -> CaseFacts:
        return CaseFacts(self.session, self.case, self.now)

    @cached_property
    def naming(self) -> Naming:
        return Naming(self.session, self.case, self.package, blind=self.is_blind)

    @property
    def subject(self) -> Words | None:
        return self.naming.name(self.seat.subject) if self.seat.subject else None

    @property
    def current_subject(self) -> Words | None:
        current = self.task.current_subject
        return self.naming.name(current) if current else None

    @cached_property
    def choices(self) -> dict[str, Sequence[Choice]]:
        return self.choices_of(self.form) if self.form else {}

    def choices_of(self, form: Form) -> dict[str, Sequence[Choice]]:
        return options.options_of(
            self.session, form, case=self.case, package=self.package,
            variables=self.task.context, facts=self.facts,
        )  # fmt: skip

    def shown(self, language: str) -> list[tuple[Words, Any]]:
        """What the form says is to be known: titles with values put into words."""
        variables = {**self.task.context, "subject": self.seat.subject}
        return [
            (
                Words(each.label.zh, each.label.en),
                self.naming.text(evaluate(each.expression, variables, self.facts), language),
            )
            for each in (self.form.shows if self.form else ())
        ]

    @cached_property
    def known(self) -> list[Known]:
        """What is to be read before acting: the message that began this, and others' answers."""
        return [*self._received(), *self._about_subject()]

    def _received(self) -> list[Known]:
        """What was said by whoever began this process by a message, e.g. in a report."""
        if self.task.instance_id == self.case.id:
            return []
        begun = self.package.definition.start_of(self.element.process_id)
        row = self.session.execute(
            select(Seat, UserTask)
            .join(UserTask, UserTask.id == Seat.task_id)
            .where(UserTask.instance_id == self.task.instance_id, UserTask.element_id == begun.id)
        ).first()
        known = self._known(row[0], row[1]) if row else None
        return [known] if known else []

    def _about_subject(self) -> list[Known]:
        """What others handed in about the subject, as far as this person may read it."""
        if not self.seat.subject:
            return []
        rows = self.session.execute(
            select(Seat, UserTask)
            .join(UserTask, UserTask.id == Seat.task_id)
            .where(
                Seat.case_id == self.case.id,
                Seat.subject == self.seat.subject,
                Seat.state == "handed_in",
                Seat.task_id != self.task.id,
                or_(
                    UserTask.state == "done",
                    UserTask.kind.in_(("single", "open")),
                ),
                UserTask.kind.in_(("single", "open", "scores")),
            )
            .order_by(Seat.submitted_at)
        )
        return [known for seat, task in rows if (known := self._known(seat, task))]

    def _known(self, seat: Seat, task: UserTask) -> Known | None:
        package = definitions.pinned(self.session, task.package_hash)
        element = package.element(task.element_id)
        form = package.form_of(element)
        apart = element.properties.get("compare") == "yes" and task.state != "done"
        if form is None or apart or seat.answers is None or seat.submitted_at is None:
            return None
        if not permissions.may_read_answers(element, self.standing):
            return None
        choices = options.options_of(
            self.session, form, case=self.case, package=package, variables=task.context,
            facts=self.facts,
        )  # fmt: skip
        return Known(
            package.element_name(element.id), form, seat.answers, choices, seat.submitted_at
        )

    @cached_property
    def worked(self) -> list[Worked]:
        """Results with their working: those the form names; for staff all of the same step.

        Whoever takes part without a role (candidates, electors) and whoever must not know (judges,
        blind roles) sees only what the form names.
        """
        named = set(self.form.results) if self.form else set()
        hidden = self.is_blind or self.task.kind not in ("single", "open")
        step = set()
        if self.standing.roles and not hidden:
            step = {
                element.id
                for element in self.package.definition.in_order(self.element.process_id)
                if element.kind in ("serviceTask", "businessRuleTask")
            }
        if not named | step:
            return []
        runs = self.session.scalars(
            select(OperationRun)
            .where(
                OperationRun.case_id == self.case.id,
                or_(
                    OperationRun.element_id.in_(named),
                    and_(
                        OperationRun.element_id.in_(step),
                        OperationRun.instance_id == self.task.instance_id,
                    ),
                ),
            )
            .order_by(OperationRun.at, OperationRun.round)
        )
        latest = {run.element_id: run for run in runs}
        return [
            Worked(self.package.element_name(key), run.result, run.at)
            for key, run in latest.items()
            if run.result.get("working")
        ]


def reach(session: Session, who: Identity, *, seat_id: UUID) -> Found:
    """Find a seat that this sign-in reaches; whether the person may act is asked by the service.

    Raises:
        SeatNotFound: no such seat, or the slip is not good for it.
    """
    found = find(session, seat_id)
    if not who.sees(case_id=found.case.id, element_id=found.task.element_id):
        raise seats.SeatNotFound(seat_id)
    return found


def view_seat(session: Session, who: Identity, *, seat_id: UUID, now: datetime) -> SeatView:
    """Show a seat to whoever hands it in, may take or record it, or has handed it in.

    Raises:
        SeatNotFound: no such seat, or it is none of this person's business.
        SeatTaken: it stood in a queue of theirs, and somebody else has taken it.
    """
    found = reach(session, who, seat_id=seat_id)
    standing = permissions.standing(
        session, person_id=who.person_id, case_id=found.case.id, now=now
    )
    manner = permissions.how(found.seat, found.task, standing)
    if not manner and found.seat.submitted_by == who.person_id:
        manner = "read"
    if not manner:
        if found.seat.claimed_at and standing.holds(
            role=found.seat.role, function=found.seat.function
        ):
            raise seats.SeatTaken(seat_id)
        raise seats.SeatNotFound(seat_id)
    if manner in ("queue", "record") and found.seat.state == "handed_in":
        raise seats.SeatTaken(seat_id)
    return SeatView(session, found, who, standing, manner, now)


@dataclass(frozen=True)
class Place:
    """One seat in the list of a task: `mine`, `done`, `free`, `record` or `waiting`."""

    seat_id: UUID
    state: str
    subject: Words | None
    drafted: bool
    at: datetime | None


@dataclass(frozen=True)
class TaskView:
    """A task with those of its seats that concern one person."""

    task: UserTask
    title: Words
    selection: Words
    places: Sequence[Place]
    more: bool


def view_task(session: Session, who: Identity, *, task_id: UUID, now: datetime) -> TaskView:
    """List the seats of a task that a person holds, may take or may record.

    Raises:
        TaskNotFound: no such task, or nothing in it concerns this person.
    """
    row = session.execute(
        select(UserTask, Case).join(Case, Case.id == UserTask.case_id).where(UserTask.id == task_id)
    ).first()
    if row is None or not who.sees(case_id=row[1].id, element_id=row[0].element_id):
        raise tasks.TaskNotFound(task_id)
    task, case = row
    package = definitions.pinned(session, task.package_hash)
    element = package.element(task.element_id)
    standing = permissions.standing(session, person_id=who.person_id, case_id=case.id, now=now)
    concerned = [Seat.person_id == who.person_id]
    if task.state == "open":
        concerned.append(and_(Seat.person_id.is_(None), Seat.state == "open", inbox.held(who, now)))
        if task.kind != "ballot" and standing.roles & set(task.recorders.split()):
            concerned.append(Seat.state == "open")
    rows = list(
        session.scalars(
            select(Seat)
            .where(Seat.task_id == task_id, or_(*concerned))
            .order_by(Seat.position)
            .limit(MOST_SEATS + 1)
        )
    )
    if not rows:
        raise tasks.TaskNotFound(task_id)
    blind = bool(package.roles.get(element.role, {}).get("blind"))
    naming = Naming(session, case, package, blind=blind)
    return TaskView(
        task=task,
        title=package.element_name(element.id),
        selection=Words(case.title, case.title_en),
        places=[_place(seat, task, who, standing, naming) for seat in rows[:MOST_SEATS]],
        more=len(rows) > MOST_SEATS,
    )


def _place(seat: Seat, task: UserTask, who: Identity, standing: Standing, naming: Naming) -> Place:
    if seat.state == "open" and task.current_subject not in ("", seat.subject):
        state = "waiting"
    elif seat.person_id == who.person_id:
        state = "mine" if seat.state == "open" else "done"
    elif seat.person_id is None and standing.holds(role=seat.role, function=seat.function):
        state = "free"
    else:
        state = "record"
    return Place(
        seat.id, state, naming.name(seat.subject) if seat.subject else None,
        seat.draft_at is not None, seat.submitted_at,
    )  # fmt: skip
