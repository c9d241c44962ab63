"""The people of a scenario act through the pages of a running server, each in a browser."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from werkzeug.datastructures import FileStorage

from engine.db import Sessions, reading
from engine.definitions import PackageVersion
from engine.forms import Field, Form
from engine.model import BallotBox, Seat, UserTask
from tests.e2e.client import Client, Page, fields_of

_PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
_JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")

Door = Callable[[UUID], Client]
"""Person → a browser in which this person is signed in."""


class PageRefused(AssertionError):
    """A page did not accept what a person of the scenario did."""

    def __init__(self, what: str, page: Page) -> None:
        text = " ".join(page.text.split())
        super().__init__(f"{what}: {page.status} at {page.address}: {text[-3000:]}")


class PageHands:
    """Acts over HTTP only; the database is read to know the names of fields."""

    def __init__(self, sessions: Sessions, package: PackageVersion, door: Door) -> None:
        self._sessions, self._package, self._door = sessions, package, door
        self.codes: dict[str, str] = {}
        """name of an applicant → the code that was shown once"""

    def submit(
        self, *, seat: Seat, person_id: UUID, answers: Mapping[str, Any], behalf: str
    ) -> None:
        client = self._door(person_id)
        page = client.get(f"/seat/{seat.id}")
        if page.status != 200:
            raise PageRefused(f"seat of {seat.subject}", page)
        with reading(self._sessions) as session:
            task = session.get_one(UserTask, seat.task_id)
        if task.kind == "ballot":
            self._vote(client, seat, task, answers)
            return
        form = self._package.form_of(self._package.element(task.element_id))
        sent = [("_action", "submit"), ("_on_behalf", behalf)]
        done = client.post(
            f"/seat/{seat.id}", [*sent, *(fields_of(form, answers) if form else [])],
            _files(form, answers) if form else {},
        )  # fmt: skip
        self._require_handed_in(seat, task.element_id, done)

    def _vote(self, client: Client, seat: Seat, task: UserTask, answers: Mapping[str, Any]) -> None:
        with reading(self._sessions) as session:
            contests = session.get_one(BallotBox, task.box_id).rules["contests"]
        marks: list[tuple[str, str]] = []
        for number, contest in enumerate(contests):
            chosen = answers.get(contest["code"], {})
            for place, option in enumerate(contest["options"]):
                if option in chosen:
                    recommends = contest["mark"] == "recommend"
                    name = f"m{number}" if recommends else f"m{number}.{place}"
                    marks.append((name, option if recommends else chosen[option]))
        checked = client.post(f"/seat/{seat.id}/ballot", [("_action", "check"), *marks])
        if checked.status != 200:
            raise PageRefused("ballot", checked)
        done = client.post(f"/seat/{seat.id}/ballot", [("_action", "cast"), *marks])
        self._require_handed_in(seat, task.element_id, done)

    def _require_handed_in(self, seat: Seat, element_id: str, page: Page) -> None:
        with reading(self._sessions) as session:
            state = session.get_one(Seat, seat.id).state
        if page.status != 200 or state != "handed_in":
            raise PageRefused(f"{element_id} {seat.subject}", page)

    def store_file(self, *, case_id: UUID, person_id: UUID, field: Field) -> str:  # noqa: ARG002 - files go with the form here
        accepted = field.file.accept if field.file else ()
        return "scan.pdf" if not accepted or ".pdf" in accepted else f"scan{accepted[0]}"


def _files(form: Form, answers: Mapping[str, Any]) -> dict[str, FileStorage]:
    made = {}
    for field in form.fields:
        value = answers.get(field.key)
        if field.file is not None and value:
            name = value[0] if isinstance(value, list) else value
            content = _PDF if name.endswith(".pdf") else _JPEG
            made[field.path] = FileStorage(BytesIO(content), filename=name)
    return made
