"""Lists of people, lots, and everything else an operation gives."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from webapp.cases.tables.parts import Reader, Shown, Table


def eligible(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext(
        "%(eligible)s eligible, %(refused)s not.",
        eligible=len(result["eligible"]), refused=len(result["refused"]),
    )  # fmt: skip
    rows = [[reader.name(c), reader.names(result["reasons"].get(c, []))] for c in result["refused"]]
    if rows:
        head = [gettext("Name"), gettext("Reason")]
        made.tables.append(Table(gettext("Not eligible"), head, rows))
    if result.get("under_reserve"):
        made.fact(gettext("Under reserve"), reader.names(result["under_reserve"]))


def inspected(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext(
        "%(count)s people are under inspection.", count=len(result["inspected"])
    )
    made.fact(gettext("Under inspection"), reader.names(result["inspected"]))
    made.fact(gettext("Evaluated"), reader.names(result["evaluated"]))
    rows = [[reader.name(code), reader.name(why)] for code, why in result["stopped"].items()]
    if rows:
        head = [gettext("Name"), gettext("Reason")]
        made.tables.append(Table(gettext("Not going on"), head, rows))


def lots(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext("Lots drawn for %(count)s people.", count=len(result["order"]))
    rows = [[position, reader.name(code)] for position, code in enumerate(result["order"], start=1)]
    made.tables.append(Table(gettext("Order drawn"), [gettext("No."), gettext("Name")], rows))
    for number, codes in enumerate(result.get("groups") or (), start=1):
        made.fact(gettext("Group %(number)s", number=number), reader.names(codes))
    if result.get("by_hand"):
        made.fact(gettext("Drawn by hand"), len(result["by_hand"]))
    if result.get("seed"):
        made.fact(gettext("Seed of the draw (anybody can repeat it)"), result["seed"])


def people(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext("%(count)s people on the list.", count=result.get("total", 0))
    for key, title in (
        ("groups", gettext("By group")),
        ("labels", gettext("By category")),
        ("functions", gettext("By function")),
    ):
        numbers = {k: v for k, v in (result.get(key) or {}).items() if k}
        if numbers:
            made.fact(title, reader.counts(numbers))
    if result.get("reserves"):
        reserves = result["reserves"]
        made.fact(gettext("Reserves"), len(reserves) if isinstance(reserves, list) else reserves)


def applicants(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext("%(count)s people applied.", count=len(result["applicants"]))
    made.fact(gettext("Applicants"), reader.names(result["applicants"]))


def status(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = f"{reader.names(result['codes'])}: {reader.name(result['status'])}"


def kept(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    value = result["value"]
    if isinstance(value, list) and all(isinstance(code, str) for code in value):
        made.headline = reader.names(value)
    elif isinstance(value, list):
        made.headline = reader.names([contest.get("code", "") for contest in value])
        for contest in value:
            made.fact(reader.name(contest.get("code")), reader.names(contest.get("options", [])))
    else:
        made.headline = str(value)


def table_applied(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    rows = result["by_subject"]
    made.headline = gettext("%(count)s people compared with the conditions.", count=len(rows))
    fields = list(dict.fromkeys(key for row in rows.values() for key in row))
    cells = [
        [reader.name(c), *(_cell(row.get(f), reader) for f in fields)] for c, row in rows.items()
    ]
    head = [gettext("Name"), *(reader.name(each) for each in fields)]
    made.tables.append(Table(gettext("Compared with the conditions"), head, cells))


def _cell(value: Any, reader: Reader) -> str:
    if isinstance(value, list):
        return reader.names(value)
    return reader.yes(value) if isinstance(value, bool) else reader.name(value)


def rule(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    made.headline = gettext(
        "%(name)s: %(new)s instead of %(old)s", name=result["parameter"],
        new=result["new_value"] or result["new"], old=result["old_value"] or result["old"],
    )  # fmt: skip
    made.fact(gettext("In force from"), result.get("effective_on"))
    made.fact(gettext("Reason"), result.get("reason"))
    del reader


def other(result: Mapping[str, Any], reader: Reader, made: Shown) -> None:
    """Plain values of an operation that has no table of its own."""
    for key, value in result.items():
        if isinstance(value, str | int | bool) and key != "working":
            made.fact(reader.name(key), _cell(value, reader))
