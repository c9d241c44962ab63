"""A small application that shows one form, and what a browser does with its page."""

from functools import cache
from typing import Any

from flask import Flask, render_template_string, request
from flask.testing import FlaskClient
from flask_babel import Babel
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from lxml import html
from werkzeug.datastructures import MultiDict

from engine.forms import Answers, Form, InvalidAnswers, Lang, collect, present, validate
from engine.spreadsheets import read_rows
from tests.engine.forms.samples import FILES, OPTIONS, every_kind
from webapp.forms import apply_row_action, form_lang, form_page, import_name

FORM = every_kind()
PAGE = """{% from "forms/form.html" import render_form %}
<!doctype html><html lang="{{ lang }}"><head><title>t</title></head><body>
{{ render_form(page, hidden={"version": "7"}) }}</body></html>"""
READ = """{% from "forms/form.html" import render_answers %}{{ render_answers(items) }}"""


def make_app(form: Form = FORM, options: Any = OPTIONS) -> Flask:
    """A small application that shows one form and does what its buttons say."""
    app = Flask("webapp")
    app.config["MAX_FORM_PARTS"] = 20_000
    Babel(app, default_locale="en")
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([PackageLoader("webapp"), govuk])

    @app.route("/", methods=["GET", "POST"])
    def page() -> tuple[str, int]:
        lang = form_lang(request.args.get("lang", "zh_Hans_CN"))
        if request.method == "GET":
            return show(form, {}, options, lang), 200
        action = request.form["_action"]
        answers = collect(form, request.form, uploads())
        if action.startswith("import:"):
            return bring(form, answers, options, lang, action.removeprefix("import:")), 200
        if action not in ("submit", "draft"):
            return show(form, apply_row_action(form, answers, action), options, lang), 200
        try:
            checked = validate(form, answers, options, files=FILES, draft=action == "draft")
        except InvalidAnswers as error:
            return show(form, answers, options, lang, problems=error.problems), 422
        items = present(form, checked.answers, lang, options, files=FILES)
        return render_template_string(READ, items=items), 200

    return app


def uploads() -> dict[str, str]:
    """Pretend to store what was sent; the id is the first of the known files with that name."""
    ids = {file.name: file_id for file_id, file in FILES.items()}
    return {
        name: ids[file.filename or ""]
        for name, file in request.files.items()
        if file.filename and not name.startswith("_")
    }


def bring(form: Form, answers: Answers, options: Any, lang: Lang, path: str) -> str:
    content = request.files[import_name(path)].read()
    preview = read_rows(content, form, path, lang, options=options)
    if preview.is_complete:
        answers = answers | {path: list(preview.rows)}
    return show(form, answers, options, lang, imports={path: preview})


def show(form: Form, answers: Answers, options: Any, lang: Lang, **more: Any) -> str:
    page = form_page(
        form,
        answers,
        options,
        lang=lang,
        files=FILES,
        template_urls={"people": "/empty.xlsx"},
        **more,
    )
    return render_template_string(PAGE, page=page, lang=lang)


def tree(text: str) -> Any:
    return html.document_fromstring(text)


def filled(page: Any) -> dict[str, list[str]]:
    """What a browser would send for the page as it stands, without a button."""
    form = page.forms[0]
    fields: dict[str, list[str]] = {}
    for name, value in form.form_values():
        fields.setdefault(name, []).append(value)
    fields.pop("_action", None)
    return fields


def post(client: FlaskClient, fields: Any, action: str = "submit", lang: str = "en") -> Any:
    response = client.post(f"/?lang={lang}", data={**fields, "_action": action})
    return response.status_code, tree(response.text)


@cache
def app() -> Flask:
    """One application for all tests of the large form: templates are compiled once."""
    return make_app()


def posted_from(answers: Answers) -> MultiDict[str, str]:
    """Draw the answers and read back what the page would send."""
    with app().test_request_context():
        page = tree(show(FORM, answers, OPTIONS, "zh"))
    return MultiDict([(name, value) for name, values in filled(page).items() for value in values])


def summary(page: Any) -> dict[str, str]:
    """Texts of the error summary by the id they link to."""
    links = page.xpath("//div[contains(@class,'govuk-error-summary')]//a")
    return {link.get("href"): link.text_content().strip() for link in links}
