"""The buttons inside a form change its rows and files, and nothing else."""

import pytest

from tests.engine.forms.samples import OPTIONS, good_answers, small, titled
from tests.webapp.form_app import FORM, app, show
from webapp.forms import apply_row_action


@pytest.mark.parametrize(
    "action",
    [
        "add:marks",
        "add:name",
        "add:nobody",
        "remove:people.9",
        "remove:people.x",
        "remove:people",
        "remove:marks.0",
        "remove:name",
        "remove:",
        "dance",
    ],
)
def test_buttons_that_do_not_exist_change_nothing(action: str) -> None:
    answers = good_answers()

    assert apply_row_action(FORM, answers, action) == good_answers()
    assert answers == good_answers()


def test_rows_stop_at_their_limit() -> None:
    answers = {"people": [{"name": str(i)} for i in range(150)]}

    assert apply_row_action(FORM, answers, "add:people") == answers
    with app().test_request_context():
        assert "add:people" not in show(FORM, answers, OPTIONS, "zh")


def test_files_in_rows_are_taken_out_alone() -> None:
    scan = titled(
        "件",
        "scan",
        type="string",
        format="file",
        **{"x-file": {"accept": [".pdf"], "megabytes": 1}},
    )
    rows = titled(
        "行", "rows", type="array", items={"type": "object", "properties": {"scan": scan}}
    )
    form = small(rows=rows)

    changed = apply_row_action(
        form, {"rows": [{"scan": "f1"}, {"scan": "f2"}]}, "remove:rows.1.scan"
    )

    assert changed == {"rows": [{"scan": "f1"}, {}]}
