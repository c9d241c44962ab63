from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.calendar import ChinaCalendar
from engine.db import Sessions, reading, transaction
from engine.plan import (
    PlanProblem,
    PlanRefused,
    UnreadablePlan,
    check_dates,
    load_plan,
    plan_of,
    propose_dates,
    set_plan,
)
from tests.support.selections import add_case

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = ChinaCalendar()
PLAN_FILE = Path(__file__).parents[2] / "processes" / "open_selection" / "plan.yaml"
WORKED_PLAN = load_plan(PLAN_FILE.read_text("utf-8"))
WORKED_DATES = {
    "approved": "2026-03-01T15:00",
    "announcement": "2026-03-02T08:30",
    "applications_close": "2026-03-06T17:30",
    "review_first_look": "2026-03-07T17:30",
    "material_until": "2026-03-08T12:00",
    "review_ends": "2026-03-08T17:30",
    "appeals_end": "2026-03-09T17:30",
    "appeals_decided": "2026-03-10T09:00",
    "list_signed": "2026-03-10T10:00",
    "tickets": "2026-03-10T11:00",
    "paper_opened": "2026-03-10T12:30",
    "test_start": "2026-03-10T14:00",
    "test_end": "2026-03-10T16:30",
    "scores_entered": "2026-03-11T12:00",
    "recheck_ends": "2026-03-11T16:00",
    "test_signed": "2026-03-11T17:00",
    "test_result": "2026-03-11T18:00",
    "fact_sheets_close": "2026-03-11T20:00",
    "statements_start": "2026-03-12T14:00",
    "first_result": "2026-03-12T20:00",
    "research_start": "2026-03-13T07:30",
    "topic_revealed": "2026-03-13T08:00",
    "writing_start": "2026-03-13T18:00",
    "writing_ends": "2026-03-16T07:30",
    "presentation_start": "2026-03-16T08:30",
    "second_result": "2026-03-16T20:00",
    "inspection_notice": "2026-03-17T09:00",
    "inspection_start": "2026-03-18T08:30",
    "inspection_end": "2026-03-20T20:00",
    "leading_group": "2026-03-21T09:00",
    "standing_committee": "2026-03-22T09:00",
    "plenary": "2026-03-23T14:00",
    "notice_start": "2026-03-24T09:00",
    "notice_end": "2026-03-30T17:30",
}


def worked_dates() -> dict[str, datetime]:
    return propose_dates(
        WORKED_PLAN,
        announced_on=date(2026, 3, 2),
        parameters={"appeal_days": 1, "notice_days": 5},
        zone=SHANGHAI,
        calendar=CHINA,
    )


def test_the_announcement_day_gives_every_date_of_the_worked_case() -> None:
    shown = {key: f"{at:%Y-%m-%dT%H:%M}" for key, at in worked_dates().items()}

    assert shown == WORKED_DATES
    assert {at.utcoffset() for at in worked_dates().values()} == {timedelta(hours=8)}


def test_days_off_are_warnings_in_the_order_of_the_plan() -> None:
    problems = check_dates(WORKED_PLAN, worked_dates(), zone=SHANGHAI, calendar=CHINA)

    assert [(problem.code, problem.key, problem.refuses) for problem in problems] == [
        ("day_off", "approved", False),
        ("day_off", "review_first_look", False),
        ("day_off", "material_until", False),
        ("day_off", "review_ends", False),
        ("day_off", "leading_group", False),
        ("day_off", "standing_committee", False),
    ]


def test_a_date_before_the_line_above_missing_and_unknown_lines_are_refused() -> None:
    dates = worked_dates()
    del dates["notice_end"]
    early = dates["announcement"] - timedelta(hours=1)
    dates |= {"applications_close": early, "lunch": early}

    problems = check_dates(WORKED_PLAN, dates, zone=SHANGHAI, calendar=CHINA)

    assert [problem for problem in problems if problem.refuses] == [
        PlanProblem("out_of_order", "applications_close", early, other="announcement"),
        PlanProblem("missing", "notice_end"),
        PlanProblem("unknown", "lunch", early),
    ]


