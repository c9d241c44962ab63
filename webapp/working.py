"""The working behind a result, in words: every code of the rules has a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext

from engine.naming import Naming
from webapp import context
from webapp.errors import N_

SENTENCES: Mapping[str, str] = {
    "cut_places": N_("%(places)s places for %(field)s people."),
    "cut_tie_included": N_(
        "Ranks %(first_rank)s to %(last_rank)s tie at %(value)s (%(codes)s): all of them advance."
    ),
    "cut_tie_to_decide": N_(
        "Ranks %(first_rank)s to %(last_rank)s tie at %(value)s (%(codes)s) for %(places_left)s"
        " places: the body in charge decides."
    ),
    "cut_tie_excluded": N_(
        "Ranks %(first_rank)s to %(last_rank)s tie at %(value)s (%(codes)s) for %(places_left)s"
        " places: none of them advances."
    ),
    "cut_advanced": N_("%(advanced)s advance; the qualifying line is %(line)s."),
    "short_field": N_("There are fewer people (%(field)s) than places (%(places)s)."),
    "large_tie": N_("The tie is large: %(tied)s people for %(places)s places."),
    "gate": N_(
        "%(part)s of %(whole)s are %(share_percent)s %%; needed: %(comparator)s %(percent)s %%."
    ),
    "cut_group": N_("%(group)s:"),
    "threshold_plus": N_(
        "%(share)s of %(base_count)s is %(whole)s, rounded down; %(plus)s more make %(needed)s."
    ),
    "empty_base": N_("Nothing was counted: %(base)s is 0."),
    "compared_exactly": N_("Compared exactly, without rounding: %(share)s with %(percent)s %%."),
    "threshold": N_(
        "%(count)s of %(base_count)s (%(base)s); needed: %(comparator)s %(number)s,"
        " that is %(needed)s."
    ),
    "panel_scores": N_("%(count)s marks out of %(maximum)s: %(scores)s."),
    "panel_removed": N_("Taken out: lowest %(lowest)s, highest %(highest)s."),
    "panel_mean": N_("%(sum)s ÷ %(count)s = %(published)s."),
    "votes_to_points": N_("%(votes)s ÷ %(base)s × %(full_marks)s = %(published)s points."),
    "grade_counts": N_("Grades given: %(counts)s; values: %(values)s."),
    "grade_score": N_("%(sum)s ÷ %(ballots)s = %(published)s."),
    "satisfaction": N_("%(of)s: %(part)s of %(whole)s, %(percent)s %%."),
    "composite_weight": N_("%(item)s: %(max)s of %(of)s points."),
    "composite_item": N_("%(candidate)s, %(item)s: %(value)s × %(max)s ÷ %(of)s = %(published)s."),
    "composite_total": N_("%(candidate)s: %(items)s = %(total)s, rank %(rank)s."),
    "ballot_unreadable": N_("The ballot cannot be read."),
    "unknown_contest": N_("The ballot names a part that is not on the paper."),
    "part_unreadable": N_("%(contest)s cannot be read."),
    "unknown_option": N_("%(contest)s: a name that is not on the paper."),
    "unknown_mark": N_("%(contest)s: a mark that is not on the paper."),
    "repeated_option": N_("%(contest)s: a name twice."),
    "too_many_marks": N_("%(contest)s: %(marks)s marks, at most %(limit)s are allowed."),
    "too_few_marks": N_("%(contest)s: %(marks)s marks, at least %(fewest)s are asked for."),
    "too_few_of_share": N_(
        "%(contest)s: %(marks)s marks for the names that need at least %(fewest)s."
    ),
    "ballots_counted": N_(
        "Entitled %(entitled)s, present %(present)s, issued %(issued)s, returned %(returned)s."
    ),
    "paper_added": N_("%(ballots)s paper ballots in %(bundles)s bundles were added."),
    "returned_over_issued": N_("More ballots returned (%(returned)s) than issued (%(issued)s)."),
    "issued_over_present": N_(
        "More ballots issued (%(issued)s) than people present (%(present)s)."
    ),
    "present_over_entitled": N_("More people present (%(present)s) than entitled (%(entitled)s)."),
    "group_void": N_("The ballots of %(group)s do not count."),
    "contest_ballots": N_(
        "%(contest)s: returned %(returned)s, valid %(valid)s, invalid %(invalid)s,"
        " abstention %(blank)s."
    ),
    "contest_invalid": N_("%(contest)s: %(count)s invalid, %(reason)s."),
    "contest_votes": N_("%(contest)s: %(option)s %(votes)s votes."),
    "group_held": N_(
        "%(contest)s, %(group)s: %(option)s with %(votes)s votes; needed in this group: %(needed)s."
    ),
    "count_void": N_("%(contest)s: this ballot does not count."),
    "quorum_not_met": N_("%(contest)s: %(needed)s people are needed, %(count)s are there."),
    "seat_taken": N_("%(contest)s: %(option)s with %(votes)s votes; needed: %(needed)s."),
    "seats_tied": N_("%(contest)s: %(options)s tie at %(votes)s votes for %(seats_left)s places."),
    "too_few_passed": N_("%(contest)s: %(passed)s of %(seats)s reached %(needed)s."),
    "second_ballot": N_(
        "%(contest)s: second ballot between %(options)s for %(seats_left)s places."
    ),
    "refer_back": N_("%(contest)s: %(seats_left)s places left; back to the body in charge."),
    "lots_seed": N_("Lots drawn by %(algorithm)s from the seed %(seed)s for %(count)s."),
    "lots_drawn": N_("Order drawn: %(order)s."),
    "groups_split": N_("Groups of %(sizes)s; in no group: %(rest)s."),
    "entries_compared": N_(
        "%(first_rows)s and %(second_rows)s rows compared: %(differences)s differences."
    ),
    "entry_differs": N_("Row %(row)s differs at %(field)s."),
    "row_missing": N_("Row %(row)s is missing in %(missing_in)s."),
}


WORDS: Mapping[str, str] = {
    ">=": N_("at least"),
    ">": N_("more than"),
    "ballot_unreadable": N_("cannot be read"),
    "unknown_contest": N_("a part that is not on the paper"),
    "part_unreadable": N_("cannot be read"),
    "unknown_option": N_("a name that is not on the paper"),
    "unknown_mark": N_("a mark that is not on the paper"),
    "repeated_option": N_("a name twice"),
    "too_many_marks": N_("too many marks"),
    "too_few_marks": N_("too few marks"),
    "too_few_of_share": N_("too few marks for names that must have some"),
    "blank": N_("nothing marked"),
    "first": N_("the first entry"),
    "second": N_("the second entry"),
}
"""Codes of the rules themselves, which no procedure has a word for."""

_BY_RULE = frozenset({"comparator", "reason", "missing_in"})
_ADDED = frozenset({"items"})


def sentences(result: Mapping[str, Any], naming: Naming) -> list[str]:
    """The working of a result, a sentence for each line."""
    working = result.get("working") or []
    if isinstance(working, Mapping):  # of each candidate, by code
        return [
            f"{_word(code, naming)}: {sentence(line, naming)}"
            for code, lines in working.items()
            for line in lines
        ]
    return [sentence(line, naming) for line in working]


def sentence(line: Mapping[str, Any], naming: Naming) -> str:
    """One line of a working in words."""
    text = SENTENCES.get(str(line.get("code")))
    if text is None:
        return "; ".join(f"{key} {value}" for key, value in line.items())
    return str(gettext(text)) % {key: _value(key, value, naming) for key, value in line.items()}


def _value(key: str, value: Any, naming: Naming) -> str:
    """A value of a line; some are codes of the rules, sums, or grades joined by a plus sign."""
    if key in _BY_RULE and value in WORDS:
        return str(gettext(WORDS[value]))
    if key in _ADDED and isinstance(value, Mapping | list | tuple):
        parts = value.values() if isinstance(value, Mapping) else value
        return " + ".join(_word(each, naming) for each in parts)
    if key == "of" and isinstance(value, str) and "+" in value:
        return _word(value.split("+"), naming)
    return _word(value, naming)


def _word(value: Any, naming: Naming) -> str:
    language = context.language()
    comma = "、" if language == "zh" else ", "
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, Mapping):
        pairs = (f"{naming.text(str(k), language)} {_word(v, naming)}" for k, v in value.items())
        return comma.join(pairs)
    if isinstance(value, str):
        return str(naming.text(value, language))
    if isinstance(value, Sequence):
        return comma.join(_word(each, naming) for each in value)
    return str(value)
