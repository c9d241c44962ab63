"""What the office does for those who are missing: remind them, give out slips, send mail again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from engine import outbox, people, record, tasks
from engine.model import Account, CaseMember, OutgoingAbout, Person, Seat, UserTask
from engine.permissions import OFFICE, NotAllowed, require_role, standing
from engine.run.context import Context, locked, require_running
from engine.run.reminding import remind, waiting_people

MOST_SLIPS = 2000
_SLIP_LASTS = timedelta(days=1)


@dataclass(frozen=True)
class GivenSlip:
    """A slip as it is printed: the code can never be shown again."""

    name: str
    unit: str
    code: str


@dataclass(frozen=True)
class Slips:
    """One sheet of slips for one task."""

    element_id: str
    case_id: UUID
    expires_at: datetime
    given: Sequence[GivenSlip]


@dataclass(frozen=True)
class Reminded:
    """How many people are reminded, and how many of them have no number and no address."""

    people: int
    unreachable: int


def remind_now(session: Session, *, task_id: UUID, actor_id: UUID, now: datetime) -> Reminded:
    """Remind everybody who has not handed in; at most once a minute, so a double click is one.

    Raises:
        TaskNotFound, NotAllowed, CasePaused.
    """
    ctx, task = _open_task(session, task_id, actor_id, now, action="remind people")
    reminded = remind(ctx, task, key=f"office:{task.id}:{now:%Y%m%d%H%M}", kind="office")
    mute = sum(1 for person in waiting_people(ctx, task) if not person.phone and not person.email)
    record.note(
        session, case_id=task.case_id, action="reminded", now=now, person_id=actor_id,
        element_id=task.element_id, facts={"people": reminded},
    )  # fmt: skip
    return Reminded(reminded, mute)


def give_out_slips(
    session: Session, *, task_id: UUID, actor_id: UUID, secret_key: str, now: datetime
) -> Slips:
    """Make a slip for each person of a task; earlier unused ones for it become worthless.

    Of a ballot everybody gets one, whoever has voted as well: who has not is nobody's business.
    Where anybody of a role may act, everybody of the role who has no account gets one.

    Raises:
        TaskNotFound, NotAllowed, CasePaused.
    """
    ctx, task = _open_task(session, task_id, actor_id, now, action="give out slips")
    element = ctx.package(task.package_hash).element(task.element_id)
    if not element.marker:
        raise NotAllowed("give out slips for this")
    expires_at = max(task.closes_at or now, now) + _SLIP_LASTS
    given = [
        GivenSlip(
            person.name,
            person.unit,
            people.issue_slip(
                session, case_id=task.case_id, person_id=person.id, purpose=task.element_id,
                expires_at=expires_at, secret_key=secret_key, now=now,
            ),
        )
        for person in _people_of(session, task, now)
    ]  # fmt: skip
    record.note(
        session, case_id=task.case_id, action="slips_given", now=now, person_id=actor_id,
        element_id=task.element_id, facts={"people": len(given)},
    )  # fmt: skip
    return Slips(task.element_id, task.case_id, expires_at, given)


def _people_of(session: Session, task: UserTask, now: datetime) -> Sequence[Person]:
    asked = (
        select(Person, Seat.position)
        .join(Seat, Seat.person_id == Person.id)
        .where(Seat.task_id == task.id)
        .order_by(Seat.position)
        .limit(MOST_SLIPS)
    )
    if task.kind != "ballot":
        asked = asked.where(Seat.state == "open")
    found = {person.id: person for person, _ in session.execute(asked)}
    found |= {person.id: person for person in _who_may_take(session, task, now)}
    return list(found.values())


def _who_may_take(session: Session, task: UserTask, now: datetime) -> Sequence[Person]:
    """Members without an account who may take a seat that nobody has taken yet."""
    free = exists().where(
        Seat.task_id == task.id,
        Seat.state == "open",
        Seat.person_id.is_(None),
        or_(Seat.role != "", Seat.function != ""),
        or_(Seat.role == "", Seat.role == CaseMember.role),
        or_(Seat.function == "", Seat.function == CaseMember.function),
    )
    asked = (
        select(Person)
        .join(CaseMember, CaseMember.person_id == Person.id)
        .where(
            CaseMember.case_id == task.case_id,
            CaseMember.roster == "",
            or_(CaseMember.from_at.is_(None), CaseMember.from_at <= now),
            or_(CaseMember.to_at.is_(None), CaseMember.to_at > now),
            ~exists().where(Account.person_id == Person.id, Account.closed_at.is_(None)),
            free,
        )
        .order_by(CaseMember.position, CaseMember.id)
        .limit(MOST_SLIPS)
    )
    return session.scalars(asked).all()


def send_again(session: Session, *, message_id: UUID, actor_id: UUID, now: datetime) -> None:
    """Try a message again that was given up; the office of any selection it is about may.

    Raises:
        MessageNotFound: no such message of a selection, or it is not given up.
        NotAllowed: not of the office of such a selection.
    """
    cases = session.scalars(
        select(OutgoingAbout.case_id).where(OutgoingAbout.message_id == message_id)
    ).all()
    if not cases:
        raise outbox.MessageNotFound(message_id)
    held = (standing(session, person_id=actor_id, case_id=each, now=now) for each in cases)
    if not any(OFFICE in who.roles for who in held):
        raise NotAllowed("send messages again")
    outbox.retry(session, message_id=message_id, now=now)


def _open_task(
    session: Session, task_id: UUID, actor_id: UUID, now: datetime, *, action: str
) -> tuple[Context, UserTask]:
    task = session.get(UserTask, task_id)
    if task is None or task.state != "open":
        raise tasks.TaskNotFound(task_id)
    ctx = locked(session, case_id=task.case_id, now=now, actor_id=actor_id)
    who = standing(session, person_id=actor_id, case_id=task.case_id, now=now)
    require_role(who, OFFICE, action=action)
    require_running(ctx.case, task.instance_id)
    return ctx, task
