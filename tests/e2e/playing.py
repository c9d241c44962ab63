"""Play a scenario through the pages: the start, who acts, when the next one is called."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.db import reading, transaction
from engine.model import CaseMember, Person, Seat, UserTask
from engine.people import create_person
from engine.scenarios.cast import Cast, expand
from engine.scenarios.model import BadScenario
from engine.scenarios.runner import Played, Runner
from tests.e2e.doors import Doors
from tests.e2e.starting import start_selection


class PageRunner(Runner):
    """A runner whose people do everything on pages, from the start on."""

    def __init__(self, *args: Any, doors: Doors, **named: Any) -> None:
        super().__init__(*args, **named)
        self._doors = doors
        self._decided = False

    def begin(self) -> Played:
        """Give accounts to those who are there from the start; one of them starts the selection."""
        starter, *_ = expand(self.scenario.people)
        for row in expand(self.scenario.people):
            if "roster" not in row and row["name"] != starter["name"]:
                with transaction(self.sessions) as session:
                    person = create_person(session, name=row["name"], unit=row["unit"])
                self._doors.give_account(person.id)
        with reading(self.sessions) as session:
            me = session.scalars(select(Person.id).where(Person.name == starter["name"])).one()
        case_id = start_selection(
            self._doors.browser(me), self.scenario, self.package, starter["name"]
        )
        with reading(self.sessions) as session:
            self.cast = _cast(session, case_id)
        self.played = Played(case_id)
        return self.played

    def _who(self, session: Session, task: UserTask, seat: Seat) -> tuple[UUID, str]:
        """The head decides the first time; where nobody has the role, the office enters it."""
        assert self.cast is not None
        try:
            person, behalf = super()._who(session, task, seat)
        except BadScenario:
            return self.cast.by_role[task.recorders.split()[0]][0], seat.role
        if behalf == "leading_group" and not self._decided:
            self._decided = True
            return self.cast.by_role["leading_group"][0], ""
        return person, behalf

    def _call_next(self, task: UserTask, seats: Sequence[Seat]) -> bool:
        """The stage calls the next one for all its tasks: once everybody has acted in each."""
        with reading(self.sessions) as session:
            acting = session.scalar(
                select(
                    exists().where(
                        Seat.task_id == UserTask.id,
                        UserTask.instance_id == task.instance_id,
                        UserTask.state == "open",
                        UserTask.current_subject == Seat.subject,
                        Seat.subject != "",
                        Seat.state == "open",
                    )
                )
            )
        return not acting and super()._call_next(task, seats)


def _cast(session: Session, case_id: UUID) -> Cast:
    by_role: dict[str, list[UUID]] = {}
    rows = session.execute(
        select(CaseMember.role, CaseMember.roster, CaseMember.person_id)
        .where(CaseMember.case_id == case_id)
        .order_by(CaseMember.position, CaseMember.id)
    )
    for role, roster, person_id in rows:
        people = by_role.setdefault(roster or role, [])
        if person_id not in people:
            people.append(person_id)
    return Cast([], by_role)
