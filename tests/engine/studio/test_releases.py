"""Versions: two people, an immutable content, and what a new selection begins with."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from engine.db import Sessions, transaction
from engine.definitions import PackageVersion
from engine.identity import Identity
from engine.model import PackageRelease
from engine.studio import drafts, releases
from engine.studio.access import OwnDraft, StudioClosed
from engine.studio.numbers_sheet import NumbersSheet
from engine.studio.releases import DraftHasErrors, NotesMissing, NothingChanged, ReleaseStands
from tests.engine.studio.conftest import PLACES, Join
from tests.support.clock import FakeClock
from tests.support.databases import count_sql, on_both

SHEET = NumbersSheet("open_selection")
KEY = "open_selection"


@pytest.fixture
def zhang(join: Join) -> Identity:
    return join("张三", "owner")


@pytest.fixture
def li(join: Join) -> Identity:
    return join("李四", "owner")


Drafted = Callable[..., UUID]


@pytest.fixture
def drafted(
    sessions: Sessions, zhang: Identity, procedure: PackageVersion, clock: FakeClock
) -> Drafted:
    """A draft of 张三's with other numbers, submitted unless said otherwise."""

    def _drafted(*, submit: bool = True, notes: str = "比例改了", **numbers: str) -> UUID:
        with transaction(sessions) as session:
            draft = drafts.begin(
                session, zhang, key=KEY, files=procedure.files, base=procedure, now=clock.now()
            )
            typed = SHEET.read(draft.files) | {f"number.{k}": v for k, v in numbers.items()}
            drafts.save(
                session, zhang, draft_id=draft.id, sheet=SHEET, typed=typed, version=1,
                now=clock.now(),
            )  # fmt: skip
            if submit:
                releases.submit(
                    session, zhang, draft_id=draft.id, version=draft.version, notes=notes,
                    now=clock.now(),
                )  # fmt: skip
            return draft.id

    return _drafted


def approve(
    sessions: Sessions, who: Identity, draft: UUID, clock: FakeClock, *, publish: bool = True
) -> UUID:
    with transaction(sessions) as session:
        made = releases.approve(
            session, who, draft_id=draft, version=2, publish=publish, now=clock.now()
        )
        return made.id


def ratio(sessions: Sessions) -> int:
    with transaction(sessions) as session:
        version = releases.current(session, KEY, **PLACES)
        return int(version.default_parameters()["test_ratio"])


@on_both
def test_a_second_person_makes_it_the_version_of_new_selections(
    sessions: Sessions, li: Identity, drafted: Drafted, clock: FakeClock
) -> None:
    before = ratio(sessions)

    approve(sessions, li, drafted(test_ratio="6"), clock)

    assert (before, ratio(sessions)) == (8, 6)


def test_nobody_approves_what_they_have_changed(
    sessions: Sessions, zhang: Identity, drafted: Drafted, clock: FakeClock
) -> None:
    draft = drafted(test_ratio="6")

    with pytest.raises(OwnDraft):
        approve(sessions, zhang, draft, clock)


def test_an_author_who_did_not_submit_does_not_approve_either(
    sessions: Sessions, zhang: Identity, li: Identity, drafted: Drafted, clock: FakeClock
) -> None:
    draft = drafted(submit=False, test_ratio="6")
    with transaction(sessions) as session:
        drafts.take_over(session, li, draft_id=draft, now=clock.now())
        drafts.change(
            session, li, draft_id=draft, version=2, what="file", now=clock.now(),
            how=lambda files: {**files, "roles.yaml": files["roles.yaml"] + "\n"},
        )  # fmt: skip
        releases.submit(session, zhang, draft_id=draft, version=3, notes="x", now=clock.now())

    with transaction(sessions) as session, pytest.raises(OwnDraft):
        releases.approve(session, li, draft_id=draft, version=3, publish=True, now=clock.now())


def test_an_administrator_approves_and_others_do_not(
    sessions: Sessions, join: Join, drafted: Drafted, clock: FakeClock
) -> None:
    draft = drafted(test_ratio="6")

    with pytest.raises(StudioClosed):
        approve(sessions, join("王五", "office"), draft, clock)
    approve(sessions, join("赵六", "administrator"), draft, clock)

    assert ratio(sessions) == 6


