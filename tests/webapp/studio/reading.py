"""What tests read out of a page, and how they send a form of it back."""

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse


def fields(page: str) -> dict[str, str]:
    """The fields of the sheet of a page, as a browser would send them."""
    root = html.fromstring(page)
    (form,) = root.xpath("//form[contains(@class, 'gx-sheet')]")
    made: dict[str, str] = {}
    for field in form.xpath(".//input[@name] | .//select | .//textarea"):
        if field.tag == "select":
            value = field.value or ""
        elif field.tag == "textarea":
            value = (field.text or "").removeprefix("\n")
        elif field.get("type") == "checkbox" and field.get("checked") is None:
            continue
        else:
            value = field.get("value", "")
        made[field.get("name")] = value
    return made


def send(browser: FlaskClient, where: str, action: str = "save", **changed: str) -> TestResponse:
    """Open a page of fields, change some and press a button of it."""
    data = fields(browser.get(where).text)
    return browser.post(where, data={**data, **changed, "_action": action})


def version(browser: FlaskClient, draft: str) -> str:
    return fields(browser.get(f"{draft}/roles").text)["_version"]


def text(page: str) -> str:
    return " ".join(html.fromstring(page).text_content().split())
