"""Pages of the administrator: the working days of this installation."""

from flask import Blueprint

from webapp.admin import calendar

blueprint = Blueprint("admin", __name__)

_YEAR = "/admin/calendar/<int:year>"

blueprint.get("/admin/calendar")(calendar.calendar)
blueprint.post("/admin/calendar")(calendar.add_year)
blueprint.get(_YEAR)(calendar.year_page)
blueprint.post(_YEAR)(calendar.set_day)
blueprint.get(f"{_YEAR}/confirm")(calendar.ask_confirm)
blueprint.post(f"{_YEAR}/confirm")(calendar.confirm)
