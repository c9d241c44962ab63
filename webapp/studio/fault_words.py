"""Words for what was typed and cannot be saved."""

from flask_babel import gettext

from engine.studio.sheets import Fault
from webapp.errors import N_

WORDS = {
    "missing": N_("Fill this in."),
    "not_whole": N_("Write a whole number."),
    "too_small": N_("It must be at least %(limit)s."),
    "too_large": N_("It must be at most %(limit)s."),
    "unknown": N_("Choose one of the list."),
    "not_day": N_("Write the day as a whole number; the day of the announcement is 0."),
    "not_time": N_("Write the time as hours and minutes, such as 17:30."),
    "not_working_days": N_("Write the working days as a whole number from 1, or choose a number."),
    "not_number": N_("Write a number, such as 10 or 0.5."),
    "not_name": N_(
        "Use small letters, digits and the underscore, beginning with a letter; at most 60."
    ),
    "taken": N_("This name is taken here; choose another."),
    "too_long": N_("It is too long; at most %(limit)s characters."),
    "choices": N_("Write one choice on each line: code | Chinese | English."),
    "choice_twice": N_("The code %(code)s stands twice."),
    "both_languages": N_("Write it in Chinese and in English."),
    "accept": N_("Write the kinds of files, such as .pdf .jpg"),
    "columns": N_("Add a column to the rows first, or choose another kind."),
    "not_json": N_("This is not JSON: %(reason)s"),
    "not_yaml": N_("This is not YAML: %(reason)s"),
    "not_xml": N_("This diagram cannot be read: %(reason)s"),
    "form": N_("At %(place)s: %(reason)s"),
    "text": N_("%(place)s: %(reason)s"),
    "roles": N_("There is no role %(name)s."),
}


def fault_words(fault: Fault) -> str:
    """What is wrong with a field, and what it may be, in the language of this page."""
    return str(gettext(WORDS[fault.code]) % dict(fault.values))
