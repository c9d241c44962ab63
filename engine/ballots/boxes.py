"""A ballot box and its states: locked with its rules, open, closed, counted or void."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine.ballots.envelopes import receipt_of
from engine.errors import EngineError
from engine.model import Attendance, Attendee, BallotBox, BallotEnvelope
from engine.model.base import Json
from engine.selection import BallotRules, Base, Contest, Share

KINDS = {"recommend": "recommend", "approve": "agree", "grade": "grades"}
"""What a contest says about its marks, and how the rules of counting call it."""

RECUSED = "recused"
"""Why somebody is not entitled: kept out of what stands on the paper."""

_CONTEST_KEYS = {"code", "mark", "options", "most", "seats"}
_MORE_KEYS = {"fewest", "shares"}


class BoxNotFound(EngineError):
    """There is no such ballot box."""

    code = "box_not_found"

    def __init__(self, box_id: UUID) -> None:
        super().__init__(f"there is no ballot box {box_id}")
        self.box_id = box_id


class WrongBoxState(EngineError):
    """The ballot box is not in the state this step needs. Do the steps in order."""

    code = "wrong_box_state"

    def __init__(self, *, state: str, needed: Sequence[str]) -> None:
        super().__init__(f"the ballot box is {state}; it must be {' or '.join(needed)}")
        self.state, self.needed = state, tuple(needed)


class BallotRulesWrong(EngineError):
    """The rules of a ballot cannot be used; the box is not locked. Correct the contest named."""

    code = "ballot_rules_wrong"

    def __init__(self, problem: str, *, contest: str = "") -> None:
        place = f"contest {contest!r}: " if contest else ""
        super().__init__(f"the rules of the ballot cannot be used, {place}{problem}")
        self.problem, self.contest = problem, contest


@dataclass(frozen=True)
class Progress:
    """All that may be seen before the count: ballots issued and returned."""

    issued: int
    returned: int


def lock_box(
    session: Session,
    *,
    case_id: UUID,
    title: str,
    contests: Sequence[Mapping[str, Any]],
    base: str,
    attendance_id: UUID,
    now: datetime,
) -> UUID:
    """Make an empty box and lock its rules (验箱锁箱); they never change again.

    Args:
        session: the caller owns the transaction.
        case_id: the selection.
        title: stands on the ballot paper.
        contests: the parts of the paper, each {code, mark, options, most, seats, fewest?,
            shares?}. `mark` (recommend, approve or grade) is the same in all; `most` limits the
            marks, or None; `fewest` and `shares` [{options, fewest}] ask for some, at the count.
        base: what shares are taken of: entitled, present, issued, returned or valid.
        attendance_id: the meeting; who is present there may vote, once.
        now: an aware instant.

    Raises:
        BallotRulesWrong: nothing is locked.

    """
    if base not in get_args(Base):
        raise BallotRulesWrong(f"base {base!r} is none of {', '.join(get_args(Base))}")
    rules = {"title": title, "base": base, "contests": [dict(contest) for contest in contests]}
    read_rules(rules)
    meeting = session.get(Attendance, attendance_id)
    if meeting is None or meeting.case_id != case_id:
        raise BallotRulesWrong("the attendance is not one of this selection")
    if not _present(session, attendance_id):
        raise BallotRulesWrong("nobody is present")
    box = BallotBox(case_id=case_id, rules=rules, attendance_id=attendance_id, locked_at=now)
    session.add(box)
    session.flush()  # gives the box its id
    return box.id


def open_box(session: Session, *, box_id: UUID, now: datetime) -> None:
    """Start the voting; a box already open stays as it is.

    Raises:
        BoxNotFound: no such box.
        WrongBoxState: it was closed before.

    """
    box = lock_row(session, box_id)
    if box.state == "open":
        return
    need_state(box, "locked")
    box.state, box.opened_at = "open", now


def close_box(session: Session, *, box_id: UUID, now: datetime) -> None:
    """End the voting, after everybody who is just casting; a closed box stays as it is.

    Writes the digest over all receipts, so that a box changed between here and the count shows.

    Raises:
        BoxNotFound: no such box.
        WrongBoxState: it was never opened, or is void.

    """
    box = lock_row(session, box_id)
    if box.state in ("closed", "counted"):
        return
    need_state(box, "open")
    box.state, box.closed_at, box.digest = "closed", now, contents_digest(session, box_id)


def void_box(session: Session, *, box_id: UUID) -> None:
    """Annul a ballot before its count; the envelopes are destroyed unread, a void box stays so.

    Raises:
        BoxNotFound: no such box.
        WrongBoxState: it has been counted; a count is kept.

    """
    box = lock_row(session, box_id)
    if box.state == "void":
        return
    need_state(box, "locked", "open", "closed")
    box.state = "void"
    empty_envelopes(session, box_id)


def on_paper(session: Session, *, box_id: UUID) -> tuple[str, ...]:
    """What stands on the paper of a box: the codes of its contests and of their options.

    Raises:
        BoxNotFound: no such box.

    """
    box = session.get(BallotBox, box_id)
    if box is None:
        raise BoxNotFound(box_id)
    return codes_of(box.rules["contests"])


def codes_of(contests: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The codes of contests and of their options, each once."""
    codes = (c for each in contests for c in (each.get("code"), *(each.get("options") or ())))
    return tuple(dict.fromkeys(code for code in codes if isinstance(code, str)))


def exclude(session: Session, *, box_id: UUID, voter_ids: Collection[UUID]) -> None:
    """Take people out of the entitled of one box, before they have voted.

    The list that was taken at the meeting stays as it is, for other boxes stand on it: this box
    gets a list of its own, without them.

    Raises:
        BoxNotFound: no such box.
        WrongBoxState: it is closed; who could vote there could.

    """
    if not voter_ids:
        return
    box = lock_row(session, box_id)
    need_state(box, "locked", "open")
    box.attendance_id = copy_without(session, box.attendance_id, voter_ids)


