"""The messages about a selection, and what became of each."""

from uuid import UUID

from flask import request
from flask_babel import gettext

from engine import overview
from engine.inbox import read_mark
from engine.overview import Delivery
from webapp.cases.shown import page, seen_case
from webapp.errors import N_

KINDS = {
    "digest": N_("reminder"),
    "notice": N_("notice"),
    "invitation": N_("invitation to a meeting"),
    "message": N_("message"),
}
CHANNELS = {"sms": N_("short message"), "email": N_("e-mail"), "chat": N_("chat")}
STATES = {
    "new": (N_("Waiting to be sent"), "blue"),
    "held": (N_("Held until later"), "grey"),
    "retrying": (N_("Tried again"), "orange"),
    "handed": (N_("With the modem"), "blue"),
    "sent": (N_("Sent"), "green"),
    "dead": (N_("Not delivered"), "red"),
    "no_way": (N_("Cannot be reached"), "red"),
}


WHY = (
    ("does not answer", N_("the other side did not answer")),
    ("in time", N_("the other side did not answer")),
    ("recipient refused", N_("the mail server refused the address")),
    ("no mail can be made", N_("the address cannot be used")),
    ("address", N_("the address cannot be used")),
)
"""What the program says, in the office's words; the first that fits, else by the channel."""
BY_CHANNEL = {
    "sms": N_("the gateway for short messages did not take it"),
    "email": N_("the mail server refused the address"),
    "chat": N_("the chat did not take it"),
}


def why(one: Delivery) -> str:
    """Say in the office's words why a message was not delivered."""
    if "modem" in one.error or "Fail" in one.error:
        return str(gettext("the modem could not send it"))
    found = next((words for part, words in WHY if part in one.error), BY_CHANNEL[one.channel])
    return str(gettext(found))


def listed(case_id: UUID) -> str:
    failed = request.args.get("only") == "failed"
    with seen_case(case_id) as seen:
        found = overview.deliveries(
            seen, after=read_mark(request.args.get("after", "")), failed=failed
        )
        return page(
            "messages", seen, "cases.listed", found=found, failed=failed, kinds=_worded(KINDS),
            channels=_worded(CHANNELS), states=STATES, why=why,
        )  # fmt: skip


def _worded(texts: dict[str, str]) -> dict[str, str]:
    return {code: str(gettext(text)) for code, text in texts.items()}
