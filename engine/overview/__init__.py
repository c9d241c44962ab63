"""A selection as its members see it: where it stands, what came out, what the office has to do.

Reads only. Who may see what is decided once, in `access`; everything else asks it.
"""

from engine.overview.access import Seen, named_who, view_as_office, view_case
from engine.overview.answers import HandedIn, StepNotFound, handed_in
from engine.overview.deliveries import Delivery, deliveries
from engine.overview.drawings import file_in
from engine.overview.history import history
from engine.overview.listing import selections
from engine.overview.lists import (
    PublicationNotFound,
    candidates,
    members,
    plan,
    publication,
    publications,
    read_place,
    roster,
    rosters,
)
from engine.overview.office import Desk, beginnings, desk, waiting_task
from engine.overview.recusals import away, kept_out, possible, possible_one
from engine.overview.results import ResultNotFound, Run, funnel, result, results
from engine.overview.steps import Progress, Step
from engine.overview.troubles import everywhere, open_problem, open_problems, settled_problems

__all__ = [
    "Delivery",
    "Desk",
    "HandedIn",
    "Progress",
    "PublicationNotFound",
    "ResultNotFound",
    "Run",
    "Seen",
    "Step",
    "StepNotFound",
    "away",
    "beginnings",
    "candidates",
    "deliveries",
    "desk",
    "everywhere",
    "file_in",
    "funnel",
    "handed_in",
    "history",
    "kept_out",
    "members",
    "named_who",
    "open_problem",
    "open_problems",
    "plan",
    "possible",
    "possible_one",
    "publication",
    "publications",
    "read_place",
    "result",
    "results",
    "roster",
    "rosters",
    "selections",
    "settled_problems",
    "view_as_office",
    "view_case",
    "waiting_task",
]
