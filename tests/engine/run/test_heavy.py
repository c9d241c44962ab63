"""A task with thousands of seats is summed up by a worker; the rows say whether it is done."""

from sqlalchemy import delete, update

from engine import jobs
from engine.db import Sessions, reading, transaction
from engine.jobs import BACK_OFF, EmbeddedJobs, Work
from engine.model import Job, Seat, UserTask
from engine.run import heavy
from engine.run.closing import BIG, FINISH
from tests.support.clock import FakeClock
from tests.support.databases import on_both
from tests.support.drawings import collective, package, process, single
from tests.support.worlds import OFFICE, World, begin


def big_vote(sessions: Sessions, clock: FakeClock, number: int = BIG, *, seats: str) -> World:
    drawn = package(process("tiny", collective("vote", seats), single("count_it")))
    judges = {f"judge {n}": ["judge"] for n in range(number)}
    world = begin(sessions, clock, drawn, {**OFFICE, **judges})
    with transaction(sessions) as session:
        session.execute(
            update(Seat)
            .where(Seat.case_id == world.case_id, Seat.position != 1)
            .values(state="handed_in", submitted_at=clock.now(), answers={"n": 1})
        )
    return world


def hand_in_the_last(world: World) -> None:
    last = world.seat("vote")
    who = next(name for name, person in world.people.items() if person == last.person_id)
    world.submit("vote", who, {"n": 2})


def waiting_jobs(world: World) -> list[Job]:
    with reading(world.sessions) as session:
        return list(session.query(Job).order_by(Job.id))


VOTE = "members('judge')"


@on_both
def test_the_last_of_many_does_not_wait_for_the_result(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = big_vote(sessions, clock, seats=VOTE)

    hand_in_the_last(world)

    task = world.task("vote", state="closed")
    assert [(job.kind, job.subject, job.case_id) for job in waiting_jobs(world)] == [
        (FINISH, task.id, world.case_id)
    ]
    assert (world.opened(), world.problems()) == ([], [])

    heavy.work_off(sessions, clock)

    assert world.opened() == ["count_it"]
    assert world.result("vote")["handed_in"] == BIG
    assert waiting_jobs(world) == []


def test_a_task_with_one_seat_less_is_summed_up_at_once(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = big_vote(sessions, clock, BIG - 1, seats=VOTE)

    hand_in_the_last(world)

    assert (world.opened(), waiting_jobs(world)) == (["count_it"], [])


def test_doing_it_twice_is_the_same_as_once(sessions: Sessions, clock: FakeClock) -> None:
    world = big_vote(sessions, clock, seats=VOTE)
    hand_in_the_last(world)
    work = Work(FINISH, world.task("vote", state="closed").id, world.case_id)

    for _ in range(2):
        heavy.finish_task(sessions, clock, work)

    assert world.opened() == ["count_it"]
    assert len(world.all(UserTask, element_id="count_it")) == 1
    assert len(world.history("task_done")) == 1


def test_a_lost_job_is_queued_again_once(sessions: Sessions, clock: FakeClock) -> None:
    world = big_vote(sessions, clock, seats=VOTE)
    hand_in_the_last(world)
    assert heavy.reconcile(sessions, clock, heavy.handlers()) == 0  # it has its job
    with transaction(sessions) as session:
        session.execute(delete(Job))

    again = [heavy.reconcile(sessions, clock, heavy.handlers()) for _ in range(2)]

    assert again == [1, 0]
    heavy.work_off(sessions, clock)
    assert world.opened() == ["count_it"]


def test_a_stopped_selection_is_summed_up_when_it_goes_on(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = big_vote(sessions, clock, seats=VOTE)
    hand_in_the_last(world)
    set_state(world, "paused")

    heavy.work_off(sessions, clock)
    heavy.reconcile(sessions, clock, heavy.handlers())
    assert (world.opened(), waiting_jobs(world)) == ([], [])

    set_state(world, "running")
    heavy.reconcile(sessions, clock, heavy.handlers())
    heavy.work_off(sessions, clock)
    assert world.opened() == ["count_it"]


def set_state(world: World, state: str) -> None:
    with transaction(world.sessions) as session:
        session.merge(world.case()).state = state


def test_what_is_given_up_stands_on_the_offices_page_and_can_be_tried_again(
    sessions: Sessions, clock: FakeClock
) -> None:
    world = big_vote(sessions, clock, seats=VOTE)
    hand_in_the_last(world)
    queue = EmbeddedJobs()
    for _ in range(len(BACK_OFF) + 1):  # every worker that took it was killed
        with transaction(sessions) as session:
            session.execute(
                update(Job).values(state="running", run="dead", leased_until=clock.now())
            )
        queue.revive(sessions, clock, heavy.handlers())

    assert world.problems() == [("vote", "work_given_up")]
    assert heavy.reconcile(sessions, clock, heavy.handlers()) == 0  # it waits for the office

    world.retry()

    assert (world.opened(), world.problems()) == (["count_it"], [])


def test_the_queue_of_an_installation_is_the_one_its_sessions_carry(sessions: Sessions) -> None:
    queue = EmbeddedJobs()
    sessions.configure(info={jobs.KEY: queue})

    with reading(sessions) as session:
        assert jobs.of(session) is queue
    assert jobs.of_sessions(sessions) is queue
