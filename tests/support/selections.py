"""The smallest selection a service can work on: a case, people, a meeting, a task with seats."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from engine.model import (
    Attendance,
    Attendee,
    Case,
    Instance,
    Package,
    Person,
    Seat,
    UserTask,
)


def add_case(session: Session, *, now: datetime, title: str = "公选") -> Case:
    case = Case(package_key="open_selection", title=title, started_at=now)
    session.add(case)
    session.flush()  # the rows that refer to it follow
    return case


def add_people(session: Session, *names: str) -> list[Person]:
    people = [Person(name=name) for name in names]
    session.add_all(people)
    session.flush()  # the rows that refer to them follow
    return people


def add_meeting(
    session: Session,
    *,
    case_id: UUID,
    now: datetime,
    present: dict[str, int],
    absent: int = 0,
) -> tuple[Attendance, list[Person]]:
    """Make a meeting with so many present people in each group, and some absent from the first.

    Returns the people in order, the absent ones last.
    """
    meeting = Attendance(case_id=case_id, element_id="mv_attendance", taken_at=now)
    session.add(meeting)
    groups = [group for group, number in present.items() for _ in range(number)]
    people = add_people(session, *(f"P{n}" for n in range(len(groups) + absent)))
    for position, person in enumerate(people):
        here = position < len(groups)
        attendee = Attendee(
            attendance_id=meeting.id,
            person_id=person.id,
            position=position,
            group=groups[position] if here else next(iter(present)),
            state="present" if here else "absent",
        )
        session.add(attendee)
    session.flush()  # so that counts and foreign keys see them
    return meeting, people


def add_task(session: Session, *, case: Case, kind: str, seats: dict[str, Person]) -> UserTask:
    """Make an open collective task in an instance of its own, one seat for each subject."""
    package = Package(
        hash=uuid4().hex, key=case.package_key, files={}, first_used_at=case.started_at
    )
    session.add(package)
    session.flush()  # the instance refers to it
    instance = Instance(
        case_id=case.id,
        package_hash=package.hash,
        process_id="open_selection",
        started_at=case.started_at,
    )
    session.add(instance)
    session.flush()  # the task refers to it
    task = UserTask(
        case_id=case.id,
        instance_id=instance.id,
        package_hash=package.hash,
        step="",
        element_id="s4_write_report",
        kind=kind,
        opened_at=case.started_at,
    )
    session.add(task)
    session.flush()  # the seats refer to it
    for position, (subject, person) in enumerate(seats.items(), start=1):
        session.add(
            Seat(
                task_id=task.id,
                case_id=case.id,
                position=position,
                person_id=person.id,
                subject=subject,
            )
        )
    session.flush()  # so that the caller can read the seats
    return task
