"""The selection office's page: everything that waits in one selection, in a few statements.

Their number does not depend on how many tasks or seats there are. Of ballots it gives numbers only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Subquery, and_, exists, func, literal_column, or_, select

from engine import absences, almanac, conflicts, meetings
from engine.bpmn import Element
from engine.definitions import Words
from engine.ladder import read_escalations
from engine.model import (
    Absence,
    Instance,
    Outgoing,
    OutgoingAbout,
    Person,
    Seat,
    Timer,
    UserTask,
)
from engine.overview.access import Seen, named_who
from engine.overview.troubles import Trouble, open_problems
from engine.permissions import may_close

MOST_TASKS = 100
MOST_MISSING = 12
"""names shown for one task"""


@dataclass(frozen=True)
class Missing:
    """A seat that is still open: whose, or of which role, and about whom."""

    seat_id: UUID
    person: str
    role: Words | None
    subject: Words | None
    drafted: bool
    absent_until: datetime | None = None
    """the holder is away until then"""
    stand_in: str = ""
    """who stands in meanwhile"""


@dataclass(frozen=True)
class Chase:
    """One line of a task's escalation: `verb` is notify, add or reassign; `done`: it has fired."""

    verb: str
    who: Words
    at: datetime
    done: bool


@dataclass(frozen=True)
class Waiting:
    """One open task with what the office may do about it."""

    task_id: UUID
    element_id: str
    kind: str
    name: Words
    role: Words
    item: Words | None
    """whom a linked run is about"""
    round: int
    state: str
    opened_at: datetime
    opens_at: datetime | None
    by: datetime | None
    closes: bool
    """nothing is accepted after `by`"""
    to_hand_in: int
    handed_in: int
    missing: Sequence[Missing]
    public: bool
    """anybody may still come: nobody is missing"""
    may_record: bool
    may_close: bool
    may_slip: bool
    may_hand_over: bool
    """the office may give what is open to another person"""
    instance_id: UUID
    meeting: str
    """`stage`, `ballot` or `roll`: it is run on a page of its own; else empty"""
    set_at: datetime | None
    """when the office set its deadline, which stays whatever else moves"""
    set_from: datetime | None
    set_reason: str
    provisional: bool
    chases: Sequence[Chase]

    @property
    def left(self) -> int:
        return self.to_hand_in - self.handed_in

    @property
    def unnamed(self) -> int:
        """How many more are missing than are named."""
        return 0 if self.kind == "ballot" else max(self.left - len(self.missing), 0)


@dataclass(frozen=True)
class Beginning:
    """What this person may start beside the selection at any time."""

    message: str
    name: Words


@dataclass(frozen=True)
class Desk:
    """Everything that waits in one selection."""

    tasks: Sequence[Waiting]
    more_tasks: bool
    problems: Sequence[Trouble]
    more_problems: bool
    unsent: bool
    """some messages could not be delivered"""
    beginnings: Sequence[Beginning]
    conflicts: bool
    """whether possible conflicts wait for a decision"""


def desk(seen: Seen) -> Desk:
    """Gather the office's page.

    Raises:
        NotAllowed: this person is not of the selection office.
    """
    seen.require(seen.is_staff and seen.is_office, "see what the office has to do")
    tasks = seen.session.scalars(_open_tasks(seen)).all()
    shown = tasks[:MOST_TASKS]
    troubles = open_problems(seen)
    return Desk(
        tasks=_waiting(seen, shown),
        more_tasks=len(tasks) > MOST_TASKS,
        problems=troubles.items,
        more_problems=troubles.following is not None,
        unsent=_unsent(seen),
        beginnings=beginnings(seen),
        conflicts=conflicts.any_open(seen.session, case_id=seen.case.id),
    )


def waiting_task(seen: Seen, task_id: UUID) -> Waiting | None:
    """One task as on the office's page; None if it does not wait any more."""
    seen.require(seen.is_staff and seen.is_office, "see what the office has to do")
    asked = _open_tasks(seen).where(UserTask.id == task_id)
    return next(iter(_waiting(seen, seen.session.scalars(asked).all())), None)


