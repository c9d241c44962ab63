"""Slips that the office gives out: for whom, and for whom not."""

from pathlib import Path

import pytest

from engine.db import Sessions, transaction
from engine.definitions import PackageVersion
from engine.run.assisting import give_out_slips
from engine.settings import load_settings
from tests.support.clock import FakeClock
from tests.support.packages import Staged, stage, write_package
from tests.webapp.conftest import sign_up


@pytest.fixture
def package(tmp_path: Path) -> PackageVersion:
    return write_package(tmp_path)


def names_on_slips(sessions: Sessions, staged: Staged, office: str, clock: FakeClock) -> list[str]:
    with transaction(sessions) as session:
        made = give_out_slips(
            session, task_id=staged.task_id, actor_id=staged.people[office], secret_key="k" * 32,
            now=clock.now(),
        )  # fmt: skip
    return [slip.name for slip in made.given]


def test_everybody_who_is_missing_gets_a_slip(
    sessions: Sessions, package: PackageVersion, clock: FakeClock
) -> None:
    members = {"王敏": ["selection_office"], "赵作": ["writer"], "钱作": ["writer"]}
    staged = stage(sessions, package, "open", now=clock.now(), members=members)

    assert names_on_slips(sessions, staged, "王敏", clock) == ["赵作", "钱作"]


def test_who_may_take_a_task_of_the_role_gets_one_unless_they_have_an_account(
    sessions: Sessions, package: PackageVersion, clock: FakeClock
) -> None:
    members = {"王敏": ["selection_office"], "李强": ["selection_office"], "赵作": ["writer"]}
    staged = stage(sessions, package, "per", now=clock.now(), members=members, codes=["K01", "K02"])
    settings = load_settings({"GONGXUAN_HASH_COST": "test"})
    sign_up(sessions, settings, staged.people["王敏"])

    assert names_on_slips(sessions, staged, "王敏", clock) == ["李强"]
