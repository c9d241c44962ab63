"""The public page: what was published, applying, one's own application, reporting a matter."""

from flask import Blueprint

from webapp.bulletin import applying, correcting, mine, reading_room, reporting

blueprint = Blueprint("bulletin", __name__)

blueprint.get("/robots.txt", endpoint="robots")(reading_room.robots)
blueprint.get("/public", endpoint="index")(reading_room.index)
blueprint.get("/public/<uuid:case_id>", endpoint="selection")(reading_room.selection)
blueprint.get("/public/<uuid:case_id>/<uuid:publication_id>", endpoint="publication")(
    reading_room.publication
)

blueprint.get("/public/<uuid:case_id>/apply", endpoint="apply")(applying.show)
blueprint.post("/public/<uuid:case_id>/apply", endpoint="send_application")(applying.act)
blueprint.get("/public/<uuid:case_id>/applied", endpoint="applied")(applying.applied)

blueprint.get("/public/<uuid:case_id>/mine", endpoint="mine")(mine.show)
blueprint.get("/public/<uuid:case_id>/mine/correct", endpoint="correct")(correcting.show)
blueprint.post("/public/<uuid:case_id>/mine/correct", endpoint="send_correction")(correcting.act)
blueprint.get("/public/<uuid:case_id>/withdraw", endpoint="withdraw")(mine.confirm_withdrawal)
blueprint.post("/public/<uuid:case_id>/withdraw", endpoint="send_withdrawal")(mine.withdraw)

blueprint.get("/public/<uuid:case_id>/report", endpoint="report")(reporting.show)
blueprint.post("/public/<uuid:case_id>/report", endpoint="send_report")(reporting.act)
blueprint.get("/public/<uuid:case_id>/reported", endpoint="reported")(reporting.reported)

blueprint.after_request(reading_room.add_headers)
