"""People at the start: found, typed or imported, each into a role or onto a list."""

import json
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from engine import preparation
from engine.forms import Form, load_form
from engine.preparation import Chosen, Place
from engine.spreadsheets import UnreadableSheet, read_rows, template, word_sheet_problem
from webapp import context
from webapp.cases.start.shown import Preparing, changed_draft, page, seen_draft

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIELDS = ("name", "unit", "post", "email", "phone")
_LONGEST = {"name": 80, "unit": 120, "post": 120, "email": 254, "phone": 40}
_MOST_PROBLEMS = 20


def start_people(draft_id: UUID) -> Response:
    with seen_draft(draft_id) as at:
        return _page(at)


def _page(at: Preparing, *, status: int = 200, **more: object) -> Response:
    wanted = request.args.get("find", "").strip()[:80]
    found = preparation.find_people(at.session, context.me(), text=wanted) if wanted else []
    members = preparation.chosen_of(at.part("members", []))
    places = preparation.places_of(at.package)
    by_place: dict[str, list[tuple[int, Chosen]]] = {place.key: [] for place in places}
    for number, row in enumerate(members):
        by_place.setdefault(row.place, []).append((number, row))
    values = {
        "refused": None, "typed": {}, "field": "name", "sheet_problems": [], "problem_place": "",
        **more,
    }  # fmt: skip
    return page(
        "people", at, "people", status=status, places=places, by_place=by_place, found=found,
        find=wanted, functions=preparation.all_functions(at.package),
        chosen_place=request.values.get("place", places[0].key if places else ""), **values,
    )  # fmt: skip


def start_people_change(draft_id: UUID) -> Response:
    """Every button of the page: add a known person, a new one, a sheet; remove; go on."""
    action = request.form.get("_action", "next")
    if action == "next":
        return redirect(url_for("cases.start_summary", draft_id=draft_id), 303)
    with changed_draft(draft_id) as at:
        if action.startswith("remove:"):
            return _remove(at, action.partition(":")[2])
        place = _place(at)
        if place is None:
            words = (gettext("Choose a role or a list."), gettext("Then add the person again."))
            return _page(at, status=422, refused=words, typed=_typed(), field="place")
        if action == "import":
            return _import(at, place)
        return _add_known(at, place) if action.startswith("known:") else _add_new(at, place)


def _place(at: Preparing) -> Place | None:
    wanted = request.form.get("place", "")
    return next((p for p in preparation.places_of(at.package) if p.key == wanted), None)


def _function(at: Preparing) -> str:
    wanted = request.form.get("function", "")
    return wanted if wanted in dict(preparation.all_functions(at.package)) else ""


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip()[: _LONGEST[name]] for name in _FIELDS}


def _add_known(at: Preparing, place: Place) -> Response:
    text = request.form.get("_action", "").partition(":")[2]
    try:
        person = preparation.known_person(at.session, context.me(), person_id=UUID(text))
    except ValueError as error:
        raise NotFound from error
    if person is None:
        raise NotFound
    one = Chosen(
        name=person.name, unit=person.unit, post=person.post, email=person.email,
        phone=person.phone, person_id=str(person.id), role=place.role, roster=place.roster,
        function=_function(at),
    )  # fmt: skip
    return _added(at, [one], place)


def _add_new(at: Preparing, place: Place) -> Response:
    typed = _typed()
    if not typed["name"]:
        words = (gettext("The name is missing"), gettext("Write the person's name."))
        return _page(at, status=422, refused=words, typed=typed)
    one = Chosen(**typed, role=place.role, roster=place.roster, function=_function(at))
    return _added(at, preparation.recognised(at.session, [one]), place)


def _added(at: Preparing, new: list[Chosen], place: Place) -> Response:
    present = preparation.chosen_of(at.part("members", []))
    members = preparation.added(present, new)
    at.keep(members=[row.kept() for row in members])
    number = len(members) - len(present)
    flash(
        ngettext("%(num)d person was added.", "%(num)d people were added.", number)
        if number
        else gettext("They are on this list already."),
        "success" if number else "info",
    )
    return redirect(url_for("cases.start_people", draft_id=at.id, place=place.key), 303)


def _remove(at: Preparing, text: str) -> Response:
    members = list(at.part("members", []))
    number, _, key = text.partition(":")
    if number.isdecimal() and int(number) < len(members):
        row = preparation.chosen_of([members[int(number)]])[0]
        if row_key(row) == key:  # a page that was open for long must not remove somebody else
            del members[int(number)]
            at.keep(members=members)
    place = request.form.get("place") or None
    return redirect(url_for("cases.start_people", draft_id=at.id, place=place), 303)


def row_key(row: Chosen) -> str:
    """What tells a row from another that took its place in the meantime."""
    return "|".join((row.place, row.function, *row.who))


def _import(at: Preparing, place: Place) -> Response:
    form, sent = sheet_form(at), request.files.get("sheet")
    language = context.language()
    try:
        preview = read_rows(sent.read() if sent else b"", form, "people", language)
    except UnreadableSheet as error:
        words = (gettext("The spreadsheet cannot be read"), error.word(language))
        return _page(at, status=422, refused=words, field="sheet", problem_place=place.key)
    if not preview.is_complete:
        problems = [word_sheet_problem(p, form, language) for p in preview.problems]
        problems += [
            gettext("The column “%(title)s” is missing.", title=title) for title in preview.missing
        ]
        words = (
            gettext("Nothing was taken over"), gettext("Correct the spreadsheet, send it again.")
        )  # fmt: skip
        return _page(
            at, status=422, refused=words, field="sheet", problem_place=place.key,
            sheet_problems=problems[:_MOST_PROBLEMS],
        )  # fmt: skip
    rows = [Chosen(**dict(row), role=place.role, roster=place.roster) for row in preview.rows]
    return _added(at, preparation.recognised(at.session, rows), place)


def start_people_sheet(draft_id: UUID) -> Response:
    """The empty spreadsheet to fill in."""
    with seen_draft(draft_id) as at:
        content = template(sheet_form(at), "people", context.language())
    disposition = 'attachment; filename="people.xlsx"'
    return Response(content, mimetype=XLSX, headers={"Content-Disposition": disposition})


def sheet_form(at: Preparing) -> Form:
    """The columns of an import as a form, so that it is read and checked like any other."""
    functions = [
        {"const": key, "title": words.zh, "x-i18n": {"en": {"title": words.en or words.zh}}}
        for key, words in preparation.all_functions(at.package)
    ]
    columns: dict[str, dict[str, object]] = {
        "name": _column("姓名", "Name", 80),
        "unit": _column("单位", "Unit", 120),
        "post": _column("职务", "Post", 120),
        "phone": _column("电话", "Telephone", 40),
        "email": {**_column("电子邮箱", "E-mail", 254), "format": "email"},
        "group": _column("分组", "Group", 40),
    }
    columns["email"].pop("maxLength")
    if functions:
        columns["function"] = {**_column("职责", "Function", 40), "oneOf": functions}
        columns["function"].pop("maxLength")
    schema = {
        "type": "object",
        "properties": {
            "people": {
                "type": "array", "title": "人员", "x-i18n": {"en": {"title": "People"}},
                "items": {"type": "object", "required": ["name"], "properties": columns},
            }
        },
    }  # fmt: skip
    ui = {"people": {"ui:options": {"import": True}}}
    return load_form("people_at_start", json.dumps(schema), json.dumps(ui))


def _column(zh: str, en: str, longest: int) -> dict[str, object]:
    return {
        "type": "string", "maxLength": longest, "title": zh, "x-i18n": {"en": {"title": en}},
    }  # fmt: skip
