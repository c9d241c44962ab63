"""A ballot on screen: the paper, its limits, the check, the box, and a proof without content."""

import re

import pytest

from engine.ballots import decode_choice
from engine.db import Sessions, reading, transaction
from engine.definitions import PackageVersion
from engine.model import BallotBox, BallotEnvelope, Seat
from engine.run.closing import close_by_hand
from tests.support.clock import FakeClock
from tests.support.packages import Staged, stage
from tests.webapp.conftest import Browse

CODES = ["K01", "K02", "K03", "K04"]
CHECK, CAST, BACK = {"_action": "check"}, {"_action": "cast"}, {"_action": "back"}


@pytest.fixture
def hall(sessions: Sessions, package: PackageVersion, clock: FakeClock) -> Staged:
    return stage(
        sessions, package, "ballot", now=clock.now(),
        members={"钱推": ["voter"], "赵推": ["voter"], "王敏": ["selection_office"]}, codes=CODES,
        ballot=[
            {"code": "first_post", "mark": "recommend", "options": CODES, "most": 2, "seats": 2}
        ],
    )  # fmt: skip


def envelope(sessions: Sessions, staged: Staged, name: str) -> object:
    with reading(sessions) as session:
        rows = session.query(BallotEnvelope).filter_by(voter_id=staged.people[name]).all()
        return [decode_choice(row.envelope or b"") for row in rows]


def test_a_ballot_is_checked_then_cast_and_never_shown_again(
    hall: Staged, browse: Browse, sessions: Sessions
) -> None:
    voter, address = browse(hall.people["钱推"]), f"/seat/{hall.seat}/ballot"

    paper = voter.get(f"/seat/{hall.seat}").text
    check = voter.post(address, data={"m0": ["K02", "K04"], **CHECK})
    assert envelope(sessions, hall, "钱推") == []
    cast = voter.post(address, data={"m0": ["K02", "K04"], **CAST})
    proof, page = voter.get(cast.location).text, voter.get(f"/seat/{hall.seat}").text

    assert "最多选 2 人" in paper
    assert "K02" in check.text
    assert "K01" not in check.text
    assert (cast.status_code, cast.location) == (303, f"/seat/{hall.seat}/receipt")
    assert envelope(sessions, hall, "钱推") == [{"first_post": ["K02", "K04"]}]
    assert "已投票凭证" in proof
    for text in (proof, page):
        assert "K02" not in text


def test_too_many_marks_are_refused_before_the_box(
    hall: Staged, browse: Browse, sessions: Sessions
) -> None:
    voter = browse(hall.people["钱推"])

    for action in (CHECK, CAST):
        answer = voter.post(
            f"/seat/{hall.seat}/ballot", data={"m0": ["K01", "K02", "K03"], **action}
        )
        assert answer.status_code == 422
        assert "请取消 1 人" in answer.text
        assert answer.text.count("checked") == 3
    assert envelope(sessions, hall, "钱推") == []


def test_going_back_keeps_the_marks(hall: Staged, browse: Browse) -> None:
    voter = browse(hall.people["钱推"])

    answer = voter.post(f"/seat/{hall.seat}/ballot", data={"m0": ["K03"], **BACK})

    assert answer.status_code == 200
    assert answer.text.count("checked") == 1


def test_an_empty_ballot_is_an_abstention_and_says_so(
    hall: Staged, browse: Browse, sessions: Sessions
) -> None:
    voter = browse(hall.people["钱推"])

    assert "弃权票" in voter.post(f"/seat/{hall.seat}/ballot", data=CHECK).text
    voter.post(f"/seat/{hall.seat}/ballot", data=CAST)

    assert envelope(sessions, hall, "钱推") == [{"first_post": []}]


def test_the_second_click_leads_to_the_same_proof_and_changes_nothing(
    hall: Staged, browse: Browse, sessions: Sessions
) -> None:
    voter, address = browse(hall.people["钱推"]), f"/seat/{hall.seat}/ballot"

    first = voter.post(address, data={"m0": ["K01"], **CAST})
    proof = re.findall(r"[0-9a-f]{64}", voter.get(first.location).text)
    second = voter.post(address, data={"m0": ["K02"], **CAST})

    assert second.status_code == 303
    assert envelope(sessions, hall, "钱推") == [{"first_post": ["K01"]}]
    assert len(proof) == 1
    assert re.findall(r"[0-9a-f]{64}", voter.get(second.location).text) == proof


def test_nothing_of_a_ballot_is_kept_before_the_box(
    hall: Staged, browse: Browse, sessions: Sessions
) -> None:
    voter = browse(hall.people["钱推"])
    voter.post(f"/seat/{hall.seat}/ballot", data={"m0": ["K01"], **CHECK})
    draft = voter.post(f"/seat/{hall.seat}", data={"m0": ["K01"], "_action": "draft"})

    assert draft.status_code == 409
    with reading(sessions) as session:
        seat = session.get_one(Seat, hall.seat)
        assert (seat.draft, seat.answers, seat.state) == (None, None, "open")


def test_another_voters_ballot_is_not_there(hall: Staged, browse: Browse) -> None:
    for name in ("赵推", "王敏"):
        other = browse(hall.people[name])
        assert other.get(f"/seat/{hall.seat}").status_code == 404
        assert other.post(f"/seat/{hall.seat}/ballot", data=CAST).status_code == 404


