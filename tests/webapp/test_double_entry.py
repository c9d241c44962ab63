"""Two people who enter the same paper apart are told where they did not agree, never what."""

from sqlalchemy import select

from engine.db import reading, transaction
from engine.model import Seat, UserTask
from tests.support.played import Played
from tests.webapp.conftest import Visit, at


def disagree(played: Played, *paths: str) -> None:
    """The round before ended with two entries that differ at these places."""
    with transaction(played.sessions) as session:
        task = session.scalars(
            select(UserTask).where(UserTask.element_id == "s2_enter_scores")
        ).one()
        task.round = 2
        session.add(
            UserTask(
                case_id=task.case_id, instance_id=task.instance_id, step="earlier",
                package_hash=task.package_hash, element_id=task.element_id, kind=task.kind,
                role=task.role, state="done", opened_at=task.opened_at, round=1,
                result={"equal": False, "differences": list(paths)},
            )
        )  # fmt: skip


def page(played: Played, visit: Visit, language: str) -> str:
    with reading(played.sessions) as session:
        seat = session.scalars(
            select(Seat)
            .join(UserTask, UserTask.id == Seat.task_id)
            .where(UserTask.element_id == "s2_enter_scores", Seat.state == "open")
            .limit(1)
        ).one()
        role, function = seat.role, seat.function
    browser = visit(played.member(role, function=function))
    return browser.get(f"/seat/{seat.id}?lang={language}").text


@at("s2_enter_scores")
def test_the_second_entry_names_the_rows_that_differed(played: Played, visit: Visit) -> None:
    disagree(played, "scores.2.score", "scores.7")

    chinese, english = page(played, visit, "zh"), page(played, visit, "en")

    assert "两份录入在以下各处不一致" in chinese
    assert "第 3 行“成绩”" in chinese
    assert "<li>第 8 行</li>" in chinese
    assert "row 8</li>" in english


@at("s2_enter_scores")
def test_the_first_entry_says_nothing_of_the_kind(played: Played, visit: Visit) -> None:
    assert "两份录入在以下各处" not in page(played, visit, "zh")
