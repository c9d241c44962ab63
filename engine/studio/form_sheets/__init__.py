"""Editing forms: their words, their fields one by one, or both files as text."""

from engine.studio.field_words import KINDS
from engine.studio.form_sheets.fields import FieldSheet, FormSheet, added, moved, without
from engine.studio.form_sheets.places import fields_of, form_ids, load, schema_file, ui_file
from engine.studio.form_sheets.raw import RawFormSheet
from engine.studio.form_sheets.rules import FIELDS, asked_for

__all__ = [
    "FIELDS",
    "KINDS",
    "FieldSheet",
    "FormSheet",
    "RawFormSheet",
    "added",
    "asked_for",
    "fields_of",
    "form_ids",
    "load",
    "moved",
    "schema_file",
    "ui_file",
    "without",
]
