"""Absences: what may be entered, who may then act, and what everybody else sees of it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from engine import deputies, inbox
from engine.absences import AbsenceNotFound, Span, is_loop
from engine.db import Sessions, open_database, reading, transaction
from engine.errors import EngineError
from engine.model import (
    Absence,
    Base,
    Candidate,
    Outgoing,
    Person,
    Recusal,
    Reminder,
    Seat,
    UserTask,
)
from engine.permissions import CaseNotFound, NotAllowed, SamePerson
from engine.run import leaving
from engine.run.context import locked
from engine.run.places import view_task
from engine.run.reminding import remind
from engine.run.viewing import view_seat
from engine.seats import AlreadyHandedIn, OneSeatEach, SeatNotFound, SeatTaken
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both, on_postgres
from tests.support.drawings import collective, package, process, single
from tests.support.races import Running, door, errors, together, wait_for_lock
from tests.support.worlds import World, begin

DAY = timedelta(days=1)
MEMBERS = {
    "office": ["selection_office"],
    "ma": ["judge"],
    "li": ["judge"],
    "hu": ["examiner"],
    "wu": ["examiner"],
    "shen": ["supervisor"],
}


def start(sessions: Sessions, clock: FakeClock, **properties: str) -> World:
    drawn = package(
        process("tiny", collective("comment", "members('judge')", **properties), single("after"))
    )
    return begin(sessions, clock, drawn, MEMBERS, candidates=("K01",))


def waits_for(world: World, who: str) -> list[tuple[str, str, str]]:
    """What stands on somebody's list for others: element, person, until."""
    with reading(world.sessions) as session:
        page = deputies.waiting(session, world.identity(who), now=world.now)
        return [
            (session.get_one(UserTask, each.task_id).element_id, each.absent,
             f"{each.until:%d}")
            for each in page.items
        ]  # fmt: skip


def opens(world: World, seat: Seat, who: str) -> str:
    """How somebody sees a seat; empty: as if there were none."""
    with reading(world.sessions) as session:
        try:
            return view_seat(session, world.identity(who), seat_id=seat.id, now=world.now).manner
        except (SeatNotFound, SeatTaken):
            return ""


# acting


@on_both
def test_the_stand_in_hands_in_and_the_seat_stays_the_absent_persons(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, returns="note")
    absence = world.leave("ma", "hu")
    seat = world.seat("comment", "ma")

    assert waits_for(world, "hu") == [("comment", "ma", f"{absence.to_at:%d}")]
    assert opens(world, seat, "hu") == "stand_in"
    world.submit_seat(seat, "hu", {"note": "good"})

    kept = world.one(Seat, id=seat.id)
    assert (kept.person_id, kept.submitted_by) == (world.people["ma"], world.people["hu"])
    assert (kept.absence_id, kept.recorded_for) == (absence.id, "")
    with reading(sessions) as session:
        view = view_seat(session, world.identity("hu"), seat_id=seat.id, now=world.now)
        assert (view.manner, view.acted) == ("read", ("hu", "ma"))
        assert [d.absent for d in inbox.done(session, world.identity("hu")).items] == ["ma"]


