"""What must never be let through while a selection runs: who, when, how often."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import update

from engine import seats, timers
from engine.db import Sessions, reading, transaction
from engine.model import CaseMember, Reminder, Seat, UserTask
from engine.permissions import NotAllowed, SamePerson
from engine.run import submitting
from engine.run.closing import close_if_complete
from engine.run.context import CasePaused
from engine.seats import AlreadyHandedIn, SeatNotFound, SeatTaken, TaskClosed
from tests.support.clock import FakeClock
from tests.support.drawings import collective, package, process, service, single
from tests.support.worlds import OFFICE, TWO_JUDGES, World, begin

SCORES = 'times(members("judge"), ["K01"])'
HOUR = timedelta(hours=1)


def judging(sessions: Sessions, clock: FakeClock, **properties: str) -> World:
    drawn = package(process("judging", collective("score", SCORES, **properties), single("after")))
    return begin(sessions, clock, drawn, TWO_JUDGES, candidates=["K01"])


def hand_in(world: World, seat: Seat, who: str) -> None:
    """Hand in any seat, also another's."""
    submitting.submit(
        world.sessions, world.clock, seat_id=seat.id, actor_id=world.people[who], answers={}
    )


# who


def test_nobody_hands_in_for_a_colleague(sessions: Sessions, clock: FakeClock) -> None:
    world = judging(sessions, clock)
    of_ma = world.seat("score", "ma")

    with pytest.raises(SeatNotFound):
        hand_in(world, of_ma, "li")

    assert {seat.state for seat in world.seats("score")} == {"open"}


def test_a_queue_is_for_its_role_alone(sessions: Sessions, clock: FakeClock) -> None:
    drawn = package(process("queue", single("decide", role="leading_group")))
    world = begin(sessions, clock, drawn, {**OFFICE, "zhao": ["leading_group"]})

    with pytest.raises(SeatNotFound):
        world.submit("decide", "office")

    assert world.submit("decide", "zhao").element_id == "decide"


def test_who_has_left_may_not_act_any_more(sessions: Sessions, clock: FakeClock) -> None:
    world = begin(sessions, clock, package(process("one", single("decide"))))
    with transaction(sessions) as session:
        session.execute(update(CaseMember).values(to_at=world.now))

    with pytest.raises(SeatNotFound):
        world.submit("decide", "office")


def test_a_place_on_a_list_gives_no_standing(sessions: Sessions, clock: FakeClock) -> None:
    world = begin(sessions, clock, package(process("one", single("decide"))))
    with transaction(sessions) as session:
        session.execute(update(CaseMember).values(roster="electors"))

    with pytest.raises(SeatNotFound):
        world.submit("decide", "office")


def test_another_person_must_look_a_second_time(sessions: Sessions, clock: FakeClock) -> None:
    drawn = package(process("twice", single("first"), single("second", not_by="first")))
    world = begin(sessions, clock, drawn, {**OFFICE, "wu": ["selection_office"]})
    world.submit("first", "office")

    with pytest.raises(SamePerson):
        world.submit("second", "office")

    assert world.submit("second", "wu").element_id == "second"


def test_only_the_closers_end_the_handing_in(sessions: Sessions, clock: FakeClock) -> None:
    world = judging(sessions, clock)

    with pytest.raises(NotAllowed):
        world.close("score", "ma")

    world.close("score", "office")
    assert world.opened() == ["after"]


def test_a_recorder_never_casts_a_ballot_for_somebody(sessions: Sessions, clock: FakeClock) -> None:
    world = judging(sessions, clock, recorders="selection_office")
    with transaction(sessions) as session:
        session.execute(update(UserTask).values(kind="ballot"))

    with pytest.raises(SeatNotFound):
        hand_in(world, world.seat("score", "ma"), "office")


# how often


