"""Reads one property of a schema into a `Field`, or says what is wrong with it."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine.forms.faults import Place
from engine.forms.model import Choice, Field, FileRule, Kind, NumberRule, TextRule, Words
from engine.forms.patterns import LONGEST_TEXT, pattern_fault

COMMON = ("type", "title", "description", "x-i18n")
LIST = (*COMMON, "items", "minItems", "maxItems")
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
MOST_ROWS = 2000
_LARGEST = 10**15 - 1
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_FORMATS = {
    "decimal": Kind.DECIMAL,
    "date": Kind.DATE,
    "time": Kind.TIME,
    "date-time": Kind.INSTANT,
    "email": Kind.EMAIL,
    "file": Kind.FILE,
}
_WIDGETS = {
    Kind.TEXT: ("textarea",),
    Kind.CHOICE: ("radios", "select"),
    Kind.TICK: ("radios",),
}


def read_words(node: dict[str, Any], place: Place, key: str = "title") -> Words:
    """Read a title or description; both languages are needed."""
    zh = (place / key).text(node.get(key), of=f"the {key}")
    languages = (place / "x-i18n").mapping(node.get("x-i18n", {}), of="x-i18n")
    (place / "x-i18n").only(languages, ["en"], of="x-i18n")
    here = place / "x-i18n" / "en"
    english = here.mapping(languages.get("en", {}), of="the English text")
    here.only(english, ["title", "description"], of="the English text")
    return Words(zh, (here / key).text(english.get(key), of=f"the English {key}"))


def read_field(
    key: str, node: dict[str, Any], ui: dict[str, Any], place: Place, ui_place: Place, *, under: str
) -> Field:
    """Read every kind but rows. `under` is the path of the rows it is a column of, or ''."""
    if not KEY.fullmatch(key):
        place.fault(f"{key!r} is not a field name", "use a–z, 0–9 and _, at most 60 characters")
    options = (ui_place / "ui:options").mapping(ui.get("ui:options", {}), of="ui:options")
    field = Field(
        path=f"{under}.{key}" if under else key,
        key=key,
        kind=_kind(node, options, place),
        label=read_words(node, place),
        hint=read_words(node, place, "description") if "description" in node else None,
    )
    field = _READERS[field.kind](field, node, place)
    field = _read_source(field, options, place, ui_place / "ui:options")
    return _read_widget(field, ui, ui_place)


def _kind(node: dict[str, Any], options: dict[str, Any], place: Place) -> Kind:
    """Tell the kind from type, format and where its choices come from."""
    match node.get("type"):
        case "integer":
            return Kind.INTEGER
        case "boolean":
            return Kind.TICK
        case "array":
            items = (place / "items").mapping(node.get("items"), of="items")
            return Kind.FILES if items.get("format") == "file" else Kind.SEVERAL
        case "string" if "format" in node:
            if isinstance(node["format"], str) and node["format"] in _FORMATS:
                return _FORMATS[node["format"]]
            remedy = f"use one of: {', '.join(_FORMATS)}"
            (place / "format").fault(f"unknown format {node['format']!r}", remedy)
        case "string" if "oneOf" in node or "from" in options:
            return Kind.CHOICE
        case "string":
            pass
        case other:
            remedy = "use string, integer, boolean or array; marks are strings of format decimal"
            (place / "type").fault(f"unknown type {other!r}", remedy)
    return Kind.TEXT


def _read_text(field: Field, node: dict[str, Any], place: Place) -> Field:
    rule = TextRule()
    if "format" not in node:  # an unknown format has been reported and reads as text
        place.only(node, [*COMMON, "minLength", "maxLength", "pattern"], of="text")
    longest = (place / "maxLength").whole(
        node.get("maxLength", rule.longest), of="maxLength", lowest=1, highest=rule.longest
    )
    shortest = (place / "minLength").whole(
        node.get("minLength", 0), of="minLength", lowest=0, highest=longest
    )
    pattern = node.get("pattern")
    if pattern is not None:
        _check_pattern((place / "pattern").text(pattern, of="the pattern"), longest, place)
    return replace(field, text=TextRule(shortest, longest, pattern))


def _check_pattern(pattern: str, longest: int, place: Place) -> None:
    if fault := pattern_fault(pattern):
        (place / "pattern").fault(fault, "write a simpler pattern, such as ^1[0-9]{10}$")
    if longest > LONGEST_TEXT:
        wrong = f"a text with a pattern may have at most {LONGEST_TEXT} characters"
        (place / "maxLength").fault(wrong, "set maxLength, or take the pattern out")


def _read_integer(field: Field, node: dict[str, Any], place: Place) -> Field:
    place.only(node, [*COMMON, "minimum", "maximum"], of="a whole number")
    low, high = (
        (place / name).whole(node.get(name, default), of=name, lowest=-_LARGEST, highest=_LARGEST)
        for name, default in (("minimum", -_LARGEST), ("maximum", _LARGEST))
    )
    if low > high:
        (place / "maximum").fault("maximum is below minimum", "correct one of them")
    return replace(field, number=NumberRule(Decimal(low), Decimal(high), Decimal(1)))


def _read_decimal(field: Field, node: dict[str, Any], place: Place) -> Field:
    place.only(node, [*COMMON, "format", "x-decimal"], of="a decimal number")
    here = place / "x-decimal"
    rule = here.mapping(node.get("x-decimal", {}), of="x-decimal")
    here.only(rule, ["minimum", "maximum", "step"], of="x-decimal")
    found: dict[str, Decimal | None] = {}
    for name in ("minimum", "maximum", "step"):
        text = rule.get(name)
        exact = isinstance(text, str) and _DECIMAL.fullmatch(text) is not None
        found[name] = Decimal(str(text)) if exact else None
        if text is not None and not exact:
            (here / name).fault(f"{name} is not an exact number", 'write it as text, as in "0.1"')
    low, high, step = found["minimum"], found["maximum"], found["step"]
    if low is not None and high is not None and low > high:
        (here / "maximum").fault("maximum is below minimum", "correct one of them")
    if step is not None and step <= 0:
        (here / "step").fault("step is not above 0", 'write it as text, as in "0.1"')
        step = None
    return replace(field, number=NumberRule(low, high, step))


def _read_plain(field: Field, node: dict[str, Any], place: Place) -> Field:
    place.only(node, [*COMMON, "format"], of=f"a field of kind {field.kind}")
    return field


def _read_tick(field: Field, node: dict[str, Any], place: Place) -> Field:
    place.only(node, [*COMMON, "const"], of="a yes-or-no field")
    if "const" in node and node["const"] is not True:
        (place / "const").fault("const may only be true", "take it out")
    return replace(field, must_tick="const" in node)


def _read_choice(field: Field, node: dict[str, Any], place: Place) -> Field:
    place.only(node, [*COMMON, "oneOf"], of="a choice")
    return replace(field, choices=_choices(node, place))


def _choices(node: dict[str, Any], place: Place) -> tuple[Choice, ...]:
    found: list[Choice] = []
    for i, each in enumerate((place / "oneOf").listing(node.get("oneOf", []), of="oneOf")):
        here = place / "oneOf" / i
        entry = here.mapping(each, of="a choice")
        here.only(entry, ["const", "title", "x-i18n"], of="a choice")
        code = (here / "const").text(entry.get("const"), of="the code")
        if not CODE.fullmatch(code):
            (here / "const").fault(f"{code!r} is not a code", "use a–z, A–Z, 0–9 and _ . : -")
        if any(code == choice.code for choice in found):
            (here / "const").fault(f"the code {code!r} stands twice", "give each choice its own")
        found.append(Choice(code, *read_words(entry, here)))
    return tuple(found)


def _read_several(field: Field, node: dict[str, Any], place: Place) -> Field:
    place.only(node, [*LIST, "uniqueItems"], of="a list of choices")
    if node.get("uniqueItems", True) is not True:
        (place / "uniqueItems").fault("choices never repeat", 'write "uniqueItems": true')
    items = _items(node, place)
    (place / "items").only(items, ["type", "oneOf"], of="the items of a list of choices")
    return _read_counts(replace(field, choices=_choices(items, place / "items")), node, place)


def _read_file(field: Field, node: dict[str, Any], place: Place) -> Field:
    place.only(node, [*COMMON, "format", "x-file"], of="a file")
    return replace(field, file=_file_rule(node, place))


def _read_files(field: Field, node: dict[str, Any], place: Place) -> Field:
    place.only(node, LIST, of="a list of files")
    items = _items(node, place)
    (place / "items").only(items, ["type", "format", "x-file"], of="the items of a list of files")
    return _read_counts(replace(field, file=_file_rule(items, place / "items")), node, place)


def _items(node: dict[str, Any], place: Place) -> dict[str, Any]:
    items: object = node.get("items")
    if isinstance(items, dict) and items.get("type") != "string":
        remedy = 'use "string", or "object" for rows, which stand in the form itself'
        (place / "items" / "type").fault("the items are neither choices nor files", remedy)
    return items if isinstance(items, dict) else {}  # reported by `_kind`


def _file_rule(node: dict[str, Any], place: Place) -> FileRule:
    here = place / "x-file"
    rule = here.mapping(node.get("x-file"), of="x-file")
    here.only(rule, ["accept", "megabytes"], of="x-file")
    accept = (here / "accept").listing(rule.get("accept"), of="accept")
    if not accept or not all(isinstance(each, str) and _SUFFIX.fullmatch(each) for each in accept):
        (here / "accept").fault("accept does not list suffixes", 'write it as in [".pdf", ".jpg"]')
        accept = []
    most = (here / "megabytes").whole(rule.get("megabytes"), of="megabytes", lowest=1, highest=100)
    return FileRule(tuple(accept), most)


def _read_counts(field: Field, node: dict[str, Any], place: Place) -> Field:
    fewest = (place / "minItems").whole(
        node.get("minItems", 0), of="minItems", lowest=0, highest=MOST_ROWS
    )
    most = (place / "maxItems").whole(
        node.get("maxItems", MOST_ROWS), of="maxItems", lowest=max(fewest, 1), highest=MOST_ROWS
    )
    return replace(field, fewest=fewest, most=most)


def _read_source(field: Field, options: dict[str, Any], place: Place, ui_place: Place) -> Field:
    """Read where the choices come from."""
    chooses = field.kind in (Kind.CHOICE, Kind.SEVERAL)
    ui_place.only(options, ["from"] if chooses else [], of=f"a field of kind {field.kind}")
    if not chooses:
        return field
    if "from" in options:
        if field.choices:
            place.fault("the choices stand in oneOf and come from the selection", "keep one")
        source = (ui_place / "from").text(options["from"], of="from", longest=500)
        return replace(field, source=source, choices=())
    if not field.choices:
        remedy = 'list them under "oneOf", or name them in "ui:options": {"from": …}'
        place.fault("there is nothing to choose from", remedy)
    return field


def _read_widget(field: Field, ui: dict[str, Any], ui_place: Place) -> Field:
    ui_place.only(ui, ["ui:widget", "ui:options"], of="the layout of a field")
    widget = ui.get("ui:widget")
    allowed = _WIDGETS.get(field.kind, ())
    if widget is None:
        return field
    if widget not in allowed:
        remedy = f"use one of: {', '.join(allowed)}" if allowed else "take it out"
        (ui_place / "ui:widget").fault(f"no widget {widget!r} for {field.kind}", remedy)
        return field
    text = replace(field.text, long=widget == "textarea")
    return replace(field, widget=widget, text=text)


_READERS: dict[Kind, Callable[[Field, dict[str, Any], Place], Field]] = {
    Kind.TEXT: _read_text,
    Kind.INTEGER: _read_integer,
    Kind.DECIMAL: _read_decimal,
    Kind.DATE: _read_plain,
    Kind.TIME: _read_plain,
    Kind.INSTANT: _read_plain,
    Kind.EMAIL: _read_plain,
    Kind.TICK: _read_tick,
    Kind.CHOICE: _read_choice,
    Kind.SEVERAL: _read_several,
    Kind.FILE: _read_file,
    Kind.FILES: _read_files,
}
