"""What expressions may ask about their selection, read from the database when asked."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from engine import record
from engine.almanac import Almanac
from engine.calendar import (
    WORK_BEGINS,
    on_day,
    on_workday,
    read_local,
    read_time,
    workdays_after,
)
from engine.ladder import LocalDays
from engine.model import Candidate, Case, HistoryEntry, OperationRun, Publication, UserTask
from engine.plan import plan_of


class CaseFacts:
    """The `Facts` of one selection at one instant; each is read once and only if asked.

    Args:
        plan: read instead of the selection's own, to see what a change of it would do.
    """

    def __init__(
        self,
        session: Session,
        case: Case,
        now: datetime,
        plan: Mapping[str, datetime] | None = None,
    ) -> None:
        self._session, self._case, self._now = session, case, now
        if plan is not None:
            self.__dict__["plan"] = plan  # where the cached property keeps its value

    def forget_plan(self) -> None:
        """Read the plan anew: it has been changed."""
        self.__dict__.pop("plan", None)

    def as_of(self, instant: datetime) -> "CaseFacts":
        """The same facts as they were asked at another instant, with the same plan."""
        other = CaseFacts(self._session, self._case, instant, self.plan)
        other.__dict__["calendar"] = self.calendar
        return other

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

    # times

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self._case.time_zone)

    @cached_property
    def calendar(self) -> Almanac:
        return Almanac(self._session)

    @property
    def local_days(self) -> LocalDays:
        """With the parameter `start_hour` of the selection, where its procedure has one."""
        begins = self.parameters.get("start_hour")
        start = read_time(begins) if isinstance(begins, str) and begins else WORK_BEGINS
        return LocalDays(self.zone, self.calendar, start)

    def workdays(self, number: int, after: Any = None) -> datetime:
        base = self._instant(after)
        end = workdays_after(base, number, zone=self.zone, calendar=self.calendar)
        return end.astimezone(UTC)

    def on_day(self, number: int, at: str, after: Any = None) -> datetime:
        made = on_day(self._instant(after), number, read_time(at), zone=self.zone)
        return made.astimezone(UTC)  # so that hours added to it are hours, whatever clocks do

    def on_workday(self, number: int, at: str, after: Any = None) -> datetime:
        base = self._instant(after)
        made = on_workday(base, number, read_time(at), zone=self.zone, calendar=self.calendar)
        return made.astimezone(UTC)

    def date(self, text: str) -> datetime:
        return read_local(text, self.zone).astimezone(UTC)

    def done(self, element_id: str) -> datetime:
        """When an element was last done.

        What this very step has just done stands in its task or its result; the record of what was
        gone through is written at the end of the step.
        """
        here = self._case.id
        moments = (
            select(func.max(UserTask.closed_at)).where(
                UserTask.case_id == here, UserTask.element_id == element_id,
                UserTask.state == "done",
            ),
            select(func.max(OperationRun.at)).where(
                OperationRun.case_id == here, OperationRun.element_id == element_id
            ),
            select(func.max(HistoryEntry.at)).where(
                HistoryEntry.case_id == here, HistoryEntry.action == "passed",
                HistoryEntry.element_id == element_id,
            ),
        )  # fmt: skip
        return self._known(*moments, why=f"{element_id!r} has not been done yet")

    def opened(self, element_id: str) -> datetime:
        """When a user task last opened."""
        asked = select(func.max(UserTask.opened_at)).where(
            UserTask.case_id == self._case.id, UserTask.element_id == element_id
        )
        return self._known(asked, why=f"{element_id!r} has not opened yet")

    def published(self, text_id: str) -> datetime:
        """When a text was last published or issued."""
        asked = select(func.max(Publication.published_at)).where(
            Publication.case_id == self._case.id, Publication.text_id == text_id
        )
        return self._known(asked, why=f"{text_id!r} has not been published yet")

    def _known(self, *asked: Select[datetime | None], why: str) -> datetime:
        """The latest of what these statements give, asked for at once."""
        rows = self._session.scalars(union_all(*asked)) if len(asked) > 1 else None
        found = list(rows) if rows is not None else [self._session.scalar(asked[0])]
        moments = [_aware(moment) for moment in found if moment is not None]
        if not moments:
            raise ValueError(why)
        return max(moments)

    def _instant(self, after: Any) -> datetime:
        if after is None:
            return self._now
        return read_local(after, self.zone) if isinstance(after, str) else after


def _aware(moment: datetime) -> datetime:
    """SQLite forgets the zone of an instant that comes out of a union."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
