"""Moving dates of a running selection: proposed, shown in order of time, then done at once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine.bpmn import Execution
from engine.db import Sessions, reading
from engine.facts import CaseFacts
from engine.model import Instance, PlanDate, Problem, Publication, Reminder
from engine.permissions import NotAllowed
from engine.run import replanning
from engine.run.context import CasePaused
from engine.run.replanning import PlanMoveRefused
from engine.run.steering import ReasonNeeded
from tests.support.clock import FakeClock
from tests.support.drawings import call, collective, package, process, single, split, wait
from tests.support.planned import DATES, PLAN, SHANGHAI, at, look, move, start
from tests.support.worlds import World, begin

DAY = timedelta(days=1)


def told(world: World) -> list[str]:
    """Who was told something, by name."""
    names = {person: name for name, person in world.people.items()}
    return sorted(names[each.person_id] for each in world.all(Reminder))


def plan(world: World) -> dict[str, datetime]:
    with reading(world.sessions) as session:
        rows = session.scalars(select(PlanDate).where(PlanDate.case_id == world.case_id))
        return {row.key: row.at for row in sorted(rows, key=lambda row: row.position)}


def everything(sessions: Sessions, clock: FakeClock) -> World:
    """Tasks that open, are due and close by lines of the plan, with ladders, and timers."""
    return start(
        sessions,
        clock,
        split(
            "all",
            [
                collective(
                    "write", "members('judge')", opens="plan.applications_close",
                    closes="plan.test - hours(1)", reminders="P1D PT2H",
                    escalate="PT1H notify:selection_office",
                )
            ],
            [single("sign", due="on_workday(1, '12:00', plan.test)", reminders="+P1D")],
            [single("fixed", due="now() + days(2)")],
            [wait("nap", until="plan.notice_start - hours(2)"), single("later")],
            [wait("doze", duration="days(20)"), single("last")],
        ),
    )  # fmt: skip


def test_a_preview_lists_in_order_of_time_what_moves_from_when_to_when(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = everything(sessions, clock)

    shown = look(world, test=at("03-11 14:00"))

    told_ = [
        (m.kind, m.name.zh, *(f"{x.astimezone(SHANGHAI):%d %H:%M}" if x else None
                              for x in (m.before, m.after)), m.workdays)
        for m in shown.everything
    ]  # fmt: skip
    assert told_ == [
        ("reminder", "write", "09 13:00", "10 13:00", 1),
        ("reminder", "write", "10 11:00", "11 11:00", 1),
        ("escalation", "write", "10 12:00", "11 12:00", 1),
        ("closes", "write", "10 13:00", "11 13:00", 1),
        ("plan", "考试", "10 14:00", "11 14:00", 1),
        ("due", "sign", "11 12:00", "12 12:00", 1),
        ("reminder", "sign", "12 12:00", "13 12:00", 1),
    ]
    assert shown.is_possible
    assert plan(world)["test"] == DATES["test"]  # a preview writes nothing
    assert world.task("sign").due_at == at("03-11 12:00")


def test_confirmed_it_moves_everything_at_once_and_tells_people_once(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = everything(sessions, clock)

    move(
        world, test=at("03-11 14:00"), notice_start=at("03-13 09:00"), notice_end=at("03-17 17:30")
    )

    assert plan(world)["test"] == at("03-11 14:00")
    assert world.task("write").closes_at == at("03-11 13:00")
    assert world.task("sign").due_at == at("03-12 12:00")
    assert world.task("fixed").due_at == clock.now() + 2 * DAY
    pending = [(t.kind, t.due_at) for t in world.timers(state="pending")]
    assert pending == [
        ("reminder", at("03-10 13:00")), ("reminder", at("03-11 11:00")),
        ("escalation", at("03-11 12:00")), ("close", at("03-11 13:00")),
        ("event", at("03-13 07:00")), ("reminder", at("03-13 12:00")),
        ("event", clock.now() + 20 * DAY),
    ]  # fmt: skip
    assert told(world) == ["li", "ma", "office"]
    (noted,) = world.history("plan_moved")
    assert (noted.person_id, noted.facts["reason"]) == (world.people["office"], "会场未定")
    assert [line["key"] for line in noted.facts["lines"]] == ["test", "notice_start", "notice_end"]
    assert world.problems() == []


def test_a_timer_that_was_moved_fires_at_its_new_instant_and_once(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = everything(sessions, clock)
    move(world, notice_start=at("03-13 09:00"))

    clock.move_to(at("03-12 07:00"))
    world.sweep()
    assert "later" not in world.opened()
    clock.move_to(at("03-13 07:00"))
    world.sweep()
    world.sweep()

    assert "later" in world.opened()
    assert len([e for e in world.history("passed") if e.element_id == "nap"]) == 1
    assert [t.state for t in world.timers(kind="event")] == ["done", "pending"]


def test_the_state_of_the_process_and_the_rows_say_the_same(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = everything(sessions, clock)
    move(world, notice_start=at("03-13 09:00"))

    case = world.case()
    with reading(sessions) as session:
        instance = session.get_one(Instance, world.case_id)
        facts = CaseFacts(session, case, clock.now())
        execution = Execution.load(
            world.package.definition, instance.process_id, instance.frontier, facts
        )
        waiting = sorted(timer.due_at for timer in execution.timers())
    assert waiting == [t.due_at for t in world.timers(kind="event", state="pending")]
    assert at("03-13 07:00") in waiting


def test_later_expressions_read_the_new_dates(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, single("first"), single("second", due="plan.test"))

    move(world, test=at("03-11 14:00"))
    world.submit("first", "office")

    assert world.task("second").due_at == at("03-11 14:00")


def test_a_task_is_worked_out_as_it_was_when_it_opened(
    sessions: Sessions, clock: FakeClock
) -> None:
    condition = "plan.test if now() < plan.applications_close else plan.notice_end"
    world = start(
        sessions, clock, single("first", result="typed", returns="n"),
        single("second", due=f"({condition}) + hours(typed.n)"),
    )  # fmt: skip
    world.submit("first", "office", {"n": 2})
    clock.move_to(at("03-09 08:00"))  # after the applications have closed

    move(world, test=at("03-11 14:00"))

    assert world.task("second").due_at == at("03-11 16:00")


def test_a_deadline_the_office_has_set_stays(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, single("write", due="plan.test"))
    world.extend("write", at("03-10 18:00"))

    shown = look(world, test=at("03-11 14:00"))
    move(world, test=at("03-11 14:00"))

    assert [name.zh for name in shown.kept] == ["write"]
    assert [m.kind for m in shown.everything] == ["plan"]
    assert world.task("write").due_at == at("03-10 18:00")


@pytest.mark.parametrize(
    ("dates", "codes"),
    [
        ({"announcement": at("03-04 09:00")}, ["past"]),
        ({"test": at("03-02 07:00")}, ["into_past", "out_of_order", "closes_at_once"]),
        ({"test": at("03-13 14:00")}, ["out_of_order"]),
        ({"applications_close": at("03-12 17:30")}, ["out_of_order"]),
        ({}, []),
        ({"test": DATES["test"]}, []),
        ({"nothing": at("03-20 14:00")}, []),
    ],
)
def test_dates_that_cannot_be_used_are_refused_with_the_reason(
    sessions: Sessions, clock: FakeClock, dates: dict[str, datetime], codes: list[str]
) -> None:
    world = everything(sessions, clock)

    assert not look(world, **dates).is_possible
    with pytest.raises(PlanMoveRefused) as refused:
        move(world, **dates)

    assert [each.code for each in refused.value.refusals] == codes
    assert (plan(world), told(world)) == (DATES, [])


def test_a_line_that_was_used_early_cannot_be_moved(sessions: Sessions, clock: FakeClock) -> None:
    world = start(
        sessions, clock, single("apply", closes="plan.applications_close"), single("after")
    )
    world.submit("apply", "office")

    with pytest.raises(PlanMoveRefused) as refused:
        move(world, applications_close=at("03-07 17:30"))

    assert [(r.code, r.key) for r in refused.value.refusals] == [("used", "applications_close")]


def test_nothing_closes_at_once_by_a_change_of_the_plan(
    sessions: Sessions, clock: FakeClock
) -> None:
    step = collective("write", "members('judge')", closes="plan.test - days(7)")
    world = start(sessions, clock, step)

    with pytest.raises(PlanMoveRefused) as refused:
        move(world, test=at("03-09 08:00"))

    assert [(r.code, r.name.zh) for r in refused.value.refusals] == [("closes_at_once", "write")]
    assert world.opened() == ["write"]


def test_warnings_stand_beside_what_moves(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, single("write", due="plan.test - days(7)"))

    shown = look(world, test=at("03-07 14:00"))  # a Saturday

    assert [(m.kind, m.warnings) for m in shown.everything] == [
        ("due", ("past",)), ("plan", ("day_off",)),
    ]  # fmt: skip


def test_only_the_office_moves_the_plan_of_what_runs_with_a_reason(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = everything(sessions, clock)

    for who in ("ma",):
        with pytest.raises(NotAllowed):
            look(world, who, test=at("03-11 14:00"))
        with pytest.raises(NotAllowed):
            move(world, who, test=at("03-11 14:00"))
    with pytest.raises(ReasonNeeded):
        move(world, reason=" ", test=at("03-11 14:00"))


def test_a_stopped_selection_keeps_its_plan(sessions: Sessions, clock: FakeClock) -> None:
    world = everything(sessions, clock)
    with sessions.begin() as session:
        session.merge(world.case()).state = "paused"

    with pytest.raises(CasePaused):
        move(world, test=at("03-11 14:00"))


def test_a_change_is_published_with_its_reason(sessions: Sessions, clock: FakeClock) -> None:
    world = everything(sessions, clock)

    move(world, test=at("03-11 14:00"), publish=True)

    made = world.one(Publication)
    assert made.audience == "public"
    assert made.content["zh"]["tables"][0]["rows"] == [
        ["考试", "2026年3月10日14:00", "2026年3月11日14:00"]
    ]
    assert "会场未定" in made.content["zh"]["paragraphs"][1]
    assert made.content["en"]["tables"][0]["columns"] == ["Stage", "From", "To"]
    assert world.history("plan_moved")[0].facts["publication"] == str(made.id)


@pytest.mark.parametrize(
    ("in_workdays", "dates"),
    [
        (True, ["03-02 08:30", "03-06 17:30", "03-12 14:00", "03-16 09:00", "03-18 17:30"]),
        (False, ["03-02 08:30", "03-06 17:30", "03-12 14:00", "03-14 09:00", "03-18 17:30"]),
    ],
)
def test_what_comes_behind_moves_by_as_much_and_rules_are_kept(
    sessions: Sessions, clock: FakeClock, dates: list[str], *, in_workdays: bool
) -> None:
    world = everything(sessions, clock)

    with reading(sessions) as session:
        made = replanning.propose(
            session, case_id=world.case_id, dates={"test": at("03-12 14:00")},
            in_workdays=in_workdays, actor_id=world.people["office"], now=clock.now(),
        )  # fmt: skip

    assert [f"{each.astimezone(SHANGHAI):%m-%d %H:%M}" for each in made.values()] == dates


def test_a_proposal_can_bring_forward_and_leaves_the_past_alone(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = everything(sessions, clock)
    asked = {"test": at("03-09 14:00"), "announcement": at("03-01 08:30")}

    with reading(sessions) as session:
        made = replanning.propose(
            session, case_id=world.case_id, dates=asked, in_workdays=True,
            actor_id=world.people["office"], now=clock.now(),
        )  # fmt: skip

    assert [f"{each.astimezone(SHANGHAI):%m-%d %H:%M}" for each in made.values()] == [
        "03-02 08:30", "03-06 17:30", "03-09 14:00", "03-11 09:00", "03-13 17:30",
    ]  # fmt: skip


def test_two_lines_of_a_weekend_stay_in_order(sessions: Sessions, clock: FakeClock) -> None:
    dates = {**DATES, "test": at("03-13 20:00"), "notice_start": at("03-14 09:00"),
             "notice_end": at("03-30 17:30")}  # fmt: skip
    world = start(sessions, clock, single("write"), dates=dates)

    with reading(sessions) as session:
        made = replanning.propose(
            session, case_id=world.case_id, dates={"applications_close": at("03-09 17:30")},
            in_workdays=True, actor_id=world.people["office"], now=clock.now(),
        )  # fmt: skip

    assert made["test"] == at("03-16 20:00")
    assert made["notice_start"] == at("03-17 09:00")  # not on Monday morning, before the test


def test_a_date_typed_otherwise_is_no_longer_counted_by_its_rule(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("write"))
    with reading(sessions) as session:
        rows = session.scalars(select(PlanDate.workday_year).order_by(PlanDate.position))
        assert list(rows) == [None, None, None, None, 2026]

    move(world, notice_end=at("03-20 12:00"))
    assert [row.workday_year for row in world.all(PlanDate, key="notice_end")] == [None]
    move(world, notice_end=at("03-16 17:30"))

    assert [row.workday_year for row in world.all(PlanDate, key="notice_end")] == [2026]


def test_linked_runs_and_their_timers_move_too(sessions: Sessions, clock: FakeClock) -> None:
    drawn = package(
        process("tiny", call("visits", "visit", items="['a', 'b']", item="unit", result="seen")),
        process("visit", wait("nap", until="plan.test"), single("look", due="plan.notice_start")),
        plan=PLAN,
    )
    world = begin(sessions, clock, drawn, plan=DATES)

    move(world, test=at("03-11 14:00"))

    assert [t.due_at for t in world.timers(state="pending")] == [at("03-11 14:00")] * 2
    clock.move_to(at("03-11 14:00"))
    world.sweep()
    assert world.opened() == ["look", "look"]
    assert world.all(Problem) == []


def test_what_cannot_be_worked_out_any_more_stays_and_is_named(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("write", due="plan.test + hours(parameters.more)"),
                  more=2)  # fmt: skip
    was = world.task("write").due_at
    world.give(more="soon")

    shown = look(world, test=at("03-11 14:00"))
    move(world, test=at("03-11 14:00"))

    assert [name.zh for name in shown.unclear] == ["write"]
    assert world.task("write").due_at == was == at("03-10 16:00")
