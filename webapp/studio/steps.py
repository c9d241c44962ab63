"""The steps of the diagrams: a table of all, and a page for each with everything it says."""

from typing import Any
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from engine.definitions import Words
from engine.operations import CATALOGUE
from engine.studio import form_sheets, steps
from engine.studio.drafts import findings_of
from engine.studio.numbers_sheet import Unreadable, read_yaml
from engine.studio.steps import StepSheet
from engine.studio.vocabulary import BY_NAME, KINDS, property_words
from webapp import context
from webapp.studio.findings import shown as shown_findings
from webapp.studio.shown import (
    Drafting,
    Filled,
    html_id,
    keep_sheet,
    page,
    seen_draft,
    show_sheet,
    summary_of,
)


def all_steps(draft_id: UUID) -> str:
    with seen_draft(draft_id) as at:
        marked = {finding.element for finding in findings_of(at.draft)}
        return page(
            "steps", at, "studio.steps", diagrams=steps.diagrams(at.files, main=at.draft.key),
            kinds=KINDS, marked=marked, role=_roles(at), facts=_facts,
        )  # fmt: skip


def _roles(at: Drafting) -> Any:
    try:
        named = read_yaml(at.files, "roles.yaml")["roles"]
    except (Unreadable, KeyError, TypeError):
        named = {}

    def _word(code: str) -> str:
        entry = named.get(code)
        return context.worded(Words(entry["zh"], entry.get("en", ""))) if entry else code

    return _word


def _facts(step: Any) -> list[tuple[str, str]]:
    """What a row says beside name and role: who hands in, when, what the system does."""
    told = ("seats", "opens", "due", "closes", "operation", "decision", "items")
    return [
        (context.worded(property_words(name)), step.properties[name])
        for name in told
        if step.properties.get(name)
    ]


def step(draft_id: UUID, element_id: str) -> str:
    sheet = StepSheet(element_id)
    return show_sheet(draft_id, sheet, lambda at, filled: _page(at, filled, sheet))


def step_keep(draft_id: UUID, element_id: str) -> Response:
    sheet = StepSheet(element_id)
    return keep_sheet(draft_id, sheet, lambda at, filled: _page(at, filled, sheet))


def _page(at: Drafting, filled: Filled, sheet: StepSheet) -> str:
    found = steps.find(at.files, sheet.element_id)
    element, operation = found.element, filled["p.operation"]
    names = {
        name: context.titled(property_words(name.removeprefix("p."))) for name in filled.values
    }
    parameters = [
        name.removeprefix("p.with.") for name in filled.values if name.startswith("p.with.")
    ]
    always, perhaps = list[str](), list[str]()
    if request.args.get("variables") or found.flows:
        always, perhaps = steps.variables_at(at.files, element.id)
    own = [each for each in shown_findings(at) if each["where"] == f"{element.file} · {element.id}"]
    return page(
        "step", at, "studio.steps", filled=filled, found=found, element=element, names=names,
        html_id=html_id, summary=summary_of(filled, names, html_id), findings=own,
        kind=KINDS.get(element.kind, Words(element.kind, element.kind)), role=_roles(at),
        properties=[p for p in steps.properties_for(element) if f"p.{p.name}" in filled.values],
        operations=[("", "–"), *((name, name) for name in sorted(CATALOGUE))],
        parameters=[_parameter(operation, name, found) for name in parameters],
        forms=[("", "–"), *((form_id, form_id) for form_id in form_sheets.form_ids(at.files))],
        always=always, perhaps=perhaps, choices=_choices,
        form_id=element.properties.get("form", element.id),
        has_form=form_sheets.schema_file(element.properties.get("form", element.id)) in at.files,
    )  # fmt: skip


def _parameter(operation: str, name: str, found: Any) -> dict[str, Any]:
    title, hint = steps.parameter_words(operation, name)
    call = found.element.kind == "callActivity"
    choices = [(v, context.worded(w)) for v, w in steps.parameter_choices(operation, name)]
    return {
        "name": f"p.with.{name}",
        "label": name if call else context.titled(title),
        "hint": context.worded(hint),
        "required": name in steps.required_parameters(operation),
        "choices": [("", "–"), *choices],
    }  # fmt: skip


def _choices(name: str) -> list[tuple[str, str]]:
    known = BY_NAME[name]
    return [("", "–"), *((code, context.worded(words)) for code, words in known.choices)]
