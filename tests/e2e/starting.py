"""Start the selection of a scenario on the start pages, as the selection office does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from openpyxl import load_workbook
from werkzeug.datastructures import FileStorage

from engine.definitions import PackageVersion
from engine.scenarios.cast import expand
from engine.scenarios.model import Scenario
from tests.e2e.client import Client, Page, fields_of

_COLUMNS = {"name": "姓名", "unit": "单位", "post": "职务", "group": "分组", "function": "职责"}


class NotStarted(AssertionError):
    """A start page did not accept what the office typed."""

    def __init__(self, part: str, page: Page) -> None:
        text = " ".join(page.document().text_content().split())
        super().__init__(f"{part}: {page.status} at {page.address}: {text[:3000]}")


def start_selection(client: Client, scenario: Scenario, package: PackageVersion, me: str) -> UUID:
    """Go through the five pages and start; gives the selection.

    Args:
        client: the browser of somebody of the office who may start selections.
        me: the name of that person, who is known already.
    """
    client.get("/selections/start")
    page = client.post("/selections/start", [("procedure", scenario.procedure)])
    draft = page.address.rsplit("/", 1)[0]
    details = {
        **scenario.details, "title": scenario.title["zh"], "title_en": scenario.title["en"]
    }  # fmt: skip
    form = package.form_of(package.definition.start_of(package.key))
    assert form is not None
    _go_on(client, draft, "form", fields_of(form, details), "numbers")
    # The usual numbers stand on the page: only the button is pressed.
    _go_on(client, draft, "numbers", _shown(client.get(f"{draft}/numbers")), "plan")
    _go_on(client, draft, "plan", [("announced_on", "2026-03-02"), *_dates(scenario)], "people")
    for place, rows in _by_place(scenario).items():
        known = [row for row in rows if row["name"] == me]
        for function in known[0].get("functions", "").split() if known else ():
            _add_known(client, draft, place, me, function)
        others = [row for row in rows if row["name"] != me]
        if others:
            _import(client, draft, place, others, package)
    client.get(f"{draft}/summary")
    started = client.post(f"{draft}/summary", [])
    if started.status != 200 or "/selections/start" in started.address:
        raise NotStarted("summary", started)
    return UUID(started.address.rsplit("/", 1)[1])


def _go_on(
    client: Client, draft: str, part: str, fields: Sequence[tuple[str, str]], following: str
) -> None:
    client.get(f"{draft}/{part}")
    page = client.post(f"{draft}/{part}", [*fields, ("_action", "submit")])
    if page.status != 200 or not page.address.endswith(f"/{following}"):
        raise NotStarted(part, page)


def _shown(page: Page) -> list[tuple[str, str]]:
    """What stands in the fields of a page, as a browser would send it."""
    form = page.document().xpath("//main//form")[0]
    return [(name, value) for name, value in form.form_values() if name != "csrf_token"]


def _dates(scenario: Scenario) -> Iterable[tuple[str, str]]:
    zone = ZoneInfo(scenario.time_zone)
    for key, text in scenario.plan.items():
        local = datetime.fromisoformat(str(text)).astimezone(zone)
        yield f"plan.{key}", f"{local:%Y-%m-%dT%H:%M}"


def _by_place(scenario: Scenario) -> dict[str, list[Mapping[str, Any]]]:
    made: dict[str, list[Mapping[str, Any]]] = {}
    for row in expand(scenario.people):
        place = f"roster:{row['roster']}" if "roster" in row else f"role:{row['role']}"
        made.setdefault(place, []).append(row)
    return made


def _add_known(client: Client, draft: str, place: str, name: str, function: str) -> None:
    found = client.get(f"{draft}/people?{urlencode({'find': name})}")
    (button,) = found.document().xpath("//button[starts-with(@value, 'known:')]/@value")
    page = client.post(
        f"{draft}/people", [("place", place), ("function", function), ("_action", button)]
    )
    if page.status != 200:
        raise NotStarted(f"add {name}", page)


def _import(
    client: Client,
    draft: str,
    place: str,
    people: Sequence[Mapping[str, Any]],
    package: PackageVersion,
) -> None:
    """Fill in the spreadsheet that the page offers, and send it."""
    book = load_workbook(BytesIO(client.download(f"{draft}/people.xlsx")))
    sheet: Any = book.worksheets[0]
    columns = {str(cell.value).split("（")[0]: cell.column for cell in sheet[1]}
    row = 2
    for person in people:
        for function in str(person.get("functions", "")).split() or [""]:
            called = package.word(function).zh if function else ""
            for key, title in _COLUMNS.items():
                value = called if key == "function" else person.get(key, "")
                sheet.cell(row, columns[title], value or None)
            row += 1
    content = BytesIO()
    book.save(content)
    content.seek(0)
    page = client.post(
        f"{draft}/people", [("place", place), ("_action", "import")],
        {"sheet": FileStorage(content, filename="people.xlsx")},
    )  # fmt: skip
    if page.status != 200:
        raise NotStarted(f"people of {place}", page)
