"""The console of a ballot on the published case: 116 recommenders."""

from uuid import UUID

from sqlalchemy import select

from engine.db import reading, transaction
from engine.model import Account, Attendee, BallotEnvelope, Slip
from engine.run import recusing, submitting
from tests.support.databases import count_sql
from tests.support.played import Played
from tests.webapp.conftest import Visit, at


def page(played: Played, tail: str = "") -> str:
    return f"/meeting/ballot/{played.task('mv_cast').id}{tail}"


def vote(played: Played, number: int) -> None:
    for seat in played.seats("mv_cast")[:number]:
        submitting.submit(
            played.sessions, played.clock, seat_id=seat.id, actor_id=seat.person_id,
            answers={"first_recommendation": ["K06", "K07"]},
        )  # fmt: skip


def issued_and_returned(text: str) -> list[str]:
    return [part.split("</p>")[0] for part in text.split('<p class="gx-counts__number">')[1:]]


@at("mv_cast")
def test_two_numbers_are_shown_and_nothing_about_who_or_what(played: Played, visit: Visit) -> None:
    vote(played, 113)

    text = visit(played.member("scrutineer")).get(page(played)).text

    assert issued_and_returned(text) == ["116", "113"]
    assert "还有3人未投票" in text
    assert "K06" not in text
    assert "正职1" not in text


@at("mv_cast")
def test_voting_ends_in_two_clicks_with_a_warning(played: Played, visit: Visit) -> None:
    vote(played, 113)
    scrutineer = visit(played.member("scrutineer"))

    warning = scrutineer.get(page(played, "/end")).text
    answer = scrutineer.post(page(played, "/end"))

    assert "还有3人未投票" in warning
    assert played.task("mv_cast").state == "done"
    assert answer.status_code == 303
    text = scrutineer.get(answer.headers["Location"]).text
    assert issued_and_returned(text) == ["116", "113"]
    assert "113 ÷ 113 = 100.00 %" in text
    assert "签署发票收票及计票报告" in text


@at("mv_cast")
def test_ending_twice_says_that_it_has_ended(played: Played, visit: Visit) -> None:
    scrutineer = visit(played.member("scrutineer"))
    scrutineer.post(page(played, "/end"))

    answer = scrutineer.post(page(played, "/end"), follow_redirects=True)

    assert answer.status_code == 200
    assert "现在不能提交" in answer.text or "计票完毕" in answer.text


@at("mv_cast")
def test_the_office_watches_and_does_not_end_the_voting(played: Played, visit: Visit) -> None:
    office = visit(played.member("selection_office"))

    assert "由监票人截止投票" in office.get(page(played)).text
    assert office.post(page(played, "/end")).status_code == 403
    assert played.task("mv_cast").state == "open"


@at("mv_cast")
def test_voters_candidates_and_judges_find_nothing(played: Played, visit: Visit) -> None:
    voter = played.seats("mv_cast")[0].person_id
    for person in (voter, played.candidate("K06"), played.member("examiner")):
        browser = visit(person)
        assert browser.get(page(played)).status_code == 404
        assert browser.post(page(played, "/end")).status_code == 404
    assert played.task("mv_cast").state == "open"


@at("mv_cast")
def test_a_poll_is_short_and_costs_the_same_at_every_turnout(played: Played, visit: Visit) -> None:
    scrutineer = visit(played.member("scrutineer"))
    first = scrutineer.get(page(played, "/part"))
    same = scrutineer.get(page(played, "/part"), headers={"If-None-Match": first.headers["ETag"]})
    with count_sql(played.sessions) as before:
        scrutineer.get(page(played, "/part"))
    vote(played, 20)
    with count_sql(played.sessions) as after:
        changed = scrutineer.get(
            page(played, "/part"), headers={"If-None-Match": first.headers["ETag"]}
        )

    assert (same.status_code, changed.status_code) == (304, 200)
    assert len(before) == len(after) <= 12


@at("mv_sign_report")
def test_the_report_gives_votes_with_their_working_in_both_languages(
    played: Played, visit: Visit
) -> None:
    scrutineer = visit(played.member("scrutineer"))

    chinese = scrutineer.get(page(played)).text
    english = scrutineer.get(page(played, "?lang=en")).text

    assert "100 ÷ 116 = 86.21 %" in chinese
    assert "各推荐层面得票" in chinese
    assert "Report of the count" in english
    assert "Share of valid ballots" in english


@at("mv_attendance")
def test_the_roll_is_ticked_by_group_and_handed_in(played: Played, visit: Visit) -> None:
    office = visit(played.member("selection_office"))
    (seat,) = played.seats("mv_attendance")
    address = f"/meeting/roll/{seat.id}"

    text = office.get(address).text
    ticked = office.post(address, data={"_action": "all:county"}).text
    everybody = [part.split('"')[0] for part in text.split('name="present" value="')[1:]]
    answer = office.post(address, data={"_action": "submit", "present": everybody[:110]})

    assert len(everybody) == 116
    assert ticked.count(" checked") == 28
    assert "到会不少于78人才能投票" in text
    assert answer.status_code == 303
    attendance = played.task("mv_attendance").result["attendance"]
    assert attendance["id"]
    assert played.task("mv_appoint_scrutineers").state == "open"


