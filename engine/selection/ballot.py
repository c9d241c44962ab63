"""One ballot: what may be marked on the paper, and whether a paper is valid, blank or invalid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.selection.rounding import count
from engine.selection.working import Line, Result, Working, line

Kind: TypeAlias = Literal["recommend", "agree", "grades"]
KINDS: tuple[Kind, ...] = ("recommend", "agree", "grades")
Status: TypeAlias = Literal["valid", "blank", "invalid"]

RECOMMEND = "recommend"
AGREE, DISAGREE, ABSTAIN = "agree", "disagree", "abstain"
FOUR_GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True)
class Share(Result):
    """Of these options a marked part must have at least so many (外单位人选不少于3人)."""

    options: tuple[str, ...]
    fewest: int


@dataclass(frozen=True)
class Contest(Result):
    """One part of the paper: options, and how many recommendations (or agrees) it takes.

    `limit` None means as many as there are options. A part over its limit is invalid, and so is
    a marked part with fewer than `fewest`, or with too few out of one of the `shares`.
    """

    code: str
    options: tuple[str, ...]
    limit: int | None = None
    fewest: int = 0
    shares: tuple[Share, ...] = ()

    def __post_init__(self) -> None:
        if len(set(self.options)) != len(self.options):
            raise ValueError(f"contest {self.code} lists an option twice")
        most = len(self.options)
        if self.limit is not None:
            most = min(most, count(self.limit, f"the limit of contest {self.code}"))
        for fewest in (self.fewest, *(share.fewest for share in self.shares)):
            if count(fewest, f"the least marks of contest {self.code}") > most:
                raise ValueError(f"contest {self.code} asks for {fewest} marks and takes {most}")
        for share in self.shares:
            if share.fewest > len(set(share.options) & set(self.options)):
                raise ValueError(f"contest {self.code} has too few of the options it asks for")


@dataclass(frozen=True)
class BallotRules(Result):
    """How every contest of the paper is marked.

    recommend: a mark or none per name. A blank part is valid, has 0 marks, counts in the base.
    agree: agree, disagree or abstain per name; no mark is an abstention, so blank is valid too.
    grades: one grade per subject, best first. A blank part says nothing: neither valid nor invalid.
    """

    kind: Kind
    grades: tuple[str, ...] = FOUR_GRADES

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")
        if not self.grades or len(set(self.grades)) != len(self.grades):
            raise ValueError("grades must have names, and no name twice")

    @property
    def marks(self) -> tuple[str, ...]:
        """Every mark the paper knows, in the order it is shown."""
        if self.kind == "recommend":
            return (RECOMMEND,)
        return (AGREE, DISAGREE, ABSTAIN) if self.kind == "agree" else self.grades

    @property
    def limited_mark(self) -> str | None:
        """The mark a contest's limit counts; grades have no limit."""
        return {"recommend": RECOMMEND, "agree": AGREE}.get(self.kind)

    @property
    def blank_is_valid(self) -> bool:
        """Whether an unmarked part counts in the base (process.md §9.9)."""
        return self.kind != "grades"


@dataclass(frozen=True)
class JudgedPart(Result):
    """One contest of one ballot; an invalid or blank part has no marks."""

    status: Status
    marks: Mapping[str, str]
    reason: Line | None = None


@dataclass(frozen=True)
class JudgedBallot(Result):
    """One ballot: valid if any part is, else invalid if any part is, else blank."""

    status: Status
    parts: Mapping[str, JudgedPart]
    working: Working


def judge_ballot(choice: object, contests: Sequence[Contest], rules: BallotRules) -> JudgedBallot:
    """Judge one opened ballot; nothing a voter can send raises.

    Args:
        choice: {contest: {option: mark}}; for recommendations a list of options does as well. A
            contest or option left out, or marked None, is unmarked.
        contests: the parts of the paper.
        rules: how they are marked.

    Returns:
        Status and marks per contest. An invalid part leaves the others valid; what belongs to no
        contest, or is no ballot at all, makes all of it invalid. Reasons carry no content of the
        ballot: a strange mark may be a signature.

    Source: domain.md §1.2 (counting rules), process.md §7 s7_plenary_vote, §9.9.

    """
    if not isinstance(choice, Mapping):
        return _wholly_invalid(contests, line("ballot_unreadable"))
    if not choice.keys() <= {contest.code for contest in contests}:
        return _wholly_invalid(contests, line("unknown_contest"))
    parts = {
        contest.code: _judge_part(choice.get(contest.code), contest, rules) for contest in contests
    }
    statuses = {part.status for part in parts.values()}
    status: Status = "blank"
    if statuses != {"blank"}:
        status = "valid" if "valid" in statuses else "invalid"
    reasons = tuple(part.reason for part in parts.values() if part.reason is not None)
    return JudgedBallot(status, parts, reasons)


def _wholly_invalid(contests: Sequence[Contest], reason: Line) -> JudgedBallot:
    parts = {contest.code: JudgedPart("invalid", {}, reason) for contest in contests}
    return JudgedBallot("invalid", parts, (reason,))


def _judge_part(raw: object, contest: Contest, rules: BallotRules) -> JudgedPart:
    marks = _read_marks(raw, contest, rules)
    if isinstance(marks, str):
        return JudgedPart("invalid", {}, line(marks, contest=contest.code))
    if not marks:
        return JudgedPart("blank", {})
    problem = _numbers_wrong(marks, contest, rules)
    if problem is not None:
        return JudgedPart("invalid", {}, problem)
    return JudgedPart(
        "valid", {option: marks[option] for option in contest.options if option in marks}
    )


def _numbers_wrong(marks: Mapping[str, str], contest: Contest, rules: BallotRules) -> Line | None:
    chosen = {option for option, mark in marks.items() if mark == rules.limited_mark}
    if contest.limit is not None and len(chosen) > contest.limit:
        facts = {"limit": contest.limit, "marks": len(chosen)}
        return line("too_many_marks", contest=contest.code, **facts)
    if len(chosen) < contest.fewest:
        facts = {"fewest": contest.fewest, "marks": len(chosen)}
        return line("too_few_marks", contest=contest.code, **facts)
    for share in contest.shares:
        found = len(chosen & set(share.options))
        if found < share.fewest:
            facts = {"fewest": share.fewest, "marks": found}
            return line("too_few_of_share", contest=contest.code, **facts)
    return None


def _read_marks(raw: object, contest: Contest, rules: BallotRules) -> dict[str, str] | str:
    """Give the marks made, or the code of what is wrong with them."""
    if raw is None:
        return {}
    if isinstance(raw, list | tuple) and rules.kind == "recommend":
        return _read_list(raw, contest)
    if not isinstance(raw, Mapping):
        return "part_unreadable"
    if not raw.keys() <= set(contest.options):
        return "unknown_option"
    made = {option: mark for option, mark in raw.items() if mark is not None}
    return made if all(mark in rules.marks for mark in made.values()) else "unknown_mark"


def _read_list(raw: Sequence[object], contest: Contest) -> dict[str, str] | str:
    chosen = [option for option in contest.options if option in raw]
    if len(chosen) == len(raw):
        return dict.fromkeys(chosen, RECOMMEND)
    known = all(option in contest.options for option in raw)
    return "repeated_option" if known else "unknown_option"
