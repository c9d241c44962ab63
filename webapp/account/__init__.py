"""Pages about oneself: signing in and out, my details, how messages reach me."""

from webapp.account import absences, messages
from webapp.account.views import blueprint

__all__ = ["blueprint"]

blueprint.get("/me/absences")(absences.absences)
blueprint.post("/me/absences")(absences.enter_mine)
blueprint.post("/me/absences/<uuid:absence_id>/end")(absences.end_mine)
_ME = "/me/messages"
blueprint.get(_ME)(messages.messages)
blueprint.post(_ME, endpoint="save_messages")(messages.save)
blueprint.post(f"{_ME}/usual", endpoint="usual_messages")(messages.usual)
blueprint.post(f"{_ME}/code/<any(sms, email):channel>")(messages.send_code)
blueprint.post(f"{_ME}/confirm", endpoint="confirm_code")(messages.confirm)
blueprint.post(f"{_ME}/chats")(messages.add_chat)
blueprint.post(f"{_ME}/chats/<uuid:chat_id>/try")(messages.try_chat)
blueprint.post(f"{_ME}/chats/<uuid:chat_id>/remove")(messages.remove_chat)
blueprint.post(f"{_ME}/calendar")(messages.make_feed)
blueprint.post(f"{_ME}/calendar/revoke")(messages.revoke_feed)
blueprint.get("/calendar/<token>.ics")(messages.calendar)
