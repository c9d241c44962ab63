"""Answers to a form: what the scenario says, and something plausible for what it leaves open."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.forms import Choice, Field, Form, Kind
from engine.scenarios.cast import expand

StoreFile = Callable[[Field], str]
Work = Callable[[str], Any]


class Filler:
    """Fills one form for one seat.

    Special values in a scenario: `=expression`; `{$list: name}` rows of a list; `{$all: true}`
    every choice; `{$skip: true}` leaves a field out.
    """

    def __init__(
        self,
        *,
        options: Mapping[str, Sequence[Choice]],
        lists: Mapping[str, Sequence[Mapping[str, Any]]],
        work_out: Work,
        store_file: StoreFile,
        now: datetime,
    ) -> None:
        self._options, self._lists, self._work_out = options, lists, work_out
        self._store_file, self._now = store_file, now

    def fill(self, form: Form, said: Mapping[str, Any]) -> dict[str, Any]:
        """Answers for the whole form, the said ones first."""
        made = self._fill_fields(form.fields, said)
        for condition in form.conditions:
            if condition.holds(made):
                for field in form.fields:
                    if field.key in condition.needed and field.key not in made:
                        made[field.key] = self._plausible(field)
        return made

    def _fill_fields(self, fields: Sequence[Field], said: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for field in fields:
            if field.is_total:
                continue
            if field.key in said:
                value = self._value(field, said[field.key])
                if value is not None:
                    made[field.key] = value
            elif field.required or field.must_tick or field.fewest or self._fixed(field):
                made[field.key] = self._plausible(field)
        return made

    def _fixed(self, field: Field) -> Sequence[Choice]:
        return field.fixed_rows(self._options) if field.rows else ()

    def _value(self, field: Field, said: Any) -> Any:
        said = self._special(field, said)
        if field.rows is None or said is None:
            return said
        keys = {column.key for column in field.columns}
        return [
            self._fill_fields(field.columns, {k: v for k, v in row.items() if k in keys})
            for row in said
        ]

    def _special(self, field: Field, said: Any) -> Any:
        if isinstance(said, str) and said.startswith("="):
            return self._work_out(said[1:])
        if isinstance(said, Mapping) and "$list" in said:
            return list(expand(self._lists[said["$list"]]))
        if isinstance(said, Mapping) and "$all" in said:
            return [choice.code for choice in field.options(self._options)]
        if isinstance(said, Mapping) and "$first" in said:
            return [c.code for c in field.options(self._options)][: int(said["$first"])]
        if isinstance(said, Mapping) and "$skip" in said:
            return None
        return said

    def _plausible(self, field: Field) -> Any:
        if field.rows is not None:
            return self._plausible_rows(field)
        if field.kind is Kind.SEVERAL:
            choices = field.options(self._options)
            return [choice.code for choice in choices[: max(field.fewest, 1)]]
        if field.file is not None:
            file_id = self._store_file(field)
            return [file_id] if field.kind is Kind.FILES else file_id
        if field.kind is Kind.CHOICE or field.source is not None:
            return field.options(self._options)[0].code
        return self._plain(field)

    def _plain(self, field: Field) -> Any:
        now = self._now
        values: Mapping[Kind, Callable[[], Any]] = {
            Kind.TICK: lambda: True,
            Kind.INTEGER: lambda: int(field.number.minimum or 0),
            Kind.DECIMAL: lambda: str(Decimal(str(field.number.minimum or 0))),
            Kind.DATE: lambda: now.date().isoformat(),
            Kind.TIME: lambda: f"{now:%H:%M}",
            Kind.INSTANT: lambda: now.isoformat(timespec="minutes"),
            Kind.EMAIL: lambda: "someone@example.invalid",
        }
        return values.get(field.kind, lambda: "如实填报")()

    def _plausible_rows(self, field: Field) -> list[dict[str, Any]]:
        fixed = self._fixed(field)
        key = field.rows.key if field.rows else None
        if fixed:
            return [
                self._fill_fields(field.columns, {key: choice.code} if key else {})
                for choice in fixed
            ]
        return [self._fill_fields(field.columns, {}) for _ in range(max(field.fewest, 1))]
