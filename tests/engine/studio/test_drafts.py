"""Drafts: merged, locked, taken back; whatever was typed is kept."""

from datetime import timedelta
from uuid import UUID

import pytest

from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.identity import Identity
from engine.studio import drafts
from engine.studio.access import StudioClosed
from engine.studio.drafts import HELD_FOR, KEPT_REVISIONS
from engine.studio.numbers_sheet import NumbersSheet
from engine.studio.sheets import Clash, Fault, merge
from tests.engine.studio.conftest import Join
from tests.support.clock import FakeClock
from tests.support.databases import on_both

SHEET = NumbersSheet("open_selection")


@pytest.fixture
def zhang(join: Join) -> Identity:
    return join("张三", "owner")


@pytest.fixture
def li(join: Join) -> Identity:
    return join("李四", "owner")


@pytest.fixture
def draft(sessions: Sessions, zhang: Identity, procedure: PackageVersion, clock: FakeClock) -> UUID:
    with transaction(sessions) as session:
        made = drafts.begin(
            session, zhang, key="open_selection", files=procedure.files, base=procedure,
            now=clock.now(),
        )  # fmt: skip
        return made.id


def save(
    sessions: Sessions,
    who: Identity,
    draft: UUID,
    clock: FakeClock,
    version: int = 1,
    *,
    take: bool = False,
    **numbers: str,
) -> drafts.Saved:
    with transaction(sessions) as session:
        found = drafts.find_draft(session, who, draft_id=draft)
        then = drafts.files_at(session, found, version) or found.files
        typed = SHEET.read(then) | {f"number.{k}": v for k, v in numbers.items()}
        return drafts.save(
            session, who, draft_id=draft, sheet=SHEET, typed=typed, version=version,
            now=clock.now(), take=take,
        )  # fmt: skip


def numbers(sessions: Sessions, who: Identity, draft: UUID) -> dict[str, str]:
    with reading(sessions) as session:
        return SHEET.read(drafts.find_draft(session, who, draft_id=draft).files)


def test_a_number_is_saved_and_the_draft_checked(
    sessions: Sessions, zhang: Identity, draft: UUID, clock: FakeClock
) -> None:
    saved = save(sessions, zhang, draft, clock, test_ratio="6")

    with reading(sessions) as session:
        found = drafts.find_draft(session, zhang, draft_id=draft)
        assert (saved.done, found.version, found.errors) == (True, 2, 0)
        assert SHEET.read(found.files)["number.test_ratio"] == "6"


def test_weights_that_do_not_make_their_total_are_kept_and_found(
    sessions: Sessions, zhang: Identity, draft: UUID, clock: FakeClock
) -> None:
    save(sessions, zhang, draft, clock, judge_max="40")

    with reading(sessions) as session:
        found = drafts.find_draft(session, zhang, draft_id=draft)
        assert [finding.file for finding in drafts.findings_of(found)] == ["parameters-schema.json"]
        assert found.errors == 1


def test_what_is_no_number_is_named_and_kept_as_typed(
    sessions: Sessions, zhang: Identity, draft: UUID, clock: FakeClock
) -> None:
    saved = save(sessions, zhang, draft, clock, test_ratio="six", posts="99")

    with reading(sessions) as session:
        kept = drafts.typing_of(session, zhang, draft_id=draft, page="numbers")
        assert saved.faults == [
            Fault("number.posts", "too_large", {"limit": 33}),
            Fault("number.test_ratio", "not_whole"),
        ]
        assert kept is not None
        assert kept.typed["number.test_ratio"] == "six"
        assert drafts.find_draft(session, zhang, draft_id=draft).version == 1


def test_two_owners_who_change_different_fields_both_keep_theirs(
    sessions: Sessions, zhang: Identity, li: Identity, draft: UUID, clock: FakeClock
) -> None:
    save(sessions, zhang, draft, clock, test_ratio="6")

    saved = save(sessions, li, draft, clock, version=1, take=True, first_ratio="4")

    now = numbers(sessions, li, draft)
    assert saved.done
    assert (now["number.test_ratio"], now["number.first_ratio"]) == ("6", "4")