def test_a_year_without_its_make_up_days_is_a_warning() -> None:
    dates = {key: at.replace(year=2060, month=3, day=3) for key, at in worked_dates().items()}

    problems = check_dates(WORKED_PLAN[1:2], dates, zone=SHANGHAI, calendar=CHINA)

    assert PlanProblem("provisional", "announcement", dates["announcement"]) in problems


def test_a_plan_is_kept_in_its_order_and_replaced_as_a_whole(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        case_id = add_case(session, now=datetime(2026, 3, 1, tzinfo=UTC)).id
        set_plan(session, case_id=case_id, dates=worked_dates())
    later = {key: at + timedelta(days=7) for key, at in worked_dates().items()}

    with transaction(sessions) as session:
        set_plan(session, case_id=case_id, dates=later)

    with reading(sessions) as session:
        kept = plan_of(session, case_id=case_id)
    assert kept == later
    assert list(kept) == list(later)
    assert {at.utcoffset() for at in kept.values()} == {timedelta(0)}


def test_a_plan_out_of_order_changes_nothing(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        case_id = add_case(session, now=datetime(2026, 3, 1, tzinfo=UTC)).id
        set_plan(session, case_id=case_id, dates=worked_dates())
    wrong = dict(reversed(worked_dates().items()))

    with pytest.raises(PlanRefused) as refusal, transaction(sessions) as session:
        set_plan(session, case_id=case_id, dates=wrong)

    assert refusal.value.problems[0].code == "out_of_order"
    with reading(sessions) as session:
        assert plan_of(session, case_id=case_id) == worked_dates()


def test_a_selection_without_a_plan_has_no_dates(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        case_id = add_case(session, now=datetime(2026, 3, 1, tzinfo=UTC)).id

        assert plan_of(session, case_id=case_id) == {}


@pytest.mark.parametrize(
    ("yaml_text", "place"),
    [
        ("", "the file"),
        ("[", "the file"),
        ("- 1", "line 1"),
        ("- {key: A, zh: 甲, en: a, day: 0, time: '08:30'}", "line 1"),
        ("- {key: a, zh: 甲, en: a, day: 0}", "a"),
        ("- {key: a, zh: 甲, en: a, day: 0, time: '08:30', colour: red}", "a"),
        ("- {key: a, zh: '', en: a, day: 0, time: '08:30'}", "a"),
        ("- {key: a, zh: 甲, en: a, day: '0', time: '08:30'}", "a"),
        ("- {key: a, zh: 甲, en: a, day: 0, time: 14:00}", "a"),  # YAML reads 840 minutes
        ("- {key: a, zh: 甲, en: a, day: 0, time: '24:00'}", "a"),
        ("- {key: b, zh: 乙, en: b, after: a, working_days: 1}", "b"),
        ("- &a {key: a, zh: 甲, en: a, day: 0, time: '08:30'}\n- *a", "a"),
    ],
)
def test_a_plan_that_cannot_be_read_names_the_place(yaml_text: str, place: str) -> None:
    with pytest.raises(UnreadablePlan) as error:
        load_plan(yaml_text)

    assert error.value.place == place


@pytest.mark.parametrize("days", ["0", "parameters", "five", "true", "1.5"])
def test_working_days_are_a_number_or_a_parameter(days: str) -> None:
    with pytest.raises(UnreadablePlan, match="working_days"):
        load_plan(
            "- {key: a, zh: 甲, en: a, day: 0, time: '08:30'}\n"
            f"- {{key: b, zh: 乙, en: b, after: a, working_days: {days}}}"
        )


def test_a_parameter_that_is_no_number_of_days_is_named() -> None:
    with pytest.raises(UnreadablePlan, match="appeal_days"):
        propose_dates(
            WORKED_PLAN,
            announced_on=date(2026, 3, 2),
            parameters={"appeal_days": "one", "notice_days": 5},
            zone=SHANGHAI,
            calendar=CHINA,
        )
