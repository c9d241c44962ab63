"""What a page needs to draw a form: every text worded, every field with its value and error."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from types import MappingProxyType

from engine.forms import (
    LOCAL,
    NO,
    YES,
    Answers,
    Choice,
    Field,
    Form,
    Kind,
    Lang,
    Options,
    Problem,
    RowsRule,
    StoredFile,
    local_instant,
    place,
    row_name,
    totals,
    word_problem,
)
from engine.spreadsheets import ImportPreview, word_sheet_problem
from webapp.forms.actions import import_name
from webapp.forms.views import ChoiceView, FieldView, FileView, FormPage, RowsView, RowView

FEW_CHOICES = 5
_NO_FILES: Mapping[str, StoredFile] = MappingProxyType({})
_NO_IMPORTS: Mapping[str, ImportPreview] = MappingProxyType({})
_NO_LINKS: Mapping[str, str] = MappingProxyType({})
_YES_NO = (Choice("true", *YES), Choice("false", *NO))
_PICKERS = {
    Kind.DATE: ("date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")),
    Kind.TIME: ("time", re.compile(r"[0-9]{2}:[0-9]{2}")),
    Kind.INSTANT: ("datetime-local", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")),
}
_INPUTMODES = {Kind.INTEGER: "numeric", Kind.DECIMAL: "decimal", Kind.EMAIL: "email"}
_SHORT, _MEDIUM = 10, 40
_FEW_ERRORS = 20


def form_lang(locale: str) -> Lang:
    """Choose the language of the form's own texts for a locale such as `zh_Hans_CN`."""
    return "en" if locale.startswith("en") else "zh"


def form_page(
    form: Form,
    answers: Answers,
    options: Options,
    *,
    lang: Lang,
    problems: Sequence[Problem] = (),
    files: Mapping[str, StoredFile] = _NO_FILES,
    imports: Mapping[str, ImportPreview] = _NO_IMPORTS,
    template_urls: Mapping[str, str] = _NO_LINKS,
    zone: tzinfo = LOCAL,
) -> FormPage:
    """Prepare a form for its page.

    Args:
        form: the form.
        answers: a draft, or what `collect` gave; nothing needs to be valid.
        options: what may be chosen and the fixed rows, for every path of `option_sources()`.
        lang: language of the form's own texts; the rest follows the locale of the request.
        problems: of `InvalidAnswers`, to show beside their fields and in the summary.
        files: the stored files by id, for their names.
        imports: previews of the spreadsheets just uploaded, by path of the rows.
        template_urls: where the empty spreadsheet of a rows field is, by path.
        zone: in which instants are shown.
    """
    drawer = _Drawer(form, answers, options, lang, problems, files, imports, template_urls, zone)
    fields = tuple(drawer.field(each, answers, "") for each in form.fields)
    return FormPage(
        id=form.id,
        title=form.label.in_(lang) if form.label else "",
        hint=form.hint.in_(lang) if form.hint else "",
        fields=fields,
        multipart=form.takes_files,
        summary=tuple(drawer.summary(problems, set(_ids(fields)))),
    )


def _ids(fields: Iterable[FieldView]) -> Iterable[str]:
    for each in fields:
        yield each.id
        for row in each.rows.rows if each.rows else ():
            yield row.id
            yield from _ids(row.fields)