def test_the_second_click_changes_nothing(sessions: Sessions, clock: FakeClock) -> None:
    world = judging(sessions, clock)
    world.submit("score", "ma", {"mark": "1"})
    clock.advance(HOUR)

    with pytest.raises(AlreadyHandedIn):
        world.submit("score", "ma", {"mark": "2"})

    kept = next(seat for seat in world.seats("score") if seat.state == "handed_in")
    assert (kept.answers, kept.submitted_at) == ({"mark": "1"}, clock.now() - HOUR)


def test_a_seat_closed_in_the_meantime_stays_closed(sessions: Sessions, clock: FakeClock) -> None:
    world = judging(sessions, clock)
    seat = world.seat("score", "ma")
    with transaction(sessions) as session:
        session.execute(update(Seat).values(state="closed"))

    with transaction(sessions) as session, pytest.raises(TaskClosed):
        seats.hand_in(
            session, seat_id=seat.id, answers={}, person_id=world.people["ma"],
            submitted_by=world.people["ma"], recorded_for="", now=world.now,
        )  # fmt: skip

    assert {seat.state for seat in world.seats("score")} == {"closed"}


def test_one_of_two_takes_a_seat_from_the_queue(sessions: Sessions, clock: FakeClock) -> None:
    drawn = package(process("queue", collective("review", 'per(["K01"], "examiner")')))
    world = begin(
        sessions, clock, drawn, {**OFFICE, "a": ["examiner"], "b": ["examiner"]}, candidates=["K01"]
    )
    seat = world.seat("review")
    world.take(seat, "a")

    with pytest.raises(SeatTaken):
        world.take(seat, "b")

    assert world.seat("review").person_id == world.people["a"]


