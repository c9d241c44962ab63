"""Reads the two files of a form and refuses what is outside the vocabulary."""

from dataclasses import replace
from typing import Any

from engine.forms.faults import Fault, InvalidForm, Place, parse
from engine.forms.fields import KEY, LIST, MOST_ROWS, read_field, read_words
from engine.forms.model import Condition, Field, Form, Kind, RowsRule, Shown, Words

MOST_FIELDS = 200
TOTAL = Words("合计", "Total")
_ROOT = ("type", "title", "description", "x-i18n", "properties", "required", "allOf", "x-totals")
_ROOT_UI = ("ui:order", "ui:show", "ui:results")


def load_form(form_id: str, schema_text: str, ui_text: str = "{}") -> Form:
    """Read and check `<form_id>-schema.json` and `<form_id>-uischema.json`.

    Raises:
        InvalidForm: carries every fault with file, JSON pointer, what is wrong, remedy.

    """
    faults: list[Fault] = []
    place = Place(f"{form_id}-schema.json", faults)
    ui_place = Place(f"{form_id}-uischema.json", faults)
    schema, ui = parse(schema_text, place), parse(ui_text, ui_place)
    form = Form(id=form_id, schema=schema, ui=ui)
    if not faults:
        form = _read_form(form, place, ui_place)
    if faults:
        raise InvalidForm(list(dict.fromkeys(faults)))
    return form


def _read_form(form: Form, place: Place, ui_place: Place) -> Form:
    schema, ui = dict(form.schema), dict(form.ui)
    place.only(schema, _ROOT, of="a form")
    if schema.get("type") != "object":
        (place / "type").fault("a form is an object", 'write "type": "object"')
    fields = _read_properties(schema, ui, place, ui_place, rows_allowed=True)
    ui_place.only(ui, [*_ROOT_UI, *(field.key for field in fields)], of="the layout of a form")
    fields = _read_totals(fields, schema, place)
    if len(fields) + sum(len(field.columns) for field in fields) > MOST_FIELDS:
        place.fault(f"the form has more than {MOST_FIELDS} fields", "split the form")
    return replace(
        form,
        label=read_words(schema, place) if "title" in schema else None,
        hint=read_words(schema, place, "description") if "description" in schema else None,
        fields=_in_order(fields, ui, ui_place),
        conditions=_read_conditions(fields, schema, place),
        shows=_read_shows(ui, ui_place),
        results=_read_results(ui, ui_place),
    )


def _read_properties(
    node: dict[str, Any],
    ui: dict[str, Any],
    place: Place,
    ui_place: Place,
    *,
    rows_allowed: bool,
    under: str = "",
) -> tuple[Field, ...]:
    properties = (place / "properties").mapping(node.get("properties"), of="properties")
    required = (place / "required").names(node.get("required", []), properties, of="required")
    if not properties:
        (place / "properties").fault("there are no fields", "add at least one")
    fields = []
    for key, each in properties.items():
        here, ui_here = place / "properties" / key, ui_place / key
        entry = here.mapping(each, of="a field")
        layout = ui_here.mapping(ui.get(key, {}), of="the layout of a field")
        if _holds_rows(entry) and rows_allowed:
            field = _read_rows(key, entry, layout, here, ui_here)
        else:
            field = read_field(key, entry, layout, here, ui_here, under=under)
        fields.append(replace(field, required=key in required or field.must_tick))
    return tuple(fields)


def _holds_rows(entry: dict[str, Any]) -> bool:
    items = entry.get("items")
    return (
        entry.get("type") == "array" and isinstance(items, dict) and items.get("type") == "object"
    )


def _read_rows(
    key: str, node: dict[str, Any], ui: dict[str, Any], place: Place, ui_place: Place
) -> Field:
    if not KEY.fullmatch(key):
        place.fault(f"{key!r} is not a field name", "use a–z, 0–9 and _, at most 60 characters")
    place.only(node, LIST, of="rows")
    ui_place.only(ui, ["ui:options", "items"], of="the layout of rows")
    items, here, ui_here = node["items"], place / "items", ui_place / "items"
    here.only(items, ["type", "properties", "required", "allOf"], of="the items of rows")
    layout = ui_here.mapping(ui.get("items", {}), of="the layout of the columns")
    columns = _read_properties(items, layout, here, ui_here, rows_allowed=False, under=key)
    ui_here.only(layout, ["ui:order", *(column.key for column in columns)], of="the columns")
    rule = RowsRule(
        columns=_in_order(columns, layout, ui_here),
        conditions=_read_conditions(columns, items, here),
    )
    fewest = (place / "minItems").whole(
        node.get("minItems", 0), of="minItems", lowest=0, highest=MOST_ROWS
    )
    most = (place / "maxItems").whole(
        node.get("maxItems", MOST_ROWS), of="maxItems", lowest=max(fewest, 1), highest=MOST_ROWS
    )
    return Field(
        path=key,
        key=key,
        kind=Kind.ROWS,
        label=read_words(node, place),
        hint=read_words(node, place, "description") if "description" in node else None,
        fewest=fewest,
        most=most,
        rows=_read_row_options(rule, ui, ui_place / "ui:options"),
    )


