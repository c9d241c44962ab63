"""Selections: the list, where one stands, results, the office's page, the start of a new one."""

from flask import Blueprint

from webapp.cases import lists, messages, office, planning, results, views
from webapp.cases.shown import titled
from webapp.cases.start import add_routes

blueprint = Blueprint("cases", __name__)
blueprint.add_app_template_filter(titled)

_CASE = "/selections/<uuid:case_id>"
_TASK = f"{_CASE}/office/tasks/<uuid:task_id>"

blueprint.get("/selections")(views.index)
blueprint.get(_CASE)(views.show)
blueprint.get(f"{_CASE}/drawings/<process_id>.bpmn")(views.drawing)
blueprint.get(f"{_CASE}/drawings/<process_id>.json")(views.marks)
blueprint.get(f"{_CASE}/steps/<element_id>")(views.step)

blueprint.get(f"{_CASE}/results")(results.results)
blueprint.get(f"{_CASE}/results/<uuid:run_id>")(results.result)
blueprint.get(f"{_CASE}/publications")(lists.publications)
blueprint.get(f"{_CASE}/publications/<uuid:publication_id>")(lists.publication)
blueprint.get(f"{_CASE}/people")(lists.people)
blueprint.get(f"{_CASE}/people/<key>")(lists.roster)
blueprint.get(f"{_CASE}/plan")(lists.plan)
blueprint.get(f"{_CASE}/plan/move")(planning.ask_move_plan)
blueprint.post(f"{_CASE}/plan/move")(planning.move_plan)
blueprint.get(f"{_CASE}/history")(lists.history)

blueprint.get(f"{_CASE}/office")(office.desk)
blueprint.post(f"{_TASK}/remind")(office.remind)
blueprint.get(f"{_TASK}/close")(office.ask_close)
blueprint.post(f"{_TASK}/close")(office.close)
blueprint.get(f"{_TASK}/extend")(office.ask_extend)
blueprint.post(f"{_TASK}/extend")(office.extend)
blueprint.get(f"{_TASK}/slips")(office.ask_slips)
blueprint.post(f"{_TASK}/slips")(office.slips)
blueprint.post(f"{_CASE}/office/problems/<uuid:problem_id>/retry")(office.retry)
blueprint.post(f"{_CASE}/office/messages/<uuid:message_id>/send")(office.send_again)
blueprint.get(f"{_CASE}/office/repeat")(office.ask_repeat)
blueprint.post(f"{_CASE}/office/repeat")(office.repeat)
blueprint.get(f"{_CASE}/begin/<message>")(messages.ask_begin)
blueprint.post(f"{_CASE}/begin/<message>")(messages.begin)

add_routes(blueprint)
