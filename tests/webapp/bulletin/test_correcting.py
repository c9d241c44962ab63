"""While one can apply: an application is corrected, or taken back, by whoever handed it in."""

from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select

from engine.db import reading, transaction
from engine.model import Case, HistoryEntry, Person, Seat, StoredFile
from tests.support.played import Played
from tests.webapp.bulletin.test_public_page import ANSWERS, apply, carried, files, home
from tests.webapp.conftest import Visit, at


def signed_in(played: Played, visit: Visit, **changed: str) -> FlaskClient:
    """The browser of somebody who has applied and comes back with the code."""
    code = apply(played, visit(), **changed)
    browser = visit()
    assert browser.post("/slip", data={"code": code}).status_code == 303
    return browser


def application(played: Played, name: str = "林向东") -> tuple[Seat, Person]:
    with reading(played.sessions) as session:
        row = session.execute(
            select(Seat, Person).join(Person, Person.id == Seat.person_id)
            .where(Person.name == name).order_by(Seat.position.desc()).limit(1)
        ).one()  # fmt: skip
        session.expunge_all()
    return row[0], row[1]


def history(played: Played, action: str) -> list[HistoryEntry]:
    with reading(played.sessions) as session:
        rows = session.scalars(select(HistoryEntry).where(HistoryEntry.action == action)).all()
        session.expunge_all()
    return list(rows)


@at("s1_apply")
def test_the_form_comes_back_as_it_was_handed_in(played: Played, visit: Visit) -> None:
    browser = signed_in(played, visit)

    mine = browser.get(home(played, "/mine"))
    page = browser.get(home(played, "/mine/correct"))

    assert home(played, "/mine/correct") in mine.text
    assert 'value="林向东"' in page.text
    assert "diploma.pdf" in page.text


@at("s1_apply")
def test_a_correction_takes_the_place_of_the_first_and_keeps_its_turn(
    played: Played, visit: Visit
) -> None:
    browser = signed_in(played, visit)
    before, _ = application(played)
    kept = {k: before.answers[k] for k in ("photo", "id_card", "diplomas", "appointment_papers")}
    sent = {**ANSWERS, **kept, "unit": "河西镇", "phone": "13811112222"}

    checked = browser.post(home(played, "/mine/correct"), data={**sent, "_action": "check"})
    assert checked.status_code == 200, checked.text
    assert "修改尚未提交" in checked.text
    assert application(played)[0].answers["unit"] == "建华镇"
    done = browser.post(
        home(played, "/mine/correct"), data={**carried(checked.text), "_action": "submit"}
    )

    assert done.headers["Location"].endswith(home(played, "/mine"))
    after, person = application(played)
    assert after.answers == {**before.answers, "unit": "河西镇", "phone": "13811112222"}
    assert (after.id, after.position, after.submitted_at) == (
        before.id, before.position, before.submitted_at,
    )  # fmt: skip
    assert (person.unit, person.phone) == ("河西镇", "13811112222")
    (entry,) = history(played, "corrected")
    assert entry.facts["fields"] == ["phone", "unit"]
    assert set(entry.facts) == {"fields", "before"}


@at("s1_apply")
def test_a_new_file_replaces_the_old_one_and_belongs_to_the_applicant(
    played: Played, visit: Visit
) -> None:
    browser = signed_in(played, visit)
    before, person = application(played)
    kept = {k: before.answers[k] for k in ("photo", "diplomas", "appointment_papers")}
    new = files()["id_card"]

    checked = browser.post(
        home(played, "/mine/correct"),
        data={**ANSWERS, **kept, "id_card": new, "_action": "check"},
    )
    browser.post(home(played, "/mine/correct"), data={**carried(checked.text), "_action": "submit"})

    after, _ = application(played)
    assert after.answers["id_card"] != before.answers["id_card"]
    with reading(played.sessions) as session:
        stored = session.get_one(StoredFile, UUID(_first(after.answers["id_card"])))
        assert stored.owner_id == person.id


def _first(value: object) -> str:
    return str(value[0] if isinstance(value, list) else value)


@at("s1_apply")
def test_a_wrong_correction_names_the_field_and_changes_nothing(
    played: Played, visit: Visit
) -> None:
    browser = signed_in(played, visit)
    before, _ = application(played)

    refused = browser.post(
        home(played, "/mine/correct"), data={**ANSWERS, "unit": "", "_action": "check"}
    )

    assert refused.status_code == 422
    assert "#unit" in refused.text
    assert application(played)[0].answers == before.answers


@at("s1_apply")
def test_what_was_taken_back_is_gone_and_one_may_apply_again(played: Played, visit: Visit) -> None:
    browser = signed_in(played, visit)

    asked = browser.get(home(played, "/withdraw"))
    unsure = browser.post(home(played, "/withdraw"), data={})
    done = browser.post(home(played, "/withdraw"), data={"sure": "yes", "reason": "家庭原因"})

    assert "撤回报名" in asked.text
    assert unsure.status_code == 422
    assert done.headers["Location"].endswith(home(played))
    seat, _ = application(played)
    assert (seat.state, seat.answers, seat.submitted_at) == ("void", None, None)
    (entry,) = history(played, "taken_back")
    assert entry.facts["reason"] == "家庭原因"
    assert browser.get(home(played, "/mine")).status_code == 404
    assert apply(played, visit())


@at("s1_apply")
def test_who_has_not_applied_can_correct_nothing(played: Played, visit: Visit) -> None:
    anonymous = visit().get(home(played, "/mine/correct"))
    other = visit(played.member("selection_office")).get(home(played, "/mine/correct"))

    assert anonymous.headers["Location"].startswith("/slip")
    assert other.status_code == 404


@at("s1_apply")
def test_after_the_deadline_or_a_stop_nothing_can_be_changed(played: Played, visit: Visit) -> None:
    browser = signed_in(played, visit)
    with transaction(played.sessions) as session:
        session.get_one(Case, played.case_id).state = "paused"
    stopped = browser.get(home(played, "/mine/correct"))
    with transaction(played.sessions) as session:
        session.get_one(Case, played.case_id).state = "running"
    played.clock.move_to(played.task("s1_apply").closes_at)

    late = browser.post(home(played, "/mine/correct"), data={**ANSWERS, "_action": "submit"})
    mine = browser.get(home(played, "/mine"))

    assert stopped.status_code == 303
    assert late.status_code == 303
    assert application(played)[0].answers["unit"] == "建华镇"
    assert "请致电公选办" in mine.text
