"""The facts of a selection for expressions, without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

MORNING = datetime(2026, 9, 7, 1, tzinfo=UTC)


@dataclass
class PlainFacts:
    """`Facts` that say what the test says; a working day is a day here."""

    now: datetime = MORNING
    parameters: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, datetime] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    """code → status of those who do not take part any more"""
    results: Mapping[str, Any] = field(default_factory=dict)
    passed: Mapping[str, int] = field(default_factory=dict)
    moments: Mapping[str, datetime] = field(default_factory=dict)
    """when an element was done or opened, or a text published"""

    def active(self, codes: Sequence[str]) -> list[str]:
        return [code for code in codes if code not in self.gone]

    def status(self, code: str) -> str:
        return self.gone.get(code, "active")

    def rounds(self, element_id: str) -> int:
        return self.passed.get(element_id, 0)

    def result_of(self, element_id: str) -> Any:
        return self.results[element_id]

    def workdays(self, number: int, after: Any = None) -> datetime:
        return (after or self.now) + timedelta(days=number)

    def on_day(self, number: int, at: str, after: Any = None) -> datetime:
        day = (after or self.now).date() + timedelta(days=number)
        return datetime.combine(day, time.fromisoformat(at), UTC)

    def on_workday(self, number: int, at: str, after: Any = None) -> datetime:
        return self.on_day(number, at, after)

    def date(self, text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    def done(self, element_id: str) -> datetime:
        return self.moments[element_id]

    def opened(self, element_id: str) -> datetime:
        return self.moments[element_id]

    def published(self, text_id: str) -> datetime:
        return self.moments[text_id]
