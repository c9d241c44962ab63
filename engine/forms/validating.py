"""Checks answers against a form and adds the totals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from engine.forms.checks import Facts, StoredFile, Wrong, check, check_count, check_file
from engine.forms.model import (
    Answers,
    Condition,
    Field,
    Form,
    Kind,
    Options,
    RowsRule,
    is_blank,
    is_blank_row,
)
from engine.forms.problems import InvalidAnswers, Problem
from engine.forms.totals import totals

_NO_FILES: Mapping[str, StoredFile] = MappingProxyType({})


@dataclass(frozen=True)
class Validated:
    """Answers that fit the form: exact, without blank rows, with the totals.

    Blank single fields are left out; lists are always there, empty where nothing was given.
    """

    answers: Answers


def validate(
    form: Form,
    answers: object,
    options: Options,
    *,
    files: Mapping[str, StoredFile] = _NO_FILES,
    draft: bool = False,
) -> Validated:
    """Check answers, from a page or from any JSON, against the form.

    Args:
        form: the form that was asked.
        answers: what `collect` gave, or any JSON value.
        options: what may be chosen now, for every path of `form.option_sources()`.
        files: the stored files this person may hand in, by id; others are refused as unknown.
        draft: check types only; nothing is refused for missing, and options may be empty.

    Raises:
        InvalidAnswers: carries every problem, in the order of the page.
        LookupError: `options` lacks a path; a mistake of the caller.

    """
    checker = _Checker(Facts(options, files, draft))
    checked = checker.check_fields(form.fields, answers, "")
    checker.check_conditions(form.conditions, form.fields, checked, "")
    checked |= checker.check_totals(form, checked)
    if checker.problems:
        order = [field.key for field in form.fields]
        raise InvalidAnswers(sorted(checker.problems, key=lambda problem: _rank(problem, order)))
    return Validated(checked)


def check_row(rows: Field, row: object, index: int, options: Options) -> list[Problem]:
    """Check one row by itself, as an import does before it accepts anything."""
    rule = rows.rows or RowsRule(())
    checker = _Checker(Facts(options, _NO_FILES))
    prefix = f"{rows.key}.{index}."
    columns = [column for column in rule.columns if column.file is None]
    checked = checker.check_fields(columns, row, prefix)
    checker.check_conditions(rule.conditions, columns, checked, prefix)
    return checker.problems


def check_upload(form: Form, path: str, file: StoredFile) -> Problem | None:
    """Check an upload before it is stored."""
    field = form.field(path)
    try:
        if field is None:
            return Problem(path, "shape")
        check_file(field, file)
    except Wrong as wrong:
        return Problem(path, wrong.code, wrong.facts)
    return None


class _Checker:
    """Collects the problems while the form is walked."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.problems: list[Problem] = []

    def problem(self, path: str, code: str, **values: str | int) -> None:
        self.problems.append(Problem(path, code, values))

    def check_fields(self, fields: Sequence[Field], answers: object, prefix: str) -> Answers:
        """Check one object: the form itself or one row; `prefix` is '' or ends with a dot."""
        if not isinstance(answers, dict):
            self.problem(prefix.rstrip("."), "shape")
            return {}
        self._check_names(fields, answers, prefix)
        checked: Answers = {}
        for field in fields:
            if not field.is_total:
                self._check_field(field, answers.get(field.key), prefix + field.key, checked)
        return checked

    def _check_names(self, fields: Iterable[Field], answers: Answers, prefix: str) -> None:
        known = {field.key for field in fields}
        unknown = [name for name in answers if name not in known]
        if unknown:
            self.problem(prefix.rstrip("."), "unknown", count=len(unknown))

    def _check_field(self, field: Field, value: object, path: str, checked: Answers) -> None:
        if field.kind is Kind.ROWS:
            checked[field.key] = self._check_rows(field, value, path)
            return
        if value is None or value in ("", []):
            self._check_missing(field, path)
            if field.kind.is_list:
                checked[field.key] = []
            return
        try:
            checked[field.key] = check(field, value, self.facts)
        except Wrong as wrong:
            self.problem(path, wrong.code, **wrong.facts)

    def _check_missing(self, field: Field, path: str) -> None:
        if self.facts.draft:
            return
        if field.must_tick:
            self.problem(path, "must_tick")
        elif field.fewest > 1 or (field.fewest and not field.required):
            self.problem(path, "too_few", limit=field.fewest, count=0)
        elif field.required:
            self.problem(path, "required")

    def _check_rows(self, field: Field, value: object, path: str) -> list[Answers]:
        """Check every row at its place on the page, then drop the blank ones."""
        rule = field.rows or RowsRule(())
        rows = [] if value is None or value == "" else value
        if not isinstance(rows, list):
            self.problem(path, "shape")
            return []
        if rule.source is not None and not self.facts.draft:
            rows = self._align(field, rule, rows, path)
        filled = [
            (i, row)
            for i, row in enumerate(rows)
            if not isinstance(row, dict)
            or (rule.source is not None and not self.facts.draft)
            or not is_blank_row(row, key=rule.key if rule.source else None)
        ]
        if self._count_is_wrong(field, len(filled), path):
            return []
        return [self._check_row(rule, row, f"{path}.{i}.") for i, row in filled]

    def _count_is_wrong(self, field: Field, count: int, path: str) -> bool:
        """Report a wrong number of rows; too many are not even looked at."""
        if not count:
            self._check_missing(field, path)
            return False
        try:
            check_count(field, count, self.facts)
        except Wrong as wrong:
            self.problem(path, wrong.code, **wrong.facts)
            return wrong.code == "too_many"
        return False

    def _check_row(self, rule: RowsRule, row: object, prefix: str) -> Answers:
        checked = self.check_fields(rule.columns, row, prefix)
        self.check_conditions(rule.conditions, rule.columns, checked, prefix)
        return checked

    def _align(self, field: Field, rule: RowsRule, rows: list[object], path: str) -> list[object]:
        """Put fixed rows into the order of their codes; a row nobody asked for is a problem."""
        key = rule.key or ""
        aligned: dict[str, object] = {
            choice.code: {key: choice.code} for choice in field.fixed_rows(self.facts.options)
        }
        seen: set[str] = set()
        for i, row in enumerate(rows):
            code = row.get(key) if isinstance(row, dict) else None
            if not isinstance(code, str) or code not in aligned:
                self.problem(f"{path}.{i}", "row_unknown")
            elif code in seen:
                self.problem(f"{path}.{i}", "row_repeated")
            else:
                seen.add(code)
                aligned[code] = row
        return list(aligned.values())

    def check_conditions(
        self,
        conditions: Sequence[Condition],
        fields: Sequence[Field],
        checked: Answers,
        prefix: str,
    ) -> None:
        """Ask for what is needed only because of another answer."""
        if self.facts.draft:
            return
        known = {field.key for field in fields}
        reported = {problem.path for problem in self.problems}
        for condition in conditions:
            if not condition.holds(checked):
                continue
            because = condition.when[0][0]
            for key in condition.needed:
                path = prefix + key
                if key in known and path not in reported and _is_missing(checked.get(key)):
                    reported.add(path)
                    self.problem(
                        path,
                        "required_when",
                        because=prefix + because,
                        wanted=_code_of(condition.when[0][1]),
                    )

    def check_totals(self, form: Form, checked: Answers) -> Answers:
        """Compute the totals; one with limits of its own must keep them."""
        found = totals(form, checked)
        for field in form.fields:
            if field.key in found:
                try:
                    check(field, found[field.key], self.facts)
                except Wrong as wrong:
                    self.problem(field.key, wrong.code, **wrong.facts)
        return dict(found)


def _rank(problem: Problem, order: list[str]) -> int:
    key = problem.path.partition(".")[0]
    return order.index(key) if key in order else -1


def _is_missing(value: object) -> bool:
    """Tell whether an answer lacks; False is an answer, an empty list is none."""
    return value is not False and is_blank(value)


def _code_of(value: str | bool | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
