"""Texts and roles: paragraphs with their placeholders, names, who may not be both."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.calendar import ChinaCalendar
from engine.plan import propose_dates
from engine.studio import drafts, text_sheets
from engine.studio.numbers_sheet import NumbersSheet, Unreadable, read_yaml
from engine.studio.sheets import UnknownPart
from engine.studio.text_sheets import FOLDERS, RolesSheet, TextSheet
from engine.texts import Text, UnreadableText, load_text
from engine.texts.wording import word_value
from webapp import context
from webapp.errors import said
from webapp.studio.forms import change
from webapp.studio.shown import (
    Drafting,
    Filled,
    html_id,
    keep_sheet,
    page,
    seen_draft,
    sent_version,
    show_sheet,
    summary_of,
)


def texts(draft_id: UUID) -> str:
    with seen_draft(draft_id) as at:
        listed = {
            folder: [
                (path.removeprefix(f"{folder}/").removesuffix(".yaml"), _title(at.files, path))
                for path in sorted(at.files)
                if path.startswith(f"{folder}/")
            ]
            for folder in FOLDERS
        }
        return page("texts", at, "studio.texts", listed=listed)


def _title(files: Mapping[str, str], path: str) -> str:
    try:
        title = read_yaml(files, path)["title"]
        return str(title["en" if context.language() == "en" else "zh"])
    except (KeyError, TypeError, Unreadable):
        return path


def add_text(draft_id: UUID) -> Response:
    folder, name = request.form.get("folder", ""), request.form.get("name", "").strip()
    try:
        change(
            draft_id, "texts", sent_version(),
            lambda files: text_sheets.with_file(files, f"{folder}/{name}.yaml"),
        )  # fmt: skip
    except UnknownPart:
        flash(gettext("This short name cannot be used, or is taken. Nothing was added."), "info")
        return redirect(url_for("studio.texts", draft_id=draft_id), 303)
    return redirect(url_for("studio.text", draft_id=draft_id, folder=folder, text_id=name), 303)


def text(draft_id: UUID, folder: str, text_id: str) -> str:
    sheet = TextSheet(folder, text_id)
    return show_sheet(draft_id, sheet, lambda at, filled: _text(at, filled, sheet))


def text_keep(draft_id: UUID, folder: str, text_id: str) -> Response:
    sheet = TextSheet(folder, text_id)
    action, _, place = request.form.get("_action", "").partition(":")
    if action == "add":
        change(draft_id, sheet.name, sent_version(), sheet.with_paragraph)
        return redirect(f"{request.path}#last", 303)
    if action == "remove" and place.isdecimal():
        change(
            draft_id, sheet.name, sent_version(),
            lambda files: sheet.without_paragraph(files, int(place)),
        )  # fmt: skip
        return redirect(request.path, 303)
    return keep_sheet(draft_id, sheet, lambda at, filled: _text(at, filled, sheet))


def _text(at: Drafting, filled: Filled, sheet: TextSheet) -> str:
    count = 1 + max((int(n.split(".")[1]) for n in filled.values if n.startswith("p.")), default=-1)
    tables: dict[int, int] = {}
    for name in filled.values:
        parts = name.split(".")
        if parts[0] == "t":
            tables.setdefault(int(parts[1]), 0)
            if parts[2] == "c":
                tables[int(parts[1])] = max(tables[int(parts[1])], int(parts[3]) + 1)
    names = _text_names(count)
    read = _loaded(at, sheet)
    return page(
        "text", at, "studio.texts", filled=filled, sheet=sheet, count=count, tables=tables,
        names=names, html_id=html_id, summary=summary_of(filled, names, html_id),
        title=_title(at.files, sheet.path), sample=_sample(at, read) if read else None,
        placeholders=sorted(set(read.expressions())) if read else [],
    )  # fmt: skip


def _text_names(count: int) -> dict[str, str]:
    made = {"title.zh": gettext("Title in Chinese"), "title.en": gettext("Title in English")}
    for n in range(count):
        made[f"p.{n}.zh"] = gettext("Paragraph %(number)s in Chinese", number=n + 1)
        made[f"p.{n}.en"] = gettext("Paragraph %(number)s in English", number=n + 1)
        made[f"p.{n}.if"] = gettext("Paragraph %(number)s: only if", number=n + 1)
    return made


def _loaded(at: Drafting, sheet: TextSheet) -> Text | None:
    try:
        return load_text(sheet.text_id, at.files[sheet.path])
    except UnreadableText:
        return None


def _sample(at: Drafting, read: Text) -> list[str]:
    """The paragraphs with the usual numbers and the dates of a plan that begins today."""
    language = context.language()
    facts = _facts(at)
    shown = []
    for words in (read.title, *(paragraph.words for paragraph in read.paragraphs)):
        parts = list(words.parts(language))
        for place in range(1, len(parts), 2):
            parts[place] = facts.get(parts[place], f"‹{parts[place]}›")
        shown.append("".join(parts))
    return shown


def _facts(at: Drafting) -> dict[str, str]:
    zone = ZoneInfo(context.settings().time_zone)
    package, language = drafts.package_of(at.draft), context.language()
    numbers = package.default_parameters()
    made: dict[str, Any] = {f"parameters.{name}": value for name, value in numbers.items()}
    made |= {name.replace("parameters", "rules", 1): value for name, value in list(made.items())}
    today = context.now().astimezone(zone).date()
    dates: Mapping[str, datetime] = propose_dates(
        NumbersSheet(at.draft.key).lines(at.files), announced_on=today, parameters=numbers,
        zone=zone, calendar=ChinaCalendar(),
    )  # fmt: skip
    made |= {f"plan.{key}": instant for key, instant in dates.items()}
    worded = {name: word_value(value, language, zone=zone) for name, value in made.items()}
    return {name: text for name, text in worded.items() if text is not None}


def roles(draft_id: UUID) -> str:
    return show_sheet(draft_id, RolesSheet(), _roles)


def roles_keep(draft_id: UUID) -> Response:
    action, _, place = request.form.get("_action", "").partition(":")
    form = request.form
    if action in ("add", "remove"):
        part, _, code = place.partition(".")
        try:
            if action == "remove":
                change(
                    draft_id, "roles", sent_version(),
                    lambda files: text_sheets.without_word(files, part, code),
                )  # fmt: skip
            else:
                change(
                    draft_id, "roles", sent_version(),
                    lambda files: text_sheets.with_word(
                        files, part, form.get("_code", "").strip(), form.get("_zh", ""),
                        form.get("_en", ""),
                    ),
                )  # fmt: skip
        except (UnknownPart, text_sheets.InUse) as error:
            words = said(error)
            flash(f"{words.what} {words.remedy}", "info")
        return redirect(request.path, 303)
    return keep_sheet(draft_id, RolesSheet(), _roles)


def _roles(at: Drafting, filled: Filled) -> str:
    codes: dict[str, list[str]] = {part: [] for part in text_sheets.PARTS}
    for name in filled.values:
        part, code, what = name.split(".")
        if what == "zh":
            codes[part].append(code)
    names = {name: filled[f"{name.rpartition('.')[0]}.zh"] for name in filled.values}
    return page(
        "roles", at, "studio.roles", filled=filled, codes=codes, names=names, html_id=html_id,
        summary=summary_of(filled, names, html_id),
    )  # fmt: skip