def test_who_saw_the_seat_free_a_moment_ago_comes_second(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(process("queue", single("decide", role="leading_group")))
    world = begin(
        sessions, clock, drawn, {**OFFICE, "a": ["leading_group"], "b": ["leading_group"]}
    )
    seen_free = world.seat("decide")
    world.take(seen_free, "a")

    with transaction(sessions) as session, pytest.raises(SeatTaken):
        seats.claim(session, seat=seen_free, person_id=world.people["b"], now=world.now)

    assert world.seat("decide").person_id == world.people["a"]


def test_two_entries_of_one_subject_are_made_by_two_people(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(process("twice", collective("enter", 'persons(2, "examiner")')))
    world = begin(sessions, clock, drawn, {**OFFICE, "a": ["examiner"], "b": ["examiner"]})
    first, second = world.seats("enter")
    world.take(first, "a")

    with pytest.raises(SeatTaken):
        world.take(second, "a")

    world.take(second, "b")


# when


def test_nothing_is_accepted_before_the_task_opens(sessions: Sessions, clock: FakeClock) -> None:
    world = judging(sessions, clock, opens="now() + hours(1)")

    with pytest.raises(TaskClosed, match="opens later"):
        world.submit("score", "ma")

    clock.advance(HOUR)
    world.submit("score", "ma")


def test_at_the_closing_time_nothing_is_accepted_any_more(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = judging(sessions, clock, closes="now() + hours(1)")
    clock.advance(HOUR)

    with pytest.raises(TaskClosed, match="closing time has passed"):
        world.submit("score", "ma")


def test_a_task_closes_exactly_at_its_time_with_what_is_there(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = judging(sessions, clock, closes="now() + hours(1)")
    world.submit("score", "ma")
    clock.advance(HOUR - timedelta(microseconds=1))
    assert (world.sweep(), world.opened()) == (0, ["score"])

    clock.advance(timedelta(microseconds=1))

    assert (world.sweep(), world.opened()) == (1, ["after"])
    assert [seat.state for seat in world.seats("score")] == ["handed_in", "closed"]


def test_a_stopped_selection_accepts_and_fires_nothing(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = judging(sessions, clock, closes="now() + hours(1)")
    with transaction(sessions) as session:
        session.merge(world.case()).state = "paused"

    with pytest.raises(CasePaused):
        world.submit("score", "ma")
    clock.advance(HOUR)

    assert (world.sweep(), world.opened()) == (0, ["score"])
    with reading(sessions) as session:
        asked = timers.due_ids(session, now=world.now, limit=9), timers.next_due(session)
    assert asked == ([], None)


def test_in_order_only_the_one_who_is_on_is_scored(sessions: Sessions, clock: FakeClock) -> None:
    two = 'times(members("judge"), ["K01", "K02"])'
    drawn = package(process("judging", collective("score", two, in_order="yes")))
    world = begin(sessions, clock, drawn, TWO_JUDGES, candidates=["K01", "K02"])

    with pytest.raises(TaskClosed, match="another one is on"):
        world.submit("score", "ma", about="K02")

    world.call_next("score", "K02")
    world.submit("score", "ma", about="K02")


# closing


def test_the_last_submission_closes_the_task_and_no_earlier_one(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = judging(sessions, clock)

    world.submit("score", "ma")
    between = world.opened()
    world.submit("score", "li")

    assert (between, world.opened()) == (["score"], ["after"])


def test_a_task_that_waits_for_two_closes_with_the_second(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process("some", collective("sign", 'members("judge")', completes="2"), single("after"))
    )
    world = begin(sessions, clock, drawn, {**TWO_JUDGES, "wang": ["judge"]})

    world.submit("sign", "ma")
    between = world.opened()
    world.submit("sign", "li")

    assert (between, world.opened()) == (["sign"], ["after"])
    assert [seat.state for seat in world.seats("sign")] == ["handed_in", "handed_in", "closed"]


def test_a_task_that_waits_for_its_time_does_not_close_when_all_are_in(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = judging(sessions, clock, completes="closing", closes="now() + hours(1)")

    world.submit("score", "ma")
    world.submit("score", "li")

    assert world.opened() == ["score"]


def test_closing_twice_moves_the_token_once(sessions: Sessions, clock: FakeClock) -> None:
    world = judging(sessions, clock)
    world.submit("score", "ma")
    world.submit("score", "li")
    task = world.task("score", state="done")

    close_if_complete(sessions, clock, [task.id])

    assert (world.opened(), len(world.history("task_done"))) == (["after"], 1)


def test_what_was_missed_between_two_commits_is_swept(sessions: Sessions, clock: FakeClock) -> None:
    world = judging(sessions, clock)
    with transaction(sessions) as session:
        session.execute(update(Seat).values(state="handed_in", submitted_at=world.now))

    world.sweep()

    assert world.opened() == ["after"]


def test_a_failing_operation_undoes_no_submission(sessions: Sessions, clock: FakeClock) -> None:
    scores = '{"K01": "not a number"}'
    drawn = package(
        process(
            "failing",
            collective("score", SCORES),
            service("shortlist", "cut", with_scores=scores, with_places="1", result="short"),
        )
    )
    world = begin(sessions, clock, drawn, TWO_JUDGES, candidates=["K01"])

    world.submit("score", "ma")
    world.submit("score", "li")

    assert [seat.state for seat in world.seats("score")] == ["handed_in", "handed_in"]
    assert [element for element, _ in world.problems()] == ["shortlist"]


# timers


def test_reminders_go_to_whom_something_is_missing_from_once(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = judging(sessions, clock, due="now() + days(2)", reminders="P1D +P1D")
    world.submit("score", "ma")
    clock.advance(timedelta(days=1))

    world.sweep()
    world.sweep()

    assert [each.person_id for each in world.all(Reminder)] == [world.people["li"]]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("P3D", {"days": 3}), ("P2W", {"weeks": 2}), ("PT2H", {"hours": 2}),
        ("PT30M", {"minutes": 30}), ("P1DT12H", {"days": 1, "hours": 12}),
    ],
)  # fmt: skip
def test_durations_are_read_as_written(text: str, kept: Mapping[str, int]) -> None:
    assert timers.duration(text) == timedelta(**kept)


@pytest.mark.parametrize("text", ["", "P", "PT", "3D", "P3", "P1M", "-P1D", "P1D "])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        timers.duration(text)
