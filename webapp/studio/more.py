"""Behind “more”: what was saved before, every file as text, numbers and lines, taking over."""

from typing import Any
from uuid import UUID

from flask import Response as Download
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.db import transaction
from engine.definitions import Words
from engine.studio import carrying, drafts, lines, text_sheets
from engine.studio.lines import LineSheet, NumberSheet, StillUsed
from engine.studio.numbers_sheet import NUMBERS, PLAN, NumbersSheet, read_json
from engine.studio.sheets import UnknownPart
from engine.studio.text_sheets import FileSheet, InUse
from webapp import context
from webapp.addresses import own_address
from webapp.errors import N_, said
from webapp.studio.forms import change, field_names
from webapp.studio.procedures import zip_answer
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

SAVED = {
    "numbers": N_("Numbers and dates"),
    "number": N_("A number"),
    "line": N_("A line of the plan"),
    "form": N_("A form"),
    "field": N_("A field of a form"),
    "raw-form": N_("A form as text"),
    "text": N_("A text"),
    "texts": N_("Texts"),
    "roles": N_("Roles"),
    "step": N_("A step"),
    "file": N_("A file as text"),
    "back": N_("Back to an earlier state"),
}


def more(draft_id: UUID) -> str:
    with seen_draft(draft_id) as at:
        return page(
            "more", at, "studio.more", revisions=drafts.revisions_of(at.session, at.draft),
            what=_saved_words,
        )  # fmt: skip


def _saved_words(what: str) -> str:
    kind, _, about = what.partition(":")
    words = gettext(SAVED.get(kind, kind))
    return f"{words} ({about})" if about else words


def go_back(draft_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        drafts.go_back(
            session, context.me(), draft_id=draft_id, version=sent_version(),
            to=_whole(request.form.get("to", "")), now=context.now(),
        )  # fmt: skip
    flash(gettext("The draft is as it was then. This too can be taken back."), "success")
    return redirect(url_for("studio.more", draft_id=draft_id), 303)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004 - digits


def take(draft_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        drafts.take_over(session, context.me(), draft_id=draft_id, now=context.now())
    flash(gettext("You are editing this draft now."), "success")
    back = own_address(request.form.get("back"))
    return redirect(back or url_for("studio.numbers", draft_id=draft_id), 303)


def let_go(draft_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        drafts.let_go(session, context.me(), draft_id=draft_id)
    flash(gettext("Others can go on with the draft now."), "success")
    return redirect(url_for("studio.index"), 303)


def discard(draft_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        draft = drafts.find_draft(session, context.me(), draft_id=draft_id)
        key = draft.key
        drafts.discard(session, context.me(), draft_id=draft_id, now=context.now())
    flash(gettext("The draft is thrown away."), "success")
    return redirect(url_for("studio.index", _anchor=key), 303)


def take_out(draft_id: UUID) -> Download:
    """The draft as a zip, as it stands."""
    with seen_draft(draft_id) as at:
        content = carrying.write_zip(at.draft.key, at.files)
        return zip_answer(content, f"{at.draft.key}-draft.zip")


def files(draft_id: UUID) -> str:
    with seen_draft(draft_id) as at:
        return page("files", at, "studio.more", paths=sorted(at.files))


def file(draft_id: UUID, path: str) -> str:
    return show_sheet(draft_id, FileSheet(path), lambda at, filled: _file(at, filled, path))


def file_keep(draft_id: UUID, path: str) -> Response:
    if request.form.get("_action") == "remove":
        try:
            change(
                draft_id, f"file:{path}"[:80], sent_version(),
                lambda files: text_sheets.without_file(files, path),
            )  # fmt: skip
        except InUse as error:
            flash(f"{said(error).what} {said(error).remedy}", "info")
            return redirect(request.path, 303)
        flash(gettext("The file is removed. Under “More” it can be brought back."), "success")
        return redirect(url_for("studio.files", draft_id=draft_id), 303)
    return keep_sheet(draft_id, FileSheet(path), lambda at, filled: _file(at, filled, path))


def _file(at: Drafting, filled: Filled, path: str) -> str:
    names = {"text": path}
    return page(
        "file", at, "studio.more", filled=filled, path=path, names=names, html_id=html_id,
        summary=summary_of(filled, names, html_id),
    )  # fmt: skip


def parameters(draft_id: UUID) -> str:
    with seen_draft(draft_id) as at:
        sheet = NumbersSheet(at.draft.key)
        properties = read_json(at.files, NUMBERS).get("properties", {})
        listed = [(key, _words(node)) for key, node in properties.items()]
        plan = [
            (line.key, context.worded(Words(line.zh, line.en))) for line in sheet.lines(at.files)
        ]
        return page("parameters", at, "studio.numbers", numbers=listed, plan=plan)


def _words(node: Any) -> str:
    english = node.get("x-i18n", {}).get("en", {}).get("title")
    return str((english if context.language() == "en" else "") or node.get("title", ""))


def parameter(draft_id: UUID, kind: str, key: str) -> str:
    return show_sheet(draft_id, _sheet(kind, key), _line_page(kind, key))


def parameter_keep(draft_id: UUID, kind: str, key: str) -> Response:
    action = request.form.get("_action", "")
    where = url_for("studio.parameters", draft_id=draft_id)
    part = {"numbers": "parameters", "plan": "plan"}.get(kind, "")
    if action in ("remove", "rename"):
        new = request.form.get("_new", "").strip()
        try:
            change(
                draft_id, f"{'number' if kind == 'numbers' else 'line'}:{key}", sent_version(),
                lambda f: lines.removed(f, part, key)
                if action == "remove"
                else lines.renamed(f, part, key, new),
            )  # fmt: skip
        except (StillUsed, UnknownPart) as error:
            words = said(error)
            flash(f"{words.what} {words.remedy}", "info")
            return redirect(request.path, 303)
        flash(gettext("Saved."), "success")
        return redirect(where, 303)
    return keep_sheet(draft_id, _sheet(kind, key), _line_page(kind, key), after=lambda: where)


def _sheet(kind: str, key: str) -> NumberSheet | LineSheet:
    own = "" if key == "+" else key
    if kind == "numbers":
        return NumberSheet(own)
    if kind == "plan":
        return LineSheet(own)
    raise UnknownPart(kind)


def _line_page(kind: str, key: str) -> Any:
    def _draw(at: Drafting, filled: Filled) -> str:
        names = field_names() | {
            "group_zh": gettext("Group in Chinese"), "group_en": gettext("Group in English"),
            "default": gettext("Value"), "day": gettext("Day of the plan"), "time": gettext("Time"),
            "below": gettext("Comes after"),
        }  # fmt: skip
        sheet = _sheet(kind, key)
        plan = NumbersSheet(at.draft.key).lines(at.files)
        is_new = not sheet.key
        part = "plan" if kind == "plan" else "parameters"
        own_kind = sheet.kind(at.files) if isinstance(sheet, NumberSheet) and not is_new else ""
        return page(
            "parameter", at, "studio.numbers", filled=filled, kind=kind, key=key, is_new=is_new,
            names=names, html_id=html_id, summary=summary_of(filled, names, html_id),
            own_kind=own_kind,
            lines=[(line.key, context.worded(Words(line.zh, line.en))) for line in plan],
            used=[] if is_new else lines.uses(at.files, part, key),
            file=PLAN if kind == "plan" else NUMBERS,
        )  # fmt: skip

    return _draw
