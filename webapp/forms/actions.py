"""The buttons inside a form: add a row, remove a row or a file, import rows."""

from copy import deepcopy
from typing import Any

from engine.forms import Answers, Field, Form, Kind


def import_name(path: str) -> str:
    """Name the file field whose spreadsheet the button `import:<path>` brings."""
    return f"_import.{path}"


def apply_row_action(form: Form, answers: Answers, action: str) -> Answers:
    """Carry out `add:<path>`, `remove:<path>.<i>` or, for a single file, `remove:<path>`.

    Args:
        form: the form that was posted.
        answers: what `collect` gave; it is not changed.
        action: the value of the button `_action`.

    Returns:
        The answers to show next. What cannot be done, such as a row that is gone after a double
        click, changes nothing.
    """
    verb, _, path = action.partition(":")
    field = form.field(path)
    changed = deepcopy(answers)
    if field is not None and verb == "add":
        _add(field, changed)
    elif field is not None and verb == "remove":
        _remove(field, changed, path.split("."))
    return changed


def _add(field: Field, answers: Answers) -> None:
    if field.rows is None or field.rows.source is not None:
        return
    rows = answers.setdefault(field.key, [])
    if isinstance(rows, list) and (field.most is None or len(rows) < field.most):
        rows.append({})


def _remove(field: Field, answers: Answers, steps: list[str]) -> None:
    removable = field.file is not None or (field.rows is not None and field.rows.source is None)
    *way, last = steps
    inside: Any = answers
    for step in way:
        inside = _at(inside, step)
    if not removable or _at(inside, last) is None:
        return
    if isinstance(inside, list):
        inside.pop(int(last))
    elif field.kind is Kind.FILE:
        inside.pop(last)


def _at(inside: object, step: str) -> object:
    """Go one step down; None where there is nothing."""
    if isinstance(inside, dict):
        return inside.get(step)
    if isinstance(inside, list) and step.isdecimal() and int(step) < len(inside):
        return inside[int(step)]
    return None
