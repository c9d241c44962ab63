"""The numbers of the plan as questions: read from `parameters-schema.json`, checked exactly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.definitions import PackageVersion, Words
from engine.forms import Choice

YES = "true"


@dataclass(frozen=True)
class Number:
    """One number. A list or an object of the schema gives several, each with a dotted path."""

    path: str
    title: Words
    hint: Words
    group: Words
    kind: str
    """integer, text, choice or tick"""
    default: Any
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[Choice, ...] = ()

    @property
    def default_text(self) -> str:
        if self.kind == "tick":
            return YES if self.default else ""
        return "" if self.default is None else str(self.default)


@dataclass(frozen=True)
class NumberProblem:
    """What is wrong with a number.

    `missing`, `not_whole`, `too_small`, `too_large`, `unknown`, or `sum`: together with `others`
    it makes `actual` where it must make `limit`.
    """

    path: str
    code: str
    limit: int | None = None
    others: tuple[str, ...] = ()
    actual: int | None = None


def numbers_of(package: PackageVersion) -> list[Number]:
    """All numbers of a package in the order of its schema."""
    return [
        number
        for key, schema in package.parameters_schema["properties"].items()
        for number in _numbers(key, schema, schema.get("default"), _group(schema))
    ]


def _numbers(path: str, schema: Mapping[str, Any], default: Any, group: Words) -> Iterator[Number]:
    title, hint = _words(schema, "title"), _words(schema, "description")
    kind = schema.get("type")
    if kind == "array":
        given = default or []
        for index in range(schema.get("minItems", len(given))):
            value = given[index] if index < len(given) else None
            for each in _numbers(f"{path}.{index}", schema["items"], value, group):
                yield _part(each, title, hint, f" {index + 1}")
    elif kind == "object":
        for key, inner in schema["properties"].items():
            for each in _numbers(f"{path}.{key}", inner, (default or {}).get(key), group):
                yield _part(each, title, hint, "")
    else:
        yield _one(path, schema, default, group, title, hint)


def _part(number: Number, title: Words, hint: Words, ending: str) -> Number:
    """A part is named after the whole, then by its own name or place."""
    own = number.title
    zh = f"{title.zh}：{own.zh}" if own.zh else f"{title.zh}{ending}"
    en = f"{title.en}: {own.en}" if own.en else f"{title.en}{ending}"
    kept = number.hint if number.hint.zh else hint
    return Number(**{**number.__dict__, "title": Words(zh, en), "hint": kept})


def _one(
    path: str, schema: Mapping[str, Any], default: Any, group: Words, title: Words, hint: Words
) -> Number:
    offered = schema.get("oneOf")
    kind = {"integer": "integer", "boolean": "tick"}.get(str(schema.get("type")), "text")
    return Number(
        path=path,
        title=title,
        hint=hint,
        group=group,
        kind="choice" if offered else kind,
        default=default,
        minimum=schema.get("minimum"),
        maximum=schema.get("maximum"),
        choices=tuple(
            Choice(each["const"], *_pair(_words(each, "title"))) for each in offered or ()
        ),
    )


def _words(schema: Mapping[str, Any], name: str) -> Words:
    zh = schema.get(name, "")
    return Words(zh, schema.get("x-i18n", {}).get("en", {}).get(name, zh))


def _pair(words: Words) -> tuple[str, str]:
    return words.zh, words.en


def _group(schema: Mapping[str, Any]) -> Words:
    zh = schema.get("x-group", "")
    return Words(zh, schema.get("x-i18n", {}).get("en", {}).get("group", zh))


def typed_defaults(package: PackageVersion) -> dict[str, str]:
    """Every number as it stands on the page before anybody has typed."""
    return {number.path: number.default_text for number in numbers_of(package)}


def read_numbers(
    package: PackageVersion, typed: Mapping[str, str]
) -> tuple[dict[str, Any], list[NumberProblem]]:
    """Turn what was typed into parameters; a number nobody typed has its default.

    Returns:
        The parameters, nested as in the schema, and what is wrong. With problems the parameters
        lack those numbers.
    """
    made: dict[str, Any] = {}
    problems = []
    for number in numbers_of(package):
        value, problem = _read(number, typed.get(number.path, number.default_text).strip())
        if problem is not None:
            problems.append(problem)
        else:
            _put(made, number.path.split("."), value)
    problems += _sums(package, made)
    return {key: _listed(value) for key, value in made.items()}, problems


def _sums(package: PackageVersion, made: Mapping[str, Any]) -> Iterator[NumberProblem]:
    """Numbers that belong together and do not make what they must, such as weights of 100."""
    for rule in package.parameters_schema.get("x-sums", ()):
        paths: list[str] = rule["of"]
        if not all(isinstance(made.get(path), int) for path in paths):
            continue  # what is wrong with the number itself is said already
        actual = sum(made[path] for path in paths)
        if actual != rule["total"]:
            yield NumberProblem(paths[0], "sum", rule["total"], tuple(paths[1:]), actual)


def _read(number: Number, text: str) -> tuple[Any, NumberProblem | None]:
    if number.kind == "tick":
        return text == YES, None
    if not text and (number.kind != "text" or number.default):
        return None, NumberProblem(number.path, "missing")
    if number.kind == "choice":
        known = text in {choice.code for choice in number.choices}
        return text, None if known else NumberProblem(number.path, "unknown")
    return _whole(number, text) if number.kind == "integer" else (text, None)


def _whole(number: Number, text: str) -> tuple[int | None, NumberProblem | None]:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        return None, NumberProblem(number.path, "not_whole")
    value = int(text)
    if number.minimum is not None and value < number.minimum:
        return None, NumberProblem(number.path, "too_small", number.minimum)
    if number.maximum is not None and value > number.maximum:
        return None, NumberProblem(number.path, "too_large", number.maximum)
    return value, None


def _put(made: dict[str, Any], way: list[str], value: Any) -> None:
    inside = made
    for step in way[:-1]:
        inside = inside.setdefault(step, {})
    inside[way[-1]] = value


def _listed(value: Any) -> Any:
    """Give lists back: what has only numbered places was one."""
    if isinstance(value, dict) and value and all(key.isdecimal() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return value
