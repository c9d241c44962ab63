"""The start pages: from the choice of a procedure to a running selection."""

from flask import Blueprint

from webapp.cases.start import numbers, people, plan, views

_DRAFT = "/selections/start/<uuid:draft_id>"


def add_routes(blueprint: Blueprint) -> None:
    blueprint.get("/selections/start")(views.start_new)
    blueprint.post("/selections/start")(views.start_draft)
    blueprint.get(f"{_DRAFT}/form")(views.start_form)
    blueprint.post(f"{_DRAFT}/form")(views.start_form_keep)
    blueprint.get(f"{_DRAFT}/numbers")(numbers.start_numbers)
    blueprint.post(f"{_DRAFT}/numbers")(numbers.start_numbers_keep)
    blueprint.get(f"{_DRAFT}/plan")(plan.start_plan)
    blueprint.post(f"{_DRAFT}/plan")(plan.start_plan_keep)
    blueprint.get(f"{_DRAFT}/people")(people.start_people)
    blueprint.post(f"{_DRAFT}/people")(people.start_people_change)
    blueprint.get(f"{_DRAFT}/people.xlsx")(people.start_people_sheet)
    blueprint.get(f"{_DRAFT}/summary")(views.start_summary)
    blueprint.post(f"{_DRAFT}/summary")(views.start_now)
    blueprint.post(f"{_DRAFT}/discard")(views.start_discard)