def test_after_the_end_of_voting_the_page_says_so(
    hall: Staged, browse: Browse, sessions: Sessions, clock: FakeClock
) -> None:
    with transaction(sessions) as session:
        close_by_hand(
            session, task_id=hall.task_id, actor_id=hall.people["王敏"], reason="",
            now=clock.now(),
        )  # fmt: skip
    voter = browse(hall.people["钱推"])

    answer = voter.post(f"/seat/{hall.seat}/ballot", data={"m0": ["K01"], **CAST})

    assert answer.status_code == 303
    assert "已截止" in voter.get(answer.location).text
    assert envelope(sessions, hall, "钱推") == []


def test_several_contests_with_agreement_stand_on_one_paper(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    contests = [
        {"code": "first_post", "mark": "approve", "options": ["K01", "K02"], "most": 1, "seats": 1},
        {"code": "second_post", "mark": "approve", "options": ["K03"], "most": 1, "seats": 1},
    ]
    staged = stage(
        sessions, package, "ballot", now=clock.now(), members={"钱推": ["voter"]}, codes=CODES,
        ballot=contests,
    )  # fmt: skip
    voter, address = browse(staged.people["钱推"]), f"/seat/{staged.seat}/ballot"

    over = voter.post(address, data={"m0.0": "agree", "m0.1": "agree", **CHECK})
    cast = voter.post(
        address, data={"m0.0": "agree", "m0.1": "disagree", "m1.0": "abstain", **CAST}
    )

    assert over.status_code == 422
    assert cast.status_code == 303
    assert envelope(sessions, staged, "钱推") == [
        {"first_post": {"K01": "agree", "K02": "disagree"}, "second_post": {"K03": "abstain"}}
    ]


def test_grades_are_given_and_a_mark_off_the_paper_is_dropped(
    sessions: Sessions, package: PackageVersion, clock: FakeClock, browse: Browse
) -> None:
    staged = stage(
        sessions, package, "ballot", now=clock.now(), members={"钱推": ["voter"]}, codes=CODES,
        ballot=[
            {"code": "first_post", "mark": "grade", "options": CODES[:2], "most": None, "seats": 1}
        ],
    )  # fmt: skip
    voter = browse(staged.people["钱推"])

    assert "基本称职" in voter.get(f"/seat/{staged.seat}").text
    voter.post(f"/seat/{staged.seat}/ballot", data={"m0.0": "B", "m0.1": "my signature", **CAST})

    assert envelope(sessions, staged, "钱推") == [{"first_post": {"K01": "B"}}]


def test_a_plain_form_casts_nothing(hall: Staged, browse: Browse, sessions: Sessions) -> None:
    voter = browse(hall.people["钱推"])

    answer = voter.post(f"/seat/{hall.seat}", data={"_action": "submit"})

    assert answer.status_code == 409
    assert envelope(sessions, hall, "钱推") == []


def test_the_paper_is_titled_in_words(hall: Staged, browse: Browse, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        box = session.query(BallotBox).one()
        box.rules = {**box.rules, "title": "voter"}
    voter = browse(hall.people["钱推"])

    paper = voter.get(f"/seat/{hall.seat}").text
    check = voter.post(f"/seat/{hall.seat}/ballot", data=CHECK).text

    for text in (paper, check):
        assert "推荐人员" in text
        assert ">voter<" not in text


@pytest.fixture
def asking(sessions: Sessions, package: PackageVersion, clock: FakeClock) -> Staged:
    """Exactly two names, one or more of them out of K03 and K04."""
    contest = {"code": "first_post", "mark": "recommend", "options": CODES, "most": 2, "seats": 2}
    rules = {"fewest": 2, "shares": [{"options": ["K03", "K04"], "fewest": 1}]}
    return stage(
        sessions, package, "ballot", now=clock.now(), members={"钱推": ["voter"]}, codes=CODES,
        ballot=[contest | rules],
    )  # fmt: skip


def test_a_paper_says_how_many_names_it_needs_and_marks_those_that_must_be_among_them(
    asking: Staged, browse: Browse
) -> None:
    paper = browse(asking.people["钱推"]).get(f"/seat/{asking.seat}").text

    assert "至少选 2 人。" in paper
    assert "带★的人选至少选 1 人。" in paper
    assert re.findall(r"(K0\d)[^<]*★", paper) == ["K03", "K04"]


@pytest.mark.parametrize(
    ("chosen", "remedy"),
    [(["K03"], "至少选 2 人，或者一人不选。"), (["K01", "K02"], "带★的人选至少选 1 人。")],
)
def test_too_few_marks_are_told_before_the_box(
    asking: Staged, browse: Browse, sessions: Sessions, chosen: list[str], remedy: str
) -> None:
    answer = browse(asking.people["钱推"]).post(
        f"/seat/{asking.seat}/ballot", data={"m0": chosen, **CAST}
    )

    assert answer.status_code == 422
    assert remedy in answer.text.split("govuk-error-summary__body")[1].split("</div>")[0]
    assert envelope(sessions, asking, "钱推") == []


def test_a_blank_ballot_goes_into_the_box_whatever_is_asked_for(
    asking: Staged, browse: Browse, sessions: Sessions
) -> None:
    browse(asking.people["钱推"]).post(f"/seat/{asking.seat}/ballot", data=CAST)

    assert envelope(sessions, asking, "钱推") == [{"first_post": []}]
