"""Procedures: drafts and their pages, the check, differences in words, versions of two people."""

from flask import Blueprint

from webapp.studio import forms, more, numbers, procedures, review, steps, texts

blueprint = Blueprint("studio", __name__, url_prefix="/procedures")

_ONE = "/of/<key>"
_DRAFT = "/drafts/<uuid:draft_id>"
_RELEASE = f"{_ONE}/versions/<uuid:release_id>"

blueprint.get("")(procedures.index)
blueprint.get("/new")(procedures.new)
blueprint.post("/new")(procedures.new_from_template)
blueprint.post("/new/zip")(procedures.bring_in)
blueprint.get(_ONE)(procedures.procedure)
blueprint.post(f"{_ONE}/drafts")(procedures.begin)
blueprint.get(f"{_ONE}/compare")(procedures.compare)
blueprint.get(f"{_ONE}/versions/<version>.zip", endpoint="version_zip")(procedures.take_out)
blueprint.post(f"{_RELEASE}/publish")(procedures.publish)
blueprint.post(f"{_RELEASE}/withdraw")(procedures.withdraw)

blueprint.get(f"{_DRAFT}/numbers")(numbers.numbers)
blueprint.post(f"{_DRAFT}/numbers")(numbers.numbers_keep)
blueprint.get(f"{_DRAFT}/lines")(more.parameters)
blueprint.get(f"{_DRAFT}/lines/<kind>/<key>")(more.parameter)
blueprint.post(f"{_DRAFT}/lines/<kind>/<key>")(more.parameter_keep)
blueprint.get(f"{_DRAFT}/steps", endpoint="steps")(steps.all_steps)
blueprint.get(f"{_DRAFT}/steps/<element_id>")(steps.step)
blueprint.post(f"{_DRAFT}/steps/<element_id>")(steps.step_keep)
blueprint.get(f"{_DRAFT}/forms")(forms.forms)
blueprint.post(f"{_DRAFT}/forms")(forms.add_form)
blueprint.get(f"{_DRAFT}/forms/<form_id>")(forms.form)
blueprint.post(f"{_DRAFT}/forms/<form_id>")(forms.form_keep)
blueprint.get(f"{_DRAFT}/forms/<form_id>/fields/<path>")(forms.field)
blueprint.post(f"{_DRAFT}/forms/<form_id>/fields/<path>")(forms.field_keep)
blueprint.get(f"{_DRAFT}/forms/<form_id>/files")(forms.raw_form)
blueprint.post(f"{_DRAFT}/forms/<form_id>/files")(forms.raw_form_keep)
blueprint.get(f"{_DRAFT}/forms/<form_id>/preview")(forms.preview)
blueprint.post(f"{_DRAFT}/forms/<form_id>/preview")(forms.preview_try)
blueprint.get(f"{_DRAFT}/texts")(texts.texts)
blueprint.post(f"{_DRAFT}/texts")(texts.add_text)
blueprint.get(f"{_DRAFT}/texts/<folder>/<text_id>")(texts.text)
blueprint.post(f"{_DRAFT}/texts/<folder>/<text_id>")(texts.text_keep)
blueprint.get(f"{_DRAFT}/roles")(texts.roles)
blueprint.post(f"{_DRAFT}/roles")(texts.roles_keep)
blueprint.get(f"{_DRAFT}/review")(review.review)
blueprint.post(f"{_DRAFT}/submit")(review.submit)
blueprint.post(f"{_DRAFT}/take-back")(review.take_back)
blueprint.post(f"{_DRAFT}/decision")(review.decide)
blueprint.get(f"{_DRAFT}/more")(more.more)
blueprint.post(f"{_DRAFT}/more/back")(more.go_back)
blueprint.post(f"{_DRAFT}/take-over")(more.take)
blueprint.post(f"{_DRAFT}/let-go")(more.let_go)
blueprint.post(f"{_DRAFT}/discard")(more.discard)
blueprint.get(f"{_DRAFT}.zip", endpoint="draft_zip")(more.take_out)
blueprint.get(f"{_DRAFT}/files")(more.files)
blueprint.get(f"{_DRAFT}/files/<path:path>")(more.file)
blueprint.post(f"{_DRAFT}/files/<path:path>")(more.file_keep)
