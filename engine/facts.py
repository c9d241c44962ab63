"""What expressions may ask about their selection, read from the database when asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import record
from engine.calendar import ChinaCalendar, workdays_after
from engine.model import Candidate, Case, UserTask
from engine.plan import plan_of


class CaseFacts:
    """The `Facts` of one selection at one instant; each is read once and only if asked."""

    def __init__(self, session: Session, case: Case, now: datetime) -> None:
        self._session, self._case, self._now = session, case, now

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self._case.parameters

    @cached_property
    def plan(self) -> Mapping[str, datetime]:
        return plan_of(self._session, case_id=self._case.id)

    @cached_property
    def _statuses(self) -> dict[str, str]:
        rows = self._session.execute(
            select(Candidate.code, Candidate.status).where(Candidate.case_id == self._case.id)
        )
        return {code: status for code, status in rows}  # noqa: C416 - rows are not tuples to mypy

    def forget_statuses(self) -> None:
        """Read candidates anew: an operation has changed them."""
        self.__dict__.pop("_statuses", None)

    def active(self, codes: Sequence[str]) -> list[str]:
        return [code for code in codes if self._statuses.get(code, "active") == "active"]

    def status(self, code: str) -> str:
        return self._statuses[code]

    def rounds(self, element_id: str) -> int:
        tasks = self._session.scalar(
            select(func.count())
            .select_from(UserTask)
            .where(UserTask.case_id == self._case.id, UserTask.element_id == element_id)
        )
        return tasks or record.rounds(self._session, case_id=self._case.id, element_id=element_id)

    def result_of(self, element_id: str) -> Any:
        """The last result of an operation, with what its user task returned; None before."""
        kept = record.last_result(self._session, case_id=self._case.id, element_id=element_id)
        written = self._session.scalar(
            select(UserTask.result)
            .where(
                UserTask.case_id == self._case.id,
                UserTask.element_id == element_id,
                UserTask.state == "done",
            )
            .order_by(UserTask.round.desc())
            .limit(1)
        )
        if kept is None:
            return written
        return {**kept, **written} if isinstance(written, dict) else kept

    def workdays(self, number: int, after: datetime | None = None) -> datetime:
        zone = ZoneInfo(self._case.time_zone)
        return workdays_after(after or self._now, number, zone=zone, calendar=ChinaCalendar())