def test_a_stand_in_of_a_single_task_stands_in_the_record(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(process("one", single("decide", role="examiner")))
    world = begin(sessions, clock, drawn, {**MEMBERS, "wu": ["leading_group"]})
    world.leave("hu", "wu")
    world.submit("decide", "wu")

    entry = world.history("task_done")[0]
    assert (entry.person_id, entry.for_person_id) == (world.people["wu"], world.people["hu"])


def test_what_waits_in_a_queue_is_taken_for_the_absent_person(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process("queue", collective("check", "per(['K01'], 'examiner')", role="examiner"))
    )
    world = begin(sessions, clock, drawn, {"hu": ["examiner"], "ma": ["judge"]})
    world.leave("hu", "ma")
    seat = world.seat("check")

    assert waits_for(world, "ma") == [("check", "hu", f"{world.now + 3 * DAY:%d}")]
    world.take(seat, "ma")
    assert world.one(Seat, id=seat.id).person_id == world.people["hu"]
    world.put_back(world.one(Seat, id=seat.id), "ma")
    assert world.one(Seat, id=seat.id).person_id is None


def test_a_colleague_of_the_same_role_takes_for_themselves(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process("queue", collective("check", "per(['K01'], 'examiner')", role="examiner"))
    )
    world = begin(sessions, clock, drawn, MEMBERS)
    world.leave("hu", "wu")

    assert waits_for(world, "wu") == []
    world.take(world.seat("check"), "wu")
    assert world.seat("check").person_id == world.people["wu"]


def test_only_what_the_role_does_is_passed_on_where_one_is_named(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process(
            "both",
            collective("comment", "members('judge')"),
        ),
    )
    world = begin(sessions, clock, drawn, {**MEMBERS, "ma": ["judge", "examiner"]})
    world.leave("ma", "hu", role="examiner")

    assert waits_for(world, "hu") == []
    assert opens(world, world.seat("comment", "ma"), "hu") == ""


@pytest.mark.parametrize(
    "properties", [{"stand_in": "no"}, {"kind": "sealed"}, {"role": "candidate"}]
)
def test_some_work_is_never_passed_on(
    sessions: Sessions, clock: FakeClock, properties: dict[str, str]
) -> None:
    world = start(sessions, clock, **properties)
    world.leave("ma", "hu")
    seat = world.seat("comment", "ma")

    assert waits_for(world, "hu") == []
    with pytest.raises(SeatNotFound):
        world.submit_seat(seat, "hu")


def test_a_ballot_never_goes_to_somebody_else_even_if_the_row_said_so(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    world.leave("ma", "hu")
    task_id = world.task("comment").id
    with transaction(sessions) as session:
        task = session.get_one(UserTask, task_id)
        task.kind, task.stand_in = "ballot", False

    with pytest.raises(SeatNotFound):
        world.submit_seat(world.seat("comment", "ma"), "hu")


def test_an_outsider_and_the_stand_in_of_another_see_nothing(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    world.leave("ma", "hu")
    of_ma, of_li = world.seat("comment", "ma"), world.seat("comment", "li")

    assert [opens(world, of_ma, who) for who in ("hu", "wu", "li")] == ["stand_in", "", ""]
    assert opens(world, of_li, "hu") == ""


# when


@pytest.mark.parametrize(
    ("moved", "seen"),
    [(-0.001, ""), (0, "stand_in"), (1.999, "stand_in"), (2, "")],
)
def test_an_absence_holds_from_its_first_instant_until_before_its_last(
    sessions: Sessions, clock: FakeClock, moved: float, seen: str
) -> None:
    world = start(sessions, clock)
    world.leave("ma", "hu", begins=1, days=2)
    clock.advance((1 + moved) * DAY)

    assert opens(world, world.seat("comment", "ma"), "hu") == seen
    assert bool(waits_for(world, "hu")) == bool(seen)


def test_who_is_back_gets_the_draft_and_the_stand_in_loses_everything_at_once(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    absence = world.leave("ma", "hu")
    seat = world.seat("comment", "ma")
    world.draft_seat(seat, "hu", {"note": "half"})
    world.come_back(absence, "ma")

    assert opens(world, seat, "hu") == ""
    with pytest.raises(SeatNotFound):
        world.submit_seat(seat, "hu")
    assert world.one(Seat, id=seat.id).draft == {"note": "half"}
    assert world.one(Seat, id=seat.id).person_id == world.people["ma"]


def test_only_the_person_and_the_office_of_the_selection_end_an_absence(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    absence = world.leave("ma", "hu")
    for outsider in ("hu", "wu", "shen"):
        with pytest.raises(AbsenceNotFound):
            world.come_back(absence, outsider)

    world.come_back(absence, "office")
    with pytest.raises(AbsenceNotFound):
        world.come_back(absence, "ma")
    assert [e.action for e in world.history("absence_ended")] == ["absence_ended"]


# one person, one hand


def test_who_has_a_seat_of_the_same_work_does_not_hand_in_another(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    world.leave("ma", "li")

    assert waits_for(world, "li") == []
    with pytest.raises(OneSeatEach):
        world.submit_seat(world.seat("comment", "ma"), "li")


def test_two_examiners_stay_two_people_whoever_is_away(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(process("two", collective("enter", "persons(2, 'examiner')", role="examiner")))
    world = begin(sessions, clock, drawn, {"hu": ["examiner"], "ma": ["judge"]})
    world.leave("hu", "ma")
    first, second = world.seats("enter")
    world.submit_seat(first, "ma")

    with pytest.raises((OneSeatEach, SeatTaken)):
        world.submit_seat(second, "ma")
    clock.advance(3 * DAY)
    with pytest.raises(SeatTaken):
        world.submit_seat(second, "hu")


def test_another_person_than_counts_who_acted_and_who_was_acted_for(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process(
            "twice",
            single("first", role="examiner"),
            single("again", role="examiner", not_by="first"),
        )
    )
    members = {"hu": ["examiner"], "wu": ["examiner"], "ma": ["judge"]}
    world = begin(sessions, clock, drawn, members)
    absence = world.leave("hu", "ma")
    world.submit("first", "ma")
    with pytest.raises(SamePerson):  # acted
        world.submit("again", "ma")
    world.come_back(absence, "hu")
    with pytest.raises(SamePerson):  # was acted for
        world.submit("again", "hu")

    assert world.submit("again", "wu").element_id == "again"


# entering


def test_what_cannot_be_is_refused_by_its_name(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    cases: list[tuple[type[Exception], Callable[[], object]]] = [
        (leaving.AbsenceTimes, lambda: world.leave("ma", "hu", days=0)),
        (leaving.AbsenceTimes, lambda: world.leave("ma", "hu", begins=-5, days=5)),
        (leaving.OneselfAsStandIn, lambda: world.leave("ma", "ma")),
        (leaving.StandInUnknown, lambda: world.leave("ma", "K01")),
        (leaving.RoleNotHeld, lambda: world.leave("ma", "hu", role="examiner")),
        (NotAllowed, lambda: world.leave("ma", "hu", by="shen")),
        (CaseNotFound, lambda: world.leave("ma", "hu", by="office", here=False)),
    ]
    for expected, act in cases:
        with pytest.raises(expected):
            act()
    assert world.all_absences() == 0


def test_the_office_enters_one_for_a_member_and_both_are_told(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    absence = world.leave("ma", "hu", by="office")

    assert absence.entered_by == world.people["office"]
    told = {mail.person_id for mail in world.all(Outgoing)}
    assert told == {world.people["ma"], world.people["hu"]}


def test_absences_do_not_make_loops_nor_chains(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock)
    world.leave("ma", "hu", days=3)

    with pytest.raises(leaving.AbsenceLoop):
        world.leave("hu", "ma", begins=2)
    with pytest.raises(leaving.StandsInMeanwhile):
        world.leave("hu", "wu", begins=2)
    with pytest.raises(leaving.StandInAway):
        world.leave("wu", "ma")
    with pytest.raises(leaving.AwayAlready):
        world.leave("ma", "wu", begins=1)
    world.leave("hu", "ma", begins=3)  # the first has ended then
    world.leave("li", "wu")


def test_who_is_related_recused_or_stands_there_does_not_stand_in(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process("tiny", collective("comment", "members('judge')"), single("after")),
    )
    members = {**MEMBERS, "K01": ["examiner"]}
    world = begin(sessions, clock, drawn, members, candidates=("K02",))
    task = world.task("comment")
    with transaction(sessions) as session:
        session.add(Candidate(case_id=world.case_id, person_id=world.people["K01"], code="K01"))
        session.get_one(Person, world.people["wu"]).unit = "县教育局"
        session.add(
            Seat(task_id=task.id, case_id=world.case_id, position=99, state="handed_in",
                 person_id=world.people["K02"], submitted_by=world.people["K02"],
                 submitted_at=world.now,
                 answers={"family": [{"name": "wu", "unit_post": "县教育局", "relation": "兄"}]})
        )  # fmt: skip
        session.add(
            Recusal(case_id=world.case_id, person_id=world.people["hu"], subject="",
                    deliberation=False, vote=True, reason="x", source="ordered",
                    by_id=world.people["office"], at=world.now)
        )  # fmt: skip
    for who, why in (("K01", "candidate"), ("wu", "relative"), ("hu", "recused")):
        with pytest.raises(leaving.StandInNotAllowed) as refused:
            world.leave("ma", who)
        assert refused.value.why == why


def test_roles_that_exclude_each_other_are_refused_and_stop_acting_later(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process("tiny", collective("comment", "members('judge')")),
        roles={"judge": ["examiner"]},
    )
    world = begin(sessions, clock, drawn, MEMBERS)
    with pytest.raises(leaving.StandInNotAllowed) as refused:
        world.leave("ma", "hu")
    assert refused.value.why == "role"

    world.leave("ma", "shen")
    world.join("shen", "examiner")
    assert waits_for(world, "shen") == []
    with pytest.raises(SeatNotFound):
        world.submit_seat(world.seat("comment", "ma"), "shen")


# lists and messages


def test_reminders_go_to_both_while_the_person_is_away(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, due="now() + days(9)")
    world.leave("ma", "hu", days=1)

    def reminded() -> set[str]:
        task_id = world.task("comment").id
        with transaction(sessions) as session:
            ctx = locked(session, case_id=world.case_id, now=world.now)
            task = session.get_one(UserTask, task_id)
            remind(ctx, task, key=f"t{world.now}")
            session.flush()
            keys = list(session.scalars(select(Reminder.dedupe_key)))
        names = {str(key): name for name, key in world.people.items()}
        return {names[key.split(":")[-1]] for key in keys if key.startswith(f"t{world.now}")}

    assert reminded() == {"ma", "li", "hu"}
    clock.advance(DAY)
    assert reminded() == {"ma", "li"}


def test_the_message_about_what_waits_names_it_to_the_stand_in_while_they_are_away(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    world.leave("ma", "hu", days=1)
    task_id = world.task("comment").id

    def waits(who: str) -> bool:
        with reading(sessions) as session:
            me = world.identity(who)
            return bool(inbox.still_open(session, me, task_ids=[task_id], now=world.now))

    assert [waits(who) for who in ("ma", "hu", "wu")] == [True, True, False]
    world.recuse("hu", by="office")
    assert not waits("hu")
    clock.advance(DAY)
    assert waits("ma")


def test_the_list_for_others_takes_the_same_statements_however_long_it_is(
    sessions: Sessions, clock: FakeClock
) -> None:
    totals = []
    for number in (3, 60):
        for _ in range(number):
            world = start(sessions, clock)
            world.leave("ma", "hu")
        drawn = package(process("tiny", collective("comment", "members('judge')")))
        world = begin(
            sessions, clock, drawn, {**MEMBERS, **{f"j{n}": ["judge"] for n in range(10 * number)}}
        )
        absent = world.leave("ma", "hu")
        assert absent.case_id == world.case_id
        waits_for(world, "hu")
        with reading(sessions) as session:
            who = world.identity("hu")
            with count_sql(sessions) as statements:
                deputies.waiting(session, who, now=world.now)
        totals.append(len([s for s in statements if not s.startswith("BEGIN")]))

    assert totals == [3, 3]


def test_the_page_of_a_task_lists_the_seats_of_who_is_away(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock)
    world.leave("ma", "hu")

    task_id = world.task("comment").id
    with reading(sessions) as session:
        view = view_task(session, world.identity("hu"), task_id=task_id, now=world.now)
        assert [(place.state, place.holder) for place in view.places] == [("away", "ma")]


# two at once


@on_postgres
@pytest.mark.parametrize("first", ["ma", "hu"])
def test_of_the_person_and_the_stand_in_the_first_counts_and_the_other_is_told(
    sessions: Sessions, clock: FakeClock, first: str
) -> None:
    world = start(sessions, clock)
    world.leave("ma", "hu")
    seat = world.seat("comment", "ma")
    second = "hu" if first == "ma" else "ma"
    with door(sessions, "UPDATE seat", after=True) as held:
        leading = Running(lambda: world.submit_seat(seat, first, {"n": 1}))
        held.reached()
        following = Running(lambda: world.submit_seat(seat, second, {"n": 2}))
        wait_for_lock(sessions)
        held.open()
        leading.end()
        following.end()

    assert leading.error is None
    assert isinstance(following.error, AlreadyHandedIn)
    kept = world.one(Seat, id=seat.id)
    assert (kept.answers, kept.submitted_by) == ({"n": 1}, world.people[first])
    assert (kept.absence_id is None) == (first == "ma")


@on_postgres
def test_two_absences_entered_at_once_make_no_loop(sessions: Sessions, clock: FakeClock) -> None:
    for _ in range(5):
        world = start(sessions, clock)
        ended = together(lambda: world.leave("ma", "hu"), lambda: world.leave("hu", "ma"))  # noqa: B023 - run before the next one
        assert errors(ended) == ["AbsenceLoop"]


# any order

PEOPLE = ("ma", "li", "hu", "wu", "shen", "office")
spans = st.tuples(
    st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.integers(0, 6), st.integers(1, 4),
    st.sampled_from(("", "judge")),
)  # fmt: skip


@settings(max_examples=25)
@given(wanted=st.lists(spans, max_size=12), asked=st.integers(0, 9))
def test_no_sequence_of_absences_makes_a_loop_or_gives_a_ballot_to_somebody_else(
    wanted: list[tuple[str, str, int, int, str]], asked: int
) -> None:
    engine = open_database("sqlite://")
    Base.metadata.create_all(engine)
    clock = FakeClock()
    world = start(sessionmaker(engine), clock)
    for who, other, first, days, role in wanted:
        try:
            world.leave(who, other, begins=first, days=days, role=role)
        except EngineError:
            continue
    clock.advance(asked * DAY)
    with reading(world.sessions) as session:
        made = [
            Span(a.person_id, a.stand_in_id, a.from_at, a.to_at, a.case_id, a.role)
            for a in session.query(Absence)
        ]
    for number, span in enumerate(made):
        others = made[:number] + made[number + 1 :]
        assert not is_loop(span, others)
        assert not any(span.meets(o) and o.person_id == span.stand_in_id for o in others)
    task_id = world.task("comment").id
    with transaction(world.sessions) as session:
        task = session.get_one(UserTask, task_id)
        task.kind, task.stand_in = "ballot", False
    for who in PEOPLE:
        assert waits_for(world, who) == []
        if who != "ma":
            assert opens(world, world.seat("comment", "ma"), who) == ""
    engine.dispose()


def test_a_loop_is_found_over_any_number_of_people(clock: FakeClock) -> None:
    now = clock.now()
    people = [uuid4() for _ in range(5)]
    chain = [Span(a, b, now, now + DAY) for a, b in pairwise(people)]

    assert is_loop(Span(people[-1], people[0], now, now + DAY), chain)
    assert not is_loop(Span(people[-1], people[0], now + DAY, now + 2 * DAY), chain)
    assert not is_loop(Span(people[-1], uuid4(), now, now + DAY), chain)
