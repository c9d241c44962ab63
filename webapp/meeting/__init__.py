"""Pages used during a meeting: the stage with its clock, the ballot, attendance, the screen."""

from flask import Blueprint

from webapp.meeting import ballot, index, roll, screen, stage, ways

blueprint = Blueprint("meeting", __name__)

blueprint.add_app_template_global(ways.way_of, "meeting_way")

blueprint.get("/meeting", endpoint="index")(index.show)

blueprint.get("/meeting/stage/<uuid:instance_id>", endpoint="stage")(stage.show)
blueprint.get("/meeting/stage/<uuid:instance_id>/part", endpoint="stage_part")(stage.part)
blueprint.get("/meeting/stage/<uuid:instance_id>/order", endpoint="order_part")(stage.order_part)
blueprint.get("/meeting/stage/<uuid:instance_id>/next", endpoint="confirm_next")(stage.confirm_next)
blueprint.post("/meeting/stage/<uuid:instance_id>/next", endpoint="call_next")(stage.call_next)
blueprint.post("/meeting/stage/<uuid:instance_id>/clock", endpoint="clock")(stage.clock)
blueprint.post("/meeting/stage/<uuid:instance_id>/times", endpoint="times")(stage.hand_in_times)

blueprint.get("/meeting/ballot/<uuid:task_id>", endpoint="ballot")(ballot.show)
blueprint.get("/meeting/ballot/<uuid:task_id>/part", endpoint="ballot_part")(ballot.part)
blueprint.get("/meeting/ballot/<uuid:task_id>/end", endpoint="confirm_end")(ballot.confirm_end)
blueprint.post("/meeting/ballot/<uuid:task_id>/end", endpoint="end_ballot")(ballot.end)

blueprint.get("/meeting/roll/<uuid:seat_id>", endpoint="roll")(roll.show)
blueprint.post("/meeting/roll/<uuid:seat_id>", endpoint="take_roll")(roll.act)
blueprint.post("/meeting/roll/<uuid:seat_id>/slips", endpoint="slips")(roll.slips)

blueprint.get("/screen/<uuid:instance_id>", endpoint="screen")(screen.show)
blueprint.get("/screen/<uuid:instance_id>/part", endpoint="screen_part")(screen.part)
