"""Somebody at a real browser: everything by mouse and keyboard, as the page offers it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import Cookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page

from engine.forms import Form
from tests.e2e.client import Client, fields_of
from tests.e2e.doors import Key

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@dataclass
class Surfer:
    """One person's browser window; `complaints` is what it said on its console."""

    base: str
    page: Page
    files: Path
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, key: Key) -> None:
        self.page.goto(self.base + key.address)
        for name, value in key.fields:
            self.page.fill(f"[name='{name}']", value)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/todo")

    def open(self, address: str) -> None:
        """By the link on the page, where there is one; people do not type addresses."""
        link = self.page.locator(f"main a[href='{address}']")
        if link.count():
            link.first.click()
        else:
            self.page.goto(self.base + address)

    def fill(self, form: Form, answers: Mapping[str, Any]) -> None:
        for name, value in fields_of(form, answers):
            self._field(name, value)
        for each in form.fields:
            given = answers.get(each.key)
            if each.file is not None and given:
                names = given if isinstance(given, list) else [given]
                where = self.page.locator(f"input[type=file][name='{each.path}']")
                where.set_input_files([self.files / name for name in names])

    def _field(self, name: str, value: str) -> None:
        where = self.page.locator(f"[name='{name}']")
        if name.endswith("._row"):
            if not where.count():
                self.press(f"add:{name.split('.', maxsplit=1)[0]}")
            return
        kind = where.first.evaluate("each => each.type")
        if kind in ("radio", "checkbox"):
            one = self.page.locator(f"[name='{name}'][value='{value}']")
            if one.count():  # an empty tick has nothing to press
                one.check()
        elif kind == "select-one":
            where.select_option(value)
        elif kind != "hidden":
            where.fill(value)

    def press(self, action: str) -> None:
        """Press the button of this action and wait for what it gives."""
        button = self.page.locator(f"main button[name=_action][value='{action}']")
        with self.page.expect_navigation() as navigation:
            _shown(button).click()
        status = navigation.value.status if navigation.value else 0
        assert status == 200, f"{action}: {status} {self.page.inner_text('main')[:3000]}"

    def mark(self, marks: Sequence[tuple[str, str]]) -> None:
        """Mark a ballot with the space bar."""
        for name, value in marks:
            box = self.page.locator(f"[name='{name}'][value='{value}']")
            box.focus()
            box.press("Space")
            assert box.is_checked()

    def hand_cookies(self, client: Client) -> None:
        """Go on without the browser, as the same person under the same session."""
        host = urlsplit(self.base).hostname or ""
        for each in self.page.context.cookies():
            client.cookies.set_cookie(_cookie(each["name"], each["value"], host))


def _shown(button: Locator) -> Locator:
    """Not the unseen one that the return key presses."""
    for index in range(button.count()):
        if "govuk-visually-hidden" not in (button.nth(index).get_attribute("class") or ""):
            return button.nth(index)
    raise AssertionError(f"there is no such button: {button}")


def _cookie(name: str, value: str, host: str) -> Cookie:
    domain = f"{host}.local" if "." not in host else host
    return Cookie(
        0, name, value, None, False, domain, False, False, "/", True, False, None, True, None,
        None, {},
    )  # fmt: skip


@contextmanager
def surfing(browser: Browser, base: str, files: Path, viewport: Any) -> Iterator[Surfer]:
    """A window of its own, without anybody's cookies."""
    context = browser.new_context(viewport=viewport, locale="zh-CN")
    page = context.new_page()
    surfer = Surfer(base, page, files)
    page.on("console", lambda message: surfer.complaints.append(message.text))
    page.on("pageerror", lambda error: surfer.complaints.append(str(error)))
    try:
        yield surfer
    finally:
        context.close()
