"""The small packages that are measured, and selections that run on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from engine import ballots, definitions
from engine.clock import Clock
from engine.db import Sessions
from engine.definitions import PackageVersion
from engine.model import Attendance, Attendee, Case, CaseMember, Person, Seat, UserTask
from engine.run import advance
from engine.run.context import Context
from tests.support.drawings import Node, box, collective, package, process, single, wait

_NOBODY = UUID(int=0)
NUMBER = {"number": {"type": "integer", "minimum": 1}}
FORMS: Mapping[str, Mapping[str, Any]] = {
    "note": {"required": ["number"], "properties": NUMBER},
}


def row_of_tasks(number: int) -> PackageVersion:
    """So many tasks of one person, one after another."""
    steps = [
        single(f"t{n}", form="note", result=f"v{n}", returns="number", due="now() + days(3)")
        for n in range(number)
    ]
    return package(process("row", *steps), forms=FORMS)


def stages(number: int, each: int) -> PackageVersion:
    """So many stages of so many tasks; a finished stage is moved to history."""
    drawn: list[Node] = []
    for stage in range(number):
        steps = [
            single(f"s{stage}t{n}", form="note", result=f"v{stage}_{n}", returns="number")
            for n in range(each)
        ]
        drawn.append(box(f"stage{stage}", *steps))
    return package(process("stages", *drawn, single("last", form="note")), forms=FORMS)


def assembly() -> PackageVersion:
    """Many hand something in, each once."""
    told = collective("tell", "members('judge')", form="note", returns="number", result="told")
    return package(process("assembly", told, single("after")), forms=FORMS)


def alarm() -> PackageVersion:
    """A timer that moves the process on to a task."""
    return package(process("alarm", wait("ring", duration="days(30)"), single("wake")))


def voting(**more: str) -> PackageVersion:
    """A secret ballot of everybody present, ended by the office or by what `more` says."""
    cast = collective(
        "cast", "present(attendance)", kind="ballot", ballot="ballot", completes="closing",
        result="turnout", **more,
    )  # fmt: skip
    return package(process("voting", cast, single("after")))


def add_people(sessions: Sessions, number: int, *, name: str = "P") -> list[UUID]:
    """Persons in one statement."""
    rows = [{"id": uuid4(), "name": f"{name}{n:06}", "unit": "市教育局"} for n in range(number)]
    with sessions.begin() as session:
        session.execute(insert(Person), rows)
    return [row["id"] for row in rows]  # type: ignore[misc]  # made a line above


def start(
    sessions: Sessions,
    clock: Clock,
    drawn: PackageVersion,
    members: Sequence[tuple[UUID, str]],
    *,
    ballot: Sequence[UUID] = (),
    title: str = "副局长公开选拔",
) -> UUID:
    """Start a selection of a package with these members; those in `ballot` are present."""
    now, case_id = clock.now(), uuid4()
    with sessions.begin() as session:
        case = Case(id=case_id, package_key=drawn.key, title=title, started_at=now)
        session.add(case)
        definitions.pin(session, drawn, now=now)
        session.flush()
        session.execute(
            insert(CaseMember),
            [
                {"id": uuid4(), "case_id": case_id, "person_id": person, "role": role,
                 "position": n, "from_at": now - timedelta(seconds=1)}
                for n, (person, role) in enumerate(members, start=1)
            ],
        )  # fmt: skip
        variables = _meeting(session, case, ballot, now) if ballot else {}
        advance.start(
            Context(session, case, now, None), package=drawn, process_id=drawn.key,
            instance_id=case_id, variables=variables,
        )  # fmt: skip
    return case_id


def _meeting(session: Any, case: Case, voters: Sequence[UUID], now: datetime) -> dict[str, Any]:
    meeting = Attendance(case_id=case.id, element_id="meeting", taken_at=now)
    session.add(meeting)
    session.flush()
    session.execute(
        insert(Attendee),
        [
            {"attendance_id": meeting.id, "person_id": voter, "position": n, "state": "present"}
            for n, voter in enumerate(voters, start=1)
        ],
    )
    options = ["K01", "K02", "K03", "K04", "K05", "K06"]
    contests = [{"code": "post", "mark": "recommend", "options": options, "most": 2, "seats": 1}]
    made = ballots.lock_box(
        session, case_id=case.id, title="会议推荐票", contests=contests, base="present",
        attendance_id=meeting.id, now=now,
    )  # fmt: skip
    return {"attendance": {"id": str(meeting.id)}, "ballot": {"id": str(made)}}


def open_task(sessions: Sessions, case_id: UUID) -> UserTask:
    """The only open task of a selection."""
    with sessions() as session:
        return session.query(UserTask).filter_by(case_id=case_id, state="open").one()


def seats_of(sessions: Sessions, task_id: UUID) -> list[tuple[UUID, UUID]]:
    """Seat and person of every open seat of a task, in order; of a queue nobody."""
    with sessions() as session:
        asked = session.query(Seat.id, Seat.person_id).filter_by(task_id=task_id, state="open")
        rows = asked.order_by(Seat.position)
        return [(seat, person or _NOBODY) for seat, person in rows]
