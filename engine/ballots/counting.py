"""The count: voters are stripped, ballots judged and sorted, envelopes emptied, paper added."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from engine.ballots.boxes import (
    BoxNotFound,
    contents_digest,
    empty_envelopes,
    lock_row,
    need_state,
    read_rules,
)
from engine.ballots.envelopes import EnvelopeUnusable, decode_choice
from engine.canonical import canonical
from engine.errors import EngineError
from engine.model import Attendee, BallotBox, BallotEnvelope, BallotLine
from engine.selection import (
    JsonValue,
    PaperBundle,
    PaperCountsWrong,
    PaperPart,
    Tally,
    check_bundle,
    judge_ballot,
    merge,
    tally,
)

Paper = Mapping[str, Any]
"""One bundle counted by hand: {group, returned, parts: {contest: {votes, invalid, blank}}}."""


class BoxChanged(EngineError):
    """The box does not hold what it held when it was closed. Nothing is opened; vote again."""

    code = "box_changed"

    def __init__(self, *, closed_with: str, found: str) -> None:
        super().__init__("the ballot box was changed after its closing; nothing was opened")
        self.closed_with, self.found = closed_with, found


def count(
    session: Session, *, box_id: UUID, paper: Sequence[Paper] | None, now: datetime
) -> dict[str, JsonValue]:
    """Count a closed box, or count it again from the opened ballots (with corrected paper).

    The first count opens the envelopes and empties them. What is kept of a ballot are its group
    and its choices, in the order of their content, without voter and instant. Paper counts belong
    to this count alone: a recount takes them anew. More returned than issued makes the ballot void.

    Returns:
        `Tally.to_json()` with `box`, `title` and `base`; `by_group` where the meeting has groups.

    Raises:
        BoxNotFound: no such box.
        WrongBoxState: it is not closed yet, or was annulled unopened.
        BoxChanged: an envelope was added, altered or removed after the closing.
        PaperCountsWrong: the paper counts cannot be true; nothing is opened.

    """
    box = lock_row(session, box_id)
    if box.counted_at is None:
        need_state(box, "closed")
        _open_envelopes(session, box)
    result = _tally(session, box, paper or ())
    box.state, box.counted_at = "void" if result.void else "counted", now
    facts = {"box": str(box_id), "title": box.rules["title"], "base": box.rules["base"]}
    return result.to_json() | facts


def check_paper(session: Session, *, box_id: UUID, paper: Sequence[Paper]) -> None:
    """Refuse paper counts that no papers could give, before the box is counted.

    Raises:
        BoxNotFound: no such box.
        PaperCountsWrong: says which contest and option to count again.

    """
    box = session.get(BallotBox, box_id)
    if box is None:
        raise BoxNotFound(box_id)
    contests, rules = read_rules(box.rules)
    groups = _attendance(session, box.attendance_id)
    for bundle in paper:
        if bundle["group"] not in groups:
            raise PaperCountsWrong(problem="unknown_group")
        check_bundle(_bundle(bundle), contests=tuple(contests), rules=rules)


def paper_bundles(
    bundles: Sequence[Mapping[str, Any]], counts: Sequence[Mapping[str, Any]]
) -> list[Paper]:
    """Turn the rows of the form `mv_enter_paper` into paper counts.

    Args:
        bundles: {bundle, contest, group?, returned, invalid, blank}, one per bundle and contest.
        counts: {bundle, contest, option, mark, count}; noughts may be left out.

    Raises:
        PaperCountsWrong: a bundle has two sizes or groups, a row is there twice, or a count
            belongs to no bundle.

    """
    made: dict[int, dict[str, Any]] = {}
    for row in bundles:
        head = {"group": row.get("group") or "", "returned": row["returned"]}
        bundle = made.setdefault(row["bundle"], head | {"parts": {}})
        if {name: bundle[name] for name in head} != head or row["contest"] in bundle["parts"]:
            raise PaperCountsWrong(problem="contests_do_not_match", contest=row["contest"])
        part = {"votes": defaultdict(dict), "invalid": row["invalid"], "blank": row["blank"]}
        bundle["parts"][row["contest"]] = part
    for row in counts:
        part = made.get(row["bundle"], {}).get("parts", {}).get(row["contest"])
        if part is None or row["mark"] in part["votes"][row["option"]]:
            raise PaperCountsWrong(
                problem="contests_do_not_match", contest=row["contest"], option=row["option"]
            )
        part["votes"][row["option"]][row["mark"]] = row["count"]
    return list(made.values())


def _open_envelopes(session: Session, box: BallotBox) -> None:
    found = contents_digest(session, box.id)
    if found != box.digest:
        raise BoxChanged(closed_with=box.digest, found=found)
    contests, rules = read_rules(box.rules)
    envelopes = session.execute(
        select(BallotEnvelope.group, BallotEnvelope.envelope).where(BallotEnvelope.box_id == box.id)
    )
    opened = [(group, _choices(envelope)) for group, envelope in envelopes]
    lines = [
        {
            "box_id": box.id,
            "group": group,
            "validity": judge_ballot(choices, contests, rules).status,
            "choices": choices or {},
        }
        for group, choices in opened
    ]
    lines.sort(key=lambda row: (row["group"], row["validity"], canonical(row["choices"])))
    if lines:
        session.execute(insert(BallotLine), lines)
    empty_envelopes(session, box.id)


def _choices(envelope: bytes | None) -> dict[str, Any] | None:
    """Give None for what is no ballot at all; the count takes it as invalid."""
    try:
        return decode_choice(envelope or b"")
    except EnvelopeUnusable:
        return None


def _tally(session: Session, box: BallotBox, paper: Sequence[Paper]) -> Tally:
    numbers = _attendance(session, box.attendance_id)
    lines: dict[str, list[object]] = defaultdict(list)
    for line in session.scalars(select(BallotLine).where(BallotLine.box_id == box.id)):
        unreadable = line.validity == "invalid" and not line.choices
        lines[line.group].append(None if unreadable else line.choices)
    bundles: dict[str, list[PaperBundle]] = defaultdict(list)
    for bundle in paper:
        if bundle["group"] not in numbers:
            raise PaperCountsWrong(problem="unknown_group")
        bundles[bundle["group"]].append(_bundle(bundle))
    contests, rules = read_rules(box.rules)
    tallies = {
        group: tally(
            lines[group],
            contests=contests,
            rules=rules,
            entitled=entitled,
            present=present,
            issued=present,  # everybody present gets one ballot, on screen or on paper
            paper=bundles[group],
        )
        for group, (entitled, present) in numbers.items()
    }
    return tallies[""] if tallies.keys() == {""} else merge(tallies)


def _attendance(session: Session, attendance_id: UUID) -> dict[str, tuple[int, int]]:
    """Give (entitled, present) by group, in the order of the list; "" where there are none."""
    present = func.count().filter(Attendee.state == "present")
    rows = session.execute(
        select(Attendee.group, func.count(), present)
        .where(Attendee.attendance_id == attendance_id, Attendee.state != "excluded")
        .group_by(Attendee.group)
        .order_by(func.min(Attendee.position))
    )
    return {group: (entitled, here) for group, entitled, here in rows}


def _bundle(paper: Paper) -> PaperBundle:
    parts = {code: PaperPart(**part) for code, part in paper["parts"].items()}
    return PaperBundle(returned=paper["returned"], parts=parts)
