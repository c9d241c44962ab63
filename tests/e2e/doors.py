"""How people come in: by a password, by a slip that the office prints, by an applicant's code."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from engine import people
from engine.db import Sessions, reading, transaction
from engine.model import Account, Case, CaseMember, Person, Seat, UserTask
from engine.settings import Settings
from tests.e2e.client import Client, Page

PASSWORD = "correct horse battery"  # noqa: S105 - of people who do not exist
STAFF = frozenset({"selection_office", "inspection_team"})
"""Roles whose members may join later and work for days: they get accounts, as at the beginning."""


class ShutOut(AssertionError):
    """A page did not let somebody in who has the right key."""

    def __init__(self, who: str, page: Page) -> None:
        text = " ".join(page.document().text_content().split())
        super().__init__(f"{who}: {page.status} at {page.address}: {text[:2000]}")


@dataclass(frozen=True)
class Key:
    """What a person types, and on which page."""

    address: str
    fields: Sequence[tuple[str, str]]
    good_for: tuple[UUID, UUID | None]
    """the person, and the task where it is good for one only"""


@dataclass
class Doors:
    """Knows everybody's key; gets new ones from the pages that give them out."""

    base: str
    sessions: Sessions
    settings: Settings
    logins: dict[UUID, str] = field(default_factory=dict)
    codes: dict[UUID, str] = field(default_factory=dict)
    """applicant → the code that was shown once"""
    _slips: dict[tuple[str, UUID], str] = field(default_factory=dict)
    _open: dict[tuple[UUID, UUID | None], Client] = field(default_factory=dict)

    def browser(self, person_id: UUID, task: UserTask | None = None) -> Client:
        """A browser in which this person is signed in."""
        key = self.key(person_id, task)
        if key.good_for not in self._open:
            client = Client(self.base)
            client.get(key.address)
            page = client.post(key.address, key.fields)
            if page.status != 200 or not page.address.endswith("/todo"):
                raise ShutOut(self._name(person_id), page)
            self.come_in(key, client)
            if task is not None and key.good_for[1] is not None:
                self._require_waiting(person_id, task, page)
        return self._open[key.good_for]

    def come_in(self, key: Key, client: Client) -> None:
        """This browser is signed in under the key; it is used until it is closed."""
        self._open[key.good_for] = client

    def is_in(self, key: Key) -> bool:
        return key.good_for in self._open

    def key(self, person_id: UUID, task: UserTask | None = None) -> Key:
        """What this person types to come in for a task."""
        if person_id in self.logins:
            fields = [("login", self.logins[person_id]), ("password", PASSWORD)]
            return Key("/sign-in", fields, (person_id, None))
        if person_id in self.codes:
            return Key("/slip", [("code", self.codes[person_id])], (person_id, None))
        assert task is not None, f"{self._name(person_id)} has no key"
        if task.kind == "single" or self._is_staff(person_id, task):
            self.give_account(person_id)
            return self.key(person_id, task)
        has_slip = (task.element_id, person_id) in self._slips
        if (person_id, task.id) not in self._open and not has_slip:
            self.print_slips(task)
        code = self._slips.get((task.element_id, person_id), "")
        return Key("/slip", [("code", code)], (person_id, task.id))

    # Accounts: the administrator gives them

    def give_account(self, person_id: UUID) -> None:
        login = f"staff-{len(self.logins) + 1}"
        with transaction(self.sessions) as session:
            known = session.scalar(select(Account).where(Account.person_id == person_id))
            assert known is None
            people.create_account(
                session, person_id=person_id, login=login, password=PASSWORD,
                hash_cost=self.settings.hash_cost,
            )  # fmt: skip
        self.logins[person_id] = login

    def _is_staff(self, person_id: UUID, task: UserTask) -> bool:
        with reading(self.sessions) as session:
            roles = session.scalars(
                select(CaseMember.role).where(
                    CaseMember.case_id == task.case_id, CaseMember.person_id == person_id
                )
            )
            return bool(STAFF & set(roles))

    # Slips: the office prints them

    def office(self, case_id: UUID) -> Client:
        """The browser of the one who started the selection."""
        with reading(self.sessions) as session:
            started_by = session.get_one(Case, case_id).started_by
        assert started_by is not None
        return self.browser(started_by)

    def print_slips(self, task: UserTask) -> None:
        """On the office's page of what is waiting."""
        client = self.office(task.case_id)
        at = f"/selections/{task.case_id}/office/tasks/{task.id}/slips"
        client.get(at)
        page = client.post(at, [])
        rows = page.document().xpath("//main//tr[.//*[contains(@class, 'gx-slip')]]")
        cells = [[_text(cell) for cell in row.xpath("td")] for row in rows]
        self._keep(task.element_id, task, [(row[1], row[2], row[3]) for row in cells], page)

    def print_meeting_slips(self, client: Client, roll: UserTask, seat: Seat, ballot: str) -> None:
        """On the page of the roll call, for everybody without an account."""
        page = client.post(f"/meeting/roll/{seat.id}/slips", [("group", "*")])
        self._keep(ballot, roll, list(_printed(page)), page)

    def _keep(
        self, element: str, task: UserTask, printed: Sequence[tuple[str, str, str]], page: Page
    ) -> None:
        if page.status != 200 or not printed:
            raise ShutOut(f"slips for {element}", page)
        with reading(self.sessions) as session:
            rows = session.execute(
                select(Person.id, Person.name, Person.unit)
                .join(CaseMember, CaseMember.person_id == Person.id)
                .where(CaseMember.case_id == task.case_id)
            ).all()
        known = {(row.name, row.unit): row.id for row in rows}
        for name, unit, code in printed:
            self._slips[element, known[name, "" if unit == "–" else unit]] = code

    def _require_waiting(self, person_id: UUID, task: UserTask, page: Page) -> None:
        """Whoever comes in by a slip finds the one thing it is for at once."""
        with reading(self.sessions) as session:
            seats = session.scalars(select(Seat.id).where(Seat.task_id == task.id))
            ways = {f"/task/{task.id}", *(f"/seat/{seat}" for seat in seats)}
        if not ways & set(page.links()):
            raise ShutOut(f"nothing waits for {self._name(person_id)}", page)

    def _name(self, person_id: UUID) -> str:
        with reading(self.sessions) as session:
            return session.get_one(Person, person_id).name


def _text(element: object) -> str:
    return " ".join(element.text_content().split())  # type: ignore[attr-defined]  # of lxml


def _printed(page: Page) -> Iterator[tuple[str, str, str]]:
    for slip in page.document().xpath("//li[@class='gx-slips__slip']"):
        (name,) = slip.xpath("p[@class='gx-slips__name']")
        unit = " ".join(_text(span) for span in name.xpath("span"))
        (code,) = slip.xpath("p[contains(@class, 'gx-slips__code')]")
        yield (name.text or "").strip(), unit, _text(code)
