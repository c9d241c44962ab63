"""Recusal: what somebody is kept out of is gone for them, on every path, and counts for nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from engine import deputies, files, inbox, meetings, overview, record, recusals, stage
from engine.db import Sessions, reading, transaction
from engine.model import (
    Notice,
    Recusal,
    Seat,
    StoredFile,
    UserTask,
)
from engine.overview import StepNotFound, handed_in, view_case
from engine.permissions import CaseNotFound, NotAllowed
from engine.run import recusing
from engine.run.filing import file_for
from engine.run.places import view_task
from engine.run.steering import ReasonNeeded
from engine.run.viewing import view_seat
from engine.seats import SeatNotFound
from engine.tasks import TaskNotFound
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import call, collective, package, process, service, single
from tests.support.worlds import World, begin

MEMBERS = {
    "office": ["selection_office"],
    "second": ["selection_office"],
    "ma": ["judge"],
    "li": ["judge"],
    "hu": ["examiner"],
    "wu": ["examiner"],
    "shen": ["supervisor"],
}
CODES = ("K01", "K02")
SCORES = 'times(members("judge"), ["K01", "K02"])'
MARK = {"mark": {"type": "string"}}


def start(sessions: Sessions, clock: FakeClock, *steps: Any, **more: Any) -> World:
    drawn = package(process("tiny", *steps), **more)
    return begin(sessions, clock, drawn, MEMBERS, candidates=CODES)


def scoring(**properties: str) -> Any:
    return collective("score", SCORES, kind="scores", result="scores", returns="mark", **properties)


def states(world: World, element: str, who: str) -> dict[str, str]:
    key = world.people[who]
    return {s.subject: s.state for s in world.seats(element) if s.person_id == key}


# seats


@on_both
def test_a_seat_about_them_is_never_opened_and_says_why(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, single("first"), scoring(), single("after"))
    world.recuse("ma", "K01")
    world.submit("first", "office")

    assert states(world, "score", "ma") == {"K01": "void", "K02": "open"}
    void = next(s for s in world.seats("score") if s.state == "void")
    assert void.void_reason == "recused: the same unit"
    assert [(e.person_id, e.subject) for e in world.history("kept_out")] == [
        (world.people["ma"], "K01")
    ]


@on_both
def test_an_open_seat_becomes_void_and_the_rest_decides(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, scoring(), single("after"))
    for who in ("ma", "li"):
        world.submit("score", who, {"mark": "5"}, about="K02")
    world.submit("score", "li", {"mark": "4"}, about="K01")
    assert world.opened() == ["score"]
    world.recuse("ma", "K01", by="office")

    assert world.opened() == ["after"]
    result = world.result("score")
    assert (result["seats"], result["handed_in"]) == (3, 3)
    assert result["by_subject"]["K01"] == [{"mark": "4"}]


def test_the_mean_is_of_those_who_may_score(sessions: Sessions, clock: FakeClock) -> None:
    codes = "scores.by_subject"
    mean = service(
        "mean", "panel_mean", with_maximum="6",
        with_scores=f"{{c: [e.mark for e in {codes}[c]] for c in {codes}}}",
    )  # fmt: skip
    world = start(sessions, clock, scoring(), mean, single("after"))
    world.recuse("ma", "K01")
    world.submit("score", "ma", {"mark": "2"}, about="K02")
    for code in CODES:
        world.submit("score", "li", {"mark": "5"}, about=code)

    with reading(sessions) as session:
        made = record.last_result(session, case_id=world.case_id, element_id="mean")
    assert made is not None
    assert made["published"] == {"K01": "5.00", "K02": "3.50"}
    assert made["counted"] == {"K01": 1, "K02": 2}


def test_what_was_handed_in_before_stands(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, scoring(), single("after"))
    world.submit("score", "ma", {"mark": "5"}, about="K01")
    world.recuse("ma", "K01")

    assert states(world, "score", "ma") == {"K01": "handed_in", "K02": "open"}


def test_what_was_taken_goes_back_without_the_draft(sessions: Sessions, clock: FakeClock) -> None:
    check = collective("check", "per(['K01'], 'examiner')", role="examiner")
    world = start(sessions, clock, check, single("after"))
    seat = world.seat("check")
    world.take(seat, "hu")
    world.draft_seat(seat, "hu", {"note": "mine"})
    world.recuse("hu", "K01")

    kept = world.one(Seat, id=seat.id)
    assert (kept.person_id, kept.state, kept.draft) == (None, "open", None)
    with pytest.raises(SeatNotFound):
        world.take(kept, "hu")
    world.submit_seat(kept, "wu")


def test_the_two_flags_are_apart(sessions: Sessions, clock: FakeClock) -> None:
    talk = collective("talk", 'times(members("judge"), ["K01"])')
    world = start(sessions, clock, single("first"), talk, scoring(), single("after"))
    world.recuse("ma", "K01", vote=False)
    world.recuse("li", "K01", deliberation=False)
    world.submit("first", "office")

    assert (states(world, "talk", "ma"), states(world, "talk", "li")) == (
        {"K01": "void"},
        {"K01": "open"},
    )
    world.submit("talk", "li")
    assert states(world, "score", "ma") == {"K01": "open", "K02": "open"}
    assert states(world, "score", "li") == {"K01": "void", "K02": "open"}


def test_a_linked_run_about_somebody_is_hidden_as_a_whole(
    sessions: Sessions, clock: FakeClock
) -> None:
    drawn = package(
        process("tiny", call("visits", "visit", items="['K01', 'K02']", item="unit"), single("z")),
        process("visit", single("look", role="examiner")),
    )
    world = begin(sessions, clock, drawn, MEMBERS, candidates=CODES)
    world.recuse("hu", "K01")
    tasks = {task.about: task for task in world.all(UserTask, element_id="look")}

    with reading(sessions) as session:
        listed = inbox.queued(session, world.identity("hu"), now=world.now).items
    assert [item.task_id for item in listed] == [tasks["K02"].id]
    with pytest.raises(SeatNotFound):
        world.submit_seat(world.one(Seat, task_id=tasks["K01"].id), "hu")


# every path


@dataclass
class Paths:
    """Everything about K01 in a selection, looked at by one person."""

    world: World
    seat: UUID
    done: UUID
    file: UUID
    task: UUID
    instance: UUID


def everything(sessions: Sessions, clock: FakeClock) -> Paths:
    """A candidate is checked, scored in order and filed; `hu` and the office could see all."""
    check = collective(
        "check", "per(['K01'], 'examiner')", role="examiner",
        readers="examiner selection_office", form="note",
    )  # fmt: skip
    more = collective(
        "more", "per(['K01'], 'examiner')", role="examiner", recorders="selection_office"
    )
    on = collective(
        "present", "per(['K01', 'K02'], 'selection_office')", role="selection_office",
        in_order="yes", closers="examiner",
    )  # fmt: skip
    note = {"properties": {"note": {"type": "string", "maxLength": 200}}}
    world = start(sessions, clock, check, more, on, single("z"), forms={"note": note})
    done = world.seat("check")
    world.submit_seat(done, "wu", {"note": "fine"})
    task = world.task("check", state="done")
    with transaction(sessions) as session:
        stored = StoredFile(
            case_id=world.case_id, task_id=task.id, owner_id=world.people["wu"], subject="K01",
            name="a.pdf", media_type="application/pdf", size=1, digest="0" * 64,
            stored_at=world.now,
        )  # fmt: skip
        session.add(stored)
        session.flush()
        file_id = stored.id
    seat = world.seat("more")
    return Paths(world, seat.id, done.id, file_id, seat.task_id, world.instance().id)


def visible(paths: Paths, who: str) -> dict[str, bool]:
    """Each path to something about K01: whether this person finds anything there."""
    world = paths.world
    me = world.identity(who)

    def found(act: Callable[[Any], Any]) -> bool:
        with reading(world.sessions) as session:
            try:
                return bool(act(session))
            except (SeatNotFound, TaskNotFound, StepNotFound, files.FileNotFound, CaseNotFound):
                return False

    def about(items: Any) -> list[Any]:
        return [item for item in items if getattr(item, "subject", None)]

    def seen(session: Any) -> Any:
        return view_case(session, me, case_id=world.case_id, now=world.now)

    return {
        "queue": found(lambda s: inbox.queued(s, me, now=world.now).items),
        "record": found(lambda s: inbox.to_record(s, me, now=world.now).items),
        "address": found(lambda s: view_seat(s, me, seat_id=paths.seat, now=world.now)),
        "task page": found(lambda s: view_task(s, me, task_id=paths.task, now=world.now).places),
        "step": found(lambda s: about(handed_in(seen(s), "check").entries)),
        "step counts": found(lambda s: handed_in(seen(s), "check").rounds[0].handed_in),
        "file": found(lambda s: file_for(s, me, file_id=paths.file, now=world.now)),
    }


def test_who_is_kept_out_finds_it_on_no_path(sessions: Sessions, clock: FakeClock) -> None:
    paths = everything(sessions, clock)
    assert visible(paths, "hu") == {**dict.fromkeys(visible(paths, "hu"), True), "record": False}
    assert visible(paths, "second") == {
        "queue": False, "record": True, "address": True, "task page": True, "step": True,
        "step counts": True, "file": True,
    }  # fmt: skip

    paths.world.recuse("hu", "K01")
    paths.world.recuse("second", "K01", by="shen")

    assert not any(visible(paths, "hu").values())
    assert not any(visible(paths, "second").values())
    assert all(visible(paths, "office").values()) is False  # it may not take from the queue
    assert visible(paths, "office")["file"]


@pytest.mark.parametrize("act", ["submit", "draft", "take", "put_back"])
def test_no_action_reaches_it_either(sessions: Sessions, clock: FakeClock, act: str) -> None:
    paths = everything(sessions, clock)
    world = paths.world
    world.recuse("hu", "K01")
    seat = world.one(Seat, id=paths.seat)
    acts: dict[str, Callable[[], object]] = {
        "submit": lambda: world.submit_seat(seat, "hu"),
        "draft": lambda: world.draft_seat(seat, "hu", {}),
        "take": lambda: world.take(seat, "hu"),
        "put_back": lambda: world.put_back(seat, "hu"),
    }
    with pytest.raises(SeatNotFound):
        acts[act]()
    assert world.one(Seat, id=paths.seat).state == "open"


def test_a_void_seat_of_ones_own_looks_as_if_it_had_never_been(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, scoring(), single("after"))
    seat = world.seat("score", "ma", about="K01")
    world.recuse("ma", "K01")

    with pytest.raises(SeatNotFound):
        world.submit_seat(seat, "ma")
    with reading(sessions) as session, pytest.raises(SeatNotFound):
        view_seat(session, world.identity("ma"), seat_id=seat.id, now=world.now)


def test_a_stand_in_gets_nothing_the_absent_person_or_they_are_kept_out_of(
    sessions: Sessions, clock: FakeClock
) -> None:
    check = collective("check", "per(['K01', 'K02'], 'examiner')", role="examiner")
    world = begin(
        sessions, clock, package(process("tiny", check, single("z"))),
        {**MEMBERS, "wu": ["leading_group"]}, candidates=CODES,
    )  # fmt: skip
    world.leave("hu", "wu")
    world.recuse("hu", "K01")

    def listed() -> list[str]:
        with reading(sessions) as session:
            page = deputies.waiting(session, world.identity("wu"), now=world.now)
            return [item.subject for item in page.items]

    assert listed() == ["K02"]
    world.recuse("wu", "K02", by="office")
    assert listed() == []
    for seat in world.seats("check"):
        with pytest.raises(SeatNotFound):
            world.submit_seat(seat, "wu")


def test_the_stage_is_empty_while_they_are_on_and_without_them_otherwise(
    sessions: Sessions, clock: FakeClock
) -> None:
    paths = everything(sessions, clock)
    world = paths.world
    world.submit_seat(world.seat("more"), "wu")
    world.recuse("second", "K01")
    me = world.identity("second")

    def turns() -> list[str]:
        with reading(sessions) as session:
            shown = stage.stage_of(session, me, instance_id=paths.instance, now=world.now)
            return [turn.code for turn in shown.turns]

    with reading(sessions) as session:
        assert meetings.under_way(session, me, now=world.now).items == []
    with pytest.raises(TaskNotFound):
        turns()
    world.call_next("present", "K02", "office")
    assert turns() == ["K02"]


def test_the_office_page_and_the_history_leave_it_out(sessions: Sessions, clock: FakeClock) -> None:
    paths = everything(sessions, clock)
    world = paths.world
    world.recuse("second", "K01")
    with reading(sessions) as session:
        for who, missing in (("office", ["K01"]), ("second", [])):
            seen = view_case(session, world.identity(who), case_id=world.case_id, now=world.now)
            [task] = overview.desk(seen).tasks
            assert [m.subject.zh[:3] for m in task.missing if m.subject] == missing
            assert task.to_hand_in == len(missing)
            actions = [entry.action for entry in overview.history(seen)[0]]
            assert ("recused" in actions) == (who == "office")


def test_who_is_kept_out_of_the_whole_selection_does_not_find_it(
    sessions: Sessions, clock: FakeClock
) -> None:
    paths = everything(sessions, clock)
    world = paths.world
    world.recuse("hu", by="shen")
    me = world.identity("hu")

    assert not any(visible(paths, "hu").values())
    with reading(sessions) as session:
        assert overview.selections(session, me, now=world.now).items == []
        with pytest.raises(CaseNotFound):
            view_case(session, me, case_id=world.case_id, now=world.now)


# who may


def test_only_the_office_and_the_supervisor_order_and_take_back(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = start(sessions, clock, scoring(), single("after"))
    for outsider in ("hu", "li"):
        with pytest.raises(NotAllowed):
            world.recuse("ma", "K01", by=outsider)
    world.recuse("ma", "K01", by="shen")
    made = world.one(Recusal)

    def take_back(who: str, reason: str = "a mistake") -> None:
        with transaction(sessions) as session:
            recusing.withdraw(
                session, case_id=world.case_id, recusal_id=made.id, reason=reason,
                actor_id=world.people[who], now=world.now,
            )  # fmt: skip

    with pytest.raises(NotAllowed):
        take_back("ma")
    with pytest.raises(ReasonNeeded):
        take_back("office", " ")
    take_back("office")
    with pytest.raises(recusals.RecusalNotFound):
        take_back("office")
    assert states(world, "score", "ma")["K01"] == "void"
    assert {n.person_id for n in world.all(Notice)} == {world.people["ma"]}


def test_what_cannot_be_recused_is_refused(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, scoring(), single("after"))
    with pytest.raises(ReasonNeeded):
        world.recuse("ma", "K01", reason=" ")
    with pytest.raises(recusing.NothingRecused):
        world.recuse("ma", "K01", deliberation=False, vote=False)
    with pytest.raises(recusing.UnknownSubject):
        world.recuse("ma", "K09")
    with pytest.raises(recusing.NotTakingPart):
        world.recuse("K02", "K01", by="office")
    with pytest.raises(CaseNotFound):
        world.recuse("K02", "K01")
    world.recuse("second")
    with pytest.raises(recusing.LastOfOffice):
        world.recuse("office")
    assert [(r.person_id, r.subject) for r in world.all(Recusal)] == [(world.people["second"], "")]


def test_a_second_recusal_adds_to_the_first(sessions: Sessions, clock: FakeClock) -> None:
    world = start(sessions, clock, scoring(), single("after"))
    world.recuse("ma", "K01", vote=False)
    world.recuse("ma", "K01", deliberation=False, by="office")

    kept = [r for r in world.all(Recusal) if r.withdrawn_at is None]
    assert [(r.deliberation, r.vote) for r in kept] == [(True, True)]
    assert states(world, "score", "ma")["K01"] == "void"
