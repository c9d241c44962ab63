"""Forms: what people are asked, read from files, checked exactly. No HTTP, no database."""

from engine.forms.checks import StoredFile
from engine.forms.collecting import ROW_MARK, PostedFields, Uploads, collect
from engine.forms.comparing import compare
from engine.forms.faults import Fault, InvalidForm
from engine.forms.loading import load_form
from engine.forms.model import (
    Answers,
    Choice,
    Condition,
    Field,
    Form,
    Kind,
    Lang,
    Options,
    OptionSource,
    RowsRule,
    Shown,
    Words,
)
from engine.forms.presenting import Presented, Table, local_instant, present
from engine.forms.problems import InvalidAnswers, Problem
from engine.forms.reading import LOCAL, read_text
from engine.forms.totals import totals
from engine.forms.validating import Validated, check_row, check_upload, validate
from engine.forms.wording import NO, YES, place, row_name, title, word_problem

__all__ = [
    "LOCAL",
    "NO",
    "ROW_MARK",
    "YES",
    "Answers",
    "Choice",
    "Condition",
    "Fault",
    "Field",
    "Form",
    "InvalidAnswers",
    "InvalidForm",
    "Kind",
    "Lang",
    "OptionSource",
    "Options",
    "PostedFields",
    "Presented",
    "Problem",
    "RowsRule",
    "Shown",
    "StoredFile",
    "Table",
    "Uploads",
    "Validated",
    "Words",
    "check_row",
    "check_upload",
    "collect",
    "compare",
    "load_form",
    "local_instant",
    "place",
    "present",
    "read_text",
    "row_name",
    "title",
    "totals",
    "validate",
    "word_problem",
]
