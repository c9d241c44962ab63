"""The bench measures real rows: copies are as the product wrote them, and every part of it runs."""

from pathlib import Path
from xml.etree import ElementTree as ET

from sqlalchemy import func, select

from engine import inbox
from engine.clock import SystemClock
from engine.db import reading, transaction
from engine.identity import Identity
from engine.model import Case, Instance, Seat, Timer, UserTask
from engine.run import submitting
from tests.support.worlds import begin
from tools.bench import lists
from tools.bench.copies import copied, copied_person, copy_case
from tools.bench.curves import draw
from tools.bench.figures import Curve, Measured, percentile
from tools.bench.models import add_people, alarm, start
from tools.bench.places import open_place
from tools.bench.report import Done, read, write


def test_a_copied_selection_goes_on_as_if_the_product_had_started_it(tmp_path: Path) -> None:
    clock = SystemClock()
    with open_place("sqlite", tmp_path / "place") as place:
        world = begin(place.sessions, clock, lists.drawn(), lists.MEMBERS)  # type: ignore[arg-type]
        copy_case(place, world.case_id, first=1, last=12)
        person, case_id = copied_person(world.people["ma"], 7), copied(world.case_id, 7)
        with reading(place.sessions) as session:
            page = inbox.own(session, Identity("", person, "", "zh"))
            mine = [item for item in page.items if item.case_id == case_id]
            comment = next(item for item in mine if item.open == 1)
        submitting.submit(
            place.sessions, clock, seat_id=comment.seat_id, actor_id=person, answers={}
        )

        with reading(place.sessions) as session:
            assert session.scalar(select(func.count()).select_from(Case)) == 13
            assert {item.open for item in mine} == {1, 3}
            assert session.get_one(Seat, comment.seat_id).state == "handed_in"
            assert session.get_one(Instance, case_id).frontier == world.instance().frontier


def test_the_timer_of_a_copy_is_its_own(tmp_path: Path) -> None:
    clock = SystemClock()
    with open_place("sqlite", tmp_path / "place") as place:
        (person,) = add_people(place.sessions, 1)
        case_id = start(place.sessions, clock, alarm(), [(person, "selection_office")])
        copy_case(place, case_id, first=1, last=3)

        with transaction(place.sessions) as session:
            timers = session.scalars(select(Timer)).all()
            assert all(t.dedupe_key.startswith(str(t.instance_id)) for t in timers)
            assert len({t.instance_id for t in timers}) == 4
            assert session.scalar(select(func.count()).select_from(UserTask)) == 0


def test_the_report_says_what_was_met_and_what_was_not(tmp_path: Path) -> None:
    made = Measured()
    made.add("an answer", [3.0, 1.0, 2.0], "ms", budget="≤ 1 ms", meets=lambda ms: ms <= 1)
    made.add("lost", 0, "", budget="0", meets=lambda n: n == 0)
    made.curves.append(Curve("c", "Growth", "n", "ms", {"a": [(10, 1.0), (1000, 30.0)]}))

    text = write(tmp_path, {"cores": "2"}, [Done("x", "sqlite", made, 1.0)], quick=True)

    written = text.read_text("utf-8")
    assert "| an answer | 2 ms (1–3) ✗ ≤ 1 ms |" in written
    assert "| lost: 0 | 0: met |" in written
    assert (tmp_path / "bench" / "c-sqlite.svg").exists()
    (again,) = read(tmp_path)
    assert (again.name, again.measured.figures[0].median) == ("x", 2.0)


def test_a_curve_keeps_within_its_frame() -> None:
    curve = Curve("c", "A < B", "n", "ms", {"one": [(10, 0.5), (1e6, 950.0)], "none": []})
    root = ET.fromstring(draw(curve, "sqlite"))  # noqa: S314 - drawn here

    marks = [(float(c.get("cx", 0)), float(c.get("cy", 0))) for c in root.iter() if c.get("cx")]
    assert len(marks) == 2
    assert all(70 <= x <= 530 and 40 <= y <= 310 for x, y in marks)


def test_ninety_nine_of_a_hundred() -> None:
    assert percentile([float(n) for n in range(100)], 0.99) == 99.0
    assert percentile([5.0], 0.5) == 5.0
