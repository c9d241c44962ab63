"""Pages about oneself: signing in and out, my details."""

from webapp.account import absences
from webapp.account.views import blueprint

__all__ = ["blueprint"]

blueprint.get("/me/absences")(absences.absences)
blueprint.post("/me/absences")(absences.enter_mine)
blueprint.post("/me/absences/<uuid:absence_id>/end")(absences.end_mine)
