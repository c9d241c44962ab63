"""The published procedure: complete its first task over HTTP, against the same step alone."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from http.cookiejar import Cookie
from io import BytesIO
from statistics import mean
from typing import Any
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, build_opener
from uuid import UUID

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine.clock import SystemClock
from engine.db import reading
from engine.definitions import read_package
from engine.model import CaseMember, Instance, Seat, UserTask
from engine.scenarios.clocks import SettableClock
from engine.scenarios.hands import ServiceHands
from engine.scenarios.model import Scenario, load_scenario
from engine.scenarios.runner import Runner
from tests.e2e.client import Client as Browser
from tools.bench.bare import bare_steps
from tools.bench.completing import MOST_TIMES, sign_up
from tools.bench.copies import copied, copied_person, copy_case
from tools.bench.figures import Measured
from tools.bench.meters import cpu_of
from tools.bench.places import Place
from tools.bench.servers import ROOT, SECRET, serving, session_cookie

_RUNS, _QUICK_RUNS = 40, 6
_PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
_ANSWERS = [
    ("meeting_date", "2026-03-01"),
    ("present", "9"),
    ("outcome", "approved"),
    ("higher_consent", "not_required"),
]


def measure(place: Place, *, quick: bool) -> Measured:
    """The step after it opens a stage, the application and a preparation, with their timers."""
    made = Measured()
    place.empty()
    scenario = _in_the_coming_weeks(_scenario())
    package = read_package(ROOT / "processes", ROOT / "forms", scenario.procedure)
    clock = SettableClock(SystemClock().now())
    hands = ServiceHands(place.sessions, clock, place.folder / "files", SECRET)
    runner = Runner(place.sessions, clock, scenario, package, hands)
    case_id = runner.begin().case_id
    runs = _QUICK_RUNS if quick else _RUNS
    copy_case(place, case_id, first=1, last=runs)
    seat, person = _first_seat(place, case_id)
    people: dict[UUID, str] = {}
    walls, used = [], 0.0
    with serving(place) as server:
        for number in range(1, runs + 1):
            who = copied_person(person, number)
            people[who] = people.get(who) or sign_up(place.sessions, who)
            browser = Browser(f"http://127.0.0.1:{server.port}")
            browser.cookies.set_cookie(_kept(session_cookie(people[who])))
            browser._opener = build_opener(HTTPCookieProcessor(browser.cookies), _Stay())  # noqa: SLF001 - the next page is not measured
            address = f"/seat/{copied(seat, number)}"
            page = browser.get(address)
            assert page.status == 200, page.text[:500]  # noqa: S101, PLR2004 - else nothing is measured
            scan = FileStorage(BytesIO(_PDF), "minutes.pdf", "minutes", "application/pdf")
            before, begun = cpu_of(server.ids[0]), time.perf_counter()
            page = browser.post(address, _ANSWERS, {"minutes": scan})
            walls.append((time.perf_counter() - begun) * 1000)
            used += cpu_of(server.ids[0]) - before
            assert page.status == 303, page.text[:500]  # noqa: S101, PLR2004 - handed in
    _require_moved(place, copied(case_id, runs))
    bare = bare_steps(package, 1, times=10)
    cpu = used / runs * 1000
    made.add("published procedure: complete its first task", walls, "ms")
    made.add("published procedure: processor time of the server", cpu, "ms")
    made.add("published procedure: the same step in SpiffWorkflow alone", bare, "ms")
    made.add(
        "published procedure: against the bare step", cpu / mean(bare), "×",
        budget=f"≤ {MOST_TIMES:.0f}×", meets=lambda times: times <= MOST_TIMES,
        note="processor time; with an uploaded scan and its storing",
    )  # fmt: skip
    return made


class _Stay(HTTPRedirectHandler):
    """Does not go to the page that follows."""

    def redirect_request(self, *_request: Any, **_more: Any) -> None:
        return None


def _scenario() -> Scenario:
    return load_scenario(
        ROOT / "processes" / "open_selection" / "scenarios" / "published_case.yaml"
    )


def _in_the_coming_weeks(scenario: Scenario) -> Scenario:
    """The same days of the week, from next week on: nothing is due while it is measured."""
    weeks = (SystemClock().now() - scenario.begins_at).days // 7 + 1
    moved = {
        key: (datetime.fromisoformat(str(at)) + timedelta(weeks=weeks)).isoformat()
        for key, at in scenario.plan.items()
    }
    return replace(scenario, plan=moved)


def _first_seat(place: Place, case_id: UUID) -> tuple[UUID, UUID]:
    """The seat of the first task, and a member who may hand it in."""
    with reading(place.sessions) as session:
        seat, task = session.execute(
            select(Seat, UserTask).join(UserTask).where(UserTask.case_id == case_id)
        ).one()
        roles = [task.role, *task.recorders.split()]
        asked = select(CaseMember.person_id).where(
            CaseMember.case_id == case_id, CaseMember.role.in_(roles), CaseMember.roster == ""
        )
        return seat.id, session.scalars(asked.limit(1)).one()


def _require_moved(place: Place, case_id: UUID) -> None:
    with reading(place.sessions) as session:
        active = session.get_one(Instance, case_id).active
    assert "ca_1" in active, active  # noqa: S101 - else another step was measured


def _kept(value: str) -> Cookie:
    return Cookie(
        0, "gongxuan", value, None, False, "127.0.0.1", False, False, "/", True, False, None, False,
        None, None, {},
    )  # fmt: skip
