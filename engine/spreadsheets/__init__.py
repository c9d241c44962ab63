"""Rows from spreadsheets and tables into them: checked wholly before anything is taken over."""

from engine.spreadsheets.cells import UnreadableSheet
from engine.spreadsheets.rows import ImportPreview, SheetProblem, read_rows, word_sheet_problem
from engine.spreadsheets.writing import template, write_table

__all__ = [
    "ImportPreview",
    "SheetProblem",
    "UnreadableSheet",
    "read_rows",
    "template",
    "word_sheet_problem",
    "write_table",
]
