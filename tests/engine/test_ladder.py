from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import ChinaCalendar
from engine.ladder import (
    DEFAULT,
    LocalDays,
    ladder,
    read_escalations,
    read_ladder,
    read_rung,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CHINA = ChinaCalendar()


def told(text: str, due: str, zone: ZoneInfo = SHANGHAI, begins: time = time(9)) -> list[str]:
    at = datetime.fromisoformat(due).replace(tzinfo=zone)
    local = LocalDays(zone, CHINA, begins)
    return [f"{each.astimezone(zone):%m-%d %H:%M}" for each in ladder(text, at, local)]


@pytest.mark.parametrize(
    ("text", "instants"),
    [
        ("", []),
        ("off", []),
        ("default", ["03-02 17:30", "03-04 17:30", "03-05 09:00"]),
        ("P1W PT2H", ["02-26 17:30", "03-05 15:30"]),
        ("+P1D*3", ["03-06 17:30", "03-07 17:30", "03-08 17:30"]),
        ("P2WD", ["03-03 17:30"]),
        ("+P1WD*3", ["03-06 17:30", "03-09 17:30", "03-10 17:30"]),  # over a weekend
        ("P1DT2H", ["03-04 15:30"]),
        ("P1D PT24H", ["03-04 17:30"]),  # one instant, one reminder
    ],
)
def test_a_ladder_gives_its_instants_in_order(text: str, instants: list[str]) -> None:
    assert told(text, "2026-03-05T17:30") == instants


def test_the_default_ladder_is_three_days_one_day_and_the_morning() -> None:
    assert DEFAULT == "P3D P1D morning"
    assert read_ladder("default +P1D") == [*read_ladder("P3D P1D morning"), read_rung("+P1D")]


@pytest.mark.parametrize(
    ("due", "begins", "morning"),
    [
        ("2026-03-05T17:30", time(9), "03-05 09:00"),
        ("2026-03-05T09:01", time(9), "03-05 09:00"),
        ("2026-03-05T09:00", time(9), "03-04 09:00"),  # due when work begins: the day before
        ("2026-03-05T07:30", time(8, 30), "03-04 08:30"),
        ("2026-01-01T00:10", time(9), "12-31 09:00"),  # over the year's end
    ],
)
def test_morning_is_when_work_begins_before_it_is_due(due: str, begins: time, morning: str) -> None:
    assert told("morning", due, begins=begins) == [morning]


@pytest.mark.parametrize(
    ("due", "day_before"),
    [
        ("2026-03-29T17:30", "03-28 17:30"),  # summer time begins that night: 23 hours
        ("2026-10-25T17:30", "10-24 17:30"),  # and ends: 25 hours
    ],
)
def test_a_day_before_is_the_same_time_of_day_when_the_clocks_change(
    due: str, day_before: str
) -> None:
    assert told("P1D", due, BERLIN) == [day_before]
    assert told("PT24H", due, BERLIN) != [day_before]


@pytest.mark.parametrize(
    "word",
    ["tomorrow", "P", "PT", "P0D", "+", "P3", "3D", "PT1H30", "P1D*3", "+P1D*0", "+P1D*31", "P1M",
     "morning*2", "+morning", "P1WD2D", "default*2", "P1DT"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_remedy(word: str) -> None:
    with pytest.raises(ValueError, match=r"write for example|repeat it|put a \+"):
        read_ladder(word)


def test_off_stands_alone() -> None:
    with pytest.raises(ValueError, match="stands alone"):
        read_ladder("off P1D")


def test_lines_of_an_escalation_are_read_with_their_people() -> None:
    lines = read_escalations(
        "P1D notify:office; +P1D add:judge+chair;\n+P2D*1 reassign:leader; +P1D*5 notify:office"
    )

    assert [(line.verb, line.who, line.rung.times) for line in lines] == [
        ("notify", "office", 1), ("add", "judge+chair", 1), ("reassign", "leader", 1),
        ("notify", "office", 5),
    ]  # fmt: skip
    assert lines[1].named({"judge"}, {"chair"}) == ("judge", "chair")
    assert lines[0].named({"office"}, {"office"}) == ("office", "")
    assert lines[0].named({}, {"office"}) == ("", "office")
    for roles, functions in (({"judge"}, set()), (set(), {"chair"})):
        with pytest.raises(ValueError, match="no role"):
            lines[1].named(roles, functions)


@pytest.mark.parametrize(
    "text",
    ["notify:office", "+P1D tell:office", "+P1D notify:", "+P1D notify:a b", "+P1D*2 add:judge",
     "+P1D", "soon notify:office"],
)  # fmt: skip
def test_an_escalation_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write for example|only notify"):
        read_escalations(text)


@given(
    day=st.dates(date(2025, 12, 1), date(2027, 1, 31)),
    minute=st.integers(0, 24 * 60 - 1),
    zone=st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York")]),
    text=st.lists(
        st.sampled_from(["P3D", "P1D", "PT2H", "morning", "P2WD", "+P1D*5", "+PT30M", "+P1WD"]),
        max_size=6,
    ),
)
def test_what_stands_before_the_deadline_comes_before_it_and_the_rest_after(
    day: date, minute: int, zone: ZoneInfo, text: list[str]
) -> None:
    due = datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)
    local = LocalDays(zone, CHINA, time(9))

    for word in text:
        rung = read_rung(word)
        for at in rung.instants(due, local):
            assert (at > due) == rung.after
            assert abs(at - due) <= timedelta(days=40)
    found = ladder(" ".join(text), due, local)
    assert found == sorted(set(found))
