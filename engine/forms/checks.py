"""The rules of single fields: each check gives the exact value or raises `Wrong`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from engine.forms.model import Choice, Field, Kind, Options
from engine.forms.reading import plain_decimal, storable
from engine.forms.totals import EXACT, number_of

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}"
)
_LONGEST_CODE = 200


@dataclass(frozen=True)
class StoredFile:
    """What is known of an uploaded file: its name as uploaded and its size."""

    name: str
    size_bytes: int


class Wrong(Exception):
    """A value breaks a rule of its field; `code` and `facts` become a `Problem`."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code, self.facts = code, values


@dataclass(frozen=True)
class Facts:
    """What the checks need beside the form. A draft is checked for its types only."""

    options: Options
    files: Mapping[str, StoredFile]
    draft: bool = False


def check(field: Field, value: object, facts: Facts) -> Any:
    """Check one value that is not blank, of any kind but rows.

    Raises:
        Wrong: with the code and the facts of the first rule it breaks.

    """
    return _CHECKS[field.kind](field, value, facts)


def check_file(field: Field, file: StoredFile) -> None:
    """Check kind and size of an upload.

    Raises:
        Wrong: `file_type` or `file_size`.

    """
    if field.file is None:
        raise Wrong("shape")
    if PurePath(file.name).suffix.lower() not in field.file.accept:
        raise Wrong("file_type", accept=" ".join(field.file.accept))
    if file.size_bytes > field.file.size_bytes:
        raise Wrong("file_size", megabytes=field.file.megabytes)
    if file.size_bytes == 0:
        raise Wrong("file_empty")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong("shape")
    if not all(map(storable, value)):
        raise Wrong("characters")
    return value


def _check_text(field: Field, value: object, facts: Facts) -> str:
    text, rule = _text(value).strip(), field.text
    longest = rule.longest if not facts.draft else type(rule)().longest
    if len(text) > longest:
        raise Wrong("too_long", limit=longest, length=len(text))
    if facts.draft:
        return text
    if len(text) < rule.shortest:
        raise Wrong("too_short", limit=rule.shortest, length=len(text))
    if rule.pattern and not re.compile(rule.pattern, re.ASCII).fullmatch(text):
        raise Wrong("pattern")
    return text


def _check_email(field: Field, value: object, facts: Facts) -> str:
    text = _check_text(field, value, facts)
    if not facts.draft and not _EMAIL.fullmatch(text):
        raise Wrong("email")
    return text


def _check_integer(field: Field, value: object, facts: Facts) -> int:
    number = number_of(value) if isinstance(value, int) else None
    if number is None:
        raise Wrong("integer")
    _check_limits(field, number, facts)
    return int(number)


def _check_decimal(field: Field, value: object, facts: Facts) -> str:
    number = number_of(value)
    if number is None:
        raise Wrong("decimal")
    _check_limits(field, number, facts)
    return plain_decimal(str(value)) or format(number, "f")


def _check_limits(field: Field, number: Decimal, facts: Facts) -> None:
    rule = field.number
    if facts.draft:
        return
    if rule.minimum is not None and number < rule.minimum:
        raise Wrong("too_small", limit=format(rule.minimum, "f"))
    if rule.maximum is not None and number > rule.maximum:
        raise Wrong("too_large", limit=format(rule.maximum, "f"))
    start = rule.minimum or Decimal(0)
    if rule.step is not None and EXACT.remainder(EXACT.subtract(number, start), rule.step):
        raise Wrong("step", step=format(rule.step, "f"), start=format(start, "f"))


def _check_date(_field: Field, value: object, _facts: Facts) -> str:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise Wrong("date")
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Wrong("date") from None


def _check_time(_field: Field, value: object, _facts: Facts) -> str:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{2}:[0-9]{2}", text):
        raise Wrong("time")
    try:
        return time.fromisoformat(text).isoformat("minutes")
    except ValueError:
        raise Wrong("time") from None


def _check_instant(_field: Field, value: object, _facts: Facts) -> str:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|[+-][0-9:]{5,8})", text):
        raise Wrong("instant")
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        raise Wrong("instant") from None


def _check_tick(field: Field, value: object, facts: Facts) -> bool:
    if not isinstance(value, bool):
        raise Wrong("tick")
    if field.must_tick and not value and not facts.draft:
        raise Wrong("must_tick")
    return value


def _check_choice(field: Field, value: object, facts: Facts) -> str:
    code = _text(value)
    if len(code) > _LONGEST_CODE:
        raise Wrong("choice")
    if not facts.draft and not _offers(field.options(facts.options), code):
        raise Wrong("choice")
    return code


def _offers(options: Sequence[Choice], code: str) -> bool:
    return any(code == choice.code for choice in options)


def _check_several(field: Field, value: object, facts: Facts) -> list[str]:
    codes = [_check_choice(field, code, facts) for code in _listed(field, value, facts)]
    if len(set(codes)) < len(codes):
        raise Wrong("repeated")
    return codes


def _check_file_id(field: Field, value: object, facts: Facts) -> str:
    file_id = _text(value)
    if file_id not in facts.files:
        raise Wrong("file_unknown")
    check_file(field, facts.files[file_id])
    return file_id


def _check_files(field: Field, value: object, facts: Facts) -> list[str]:
    listed = _listed(field, value, facts)
    return list(dict.fromkeys(_check_file_id(field, file_id, facts) for file_id in listed))


def _listed(field: Field, value: object, facts: Facts) -> list[object]:
    if not isinstance(value, list):
        raise Wrong("shape")
    check_count(field, len(value), facts)
    return value


def check_count(field: Field, count: int, facts: Facts) -> None:
    """Check how many rows, choices or files there are; a draft only against the cap.

    Raises:
        Wrong: `too_few` or `too_many`.

    """
    if field.most is not None and count > field.most:
        raise Wrong("too_many", limit=field.most, count=count)
    if count < field.fewest and not facts.draft:
        raise Wrong("too_few", limit=field.fewest, count=count)


_CHECKS: dict[Kind, Callable[[Field, object, Facts], Any]] = {
    Kind.TEXT: _check_text,
    Kind.INTEGER: _check_integer,
    Kind.DECIMAL: _check_decimal,
    Kind.DATE: _check_date,
    Kind.TIME: _check_time,
    Kind.INSTANT: _check_instant,
    Kind.EMAIL: _check_email,
    Kind.TICK: _check_tick,
    Kind.CHOICE: _check_choice,
    Kind.SEVERAL: _check_several,
    Kind.FILE: _check_file_id,
    Kind.FILES: _check_files,
}
