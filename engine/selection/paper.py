"""Paper ballots: a bundle's counts as scrutineers enter them, checked before they are added."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import EngineError
from engine.selection.ballot import ABSTAIN, BallotRules, Contest
from engine.selection.rounding import count
from engine.selection.working import Result


class PaperCountsWrong(EngineError):
    """A bundle's counts cannot be true. Count this bundle again and enter it again.

    `problem` is contests_do_not_match, unknown_option, unknown_mark, more_than_returned,
    more_than_valid, over_limit or does_not_add_up; `option` is None where all options are meant.
    """

    code = "paper_counts_wrong"

    def __init__(
        self, *, problem: str, contest: str | None = None, option: str | None = None
    ) -> None:
        place = " of ".join(name for name in (option, contest) if name) or "the bundle"
        super().__init__(f"the paper counts for {place} cannot be true: {problem}; count again")
        self.problem, self.contest, self.option = problem, contest, option


@dataclass(frozen=True)
class PaperPart(Result):
    """One contest of a bundle: marks per option, and the papers invalid or blank in this part.

    Abstentions may be left out: who neither agrees nor disagrees abstains.
    """

    votes: Mapping[str, Mapping[str, int]]
    invalid: int = 0
    blank: int = 0


@dataclass(frozen=True)
class PaperBundle(Result):
    """A bundle of papers counted by hand (process.md mv_enter_paper: ten a bundle)."""

    returned: int
    parts: Mapping[str, PaperPart] = field(default_factory=dict)


def check_bundle(bundle: PaperBundle, *, contests: tuple[Contest, ...], rules: BallotRules) -> None:
    """Refuse counts that no papers could give.

    Raises:
        PaperCountsWrong: says which contest and option to count again.

    """
    count(bundle.returned, "returned papers")
    if bundle.parts.keys() != {contest.code for contest in contests}:
        raise PaperCountsWrong(problem="contests_do_not_match")
    for contest in contests:
        _check_part(bundle, contest, rules)


def bundle_votes(
    bundle: PaperBundle, *, contest: Contest, rules: BallotRules
) -> dict[str, dict[str, int]]:
    """Give the marks of a checked bundle for every option, abstentions filled in."""
    part = bundle.parts[contest.code]
    votes = {
        option: {mark: part.votes.get(option, {}).get(mark, 0) for mark in rules.marks}
        for option in contest.options
    }
    if rules.kind == "agree":
        for marks in votes.values():
            marks[ABSTAIN] += bundle.returned - part.invalid - sum(marks.values())
    return votes


def valid_papers(bundle: PaperBundle, *, contest: Contest, rules: BallotRules) -> int:
    """Count the papers of a bundle that are valid in this contest."""
    part = bundle.parts[contest.code]
    return bundle.returned - part.invalid - (0 if rules.blank_is_valid else part.blank)


def _check_part(bundle: PaperBundle, contest: Contest, rules: BallotRules) -> None:
    part = bundle.parts[contest.code]
    marked = bundle.returned - count(part.invalid, "invalid") - count(part.blank, "blank")
    if marked < 0:
        raise PaperCountsWrong(problem="more_than_returned", contest=contest.code)
    if not part.votes.keys() <= set(contest.options):
        raise PaperCountsWrong(problem="unknown_option", contest=contest.code)
    for option, marks in part.votes.items():
        problem = _option_problem(marks, marked=marked, blank=part.blank, rules=rules)
        if problem:
            raise PaperCountsWrong(problem=problem, contest=contest.code, option=option)
    used = sum(marks.get(rules.limited_mark or "", 0) for marks in part.votes.values())
    if contest.limit is not None and used > contest.limit * marked:
        raise PaperCountsWrong(problem="over_limit", contest=contest.code)


def _option_problem(
    marks: Mapping[str, int], *, marked: int, blank: int, rules: BallotRules
) -> str | None:
    if not marks.keys() <= set(rules.marks):
        return "unknown_mark"
    made = sum(count(number, mark) for mark, number in marks.items() if mark != ABSTAIN)
    if made > marked:
        return "more_than_valid"
    if ABSTAIN in marks and made + marks[ABSTAIN] != marked + blank:
        return "does_not_add_up"
    return None
