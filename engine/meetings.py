"""Meetings that are under way: who may watch them, which there are, what comes next in one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from engine import definitions, inbox, permissions, recusals, tasks
from engine.bpmn import Element
from engine.definitions import PackageVersion, Words
from engine.identity import Identity
from engine.model import Case, CaseMember, Seat, UserTask
from engine.permissions import OFFICE, SUPERVISOR, Standing

PAGE = 50
CHAIR = "chair"
TIMEKEEPER = "timekeeper"
STAGE, BALLOT, ROLL = "stage", "ballot", "roll"


def kind_of(element: Element) -> str:
    """What a task is to a meeting: `stage`, `ballot`, `roll` (attendance), or empty: nothing."""
    if element.properties.get("operation") == "take_attendance":
        return ROLL
    if element.marker and element.properties.get("kind") == "ballot":
        return BALLOT
    return STAGE if element.properties.get("in_order") == "yes" else ""


def watchers(package: PackageVersion, element: Element) -> frozenset[str]:
    """Roles and functions that run a meeting: nobody who votes, scores or stands."""
    beside = package.definition.in_order(element.process_id)
    return frozenset(
        {OFFICE, SUPERVISOR, CHAIR, TIMEKEEPER}
        | {word for each in beside for word in each.words("closers")}
        | {word for each in beside for word in each.words("recorders")}
    )


def may_watch(package: PackageVersion, element: Element, who: Standing) -> bool:
    return bool((who.roles | who.functions) & watchers(package, element))


def require_watcher(
    session: Session, who: Identity, *, task: UserTask, now: datetime
) -> tuple[PackageVersion, Standing]:
    """Read the package and the standing of somebody who may watch the meeting of a task.

    Raises:
        TaskNotFound: it is none of this person's business; as if there were no such meeting.
    """
    package = definitions.pinned(session, task.package_hash)
    element = package.element(task.element_id)
    if not who.sees(case_id=task.case_id, element_id=task.element_id):
        raise tasks.TaskNotFound(task.id)
    standing = permissions.standing(session, person_id=who.person_id, case_id=task.case_id, now=now)
    hidden = standing.bars.reading(task.about, task.current_subject)
    if hidden or not may_watch(package, element, standing):
        raise tasks.TaskNotFound(task.id)
    return package, standing


@dataclass(frozen=True)
class Meeting:
    """Something of a meeting that is under way; `key` is the instance, task or seat to open."""

    kind: str
    key: UUID
    title: Words
    selection: Words
    opened_at: datetime
    on_screen: bool


def under_way(
    session: Session, who: Identity, *, now: datetime, after: inbox.Mark | None = None
) -> inbox.Page[Meeting]:
    """Stages, ballots and roll calls that are open in this person's selections, latest first."""
    standings = _standings(session, who, now)
    if not standings:
        return inbox.Page([])
    asked = (
        select(UserTask, Case, _first_seat().label("seat_id"))
        .join(Case, Case.id == UserTask.case_id)
        .where(
            UserTask.case_id.in_(standings),
            UserTask.state == "open",
            Case.state != "ended",
            or_(
                UserTask.current_subject != "",
                UserTask.kind == "ballot",
                UserTask.element_id.in_(_roll_calls(session, standings)),
            ),
        )
        .order_by(UserTask.opened_at.desc(), UserTask.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        earlier = and_(UserTask.opened_at == after.at, UserTask.id < after.id)
        asked = asked.where(or_(UserTask.opened_at < after.at, earlier))
    rows = list(session.execute(asked))
    shown = rows[:PAGE]
    last = shown[-1][0] if len(rows) > PAGE else None
    return inbox.Page(
        _meetings(session, shown, standings),
        inbox.Mark(last.opened_at, last.id) if last else None,
    )


def _meetings(
    session: Session, rows: Iterable[Any], standings: dict[UUID, Standing]
) -> list[Meeting]:
    """One entry for each stage, though several tasks take their subjects together."""
    made: dict[UUID, Meeting] = {}
    for task, case, seat_id in rows:
        package = definitions.pinned(session, task.package_hash)
        element = package.element(task.element_id)
        kind = kind_of(element)
        key = {STAGE: task.instance_id, BALLOT: task.id, ROLL: seat_id}.get(kind)
        mine = standings[case.id]
        hidden = mine.bars.reading(task.about, task.current_subject)
        if key is None or hidden or not may_watch(package, element, mine):
            continue
        if key in made and task.kind != "open":
            continue  # a stage goes by the name of what is timed on it
        made[key] = Meeting(
            kind=kind, key=key, title=package.element_name(task.element_id),
            selection=Words(case.title, case.title_en), opened_at=task.opened_at,
            on_screen=kind == STAGE and bool(case.parameters.get("show_on_screen")),
        )  # fmt: skip
    return list(made.values())


def _first_seat() -> Any:
    return (
        select(Seat.id)
        .where(Seat.task_id == UserTask.id)
        .order_by(Seat.position)
        .limit(1)
        .correlate(UserTask)
        .scalar_subquery()
    )


def _standings(session: Session, who: Identity, now: datetime) -> dict[UUID, Standing]:
    """What this person is in each selection that a sign-in reaches: two statements."""
    asked = select(CaseMember.case_id, CaseMember.role, CaseMember.function).where(
        CaseMember.person_id == who.person_id,
        CaseMember.roster == "",
        or_(CaseMember.from_at.is_(None), CaseMember.from_at <= now),
        or_(CaseMember.to_at.is_(None), CaseMember.to_at > now),
    )
    if who.only_case is not None:
        asked = asked.where(CaseMember.case_id == who.only_case)
    pairs: dict[UUID, set[tuple[str, str]]] = {}
    for row in session.execute(asked):
        pairs.setdefault(row.case_id, set()).add((row.role, row.function))
    bars = recusals.bars_everywhere(session, person_id=who.person_id) if pairs else {}
    made = {
        key: Standing(who.person_id, frozenset(held), bars.get(key, recusals.NONE))
        for key, held in pairs.items()
    }
    return {key: each for key, each in made.items() if not each.bars.everything}


def _roll_calls(session: Session, cases: Iterable[UUID]) -> set[str]:
    """The elements that take attendance in the packages these selections run on."""
    hashes = session.scalars(
        select(UserTask.package_hash)
        .where(UserTask.case_id.in_(list(cases)), UserTask.state == "open")
        .distinct()
    )
    return {
        element.id
        for package_hash in hashes
        for element in definitions.pinned(session, package_hash).definition.elements.values()
        if kind_of(element) == ROLL
    }


@dataclass(frozen=True)
class Following:
    """A task of the same meeting that is open now; `seat_id` where this person may act in it."""

    title: Words
    kind: str
    task_id: UUID
    seat_id: UUID | None


def following(
    session: Session, who: Identity, *, task: UserTask, now: datetime
) -> Sequence[Following]:
    """What is open in the meeting of a task, ballots and stages left out: one statement."""
    process = definitions.pinned(session, task.package_hash).element(task.element_id).process_id
    first = (
        select(func.min(Seat.position))
        .where(
            Seat.task_id == UserTask.id,
            Seat.state == "open",
            or_(
                Seat.person_id == who.person_id,
                and_(Seat.person_id.is_(None), inbox.held(who, now)),
            ),
            ~recusals.keeps_out(who.person_id),
        )
        .correlate(UserTask)
        .scalar_subquery()
    )
    rows = session.execute(
        select(UserTask, Seat.id)
        .outerjoin(Seat, and_(Seat.task_id == UserTask.id, Seat.position == first))
        .where(UserTask.instance_id == task.instance_id, UserTask.state == "open")
        .order_by(UserTask.opened_at, UserTask.id)
    )
    made = []
    for other, seat_id in rows:
        package = definitions.pinned(session, other.package_hash)
        element = package.element(other.element_id)
        kind = kind_of(element)
        if element.process_id == process and kind in ("", ROLL):
            made.append(Following(package.element_name(element.id), kind, other.id, seat_id))
    return made
