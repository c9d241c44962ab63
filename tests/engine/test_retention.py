"""What is old goes, in batches; what belongs to the record and what still runs stays."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import retention, upkeep
from engine.db import Sessions, reading, transaction
from engine.jobs import Work
from engine.model import (
    BallotLine,
    Case,
    HistoryEntry,
    Job,
    Notice,
    Outgoing,
    OutgoingAbout,
    Person,
    Reminder,
    SealedItem,
    Seat,
    SignInAttempt,
    Slip,
    StartDraft,
    Timer,
    Upkeep,
    UserTask,
)
from engine.run import heavy
from engine.settings import BadSetting
from tests.engine.ballots.meeting import hold_meeting
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.selections import add_case, add_people, add_task

OLD = timedelta(days=4000)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "retention.md"


def fill(session: Session, clock: FakeClock) -> tuple[Case, UserTask, UUID]:
    """One old row of every kind that has a limit, in a selection that is over."""
    now, then = clock.now(), clock.now() - OLD
    case = add_case(session, now=then)
    (writer,) = add_people(session, "甲")
    task, person = add_task(session, case=case, kind="sealed", seats={"K01": writer}), writer.id
    seat = session.scalars(select(Seat).where(Seat.task_id == task.id)).one()
    seat.state, seat.draft, seat.draft_at = "closed", {"note": "…"}, then
    session.add_all(
        [
            SignInAttempt(key="login:x", at=then),
            SignInAttempt(key="login:x", at=now),
            Slip(case_id=case.id, person_id=person, code_hash="h", expires_at=then),
            StartDraft(owner_id=person, package_key="p", changed_at=then),
            Outgoing(
                address="a@b", dedupe_key="sent", subject="", body="", state="sent",
                next_try_at=then, sent_at=then, posted_at=then,
            ),
            Outgoing(
                address="a@b", dedupe_key="new", subject="", body="", next_try_at=then,
                posted_at=then,
            ),
            Outgoing(
                address="a@b", dedupe_key="dead", subject="", body="", state="dead",
                next_try_at=then, posted_at=then,
            ),
            Notice(case_id=case.id, person_id=person, content={}, at=then, read_at=then),
            Notice(case_id=case.id, person_id=person, content={}, at=then),
            reminder(task, person, "told", then), reminder(task, person, "waiting", then),
            timer(task, "done", then), timer(task, "cancelled", then), timer(task, "pending", then),
            Upkeep(name=f"{upkeep.WORKER}x", at=then),
            SealedItem(
                task_id=task.id, seat_id=seat.id, payload=b"x", digest="", sealed_at=then,
                opened_at=then,
            ),
            HistoryEntry(case_id=case.id, at=then, action="started"),
            Job(
                kind="prune", queueing_key="prune", serial_key="prune", state="dead",
                not_before=then,
            ),
        ]
    )  # fmt: skip
    case.state, case.ended_at = "ended", then
    return case, task, person


def timer(task: UserTask, state: str, due: object) -> Timer:
    return Timer(
        case_id=task.case_id, instance_id=task.instance_id, task_id=task.id, kind="close",
        dedupe_key=str(uuid4()), due_at=due, state=state,
        fired_at=due if state == "done" else None,
    )  # fmt: skip


def reminder(task: UserTask, person: UUID, state: str, at: datetime) -> Reminder:
    return Reminder(
        case_id=task.case_id, task_id=task.id, person_id=person, kind="reminder", state=state,
        dedupe_key=state, at=at, not_before=at, settled_at=None if state == "waiting" else at,
    )  # fmt: skip


GOES = {
    "given_up_jobs": 1, "sign_in_attempts": 1, "slips": 1, "start_drafts": 1, "drafts": 1,
    "sent_messages": 1, "undelivered_messages": 1, "read_notices": 1, "finished_timers": 2,
    "settled_reminders": 1,
    "workers_seen": 1, "opened_ballots": 0, "sealed_writing": 1,
}  # fmt: skip


def left(sessions: Sessions, model: type) -> int:
    with reading(sessions) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@on_both
def test_old_rows_go_and_everything_else_stays(sessions: Sessions, clock: FakeClock) -> None:
    with transaction(sessions) as session:
        fill(session, clock)
    limits, now = retention.defaults(), clock.now()

    counted = retention.count_old(sessions, limits=limits, now=now)
    gone = retention.prune(sessions, limits=limits, now=now)

    assert gone == counted == GOES
    kept = (SignInAttempt, Outgoing, Notice, Timer, Seat, HistoryEntry, Person)
    assert [left(sessions, model) for model in kept] == [1] * len(kept)
    assert set(retention.prune(sessions, limits=limits, now=now).values()) == {0}


def test_what_belongs_to_a_running_selection_stays(sessions: Sessions, clock: FakeClock) -> None:
    with transaction(sessions) as session:
        case, *_ = fill(session, clock)
        case.state, case.ended_at = "running", None

    gone = retention.prune(sessions, limits=retention.defaults(), now=clock.now())

    stays = ("read_notices", "finished_timers", "sealed_writing")
    assert gone == GOES | dict.fromkeys(stays, 0)


def test_a_limit_counts_from_the_end_to_the_day(sessions: Sessions, clock: FakeClock) -> None:
    with transaction(sessions) as session:
        case, *_ = fill(session, clock)
        case.ended_at = clock.now() - timedelta(days=100)
    limits = retention.defaults() | {"history": 100}

    assert retention.prune(sessions, limits=limits, now=clock.now())["history"] == 0
    clock.advance(timedelta(seconds=1))
    assert retention.prune(sessions, limits=limits, now=clock.now())["history"] == 1


def test_many_rows_go_in_several_batches(sessions: Sessions, clock: FakeClock) -> None:
    with transaction(sessions) as session:
        session.add_all(SignInAttempt(key="k", at=clock.now() - OLD) for _ in range(25))

    gone = retention.prune(sessions, limits=retention.defaults(), now=clock.now(), batch=10)

    assert (gone["sign_in_attempts"], left(sessions, SignInAttempt)) == (25, 0)


@on_both
def test_opened_ballots_go_only_after_the_end_and_its_term(
    sessions: Sessions, clock: FakeClock
) -> None:
    meeting = hold_meeting(sessions, clock, present={"county": 3}, absent=0)
    meeting.cast(0, {"first": ["K01"]})
    meeting.close()
    meeting.count()
    limits = retention.defaults() | {"who_voted": 1}
    late = clock.now() + OLD

    assert retention.prune(sessions, limits=limits, now=late)["opened_ballots"] == 0
    with transaction(sessions) as session:
        session.execute(update(Case).values(state="ended", ended_at=clock.now()))
    gone = retention.prune(sessions, limits=limits, now=late)

    assert (gone["opened_ballots"], gone["who_voted"]) == (1, 1)
    assert left(sessions, BallotLine) == 0


def test_one_night_one_pruning_whoever_looks(sessions: Sessions, clock: FakeClock) -> None:
    zone = "Asia/Shanghai"  # 08:30 there
    looks = [retention.enqueue_at_night(sessions, clock, zone) for _ in range(2)]
    heavy.work_off(sessions, clock)
    clock.advance(timedelta(hours=18, minutes=29))
    before_three = retention.enqueue_at_night(sessions, clock, zone)
    clock.advance(timedelta(minutes=1))

    assert (looks, before_three) == ([True, False], False)
    assert retention.enqueue_at_night(sessions, clock, zone)


def test_the_job_of_the_night_removes_what_is_old(sessions: Sessions, clock: FakeClock) -> None:
    with transaction(sessions) as session:
        fill(session, clock)

    handler = heavy.handlers(retention.defaults() | {"slips": None})["prune"]
    handler.run(sessions, clock, Work("prune"))

    assert (left(sessions, StartDraft), left(sessions, Slip)) == (0, 1)


def test_limits_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "limits.yaml"
    file.write_text("sent_messages: 30\nopened_ballots: never\n")

    limits = retention.read_limits(str(file))

    changed = {"sent_messages": 30, "opened_ballots": None}
    assert limits == retention.defaults() | changed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ballots: 3", "'ballots' is none of"),
        ("history: 0", "whole days, or never"),
        ("history: soon", "whole days, or never"),
        ("a: b: c", "cannot be read"),
    ],
)
def test_a_bad_limit_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "limits.yaml"
    file.write_text(text)

    with pytest.raises(BadSetting, match=said):
        retention.read_limits(str(file))


def test_the_page_names_every_limit_with_its_default() -> None:
    rows = re.compile(r"^\| `(\w+)` \|.*?\| (\d[\d,]*|never) \|", re.MULTILINE)
    said = rows.findall(PAGE.read_text("utf-8"))
    days = {key: None if value == "never" else int(value.replace(",", "")) for key, value in said}

    assert days == retention.defaults()


@on_both
def test_a_message_goes_with_its_links_and_leaves_its_reminder(
    sessions: Sessions, clock: FakeClock
) -> None:
    with transaction(sessions) as session:
        case, task, person = fill(session, clock)
        sent = session.scalars(select(Outgoing).where(Outgoing.dedupe_key == "sent")).one()
        session.add(OutgoingAbout(case_id=case.id, message_id=sent.id, posted_at=clock.now()))
        kept = reminder(task, person, "dropped", clock.now())
        kept.message_id = sent.id
        session.add(kept)

    retention.prune(sessions, limits=retention.defaults(), now=clock.now())

    assert left(sessions, OutgoingAbout) == 0
    with reading(sessions) as session:
        found = select(Reminder.message_id).where(Reminder.state == "dropped")
        assert session.scalars(found).all() == [None]