def test_the_table_itself_refuses_one_person_for_both(
    sessions: Sessions, zhang: Identity, procedure: PackageVersion, clock: FakeClock
) -> None:
    with sessions() as session, session.begin():
        drafts.begin(
            session, zhang, key=KEY, files=procedure.files, base=procedure, now=clock.now()
        )
        session.add(
            PackageRelease(
                key=KEY, number=1, name_zh="x", name_en="x", package_hash=procedure.hash, notes="",
                drafted_by=zhang.person_id, approved_by=zhang.person_id, approved_at=clock.now(),
            )
        )  # fmt: skip
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_an_approved_version_waits_until_it_is_published(
    sessions: Sessions, li: Identity, zhang: Identity, drafted: Drafted, clock: FakeClock
) -> None:
    release = approve(sessions, li, drafted(test_ratio="6"), clock, publish=False)
    before = ratio(sessions)

    with transaction(sessions) as session:
        releases.publish_release(session, zhang, release_id=release, now=clock.now())
    with transaction(sessions) as session, pytest.raises(ReleaseStands):
        releases.publish_release(session, zhang, release_id=release, now=clock.now())

    assert (before, ratio(sessions)) == (8, 6)


def test_a_withdrawn_version_gives_way_to_the_one_before(
    sessions: Sessions, li: Identity, drafted: Drafted, clock: FakeClock
) -> None:
    approve(sessions, li, drafted(test_ratio="6"), clock)
    second = approve(sessions, li, drafted(test_ratio="5"), clock)

    with transaction(sessions) as session, pytest.raises(NotesMissing):
        releases.withdraw(session, li, release_id=second, why=" ", now=clock.now())
    with transaction(sessions) as session:
        releases.withdraw(session, li, release_id=second, why="比例写错", now=clock.now())

    assert ratio(sessions) == 6


def test_errors_and_missing_notes_are_not_submitted(drafted: Drafted) -> None:
    with pytest.raises(DraftHasErrors):
        drafted(judge_max="40")
    with pytest.raises(NotesMissing):
        drafted(notes="  ", test_ratio="6")


def test_a_draft_that_changes_nothing_is_not_submitted(
    sessions: Sessions, zhang: Identity, procedure: PackageVersion, clock: FakeClock
) -> None:
    with transaction(sessions) as session:
        draft = drafts.begin(
            session, zhang, key=KEY, files=procedure.files, base=procedure, now=clock.now()
        )
        with pytest.raises(NothingChanged):
            releases.submit(
                session, zhang, draft_id=draft.id, version=1, notes="x", now=clock.now()
            )


def test_what_was_submitted_is_not_changed_until_it_is_taken_back(
    sessions: Sessions, zhang: Identity, drafted: Drafted, clock: FakeClock
) -> None:
    draft = drafted(test_ratio="6")

    with transaction(sessions) as session, pytest.raises(drafts.DraftSubmitted):
        drafts.take_over(session, zhang, draft_id=draft, now=clock.now())
    with transaction(sessions) as session:
        releases.take_back(session, zhang, draft_id=draft)
        drafts.take_over(session, zhang, draft_id=draft, now=clock.now())


def test_a_returned_draft_carries_the_reason(
    sessions: Sessions, li: Identity, drafted: Drafted
) -> None:
    draft = drafted(test_ratio="6")

    with transaction(sessions) as session:
        made = releases.send_back(session, li, draft_id=draft, version=2, why="请先征求意见")

        assert (made.state, made.answer) == ("returned", "请先征求意见")


def test_the_list_asks_as_often_for_many_as_for_one(
    sessions: Sessions, zhang: Identity, li: Identity, drafted: Drafted, clock: FakeClock
) -> None:
    def asked() -> int:
        with transaction(sessions) as session, count_sql(sessions) as statements:
            listed = releases.procedures(session, zhang, **PLACES)
            assert KEY in [procedure.key for procedure in listed]
        return len(statements)

    approve(sessions, li, drafted(test_ratio="6"), clock)
    drafted(posts="3")
    one = asked()
    for number in ("5", "4"):
        approve(sessions, li, drafted(test_ratio=number), clock)
        drafted(posts=number)

    assert asked() == one