class _Drawer:
    """Holds what every field needs while the form is walked."""

    def __init__(
        self,
        form: Form,
        answers: Answers,
        options: Options,
        lang: Lang,
        problems: Sequence[Problem],
        files: Mapping[str, StoredFile],
        imports: Mapping[str, ImportPreview],
        template_urls: Mapping[str, str],
        zone: tzinfo,
    ) -> None:
        self.form, self.options, self.lang, self.zone = form, options, lang, zone
        self.files, self.imports, self.template_urls = files, imports, template_urls
        self.totals = totals(form, answers)
        self.errors: dict[str, str] = {}
        for problem in problems:
            self.errors.setdefault(problem.path, self.word(problem))
        self.conditional = {
            f"{rows.path}.{key}" if rows else key
            for rows in (None, *form.fields)
            for condition in (rows.rows.conditions if rows and rows.rows else form.conditions)
            for key in condition.needed
        }

    def word(self, problem: Problem) -> str:
        return word_problem(problem, self.form, self.lang, self.options)

    def summary(self, problems: Sequence[Problem], ids: set[str]) -> Iterable[Mapping[str, str]]:
        """Link each problem to its field, or to the nearest thing around it that is shown."""
        for problem in problems:
            steps = problem.path.split(".")
            while steps and "-".join(steps) not in ids:
                steps.pop()
            yield {"text": self.word(problem), "href": f"#{'-'.join(steps) or 'form'}"}

    def field(self, field: Field, answers: Mapping[str, object], prefix: str) -> FieldView:
        path = prefix + field.key
        view = self.plain(field, path)
        value = answers.get(field.key)
        if field.is_total:
            return replace(view, widget="total", value=self.totals.get(field.key, ""))
        if field.rows is not None:
            return replace(view, widget="rows", rows=self.rows(field, field.rows, value))
        match field.kind:
            case Kind.CHOICE | Kind.SEVERAL:
                return self.choice(view, field, value)
            case Kind.TICK:
                return self.tick(view, field, value)
            case Kind.FILE | Kind.FILES:
                return self.file(view, field, value)
        return self.text(view, field, value)

    def plain(self, field: Field, path: str) -> FieldView:
        """Start with what every kind of field has."""
        return FieldView(
            path=path,
            widget="input",
            label=field.label.in_(self.lang),
            place=place(self.form, path, self.lang, self.options),
            hint=field.hint.in_(self.lang) if field.hint else "",
            error=self.errors.get(path, ""),
            optional=not field.required
            and not field.is_total
            and not field.fewest
            and field.kind is not Kind.TICK
            and field.path not in self.conditional,
        )

    def text(self, view: FieldView, field: Field, value: object) -> FieldView:
        text = "" if value is None else str(value)
        if field.kind is Kind.INSTANT and text:
            text = local_instant(text, self.zone).replace(" ", "T")
        return replace(
            view,
            widget="textarea" if field.text.long else "input",
            value=text,
            type=_input_type(field, text),
            inputmode=_INPUTMODES.get(field.kind, ""),
            width=_width(field),
        )

    def choice(self, view: FieldView, field: Field, value: object) -> FieldView:
        offered = field.options(self.options)
        chosen = value if isinstance(value, list) else [value]
        few = field.widget != "select" and len(offered) <= FEW_CHOICES
        one = "radios" if few or field.widget == "radios" else "select"
        return replace(
            view,
            widget="checkboxes" if field.kind is Kind.SEVERAL else one,
            choices=tuple(
                ChoiceView(each.code, each.label(self.lang), each.code in chosen)
                for each in offered
            ),
        )

    def tick(self, view: FieldView, field: Field, value: object) -> FieldView:
        if field.widget is None:
            return replace(view, widget="tick", value="true" if value is True else "")
        choices = tuple(
            ChoiceView(each.code, each.label(self.lang), value is (each.code == "true"))
            for each in _YES_NO
        )
        return replace(view, widget="radios", choices=choices, optional=not field.required)

    def file(self, view: FieldView, field: Field, value: object) -> FieldView:
        ids = value if isinstance(value, list) else [value] if value else []
        stored = [self.files.get(str(each)) for each in ids]
        return replace(
            view,
            widget="files" if field.kind is Kind.FILES else "file",
            files=tuple(
                FileView(str(each), file.name if file else "")
                for each, file in zip(ids, stored, strict=True)
            ),
            accept=",".join(field.file.accept) if field.file else "",
            megabytes=field.file.megabytes if field.file else 0,
        )

    def rows(self, field: Field, rule: RowsRule, value: object) -> RowsView:
        answers = self.row_answers(field, rule, value)
        preview = self.imports.get(field.path, ImportPreview(()))
        wrong = preview.problems[:_FEW_ERRORS]
        return RowsView(
            columns=tuple(self.plain(column, column.path) for column in self.asked(rule)),
            rows=tuple(self.row(field, rule, row, i) for i, row in enumerate(answers)),
            fixed=rule.source is not None,
            table=rule.is_table,
            full=field.most is not None and len(answers) >= field.most,
            import_field=import_name(field.path) if rule.imports else "",
            template_url=self.template_urls.get(field.path, ""),
            unknown=preview.unknown,
            missing=preview.missing,
            problems=tuple(word_sheet_problem(each, self.form, self.lang) for each in wrong),
            more_problems=len(preview.problems) - len(wrong),
            imported=len(preview.rows),
        )

    def row_answers(self, field: Field, rule: RowsRule, value: object) -> list[Answers]:
        """Give the rows to show: the fixed ones, those filled in, or blank ones to begin with."""
        given = value if isinstance(value, list) else []
        rows: list[Answers] = [row if isinstance(row, dict) else {} for row in given]
        if rule.source is None:
            return rows or [{} for _ in range(max(field.fewest, 1))]
        known = {str(row.get(rule.key or "")): row for row in rows}
        return [known.get(each.code, {}) for each in field.fixed_rows(self.options)]

    def asked(self, rule: RowsRule) -> list[Field]:
        """Leave out the column that holds the code of a fixed row; the row is named by it."""
        return [column for column in rule.columns if not rule.source or column.key != rule.key]

    def row(self, field: Field, rule: RowsRule, answers: Answers, index: int) -> RowView:
        path = f"{field.key}.{index}"
        fixed = field.fixed_rows(self.options)
        return RowView(
            path=path,
            name=row_name(field, index, self.lang, self.options),
            fields=tuple(self.field(column, answers, f"{path}.") for column in self.asked(rule)),
            key_name=f"{path}.{rule.key}" if fixed else "",
            key_value=fixed[index].code if fixed else "",
            error=self.errors.get(path, ""),
        )


def _input_type(field: Field, text: str) -> str:
    """Use the browser's own picker unless it could not show what was typed."""
    if field.kind in _PICKERS:
        picker, shape = _PICKERS[field.kind]
        return picker if not text or shape.fullmatch(text) else "text"
    return "email" if field.kind is Kind.EMAIL else "text"


def _width(field: Field) -> str:
    if field.kind in (Kind.INTEGER, Kind.DECIMAL):
        return "govuk-input--width-5"
    if field.kind in _PICKERS or field.text.longest <= _SHORT:
        return "govuk-input--width-10"
    return "govuk-input--width-20" if field.text.longest <= _MEDIUM else ""
