"""The console of a stage on the published case: eleven candidates before nine judges."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.db import reading, transaction
from engine.identity import Identity, demo_token, identify
from engine.model import Case, HistoryEntry, UserTask
from engine.run import submitting
from engine.run.staging import AnotherIsOn, call_next
from tests.support.databases import count_sql
from tests.support.played import Played
from tests.webapp.conftest import Visit, at

SCORES = dict.fromkeys(("structure", "content", "feasibility", "question_1", "question_2"), "5.0")


def turns(played: Played) -> list[str]:
    return [seat.subject for seat in played.seats("s5_present")]


def page(played: Played, tail: str = "") -> str:
    return f"/meeting/stage/{played.case_id}{tail}"


def score(played: Played, subject: str, judges: int) -> None:
    for seat in played.seats("s5_score", subject)[:judges]:
        submitting.submit(
            played.sessions, played.clock, seat_id=seat.id, actor_id=seat.person_id,
            answers=SCORES,
        )  # fmt: skip


def hand_in_times(played: Played, visit: Visit, subject: str) -> None:
    office = visit(played.member("selection_office"))
    (seat,) = played.seats("s5_present", subject)
    answer = office.post(
        page(played, "/times"),
        data={"seat": seat.id, "presentation_seconds": "590", "answer_seconds": "470"},
    )
    assert answer.status_code == 303


def on_stage(played: Played) -> set[str]:
    with reading(played.sessions) as session:
        return set(
            session.scalars(
                select(UserTask.current_subject).where(
                    UserTask.element_id.in_(("s5_present", "s5_score")), UserTask.state == "open"
                )
            )
        )


@at("s5_present")
def test_the_console_says_who_is_on_and_which_judges_have_not_scored(
    played: Played, visit: Visit
) -> None:
    first = turns(played)[0]
    score(played, first, judges=7)

    text = visit(played.member("selection_office")).get(page(played)).text

    missing = re.findall(r"<li>(.*?)</li>", text.split('gx-stage__missing">')[1].split("</ul>")[0])
    assert len(missing) == 2
    assert '7<span class="gx-stage__of"> / 9</span>' in text
    assert '1<span class="gx-stage__of"> / 11</span>' in text
    assert first in text
    assert "25.0" not in text  # the sum of a score


@at("s5_present")
def test_the_console_speaks_english(played: Played, visit: Visit) -> None:
    text = visit(played.member("selection_office")).get(page(played, "?lang=en")).text

    assert "Not handed in yet" in text
    assert "Presentation and answers, with the clock" in text
    assert "Call number 2" in text


@at("s5_present")
@pytest.mark.parametrize("role", ["judge", "recommender", "examiner"])
def test_whoever_does_not_run_the_meeting_finds_nothing(
    played: Played, visit: Visit, role: str
) -> None:
    person = played.candidate("K06") if role == "recommender" else played.member(role)
    browser = visit(person)

    assert browser.get(page(played)).status_code == 404
    assert browser.get(page(played, "/part")).status_code == 404
    assert browser.post(page(played, "/next"), data={"subject": "K06"}).status_code == 404


@at("s5_present")
def test_nobody_is_sent_to_sign_in(played: Played, visit: Visit) -> None:
    answer = visit().get(page(played))

    assert (answer.status_code, "/sign-in" in answer.headers["Location"]) == (303, True)


@at("s5_present")
def test_calling_the_next_one_asks_again_while_scores_are_missing(
    played: Played, visit: Visit
) -> None:
    first, second = turns(played)[:2]
    score(played, first, judges=8)
    hand_in_times(played, visit, first)
    office = visit(played.member("selection_office"))

    asked = office.post(page(played, "/next"), data={"expected": first, "subject": second})
    confirm = office.get(asked.headers["Location"]).text

    assert "还有1人未提交对1号的评分" in confirm
    assert on_stage(played) == {first}
    office.post(page(played, "/next"), data={"expected": first, "subject": second, "anyway": "yes"})
    assert on_stage(played) == {second}


@at("s5_present")
def test_the_next_one_is_called_at_once_when_everything_is_in(played: Played, visit: Visit) -> None:
    first, second = turns(played)[:2]
    score(played, first, judges=9)
    hand_in_times(played, visit, first)

    answer = visit(played.member("selection_office")).post(
        page(played, "/next"), data={"expected": first, "subject": second}
    )

    assert answer.headers["Location"].endswith(page(played))
    assert on_stage(played) == {second}


@at("s5_present")
def test_a_page_that_is_stale_calls_nobody(played: Played, visit: Visit) -> None:
    first, second, third = turns(played)[:3]
    office = visit(played.member("selection_office"))
    data = {"expected": first, "anyway": "yes"}
    office.post(page(played, "/next"), data={**data, "subject": second})

    office.post(page(played, "/next"), data={**data, "subject": third})

    assert on_stage(played) == {second}


@at("s5_present")
def test_the_clock_is_kept_in_the_record_and_fills_the_form_in(
    played: Played, visit: Visit
) -> None:
    first = turns(played)[0]
    office = visit(played.member("selection_office"))
    data = {"subject": first, "clock": "presentation_seconds"}
    office.post(page(played, "/clock"), data={**data, "_action": "start"})
    played.clock.advance(timedelta(minutes=9, seconds=30))
    running = office.get(page(played, "/part")).text
    office.post(page(played, "/clock"), data={**data, "_action": "stop"})

    text = office.get(page(played)).text

    assert "gx-clock--bell" in running
    assert "00:30" in running
    assert re.search(r'name="presentation_seconds"[^>]* value="570"', text)
    with reading(played.sessions) as session:
        kept = session.scalars(
            select(HistoryEntry.action).where(HistoryEntry.action.like("clock_%"))
        ).all()
    assert kept == ["clock_started", "clock_stopped"]


@at("s5_present")
def test_over_time_is_shown_with_a_plus(played: Played, visit: Visit) -> None:
    office = visit(played.member("selection_office"))
    data = {"subject": turns(played)[0], "clock": "answer_seconds", "_action": "start"}
    office.post(page(played, "/clock"), data=data)
    office.post(page(played, "/clock"), data=data)  # a double click does not begin anew
    played.clock.advance(timedelta(minutes=8, seconds=12))

    text = office.get(page(played, "/part")).text

    assert "gx-clock--over" in text
    assert "+00:12" in text


@at("s5_present")
def test_times_that_do_not_fit_come_back_with_what_was_typed(played: Played, visit: Visit) -> None:
    (seat,) = played.seats("s5_present", turns(played)[0])

    answer = visit(played.member("selection_office")).post(
        page(played, "/times"), data={"seat": seat.id, "presentation_seconds": "99999"}
    )

    assert answer.status_code == 422
    assert 'value="99999"' in answer.text


@at("s5_present")
def test_times_handed_in_show_in_the_order(played: Played, visit: Visit) -> None:
    first = turns(played)[0]
    hand_in_times(played, visit, first)

    text = visit(played.member("selection_office")).get(page(played)).text

    assert "09:50 + 07:50" in text
    assert "用时已提交" in text


@at("s5_present")
def test_a_poll_is_answered_with_304_until_something_changes(played: Played, visit: Visit) -> None:
    first = turns(played)[0]
    office = visit(played.member("selection_office"))
    tag = office.get(page(played, "/part")).headers["ETag"]

    same = office.get(page(played, "/part"), headers={"If-None-Match": tag})
    score(played, first, judges=1)
    changed = office.get(page(played, "/part"), headers={"If-None-Match": tag})

    assert (same.status_code, same.data) == (304, b"")
    assert (changed.status_code, changed.headers["ETag"] == tag) == (200, False)


@at("s5_present")
def test_the_page_carries_the_tag_its_part_answers_with(played: Played, visit: Visit) -> None:
    office = visit(played.member("selection_office"))
    tag = office.get(page(played, "/part")).headers["ETag"]

    assert tag.replace('"', "&#34;") in office.get(page(played)).text


@at("s5_present")
def test_a_poll_costs_the_same_however_many_have_scored(played: Played, visit: Visit) -> None:
    office = visit(played.member("selection_office"))
    office.get(page(played, "/part"))
    with count_sql(played.sessions) as before:
        office.get(page(played, "/part"))
    for subject in turns(played)[:1]:
        score(played, subject, judges=9)

    with count_sql(played.sessions) as after:
        office.get(page(played, "/part"))

    assert len(after) == len(before) <= 12


@at("s5_present")
def test_a_stopped_selection_calls_nobody(played: Played, visit: Visit) -> None:
    first, second = turns(played)[:2]
    with transaction(played.sessions) as session:
        session.get_one(Case, played.case_id).state = "paused"

    office = visit(played.member("selection_office"))
    answer = office.post(
        page(played, "/next"), data={"expected": first, "subject": second, "anyway": "yes"}
    )

    assert answer.status_code == 409
    assert on_stage(played) == {first}
    assert "已叫停" in office.get(page(played)).text


@at("s5_present")
def test_the_supervisor_watches_and_cannot_call(played: Played, visit: Visit) -> None:
    first, second = turns(played)[:2]
    supervisor = visit(played.member("supervisor"))

    assert "请2号上场" not in supervisor.get(page(played)).text
    answer = supervisor.post(
        page(played, "/next"), data={"expected": first, "subject": second, "anyway": "yes"}
    )
    assert answer.status_code == 403
    assert on_stage(played) == {first}


@at("s5_present")
def test_the_hall_screen_is_there_only_if_the_plan_says_so(played: Played, visit: Visit) -> None:
    screen = f"/screen/{played.case_id}"
    assert visit().get(screen).status_code == 404

    with transaction(played.sessions) as session:
        case = session.get_one(Case, played.case_id)
        case.parameters = {**case.parameters, "show_on_screen": True}
    answer = visit(played.member("selection_office")).get(screen)

    assert answer.status_code == 200
    assert "1号" in answer.text
    assert not re.search(r"K\d\d|退出登录|评委\d", answer.text)


@at("s5_present")
def test_a_judges_score_does_not_make_the_screen_blink(played: Played, visit: Visit) -> None:
    with transaction(played.sessions) as session:
        case = session.get_one(Case, played.case_id)
        case.parameters = {**case.parameters, "show_on_screen": True}
    part = f"/screen/{played.case_id}/part"
    tag = visit().get(part).headers["ETag"]
    score(played, turns(played)[0], judges=3)

    assert visit().get(part, headers={"If-None-Match": tag}).status_code == 304


@at("s3_statements")
def test_a_statement_has_one_clock_of_three_minutes_and_no_judges(
    played: Played, visit: Visit
) -> None:
    text = visit(played.member("selection_office")).get(page(played)).text

    assert text.count("data-clock ") == 1
    assert 'data-limit="180" data-bell="30"' in text
    assert "已交评分" not in text


@at("s5_present")
def test_the_page_of_the_task_leads_to_the_console(played: Played, visit: Visit) -> None:
    (seat,) = played.seats("s5_present", turns(played)[0])

    text = visit(played.member("selection_office")).get(f"/seat/{seat.id}").text

    assert page(played) in text


@at("s5_present")
def test_meetings_under_way_are_listed_for_who_runs_them(played: Played, visit: Visit) -> None:
    assert page(played) in visit(played.member("selection_office")).get("/meeting").text
    assert page(played) not in visit(played.member("judge")).get("/meeting").text


@at("s5_present")
def test_the_service_refuses_a_subject_that_is_not_waiting(played: Played, visit: Visit) -> None:
    del visit
    first = turns(played)[0]
    identity = _identity(played, played.member("selection_office"))
    with pytest.raises(AnotherIsOn), transaction(played.sessions) as session:
        call_next(
            session, identity, instance_id=played.case_id, expected=first, subject=first,
            anyway=True, now=played.clock.now(),
        )  # fmt: skip


def _identity(played: Played, person_id: UUID) -> Identity:

    with reading(played.sessions) as session:
        found = identify(session, demo_token(person_id), now=played.clock.now(), demo=True)
    assert found is not None
    return found
