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

from engine import almanac, definitions, meetings, options, permissions, seats, tasks
from engine.absences import CANDIDATE, Duty, may_delegate
from engine.bpmn import Element, evaluate
from engine.definitions import PackageVersion, Words
from engine.facts import CaseFacts
from engine.forms import Choice, Form
from engine.identity import Identity
from engine.model import Case, OperationRun, Person, Seat, UserTask
from engine.naming import Naming
from engine.permissions import Standing
from engine.run.context import may_go_on
from engine.run.submitting import Found, find


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

    `manner` is `own`, `queue`, `stand_in`, `record` or `read`; `state` is `open`, `not_yet`,
    `waiting` (another one is on), `paused`, `closed`, `void` or `handed_in`.
    """

    session: Session
    found: Found
    who: Identity
    standing: Standing
    manner: str
    now: datetime
    duty: Duty | None = None
    """for whom this reader stands in here"""
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
    def may_hand_over(self) -> bool:
        """Whether the procedure lets this reader give it to a colleague."""
        own = self.manner == "own" and self.state in ("open", "not_yet", "waiting")
        return own and may_delegate(self.package, self.task)

    @property
    def may_step_aside(self) -> bool:
        """Whether this reader could be too close to whom it is about: never the candidate's own."""
        about = bool(self.seat.subject) and self.task.role != CANDIDATE
        return about and self.manner in ("own", "queue") and bool(self.standing.pairs)

    @cached_property
    def acted(self) -> tuple[str, str] | None:
        """Who handed it in for whom, where a stand-in did: both names; one statement."""
        if self.seat.absence_id is None:
            return None
        rows = self.session.execute(
            select(Person.id, Person.name).where(
                Person.id.in_((self.seat.submitted_by, self.seat.person_id))
            )
        )
        names = {row.id: row.name for row in rows}
        by, whom = self.seat.submitted_by, self.seat.person_id
        return (names[by], names[whom]) if by in names and whom in names else None

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

    @cached_property
    def differs(self) -> Sequence[str]:
        """Where the two entries of the round before did not agree: paths of the form."""
        compared = self.element.properties.get("compare") == "yes"
        return tasks.differences_before(self.session, self.task) if compared else ()

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
            variables=self.task.context, facts=self.facts, subjects=[self.seat.subject],
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
        if self.task.instance_id == self.case.id or self._may_not_read:
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
        if not self.seat.subject or self._may_not_read:
            return []
        rows = self.session.execute(
            select(Seat, UserTask)
            .join(UserTask, UserTask.id == Seat.task_id)
            .where(
                UserTask.case_id == self.case.id,
                Seat.subject == self.seat.subject,
                Seat.state == "handed_in",
                UserTask.id != self.task.id,
                or_(
                    UserTask.state == "done",
                    UserTask.kind.in_(("single", "open")),
                ),
                UserTask.kind.in_(("single", "open", "scores")),
            )
            .order_by(Seat.submitted_at)
        )
        return [known for seat, task in rows if (known := self._known(seat, task))]

    @property
    def _may_not_read(self) -> bool:
        """Kept out of dealing with the subject, though perhaps not of the vote."""
        return self.standing.bars.reading(self.seat.subject, self.task.about)

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
            facts=self.facts, subjects=[seat.subject],
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
    seat, task = found.seat, found.task
    if standing.bars.acting(task.kind, seat.subject, task.about):
        raise seats.SeatNotFound(seat_id)
    roles = definitions.pinned(session, task.package_hash).roles
    way = permissions.way_of(session, seat, task, standing, roles=roles, now=now)
    manner = way.manner
    if seat.submitted_by == who.person_id and manner in ("", permissions.STAND_IN):
        return SeatView(session, found, who, standing, "read", now)
    if not manner:
        if seat.claimed_at and standing.holds(role=seat.role, function=seat.function):
            raise seats.SeatTaken(seat_id)
        raise seats.SeatNotFound(seat_id)
    if manner in ("queue", "record", "stand_in") and seat.state == "handed_in":
        raise seats.SeatTaken(seat_id)
    reader = permissions.reading_for(standing, way.duty)
    return SeatView(session, found, who, reader, manner, now, way.duty)
