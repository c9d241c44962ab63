"""People of a scenario act: through the services that the pages use, or through the pages."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from engine import files
from engine.clock import Clock
from engine.db import Sessions, transaction
from engine.forms import Field
from engine.model import Seat, UserTask
from engine.run import registering, starting, submitting
from engine.run.closing import close_by_hand, close_if_complete

_PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
_JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


class Hands(Protocol):
    """How people act: through the services, or through the pages of a real server."""

    def submit(
        self, *, seat: Seat, person_id: UUID, answers: Mapping[str, Any], behalf: str
    ) -> None: ...
    def register(
        self, *, task: UserTask, row: Mapping[str, Any], answers: Mapping[str, Any]
    ) -> None: ...
    def call_next(self, *, task: UserTask, subject: str, person_id: UUID) -> None: ...
    def save_draft(self, *, seat: Seat, person_id: UUID, answers: Mapping[str, Any]) -> None: ...
    def close(self, *, task: UserTask, person_id: UUID) -> None: ...
    def receive(
        self, *, case_id: UUID, message: str, person_id: UUID | None, answers: Mapping[str, Any]
    ) -> None: ...
    def store_file(self, *, case_id: UUID, person_id: UUID, field: Field) -> str: ...


class ServiceHands:
    """Acts in this process, one transaction after another, as the pages do."""

    def __init__(self, sessions: Sessions, clock: Clock, files_dir: Path, secret_key: str) -> None:
        self._sessions, self._clock, self._files_dir = sessions, clock, files_dir
        self._secret_key = secret_key
        self._stored: dict[tuple[UUID, str], str] = {}

    def submit(
        self, *, seat: Seat, person_id: UUID, answers: Mapping[str, Any], behalf: str
    ) -> None:
        submitting.submit(
            self._sessions, self._clock, seat_id=seat.id, actor_id=person_id, answers=answers,
            recorded_for=behalf,
        )  # fmt: skip

    def save_draft(self, *, seat: Seat, person_id: UUID, answers: Mapping[str, Any]) -> None:
        with transaction(self._sessions) as session:
            submitting.save_draft(
                session, seat_id=seat.id, actor_id=person_id, answers=answers,
                now=self._clock.now(),
            )  # fmt: skip

    def register(
        self, *, task: UserTask, row: Mapping[str, Any], answers: Mapping[str, Any]
    ) -> None:
        born = answers.get("birth_date")
        registering.register(
            self._sessions, self._clock, task_id=task.id, answers=answers,
            secret_key=self._secret_key,
            applicant=registering.Applicant(
                name=answers["name"], unit=answers.get("unit", ""), post=answers.get("post", ""),
                email=answers.get("email", ""), phone=answers.get("phone", ""),
                born=date.fromisoformat(born) if born else None,
                stroke_order=int(row.get("stroke_order", 0)),
            ),
        )  # fmt: skip

    def call_next(self, *, task: UserTask, subject: str, person_id: UUID) -> None:
        with transaction(self._sessions) as session:
            submitting.call_next(
                session, task_id=task.id, subject=subject, actor_id=person_id,
                now=self._clock.now(),
            )  # fmt: skip

    def close(self, *, task: UserTask, person_id: UUID) -> None:
        with transaction(self._sessions) as session:
            ctx = close_by_hand(
                session, task_id=task.id, actor_id=person_id, reason="", now=self._clock.now()
            )
        close_if_complete(self._sessions, self._clock, ctx.touched)

    def receive(
        self, *, case_id: UUID, message: str, person_id: UUID | None, answers: Mapping[str, Any]
    ) -> None:
        with transaction(self._sessions) as session:
            ctx = starting.receive(
                session, case_id=case_id, message=message, answers=answers, actor_id=person_id,
                now=self._clock.now(),
            )  # fmt: skip
        close_if_complete(self._sessions, self._clock, ctx.touched)

    def store_file(self, *, case_id: UUID, person_id: UUID, field: Field) -> str:
        """One small file for each kind of field, stored once and handed in many times."""
        accepted = field.file.accept if field.file else ()
        suffix = ".pdf" if not accepted or ".pdf" in accepted else accepted[0]
        key = (case_id, suffix)
        if key not in self._stored:
            with transaction(self._sessions) as session:
                stored = files.store_file(
                    session, root=self._files_dir, name=f"scan{suffix}",
                    content=_PDF if suffix == ".pdf" else _JPEG, case_id=case_id,
                    owner_id=person_id, now=self._clock.now(),
                )  # fmt: skip
                self._stored[key] = str(stored.id)
        return self._stored[key]