@at("mv_attendance")
def test_who_steps_aside_from_the_vote_cannot_be_ticked(played: Played, visit: Visit) -> None:
    office = visit(played.member("selection_office"))
    (seat,) = played.seats("mv_attendance")
    address = f"/meeting/roll/{seat.id}"
    first = office.get(address).text.split('name="present" value="')[1].split('"')[0]
    extent = recusing.Extent("K06", deliberation=False, vote=True, reason="亲属")
    with transaction(played.sessions) as session:
        recusing.order(
            session, case_id=played.case_id, person_id=UUID(first), extent=extent,
            actor_id=played.member("selection_office"), now=played.clock.now(),
        )  # fmt: skip

    text = office.get(address).text
    everybody = [part.split('"')[0] for part in text.split('name="present" value="')[1:]]
    office.post(address, data={"_action": "submit", "present": [*everybody, first]})

    assert len(everybody) == 115
    assert first not in everybody
    assert "回避，不计入应到" in text
    with reading(played.sessions) as session:
        asked = select(Attendee.state).where(Attendee.person_id == UUID(first))
        assert session.scalars(asked).one() == "excluded"


@at("mv_attendance")
def test_ticks_are_kept_until_the_roll_is_handed_in(played: Played, visit: Visit) -> None:
    office = visit(played.member("selection_office"))
    (seat,) = played.seats("mv_attendance")
    address = f"/meeting/roll/{seat.id}"
    text = office.get(address).text
    everybody = [part.split('"')[0] for part in text.split('name="present" value="')[1:]]

    office.post(
        address,
        data={
            "_action": "draft", "present": everybody[:3], "person": everybody[5],
            "kind": "excluded:illness", "note": "住院",
        },
    )  # fmt: skip

    again = office.get(address).text
    assert again.count(" checked") == 3
    assert 'value="住院"' in again
    assert 'value="excluded:illness" selected' in again


@at("mv_attendance")
def test_present_and_left_out_at_once_is_said_with_the_name(played: Played, visit: Visit) -> None:
    office = visit(played.member("selection_office"))
    (seat,) = played.seats("mv_attendance")
    address = f"/meeting/roll/{seat.id}"
    text = office.get(address).text
    everybody = [part.split('"')[0] for part in text.split('name="present" value="')[1:]]

    answer = office.post(
        address,
        data={
            "_action": "submit", "present": everybody, "person": everybody[0],
            "kind": "excluded:abroad", "note": "",
        },
    )  # fmt: skip

    assert answer.status_code == 422
    assert "县级领导1既勾选了到会，又列为不计入应到" in answer.text
    assert answer.text.count(" checked") == 116


@at("mv_attendance")
def test_slips_are_printed_for_those_without_an_account_and_sign_them_in(
    played: Played, visit: Visit
) -> None:
    office = visit(played.member("selection_office"))
    (seat,) = played.seats("mv_attendance")

    sheet = office.post(f"/meeting/roll/{seat.id}/slips", data={"group": "society"})

    codes = [
        part.split("</p>")[0] for part in sheet.text.split('<p class="gx-slips__code gx-code">')[1:]
    ]
    with reading(played.sessions) as session:
        purposes = {slip.purpose for slip in session.query(Slip).filter(Slip.used_at.is_(None))}
    assert (sheet.status_code, len(codes), len(set(codes))) == (200, 19, 19)
    assert "mv_cast" in purposes
    assert sheet.headers["Cache-Control"] == "no-store"
    assert visit().post("/slip", data={"code": codes[0]}).status_code == 303


@at("mv_attendance")
def test_only_who_may_take_the_roll_finds_it(played: Played, visit: Visit) -> None:
    (seat,) = played.seats("mv_attendance")
    browser = visit(played.member("examiner"))

    assert browser.get(f"/meeting/roll/{seat.id}").status_code == 404
    assert browser.post(f"/meeting/roll/{seat.id}/slips", data={"group": "*"}).status_code == 404


@at("mv_attendance")
def test_the_roll_costs_the_same_with_and_without_accounts(played: Played, visit: Visit) -> None:
    office = visit(played.member("selection_office"))
    (seat,) = played.seats("mv_attendance")
    office.get(f"/meeting/roll/{seat.id}")
    with transaction(played.sessions) as session:
        before_accounts = session.query(Account).count()
    with count_sql(played.sessions) as statements:
        office.get(f"/meeting/roll/{seat.id}")

    assert before_accounts > 0
    assert len(statements) <= 16


@at("mv_sign_report")
def test_a_counted_box_holds_no_contents_any_more(played: Played, visit: Visit) -> None:
    visit(played.member("scrutineer")).get(page(played))

    with reading(played.sessions) as session:
        assert (
            session.query(BallotEnvelope).filter(BallotEnvelope.envelope.is_not(None)).count() == 0
        )
