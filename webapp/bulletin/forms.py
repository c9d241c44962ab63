"""Forms that anybody fills in: limits, files kept for one browser, the form's page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request
from flask import session as browser

from engine import limits
from engine.db import reading, transaction
from engine.files import FileNotAllowed, FileTooLarge
from engine.forms import Answers, Form, Presented, Problem, collect, present
from engine.run import receiving
from engine.run.filing import files_in
from engine.run.receiving import Asked
from webapp import context
from webapp.forms import FormPage, form_page

_FILES = "files"
_MOST_FILES = 40
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Typed:
    """What was typed so far and what is wrong with it."""

    answers: Answers = field(default_factory=dict)
    problems: Sequence[Problem] = ()


def count_sent(what: str = "page") -> None:
    """Count this request in a transaction of its own, so that it stays counted.

    Raises:
        TooManyRequests: too much was sent from this address.
    """
    with transaction(context.sessions()) as session:
        limits.count_sent(session, address=request.remote_addr or "", what=what, now=context.now())


def read_posted(asked: Asked, known: Collection[str] = ()) -> Typed:
    """Store the files that were sent, then read the answers; only own files are taken.

    Args:
        known: ids of further files that are this person's, handed in before.
    """
    zone = ZoneInfo(asked.case.time_zone)
    stored, problems = _store_files(asked)
    answers = collect(asked.form, request.form, stored, zone=zone)
    own = {*own_files(), *known}
    return Typed(_own_files(asked.form.fields, answers, own), problems)


def _store_files(asked: Asked) -> tuple[dict[str, Sequence[str]], list[Problem]]:
    stored: dict[str, list[str]] = {}
    problems: list[Problem] = []
    sent = [(name, upload) for name, upload in request.files.items(multi=True) if upload.filename]
    for name, upload in sent:
        wanted = asked.form.field(name)
        if wanted is None or wanted.file is None:
            continue
        if len(own_files()) >= _MOST_FILES:
            problems.append(Problem(name, "too_many", {"limit": _MOST_FILES}))
            continue
        try:
            with transaction(context.sessions()) as session:
                file = receiving.store_file(
                    session, asked, field=wanted, name=upload.filename or "",
                    content=upload.read(), root=context.settings().files_dir, now=context.now(),
                )  # fmt: skip
                stored.setdefault(name, []).append(str(file.id))
            browser[_FILES] = [*browser.get(_FILES, ()), stored[name][-1]]
        except FileTooLarge:
            megabytes = wanted.file.size_bytes // _MEGABYTE
            problems.append(Problem(name, "file_size", {"megabytes": megabytes}))
        except FileNotAllowed:
            accept = " ".join(wanted.file.accept)
            problems.append(Problem(name, "file_type", {"accept": accept}))
    return dict(stored), problems


def own_files() -> Collection[str]:
    """Ids of the files this browser has sent; nobody can hand in another person's file."""
    made: list[str] = browser.get(_FILES, [])
    return made


def own_file_ids() -> list[UUID]:
    return [UUID(key) for key in own_files()]


def forget_files() -> None:
    browser.pop(_FILES, None)


def _own_files(fields: Sequence[Any], answers: Mapping[str, Any], own: Collection[str]) -> Answers:
    """Leave out ids of files that this browser did not send."""
    made: Answers = {}
    for each in fields:
        value = answers.get(each.key)
        if each.file is not None and isinstance(value, list):
            value = [key for key in value if key in own]
        elif each.file is not None:
            value = value if value in own else None
        elif each.rows is not None and isinstance(value, list):
            value = [_own_files(each.columns, row, own) for row in value]
        if value is not None:
            made[each.key] = value
    return made


def page_of(asked: Asked, typed: Typed) -> FormPage:
    with reading(context.sessions()) as session:
        files = files_in(session, asked.form, typed.answers)
    return form_page(
        asked.form, typed.answers, asked.choices, lang=context.language(),
        problems=typed.problems, files=files, zone=ZoneInfo(asked.case.time_zone),
    )  # fmt: skip


def read_back(asked: Asked, answers: Answers) -> list[Presented]:
    """What was typed, in words, to be checked once more."""
    with reading(context.sessions()) as session:
        files = files_in(session, asked.form, answers)
    return present(
        asked.form, answers, context.language(), asked.choices, files=files,
        zone=ZoneInfo(asked.case.time_zone),
    )  # fmt: skip


def carried(form: Form, answers: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Answers as the hidden fields of the page that asks for a confirmation."""
    made: list[tuple[str, str]] = []
    for key, value in answers.items():
        name = f"{prefix}{key}"
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            for index, row in enumerate(value):
                made += carried(form, row, f"{name}.{index}.")
        elif isinstance(value, list):
            made += [(name, str(each)) for each in value]
        elif isinstance(value, bool):
            made += [(name, "true" if value else "false")]
        elif value is not None:
            made.append((name, str(value)))
    return made
