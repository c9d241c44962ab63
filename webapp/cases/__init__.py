"""Selections: the list, where one stands, results, the office's page, the start of a new one."""

from flask import Blueprint

from webapp.cases import (
    absences,
    changes,
    deliveries,
    handing_over,
    lists,
    messages,
    office,
    planning,
    problems,
    recusals,
    results,
    views,
)
from webapp.cases.shown import titled
from webapp.cases.start import add_routes

blueprint = Blueprint("cases", __name__)
blueprint.add_app_template_filter(titled)

_CASE = "/selections/<uuid:case_id>"
_TASK = f"{_CASE}/office/tasks/<uuid:task_id>"
_PROBLEM = f"{_CASE}/office/problems/<uuid:problem_id>"

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
_SEAT = f"{_CASE}/office/seats/<uuid:seat_id>"
blueprint.get(f"{_SEAT}/hand-over")(handing_over.ask_reassign)
blueprint.post(f"{_SEAT}/hand-over")(handing_over.reassign)
blueprint.get(f"{_CASE}/office/absences")(absences.absences)
blueprint.get(f"{_CASE}/office/absences/new")(absences.ask_absence)
blueprint.post(f"{_CASE}/office/absences/new")(absences.enter_absence)
blueprint.post(f"{_CASE}/office/absences/<uuid:absence_id>/end")(absences.end_absence)

blueprint.get(f"{_CASE}/stepping-aside")(recusals.recusals)
blueprint.get(f"{_CASE}/stepping-aside/new")(recusals.ask_recuse)
blueprint.post(f"{_CASE}/stepping-aside/new")(recusals.recuse)
blueprint.get(f"{_CASE}/stepping-aside/found/<uuid:conflict_id>")(recusals.ask_conflict)
blueprint.post(f"{_CASE}/stepping-aside/found/<uuid:conflict_id>")(recusals.decide_conflict)
blueprint.get(f"{_CASE}/stepping-aside/<uuid:recusal_id>/end")(recusals.ask_take_back)
blueprint.post(f"{_CASE}/stepping-aside/<uuid:recusal_id>/end")(recusals.take_back)
blueprint.get(f"{_CASE}/step-aside")(recusals.ask_step_aside)
blueprint.post(f"{_CASE}/step-aside")(recusals.step_aside)

blueprint.get("/problems")(problems.everywhere)
blueprint.get(f"{_CASE}/office/problems", endpoint="problems")(problems.listing)
blueprint.post(f"{_PROBLEM}/retry")(problems.retry)
blueprint.get(f"{_PROBLEM}/skip")(problems.ask_skip)
blueprint.post(f"{_PROBLEM}/skip")(problems.skip)
blueprint.get(f"{_CASE}/office/course")(changes.course)
blueprint.get(f"{_CASE}/office/course/choose")(changes.choose)
blueprint.get(f"{_CASE}/office/course/review")(changes.review)
blueprint.post(f"{_CASE}/office/course/review")(changes.confirm)
blueprint.get(f"{_CASE}/changes/<uuid:change_id>")(changes.ask_decide)
blueprint.post(f"{_CASE}/changes/<uuid:change_id>")(changes.decide)
blueprint.post(f"{_CASE}/office/messages/<uuid:message_id>/send")(office.send_again)
blueprint.get(f"{_CASE}/messages")(deliveries.listed)
blueprint.get(f"{_CASE}/office/repeat")(office.ask_repeat)
blueprint.post(f"{_CASE}/office/repeat")(office.repeat)
blueprint.get(f"{_CASE}/begin/<message>")(messages.ask_begin)
blueprint.post(f"{_CASE}/begin/<message>")(messages.begin)

add_routes(blueprint)
