"""The list of procedures, the versions of one, and the beginnings of drafts."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response as Download
from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.db import reading, transaction
from engine.definitions import UnknownPackage
from engine.studio import carrying, drafts, releases, templates
from engine.studio.access import is_owner, require_owner
from engine.studio.differences import differences
from webapp import context
from webapp.errors import N_, Said, said
from webapp.studio.places import places


def index() -> str:
    with reading(context.sessions()) as session:
        listed = releases.procedures(session, context.me(), **places())
        return render_template(
            "studio/index.html", procedures=listed, may_change=is_owner(context.me())
        )


def procedure(key: str) -> str:
    return _procedure(key)


def _procedure(key: str, refused: Any = None) -> str:
    with reading(context.sessions()) as session:
        who = context.me()
        found = releases.releases_of(session, who, key=key)
        listed = releases.procedures(session, who, **places())
        one = next((each for each in listed if each.key == key), None)
        if one is None and not found:
            raise releases.ReleaseNotFound(key)
        running = releases.running_by_version(session, key)
        shipped = _shipped_hash(key)
        return render_template(
            "studio/procedure.html", procedure=one, key=key, releases=found, running=running,
            shipped=shipped, may_change=is_owner(who), refused=refused,
            names={release.package_hash: release.number for release, _, _ in reversed(found)},
        )  # fmt: skip


def _shipped_hash(key: str) -> str | None:
    try:
        return templates.shipped(key, **places()).hash
    except UnknownPackage:
        return None


def begin(key: str) -> Response:
    """Begin a draft with the version in use, or with an older one to roll back to."""
    with transaction(context.sessions()) as session:
        who = context.me()
        require_owner(who)
        version, notes = request.form.get("version", ""), ""
        used = releases.current(session, key, **places()) if _has(session, key) else None
        source = used
        if version:
            source = releases.version_files(session, who, key=key, version=version, **places())
            notes = gettext("Back to version %(number)s.", number=version)
        if source is None:
            raise releases.ReleaseNotFound(key)
        draft = drafts.begin(
            session, who, key=key, files=source.files, base=used or source, notes=notes,
            now=context.now(),
        )  # fmt: skip
        draft_id = draft.id
    where = "studio.review" if version else "studio.numbers"
    return redirect(url_for(where, draft_id=draft_id), 303)


def _has(session: Any, key: str) -> bool:
    try:
        releases.current(session, key, **places())
    except UnknownPackage:
        return False
    return True


def new() -> str:
    return _new()


def _new(refused: Any = None, field: str = "") -> str:
    require_owner(context.me())
    with reading(context.sessions()) as session:
        listed = releases.procedures(session, context.me(), **places())
    return render_template(
        "studio/new.html", procedures=listed, refused=refused, typed=request.form, field=field
    )


def new_from_template() -> Response:
    """A procedure of one's own, made after another one."""
    form = request.form
    try:
        with transaction(context.sessions()) as session:
            who = context.me()
            require_owner(who)
            files, base = templates.copied(
                session, source=form.get("source", ""), key=form.get("key", "").strip(),
                zh=form.get("zh", "").strip(), en=form.get("en", "").strip(), **places(),
            )  # fmt: skip
            draft = drafts.begin(
                session, who, key=form.get("key", "").strip(), files=files, base=base,
                now=context.now(),
            )  # fmt: skip
            draft_id = draft.id
    except (templates.BadKey, templates.KeyTaken, templates.NameMissing, UnknownPackage) as error:
        field = "name" if isinstance(error, templates.NameMissing) else "key"
        return make_response(_new(said(error), field), said(error).status)
    return redirect(url_for("studio.numbers", draft_id=draft_id), 303)


def bring_in() -> Response:
    """A draft out of a zip."""
    sent = request.files.get("package")
    content = sent.read(carrying.LARGEST_ZIP + 1) if sent else b""
    if sent:
        sent.close()
    try:
        with transaction(context.sessions()) as session:
            who = context.me()
            require_owner(who)
            key, files = carrying.read_zip(content)
            used = releases.current(session, key, **places()) if _has(session, key) else None
            draft = drafts.begin(session, who, key=key, files=files, base=used, now=context.now())
            draft_id, errors = draft.id, draft.errors
    except carrying.ImportRefused as error:
        return make_response(_new(_import_words(error), "package"), 422)
    flash(gettext("The procedure was brought in as a draft. Look at what it changes."), "success")
    if errors:
        flash(gettext("The check has found errors in it; they are listed below."), "info")
    return redirect(url_for("studio.review", draft_id=draft_id), 303)


IMPORT_WORDS = {
    "not_zip": N_("This is not a zip file."),
    "too_large": N_("It is too large. %(file)s"),
    "too_many": N_("It holds too many files."),
    "path": N_("It names a place outside its folders: %(file)s"),
    "kind": N_("It holds a file of a kind that a procedure does not have: %(file)s"),
    "no_key": N_("Its files lie elsewhere than in processes/… and forms/…: %(file)s"),
    "several": N_("It holds several procedures: %(detail)s. Bring them in one by one."),
    "text": N_("%(file)s cannot be read: %(detail)s"),
    "xml": N_("%(file)s cannot be read as a diagram or table: %(detail)s"),
    "nothing": N_("It holds no procedure."),
}


def _import_words(error: carrying.ImportRefused) -> Said:
    """What is wrong with a zip."""
    told = gettext(IMPORT_WORDS[error.reason]) % {"file": error.file, "detail": error.detail}
    return Said(422, said(error).what, told)


def take_out(key: str, version: str) -> Download:
    """A version as a zip, for other tools and other places."""
    with reading(context.sessions()) as session:
        found = releases.version_files(session, context.me(), key=key, version=version, **places())
    return zip_answer(carrying.write_zip(key, found.files), f"{key}-{version}.zip")


def zip_answer(content: bytes, name: str) -> Download:
    return Download(
        content,
        mimetype="application/zip",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )


def compare(key: str) -> str:
    """Two versions, in words."""
    with reading(context.sessions()) as session:
        who = context.me()
        listed = releases.releases_of(session, who, key=key)
        numbers = [str(release.number) for release, _, _ in listed]
        if _shipped_hash(key) is not None:
            numbers.append("0")
        if not numbers:
            raise releases.ReleaseNotFound(key)
        new_one = request.args.get("new") or numbers[0]
        old_one = request.args.get("old") or (numbers[1] if len(numbers) > 1 else numbers[0])
        old, fresh = (
            releases.version_files(session, who, key=key, version=each, **places())
            for each in (old_one, new_one)
        )
        called = releases.procedure_names(session, **places()).get(key)
    return render_template(
        "studio/compare.html", key=key, numbers=numbers, old=old_one, new=new_one, called=called,
        changes=differences(key, old.files, fresh.files),
    )  # fmt: skip


def publish(key: str, release_id: UUID) -> Response:
    with transaction(context.sessions()) as session:
        made = releases.publish_release(
            session, context.me(), release_id=release_id, now=context.now()
        )
        number = made.number
    flash(gettext("Version %(number)s is published.", number=number), "success")
    return redirect(url_for("studio.procedure", key=key), 303)


def withdraw(key: str, release_id: UUID) -> Response:
    try:
        with transaction(context.sessions()) as session:
            made = releases.withdraw(
                session, context.me(), release_id=release_id, why=request.form.get("why", ""),
                now=context.now(),
            )  # fmt: skip
            number = made.number
    except releases.NotesMissing as error:
        return make_response(_procedure(key, said(error)), 422)
    flash(gettext("Version %(number)s is withdrawn.", number=number), "success")
    return redirect(url_for("studio.procedure", key=key), 303)