def copy_without(session: Session, attendance_id: UUID, person_ids: Collection[UUID]) -> UUID:
    """Copy an attendance list; these people are excluded from the entitled there, as recused."""
    meeting = session.get_one(Attendance, attendance_id)
    made = Attendance(
        case_id=meeting.case_id, element_id=meeting.element_id, taken_at=meeting.taken_at
    )
    session.add(made)
    session.flush()  # its rows refer to it
    rows = session.scalars(select(Attendee).where(Attendee.attendance_id == attendance_id)).all()
    session.add_all(
        Attendee(
            attendance_id=made.id, person_id=row.person_id, position=row.position, group=row.group,
            state="excluded" if row.person_id in person_ids else row.state,
            reason=RECUSED if row.person_id in person_ids else row.reason,
        )
        for row in rows
    )  # fmt: skip
    session.flush()  # asked for at once
    return made.id


def present_among(
    session: Session, attendance_id: UUID, person_ids: Collection[UUID]
) -> list[UUID]:
    """Who of these people is on the list as present."""
    if not person_ids:
        return []
    asked = select(Attendee.person_id).where(
        Attendee.attendance_id == attendance_id,
        Attendee.person_id.in_(person_ids),
        Attendee.state == "present",
    )
    return list(session.scalars(asked))


def progress(session: Session, *, box_id: UUID) -> Progress:
    """Give the two numbers of a box; ballots on paper come in at the count.

    Raises:
        BoxNotFound: no such box.

    """
    box = session.get(BallotBox, box_id)
    if box is None:
        raise BoxNotFound(box_id)
    returned = session.scalar(
        select(func.count()).select_from(BallotEnvelope).where(BallotEnvelope.box_id == box_id)
    )
    return Progress(issued=_present(session, box.attendance_id), returned=returned or 0)


def read_rules(rules: Mapping[str, Json]) -> tuple[list[Contest], BallotRules]:
    """Give the rules of a box as the rules of counting want them.

    Raises:
        BallotRulesWrong: naming the contest and what is wrong.

    """
    contests = [_contest(raw) for raw in rules["contests"]]
    marks = {raw["mark"] for raw in rules["contests"]}
    if len({contest.code for contest in contests}) != len(contests):
        raise BallotRulesWrong("two contests have the same code")
    if len(marks) != 1:
        raise BallotRulesWrong("all contests of one paper must be marked in the same way")
    return contests, BallotRules(KINDS[marks.pop()])  # type: ignore[arg-type] # one of the kinds


def lock_row(session: Session, box_id: UUID) -> BallotBox:
    """Lock a box against casting and every other step, and read it anew."""
    box = session.scalar(
        select(BallotBox)
        .where(BallotBox.id == box_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if box is None:
        raise BoxNotFound(box_id)
    return box


def need_state(box: BallotBox, *needed: str) -> None:
    """Raise WrongBoxState unless the box is in one of these states."""
    if box.state not in needed:
        raise WrongBoxState(state=box.state, needed=needed)


def contents_digest(session: Session, box_id: UUID) -> str:
    """Give SHA-256 over the sorted receipts of a box, hexadecimal."""
    rows = session.execute(
        select(BallotEnvelope.voter_id, BallotEnvelope.envelope).where(
            BallotEnvelope.box_id == box_id
        )
    )
    receipts = sorted(receipt_of(box_id, voter, envelope or b"").digest for voter, envelope in rows)
    return sha256("\n".join(receipts).encode()).hexdigest()


def empty_envelopes(session: Session, box_id: UUID) -> None:
    """Destroy the contents; who voted remains, what they voted does not."""
    session.execute(
        update(BallotEnvelope).where(BallotEnvelope.box_id == box_id).values(envelope=None)
    )


def _contest(raw: Mapping[str, Any]) -> Contest:
    code = raw.get("code")
    if not isinstance(code, str) or not code:
        raise BallotRulesWrong("every contest needs a code")
    if raw.keys() - _MORE_KEYS != _CONTEST_KEYS:
        raise BallotRulesWrong(f"it has {', '.join(sorted(_CONTEST_KEYS))}", contest=code)
    if raw["mark"] not in KINDS:
        raise BallotRulesWrong(f"mark is one of {', '.join(KINDS)}", contest=code)
    options = raw["options"]
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        raise BallotRulesWrong("options are a list of codes", contest=code)
    if not options or len(set(options)) != len(options):
        raise BallotRulesWrong("it needs options, none of them twice", contest=code)
    most = None if raw["mark"] == "grade" else raw["most"]
    if most is not None and (type(most) is not int or most < 1):
        raise BallotRulesWrong("most is a whole number from 1, or None", contest=code)
    if type(raw["seats"]) is not int or raw["seats"] < 0:
        raise BallotRulesWrong("seats is a whole number", contest=code)
    try:
        shares = tuple(
            Share(tuple(share["options"]), share["fewest"]) for share in raw.get("shares", ())
        )
        return Contest(code, tuple(options), most, raw.get("fewest", 0), shares)
    except (ValueError, TypeError, KeyError) as error:
        raise BallotRulesWrong(f"fewest or shares cannot be: {error}", contest=code) from error


def _present(session: Session, attendance_id: UUID) -> int:
    number = session.scalar(
        select(func.count())
        .select_from(Attendee)
        .where(Attendee.attendance_id == attendance_id, Attendee.state == "present")
    )
    return number or 0