def beginnings(seen: Seen) -> list[Beginning]:
    """What this person may start beside the selection, e.g. a withdrawal; read from the package."""
    if seen.state == "ended":
        return []
    definition = seen.package.definition
    held = seen.standing.roles | seen.standing.functions
    if seen.candidate is not None:
        held = frozenset({"candidate"})
    made = []
    for message, process_id in definition.messages.items():
        begun = definition.start_of(process_id)
        if held & set(begun.words("starters")):
            made.append(Beginning(message, Words(begun.name, begun.name_en)))
    return made


def _open_tasks(seen: Seen) -> Select[UserTask]:
    by = func.coalesce(UserTask.due_at, UserTask.closes_at)
    return (
        select(UserTask)
        .where(
            UserTask.case_id == seen.case.id,
            UserTask.state.in_(("open", "closed")),
            UserTask.about.not_in(seen.standing.bars.deliberation),
        )
        .order_by(by.is_(None), by, UserTask.opened_at, UserTask.id)
        .limit(MOST_TASKS + 1)
    )


def _waiting(seen: Seen, tasks: Sequence[UserTask]) -> list[Waiting]:
    ids = [task.id for task in tasks]
    counts, missing, items = _counts(seen, ids), _missing(seen, ids), _items(seen, tasks)
    chases = _chases(seen, tasks)
    unsure = almanac.unconfirmed(seen.session, (task.workday_year for task in tasks))
    return [
        replace(
            _one(seen, task, counts.get(task.id, {}), missing.get(task.id, []), items),
            chases=chases.get(task.id, []),
            provisional=task.workday_year in unsure and task.set_at is None,
        )
        for task in tasks
    ]


def _chases(seen: Seen, tasks: Sequence[UserTask]) -> dict[UUID, list[Chase]]:
    """What was and will be done about late tasks: one statement, none where nothing is chased."""
    lines = {
        task.id: read_escalations(seen.package.element(task.element_id).properties["escalate"])
        for task in tasks
        if "escalate" in seen.package.element(task.element_id).properties
    }
    if not lines:
        return {}
    rows = seen.session.scalars(
        select(Timer)
        .where(
            Timer.task_id.in_(lines),
            Timer.kind == "escalation",
            Timer.state.in_(("pending", "done")),
        )
        .order_by(Timer.due_at)
    )
    made: dict[UUID, list[Chase]] = {}
    for row in rows:
        assert row.task_id is not None  # noqa: S101 - asked for by it; told to mypy
        line = lines[row.task_id][row.rung]
        at = row.fired_at or row.due_at
        who = named_who(seen, line.who)
        made.setdefault(row.task_id, []).append(Chase(line.verb, who, at, row.state == "done"))
    return made


def _one(
    seen: Seen,
    task: UserTask,
    counts: Mapping[str, int],
    missing: Sequence[Missing],
    items: Mapping[UUID, str],
) -> Waiting:
    element = seen.package.definition.elements[task.element_id]
    item = items.get(task.instance_id, "")
    public = element.properties.get("public") == "yes"
    ballot = task.kind == "ballot"
    opened = task.state == "open" and seen.state != "ended"
    return Waiting(
        task_id=task.id,
        element_id=task.element_id,
        kind=task.kind,
        name=Words(element.name, element.name_en),
        role=seen.package.word(task.role),
        item=seen.naming.name(item) if item else None,
        round=task.round,
        state=task.state,
        opened_at=task.opened_at,
        opens_at=task.opens_at,
        by=task.due_at or task.closes_at,
        closes=task.due_at is None and task.closes_at is not None,
        # Of a single task that others may do as well, the first has done it.
        to_hand_in=1
        if task.kind == "single"
        else sum(counts.get(state, 0) for state in ("open", "handed_in", "closed")),
        handed_in=counts.get("handed_in", 0),
        missing=missing,
        public=public,
        may_record=opened and not ballot and _recorded_by(seen, task),
        may_close=opened and element.marker and may_close(element, seen.standing),
        may_slip=opened and _slips(element) and not public and counts.get("open", 0) > 0,
        may_hand_over=opened and task.kind not in absences.NEVER_KINDS and _is_handed_over(task),
        instance_id=task.instance_id,
        meeting=meetings.kind_of(element) if opened else "",
        set_at=task.set_at,
        set_from=task.set_from,
        set_reason=task.set_reason,
        provisional=False,
        chases=(),
    )