def test_the_same_field_twice_is_shown_to_the_second(
    sessions: Sessions, zhang: Identity, li: Identity, draft: UUID, clock: FakeClock
) -> None:
    save(sessions, zhang, draft, clock, test_ratio="6")

    saved = save(sessions, li, draft, clock, version=1, take=True, test_ratio="7", posts="3")

    assert saved.clashes == [Clash("number.test_ratio", "7", "6")]
    assert saved.typed["number.posts"] == "3"
    assert numbers(sessions, li, draft)["number.test_ratio"] == "6"


@on_both
def test_whoever_edits_holds_the_draft_until_it_is_taken_over_or_time_passes(
    sessions: Sessions, zhang: Identity, li: Identity, draft: UUID, clock: FakeClock
) -> None:
    save(sessions, zhang, draft, clock, test_ratio="6")

    refused = save(sessions, li, draft, clock, version=2, posts="3")
    clock.advance(HELD_FOR - timedelta(seconds=1))
    still = save(sessions, li, draft, clock, version=2, posts="3")
    clock.advance(timedelta(seconds=1))
    free = save(sessions, li, draft, clock, version=2, posts="3")

    assert (refused.held_by, still.held_by, free.done) == ("张三", "张三", True)


def test_going_back_brings_the_files_of_then(
    sessions: Sessions, zhang: Identity, draft: UUID, clock: FakeClock
) -> None:
    save(sessions, zhang, draft, clock, test_ratio="6")
    save(sessions, zhang, draft, clock, version=2, posts="3")

    with transaction(sessions) as session:
        drafts.go_back(session, zhang, draft_id=draft, version=3, to=2, now=clock.now())

    now = numbers(sessions, zhang, draft)
    assert (now["number.test_ratio"], now["number.posts"]) == ("6", "2")


def test_the_latest_savings_are_kept(
    sessions: Sessions, zhang: Identity, draft: UUID, clock: FakeClock
) -> None:
    with transaction(sessions) as session:
        for n in range(KEPT_REVISIONS + 3):
            drafts.change(
                session, zhang, draft_id=draft, version=n + 1, what="file", now=clock.now(),
                how=lambda _files, n=n: {"roles.yaml": f"# {n}"},
            )  # fmt: skip
        found = drafts.find_draft(session, zhang, draft_id=draft)
        kept = [row[0].number for row in drafts.revisions_of(session, found)]

    assert kept == list(range(KEPT_REVISIONS + 3, 3, -1))


def test_outsiders_neither_see_nor_change_a_draft(
    sessions: Sessions, join: Join, draft: UUID, clock: FakeClock, procedure: PackageVersion
) -> None:
    officer, administrator = join("王五", "office"), join("赵六", "administrator")

    with transaction(sessions) as session:
        with pytest.raises(StudioClosed):
            drafts.find_draft(session, officer, draft_id=draft)
        assert drafts.find_draft(session, administrator, draft_id=draft).id == draft
        for who in (officer, administrator):
            with pytest.raises(StudioClosed):
                drafts.begin(
                    session, who, key="k", files=procedure.files, base=None, now=clock.now()
                )
            with pytest.raises(StudioClosed):
                drafts.discard(session, who, draft_id=draft, now=clock.now())
            with pytest.raises(StudioClosed):
                drafts.take_over(session, who, draft_id=draft, now=clock.now())


def test_a_merge_takes_the_one_who_has_changed_a_field() -> None:
    base, mine, theirs = {"a": "1", "b": "1", "c": "1"}, {"a": "2", "b": "1", "c": "2"}, {}

    made = merge(base, mine=mine, theirs={"a": "1", "b": "3", "c": "2"})

    assert made == ({"a": "2", "b": "3", "c": "2"}, [])
    assert merge(base, mine=mine, theirs=theirs) == ({"a": "2", "c": "2"}, [])