def _read_row_options(rule: RowsRule, ui: dict[str, Any], place: Place) -> RowsRule:
    options = place.mapping(ui.get("ui:options", {}), of="ui:options")
    place.only(options, ["import", "rows", "key"], of="rows")
    imports, key, source = options.get("import", False), options.get("key"), options.get("rows")
    if not isinstance(imports, bool):
        (place / "import").fault("import is neither true nor false", "write true or false")
    if source is not None:
        source = (place / "rows").text(source, of="rows", longest=500)
        if key is None:
            place.fault("fixed rows have no key", 'add "key": the column that holds the code')
    column = rule.column(key) if isinstance(key, str) else None
    if key is not None and (column is None or column.kind not in (Kind.TEXT, Kind.CHOICE)):
        remedy = "name a column of kind text or choice"
        (place / "key").fault(f"{key!r} is not a column that can hold a code", remedy)
    return replace(rule, imports=imports is True, key=key, source=source)


def _read_conditions(
    fields: tuple[Field, ...], node: dict[str, Any], place: Place
) -> tuple[Condition, ...]:
    """Read `allOf`: a list of {"if": {"properties": …}, "then": {"required": […]}}."""
    known = {field.key: field for field in fields}
    found = []
    for i, each in enumerate((place / "allOf").listing(node.get("allOf", []), of="allOf")):
        here = place / "allOf" / i
        entry = here.mapping(each, of="a condition")
        here.only(entry, ["if", "then"], of="a condition")
        when, then = here / "if", here / "then"
        test = when.mapping(entry.get("if"), of="if")
        when.only(test, ["properties", "required"], of="if")
        wanted = (when / "properties").mapping(test.get("properties"), of="properties")
        if not wanted:
            when.fault("the condition names no field", 'write {"properties": {"field": …}}')
        result = then.mapping(entry.get("then"), of="then")
        then.only(result, ["required"], of="then")
        needed = (then / "required").names(result.get("required"), known, of="required")
        pairs = [
            (key, _constant(known.get(key), value, when / "properties" / key))
            for key, value in wanted.items()
        ]
        found.append(Condition(tuple(pairs), tuple(needed)))
    return tuple(found)


def _constant(field: Field | None, node: object, place: Place) -> str | bool | int:
    """Read the value a condition compares with; it must be one the field can have."""
    entry = place.mapping(node, of="the test")
    place.only(entry, ["const"], of="the test")
    value = entry.get("const")
    if field is None:
        place.fault("there is no such field", "correct the name")
        return ""
    fits = {
        Kind.TICK: isinstance(value, bool),
        Kind.INTEGER: isinstance(value, int) and not isinstance(value, bool),
        Kind.TEXT: isinstance(value, str),
        Kind.CHOICE: isinstance(value, str)
        and (field.source is not None or any(value == choice.code for choice in field.choices)),
    }
    if not fits.get(field.kind, False) or not isinstance(value, (str, bool, int)):
        remedy = "compare a choice, a tick, a whole number or a text with a value it can have"
        (place / "const").fault(f"{field.key} is never {value!r}", remedy)
        return ""
    return value


def _read_totals(
    fields: tuple[Field, ...], schema: dict[str, Any], place: Place
) -> tuple[Field, ...]:
    """Turn `x-totals` into fields that are computed; a declared one keeps its title and limits."""
    here = place / "x-totals"
    totals = here.mapping(schema.get("x-totals", {}), of="x-totals")
    known = {field.key: field for field in fields}
    for key, each in totals.items():
        if not KEY.fullmatch(key):
            (here / key).fault(f"{key!r} is not a field name", "use a–z, 0–9 and _")
        numbers = {name for name, field in known.items() if name not in totals and field.adds_up}
        parts = (here / key).names(each, numbers, of="a total")
        if not parts:
            (here / key).fault("the total adds nothing up", "name its parts")
        declared = known.get(key, Field(key, key, Kind.DECIMAL, TOTAL))
        if declared.kind is not Kind.DECIMAL:
            (here / key).fault(f"{key} is not a decimal number", 'declare it "format": "decimal"')
        known[key] = replace(declared, required=False, parts=tuple(parts))
    return tuple(known.values())


def _in_order(fields: tuple[Field, ...], ui: dict[str, Any], place: Place) -> tuple[Field, ...]:
    """Sort by `ui:order`, which names every field once; totals may be left to the end."""
    if "ui:order" not in ui:
        return fields
    here = place / "ui:order"
    known = {field.key: field for field in fields}
    order = here.names(ui["ui:order"], known, of="ui:order")
    left = [field for field in fields if field.key not in order]
    for field in left:
        if not field.is_total:
            here.fault(f"the field {field.key!r} is missing", "name each field once")
    return (*(known[key] for key in order), *left)


def _read_shows(ui: dict[str, Any], place: Place) -> tuple[Shown, ...]:
    here = place / "ui:show"
    found = []
    for i, each in enumerate(here.listing(ui.get("ui:show", []), of="ui:show")):
        entry = (here / i).mapping(each, of="what is shown")
        (here / i).only(entry, ["title", "x-i18n", "value"], of="what is shown")
        expression = (here / i / "value").text(entry.get("value"), of="value", longest=500)
        found.append(Shown(read_words(entry, here / i), expression))
    return tuple(found)


def _read_results(ui: dict[str, Any], place: Place) -> tuple[str, ...]:
    here = place / "ui:results"
    listed = here.listing(ui.get("ui:results", []), of="ui:results")
    return tuple((here / i).text(each, of="the id") for i, each in enumerate(listed))