def _recorded_by(seen: Seen, task: UserTask) -> bool:
    return bool(seen.roles & set(task.recorders.split()))


def _is_handed_over(task: UserTask) -> bool:
    """What a candidate is asked stays with the candidate."""
    return task.role != absences.CANDIDATE


def _slips(element: Element) -> bool:
    """Slips are for the many who have no account: those who vote, score or write together."""
    return element.marker


def _counts(seen: Seen, task_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    rows = seen.session.execute(
        select(Seat.task_id, Seat.state, func.count())
        .where(
            Seat.task_id.in_(task_ids),
            Seat.subject.not_in(seen.standing.bars.deliberation),
        )
        .group_by(Seat.task_id, Seat.state)
    )
    made: dict[UUID, dict[str, int]] = {}
    for task_id, state, number in rows:
        made.setdefault(task_id, {})[state] = number
    return made


def _missing(seen: Seen, task_ids: Sequence[UUID]) -> dict[UUID, list[Missing]]:
    """The first open seats of each task with names; of ballots none."""
    ranked = (
        select(
            Seat.id,
            func.row_number().over(partition_by=Seat.task_id, order_by=Seat.position).label("rank"),
        )
        .join(UserTask, UserTask.id == Seat.task_id)
        .where(
            Seat.task_id.in_(task_ids),
            Seat.state == "open",
            UserTask.kind != "ballot",
            Seat.subject.not_in(seen.standing.bars.deliberation),
        )
        .subquery()
    )
    away = _away(seen)
    rows = seen.session.execute(
        select(
            Seat.id, Seat.task_id, Seat.role, Seat.function, Seat.subject, Seat.draft_at,
            Person.name, away.c.to_at, away.c.stand_in,
        )
        .join(ranked, and_(ranked.c.id == Seat.id, ranked.c.rank <= MOST_MISSING))
        .join(UserTask, UserTask.id == Seat.task_id)
        .outerjoin(Person, Person.id == Seat.person_id)
        .outerjoin(
            away,
            and_(
                away.c.person_id == Seat.person_id, UserTask.stand_in,
                or_(away.c.role == "", away.c.role == UserTask.role),
            ),
        )
        .order_by(Seat.position)
    )  # fmt: skip
    made: dict[UUID, list[Missing]] = {}
    for row in rows:
        code = row.function or row.role
        one = Missing(
            seat_id=row.id,
            person=row.name or "",
            role=seen.package.word(code) if code else None,
            subject=seen.naming.name(row.subject) if row.subject else None,
            drafted=row.draft_at is not None,
            absent_until=row.to_at,
            stand_in=row.stand_in or "",
        )
        made.setdefault(row.task_id, []).append(one)
    return made


def _away(seen: Seen) -> Subquery:
    """Who is away now and who stands in, in this selection."""
    return (
        select(Absence.person_id, Absence.role, Absence.to_at, Person.name.label("stand_in"))
        .join(Person, Person.id == Absence.stand_in_id)
        .where(
            absences.is_on(seen.now),
            or_(Absence.case_id.is_(None), Absence.case_id == seen.case.id),
        )
        .subquery()
    )


def _items(seen: Seen, tasks: Sequence[UserTask]) -> dict[UUID, str]:
    """Whom each linked run is about."""
    rows = seen.session.execute(
        select(Instance.id, Instance.item).where(
            Instance.id.in_({task.instance_id for task in tasks}), Instance.item != ""
        )
    )
    return {row.id: row.item for row in rows}


def _unsent(seen: Seen) -> bool:
    asked = exists().where(
        OutgoingAbout.case_id == seen.case.id,
        OutgoingAbout.message_id == Outgoing.id,
        Outgoing.state.in_([literal_column("'dead'"), literal_column("'no_way'")]),
    )
    return bool(seen.session.scalar(select(asked)))
