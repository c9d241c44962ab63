"""The people of a scenario act through the pages of a running server, each in a browser."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine.db import Sessions, reading
from engine.definitions import PackageVersion
from engine.forms import Field, Form
from engine.meetings import ROLL, kind_of
from engine.model import BallotBox, CaseMember, Person, Seat, UserTask
from engine.rollcall import ballot_element
from tests.e2e.client import Client, Page, fields_of
from tests.e2e.doors import Doors
from tests.e2e.surfing import Surfer

FILES = {
    ".pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
    ".jpg": bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9"),
}
_ROLL_FIELDS = frozenset({"present", "on_paper", "left_early", "excluded", "recused", "counted_at"})

Window = Callable[[], Any]
"""Opens a real browser for one person: a context manager that gives a `Surfer`."""


class PageRefused(AssertionError):
    """A page did not accept what a person of the scenario did."""

    def __init__(self, what: str, page: Page) -> None:
        text = " ".join(page.document().text_content().split())
        super().__init__(f"{what}: {page.status} at {page.address}: {text[:3000]}")


class PageHands:
    """Acts over HTTP only, the first of each kind of people in a real browser.

    The database is read to know which seat is meant and what the fields are called.
    """

    def __init__(
        self, sessions: Sessions, package: PackageVersion, doors: Doors, window: Window
    ) -> None:
        self._sessions, self._package, self._doors = sessions, package, doors
        self._window = window
        self.surfed: dict[str, str] = {}
        """kind of people → the task one of them handed in at a real browser"""
        self.calls = 0
        """how often the next one was called to the stage"""
        self.ended: list[str] = []
        """ballots that somebody ended by hand"""

    # Handing in

    def submit(
        self, *, seat: Seat, person_id: UUID, answers: Mapping[str, Any], behalf: str
    ) -> None:
        with reading(self._sessions) as session:
            task = session.get_one(UserTask, seat.task_id)
        element = self._package.element(task.element_id)
        form = self._package.form_of(element)
        kind = self._kind(seat, person_id)
        if kind not in self.surfed and not behalf:
            self._surf(kind, seat, task, person_id, form, answers)
        elif task.kind == "ballot":
            self._vote(self._doors.browser(person_id, task), seat, task, answers)
        elif kind_of(element) == ROLL and form and answers.keys() <= _ROLL_FIELDS:
            self._take_roll(self._doors.browser(person_id, task), seat, task, answers)
        else:
            self._hand_in(self._doors.browser(person_id, task), seat, form, answers, behalf)
        self._require_handed_in(seat, f"{task.element_id} {seat.subject}")

    def _hand_in(
        self,
        client: Client,
        seat: Seat,
        form: Form | None,
        answers: Mapping[str, Any],
        behalf: str,
    ) -> None:
        at = f"/seat/{seat.id}"
        _require(client.get(at), at)
        sent = [("_action", "submit"), ("_on_behalf", behalf)]
        fields = fields_of(form, answers) if form else []
        done = client.post(at, [*sent, *fields], files_of(form, answers))
        _require(done, at)

    def _vote(self, client: Client, seat: Seat, task: UserTask, answers: Mapping[str, Any]) -> None:
        at, marks = f"/seat/{seat.id}", self._marks(task, answers)
        _require(client.get(at), at)
        checked = client.post(f"{at}/ballot", [("_action", "check"), *marks])
        _require(checked, "check a ballot")
        # What is cast is what the page carries that was looked over.
        done = client.post(f"{at}/ballot", [("_action", "cast"), *checked.carried()])
        _require(done, "cast a ballot")

    def _marks(self, task: UserTask, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
        with reading(self._sessions) as session:
            rules = session.get_one(BallotBox, task.box_id).rules
        marks: list[tuple[str, str]] = []
        for number, contest in enumerate(rules["contests"]):
            chosen = answers.get(contest["code"], {})
            for place, option in enumerate(contest["options"]):
                if option in chosen:
                    recommends = contest["mark"] == "recommend"
                    name = f"m{number}" if recommends else f"m{number}.{place}"
                    marks.append((name, option if recommends else chosen[option]))
        return marks

    def _take_roll(
        self, client: Client, seat: Seat, task: UserTask, answers: Mapping[str, Any]
    ) -> None:
        """Print the slips, give them out at the door, tick who has come."""
        at = f"/meeting/roll/{seat.id}"
        page = client.get(at)
        _require(page, at)
        ballot = ballot_element(self._package, self._package.element(task.element_id))
        if ballot and f"{at}/slips" in page.text:
            self._doors.print_meeting_slips(client, task, seat, ballot.id)
        ticked = [("present", str(person)) for person in answers["present"]]
        _require(client.post(at, [*ticked, ("_action", "submit")]), at)

    def _require_handed_in(self, seat: Seat, what: str) -> None:
        with reading(self._sessions) as session:
            state = session.get_one(Seat, seat.id).state
        assert state == "handed_in", f"{what} is {state}"

    def save_draft(self, *, seat: Seat, person_id: UUID, answers: Mapping[str, Any]) -> None:
        with reading(self._sessions) as session:
            task = session.get_one(UserTask, seat.task_id)
        form = self._package.form_of(self._package.element(task.element_id))
        client, at = self._doors.browser(person_id, task), f"/seat/{seat.id}"
        client.get(at)
        fields = fields_of(form, answers) if form else []
        _require(client.post(at, [("_action", "draft"), *fields]), at)

    # At a real browser

    def _kind(self, seat: Seat, person_id: UUID) -> str:
        """What the person is in the selection, in a word."""
        if seat.role and seat.person_id is None:
            return seat.role
        with reading(self._sessions) as session:
            row = session.execute(
                select(CaseMember.role, CaseMember.roster)
                .where(CaseMember.case_id == seat.case_id, CaseMember.person_id == person_id)
                .limit(1)
            ).first()
        if row is None:
            return "candidate"
        return "unit_staff" if row.roster.startswith("unit_") else str(row.role)

    def _surf(
        self,
        kind: str,
        seat: Seat,
        task: UserTask,
        person_id: UUID,
        form: Form | None,
        answers: Mapping[str, Any],
    ) -> None:
        key = self._doors.key(person_id, task)
        with self._window() as surfer:
            surfer.sign_in(key)
            surfer.open(f"/seat/{seat.id}")
            if task.kind == "ballot":
                surfer.mark(self._marks(task, answers))
                surfer.press("check")
                surfer.press("cast")
            else:
                if form:
                    surfer.fill(form, answers)
                surfer.press("submit")
            self._require_quiet(surfer, kind)
            self.surfed[kind] = task.element_id
            if not self._doors.is_in(key):
                client = Client(self._doors.base)
                surfer.hand_cookies(client)
                self._doors.come_in(key, client)

    @staticmethod
    def _require_quiet(surfer: Surfer, kind: str) -> None:
        said = surfer.page.inner_text("main")[:3000] if surfer.complaints else ""
        assert surfer.complaints == [], f"{kind} at {surfer.page.url}: {said}"

    # Applying

    def register(
        self,
        *,
        task: UserTask,
        row: Mapping[str, Any],  # noqa: ARG002 - the protocol has it
        answers: Mapping[str, Any],
    ) -> None:
        form = self._package.form_of(self._package.element(task.element_id))
        assert form is not None
        at = f"/public/{task.case_id}/apply"
        if "candidate" not in self.surfed:
            code = self._apply_surfing(at, task, form, answers)
        else:
            client = Client(self._doors.base)
            _require(client.get(at), at)
            checked = client.post(
                at, [*fields_of(form, answers), ("_action", "check")], files_of(form, answers)
            )
            _require(checked, at)
            done = client.post(at, [*checked.carried(), ("_action", "submit")])
            _require(done, at)
            (code,) = done.document().xpath("//*[@class='gx-panel__code gx-code']/text()")
        with reading(self._sessions) as session:
            person = session.scalars(
                select(Person.id)
                .join(Seat, Seat.person_id == Person.id)
                .where(Seat.task_id == task.id, Person.name == answers["name"])
            ).one()
        self._doors.codes[person] = code.strip()

    def _apply_surfing(
        self, at: str, task: UserTask, form: Form, answers: Mapping[str, Any]
    ) -> str:
        with self._window() as surfer:
            surfer.page.goto(f"{self._doors.base}/public")
            surfer.page.locator(f"main a[href='/public/{task.case_id}']").first.click()
            surfer.page.locator(f"main a[href='{at}']").first.click()
            surfer.fill(form, answers)
            surfer.press("check")
            surfer.press("submit")
            code: str = surfer.page.inner_text(".gx-panel__code")
            self._require_quiet(surfer, "candidate")
            self.surfed["candidate"] = task.element_id
        return code

    # Meetings

    def call_next(self, *, task: UserTask, subject: str, person_id: UUID) -> None:
        """On the stage page, which calls them for every task of the stage."""
        client, at = self._doors.browser(person_id), f"/meeting/stage/{task.instance_id}"
        _require(client.get(at), at)
        fields = [("expected", task.current_subject), ("subject", subject)]
        _require(client.post(f"{at}/next", fields), at)
        with reading(self._sessions) as session:
            on = session.get_one(UserTask, task.id).current_subject
        assert on == subject, f"{on} is on the stage, not {subject}"
        self.calls += 1

    def close(self, *, task: UserTask, person_id: UUID) -> None:
        """End a ballot on its page, anything else on the office's."""
        client = self._doors.browser(person_id, task)
        at = f"/meeting/ballot/{task.id}/end"
        if task.kind != "ballot":
            at = f"/selections/{task.case_id}/office/tasks/{task.id}/close"
        _require(client.get(at), at)
        _require(client.post(at, [("reason", "其余人员未到")]), at)
        self.ended.append(task.element_id)

    def receive(
        self, *, case_id: UUID, message: str, person_id: UUID | None, answers: Mapping[str, Any]
    ) -> None:
        assert person_id is not None, f"{message}: nobody sends it"
        process = self._package.definition.messages[message]
        form = self._package.form_of(self._package.definition.start_of(process))
        client, at = self._doors.browser(person_id), f"/selections/{case_id}/begin/{message}"
        _require(client.get(at), at)
        fields = fields_of(form, answers) if form else []
        _require(client.post(at, [*fields, ("_action", "submit")], files_of(form, answers)), at)

    def store_file(self, *, case_id: UUID, person_id: UUID, field: Field) -> str:  # noqa: ARG002 - files go with the form here
        accepted = field.file.accept if field.file else ()
        return "scan.pdf" if not accepted or ".pdf" in accepted else f"scan{accepted[0]}"


def files_of(form: Form | None, answers: Mapping[str, Any]) -> dict[str, FileStorage]:
    made = {}
    for field in form.fields if form else ():
        value = answers.get(field.key)
        if field.file is not None and value:
            name = value[0] if isinstance(value, list) else value
            content = FILES[".pdf" if name.endswith(".pdf") else ".jpg"]
            made[field.path] = FileStorage(BytesIO(content), filename=name)
    return made


def _require(page: Page, what: str) -> None:
    if page.status != 200:
        raise PageRefused(what, page)
