"""Possible reasons to step aside, found in what members and candidates have written."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import conflicts, recusals
from engine.conflicts import Applicant, Member, between, stated_in
from engine.db import Sessions, reading, transaction
from engine.model import Conflict, Person
from engine.people.alike import one_unit
from engine.permissions import NotAllowed
from engine.run import recusing
from engine.run.steering import ReasonNeeded
from tests.support.clock import FakeClock
from tests.support.databases import count_sql
from tests.support.drawings import collective, package, process, single
from tests.support.worlds import World, begin

FAMILY = {"family": [{"name": "李 四", "relation": "配偶", "unit_post": "县医院护士"}]}


def kinds(member: tuple[str, str, bool], *answers: dict[str, object]) -> list[tuple[str, dict]]:
    name, unit, acts = member
    applicant = Applicant("K01", uuid4(), "孙一", "县农牧局", answers)
    found = between([Member(uuid4(), name, unit, acts)], [applicant])
    return [(each.kind, dict(each.facts)) for each in found]


@pytest.mark.parametrize(
    ("member", "answers", "expected"),
    [
        (("李四", "县医院", True), FAMILY, ["relative"]),
        (("李四", "", True), FAMILY, ["relative"]),
        (("李四", "县教育局", True), FAMILY, []),
        (("王五", "县医院", True), FAMILY, []),
        (("王五", "县农牧局", True), {}, ["same_unit"]),
        (("王五", "县农牧局副局长", True), {}, ["same_unit"]),
        (("王五", "县农牧局", False), {}, []),
        (("王五", "县", True), {}, []),
        (("赵六", "某局", True), {"nominators": "赵六、钱七"}, ["named"]),
        (("赵六", "某局", True), {"nominators": "赵六子、钱七"}, []),
        (("孙一", "某局", True), {"name": "孙一"}, []),
        (("李四", "县农牧局", True), {"family": [{"name": "李四"}]}, ["relative", "same_unit"]),
    ],
)
def test_what_two_people_have_in_common(
    member: tuple[str, str, bool], answers: dict[str, object], expected: list[str]
) -> None:
    assert [kind for kind, _ in kinds(member, answers)] == expected


def test_nobody_is_in_conflict_with_themselves() -> None:
    person = uuid4()
    applicant = Applicant("K01", person, "孙一", "县农牧局", [])
    assert list(between([Member(person, "孙一", "县农牧局", acts=True)], [applicant])) == []


def test_what_a_members_own_row_states_is_found_by_name_or_code() -> None:
    applicants = [Applicant(c, uuid4(), n, "", []) for c, n in (("K01", "孙一"), ("K02", "钱二"))]
    one, other = uuid4(), uuid4()
    found = stated_in({one: "与孙一是同学", other: "K02 表兄"}, applicants)
    assert [(f.person_id, f.subject, f.kind) for f in found] == [
        (one, "K01", "stated"), (other, "K02", "stated"),
    ]  # fmt: skip


@given(one=st.text("县局农牧 教育", max_size=8), other=st.text("县局农牧 教育", max_size=8))
def test_units_are_alike_in_either_order(one: str, other: str) -> None:
    assert one_unit(one, other) == one_unit(other, one)


# decided by the office


def with_conflict(sessions: Sessions, clock: FakeClock) -> tuple[World, Conflict]:
    drawn = package(
        process("tiny", collective("talk", 'times(members("judge"), ["K01"])'), single("after"))
    )
    members = {
        "office": ["selection_office"], "ma": ["judge"], "li": ["judge"], "shen": ["supervisor"],
    }  # fmt: skip
    world = begin(sessions, clock, drawn, members, candidates=("K01",))
    with transaction(sessions) as session:
        for name in ("ma", "K01"):
            session.get_one(Person, world.people[name]).unit = "县农牧局"
        session.flush()
        assert conflicts.detect(session, case_id=world.case_id, now=world.now) == 1
    return world, world.one(Conflict)


def decide(
    world: World, found: Conflict, who: str, *, recuse: bool, reason: str = "cousin"
) -> None:
    extent = recusing.Extent("K01", deliberation=True, vote=True, reason=reason)
    with transaction(world.sessions) as session:
        recusing.decide(
            session, case_id=world.case_id, conflict_id=found.id,
            extent=extent if recuse else None, reason=reason, actor_id=world.people[who],
            now=world.now,
        )  # fmt: skip


def test_the_office_decides_with_a_reason_either_way(sessions: Sessions, clock: FakeClock) -> None:
    world, found = with_conflict(sessions, clock)
    with pytest.raises(NotAllowed):
        decide(world, found, "li", recuse=True)
    with pytest.raises(ReasonNeeded):
        decide(world, found, "office", recuse=False, reason=" ")
    decide(world, found, "office", recuse=True)

    assert world.one(Conflict).state == "recused"
    assert [s.state for s in world.seats("talk")] == ["void", "open"]
    with pytest.raises(conflicts.ConflictNotFound):
        decide(world, found, "shen", recuse=False)
    with transaction(sessions) as session:
        assert conflicts.detect(session, case_id=world.case_id, now=world.now) == 0


def test_no_conflict_is_recorded_and_does_not_come_up_again(
    sessions: Sessions, clock: FakeClock
) -> None:
    world, found = with_conflict(sessions, clock)
    decide(world, found, "shen", recuse=False, reason="another unit of that name")

    assert [e.facts["reason"] for e in world.history("no_conflict")] == [
        "another unit of that name"
    ]
    assert [s.state for s in world.seats("talk")] == ["open", "open"]
    with transaction(sessions) as session:
        assert conflicts.detect(session, case_id=world.case_id, now=world.now) == 0
        assert not conflicts.any_open(session, case_id=world.case_id)
    with reading(sessions) as session:
        assert recusals.bars_of(session, case_id=world.case_id) == {}


def test_looking_takes_the_same_statements_for_many(sessions: Sessions, clock: FakeClock) -> None:
    totals = []
    for number in (3, 60):
        drawn = package(process("tiny", single("one")))
        members = {f"m{n}": ["judge"] for n in range(number)}
        codes = [f"K{n:02}" for n in range(1, number)]
        world = begin(sessions, clock, drawn, members, candidates=codes)
        with transaction(sessions) as session, count_sql(sessions) as statements:
            conflicts.detect(session, case_id=world.case_id, now=world.now)
            totals.append(len([s for s in statements if s.startswith("SELECT")]))
    assert totals[0] == totals[1]
