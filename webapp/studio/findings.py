"""The findings of the check on pages: in words, with a link to where each is mended."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from engine.checks import Finding, word_finding
from engine.studio.drafts import findings_of
from engine.studio.numbers_sheet import NUMBERS, PLAN
from engine.studio.vocabulary import KINDS
from webapp import context
from webapp.studio.shown import Drafting


def shown(at: Drafting) -> Sequence[Mapping[str, Any]]:
    """Errors first; each with its words and the page where it is mended."""
    found = sorted(findings_of(at.draft), key=lambda each: each.severity)
    return [
        {
            "words": word_finding(each, context.language()),
            "where": " · ".join(filter(None, (each.file, each.element))),
            "error": each.severity == "error",
            "href": place_of(at.id, at.files, each),
        }
        for each in found
    ]


def place_of(draft_id: UUID, files: Mapping[str, str], finding: Finding) -> str:
    """The page on which a finding is mended; a file that nothing else edits has its own."""
    file, element = finding.file, finding.element
    stem = file.removeprefix("forms/").removesuffix("-schema.json").removesuffix("-uischema.json")
    if file in (NUMBERS, PLAN, "roles.yaml"):
        page = "studio.roles" if file == "roles.yaml" else "studio.numbers"
        return url_for(page, draft_id=draft_id)
    if file not in files:
        return url_for("studio.files", draft_id=draft_id)
    if file.startswith("forms/"):
        return url_for("studio.form", draft_id=draft_id, form_id=stem)
    if file.startswith(("publications/", "messages/")):
        folder, _, name = file.removesuffix(".yaml").partition("/")
        return url_for("studio.text", draft_id=draft_id, folder=folder, text_id=name)
    if file.endswith(".bpmn") and _is_element(files[file], element):
        return url_for("studio.step", draft_id=draft_id, element_id=element)
    return url_for("studio.file", draft_id=draft_id, path=file)


def _is_element(text: str, element: str) -> bool:
    """Flows, messages and notes have no page of their own."""
    found = re.search(rf'<(?:\w+:)?(\w+) id="{re.escape(element)}"', text) if element else None
    return found is not None and found[1] in KINDS and found[1] not in ("process", "sequenceFlow")
