"""The tally: marks per option and contest, and how many papers were issued, returned and valid."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.selection.ballot import (
    ABSTAIN,
    BallotRules,
    Contest,
    JudgedBallot,
    JudgedPart,
    Kind,
    judge_ballot,
)
from engine.selection.paper import PaperBundle, bundle_votes, check_bundle, valid_papers
from engine.selection.rounding import count
from engine.selection.working import Result, Working, line


@dataclass(frozen=True)
class Numbers(Result):
    """The papers of one contest.

    returned = valid + invalid, blank being among the valid; for grades
    returned = valid + invalid + blank.
    """

    entitled: int
    present: int
    issued: int
    returned: int
    valid: int
    invalid: int
    blank: int


@dataclass(frozen=True)
class ContestTally(Result):
    """The count of one contest; marks per option in the order of the paper.

    `invalid_reasons` counts the opened ballots only; papers are judged by the scrutineers.
    """

    code: str
    kind: Kind
    numbers: Numbers
    votes: Mapping[str, Mapping[str, int]]
    invalid_reasons: Mapping[str, int]
    void: bool
    working: Working

    def scores(self, mark: str) -> dict[str, int]:
        """Give one mark per option, for `cut`, `votes_to_points` or `gate`."""
        return {option: marks[mark] for option, marks in self.votes.items()}


@dataclass(frozen=True)
class Tally(Result):
    """The count of a meeting; a void count is kept and must be repeated, not used.

    `by_group` is empty unless groups were counted apart (`merge`).
    """

    entitled: int
    present: int
    issued: int
    returned: int
    void: bool
    contests: Mapping[str, ContestTally]
    working: Working
    by_group: Mapping[str, "Tally"] = field(default_factory=dict)


def tally(
    ballots: Sequence[object],
    *,
    contests: Sequence[Contest],
    rules: BallotRules,
    entitled: int,
    present: int,
    issued: int,
    paper: Sequence[PaperBundle] = (),
) -> Tally:
    """Count one urn: opened ballots (`judge_ballot` gives their shape) and bundles of paper.

    Args:
        ballots: the choices, in any order; an envelope that could not be opened stands as None.
        contests: the parts of the ballot paper.
        rules: how every part is marked.
        entitled: 应到会, the frozen list of electors.
        present: 实到会, checked in for this vote.
        issued: ballots handed out, on screen and on paper. More returned than issued voids all.
        paper: bundles counted by hand, added to the opened ballots.

    Raises:
        PaperCountsWrong: a bundle's counts cannot be true.

    Source: domain.md §1.2 (counting rules).

    """
    for bundle in paper:
        check_bundle(bundle, contests=tuple(contests), rules=rules)
    judged = [judge_ballot(choice, contests, rules) for choice in ballots]
    papers = sum(bundle.returned for bundle in paper)
    facts = {
        "entitled": count(entitled, "entitled"),
        "present": count(present, "present"),
        "issued": count(issued, "issued"),
        "returned": len(judged) + papers,
    }
    faults = _faults(facts)
    counted = {
        contest.code: _count_contest(
            contest, rules, judged=judged, paper=paper, facts=facts, void=bool(faults)
        )
        for contest in contests
    }
    added = (line("paper_added", bundles=len(paper), ballots=papers),) if paper else ()
    working = (line("ballots_counted", **facts), *added, *faults)
    return _tally(facts, void=bool(faults), contests=counted, working=working)


def merge(groups: Mapping[str, Tally]) -> Tally:
    """Add up groups that voted in urns of their own; one void group voids the whole.

    Raises:
        ValueError: no group, or groups that voted on different contests.

    Source: domain.md §6.2-5 (every ballot counts 1, results also by group).

    """
    tallies = list(groups.values())
    if len({_shape(each) for each in tallies}) != 1:
        raise ValueError("groups can be added up only if they voted on the same contests")
    facts = {
        name: sum(getattr(each, name) for each in tallies)
        for name in ("entitled", "present", "issued", "returned")
    }
    faults = tuple(line("group_void", group=name) for name, each in groups.items() if each.void)
    void = bool(faults)
    contests = {
        code: _add([each.contests[code] for each in tallies], void=void)
        for code in tallies[0].contests
    }
    working = (line("ballots_counted", **facts), *faults)
    return _tally(facts, void=void, contests=contests, working=working, by_group=dict(groups))


def _tally(
    facts: Mapping[str, int],
    *,
    void: bool,
    contests: Mapping[str, ContestTally],
    working: Working,
    by_group: Mapping[str, Tally] | None = None,
) -> Tally:
    return Tally(
        entitled=facts["entitled"],
        present=facts["present"],
        issued=facts["issued"],
        returned=facts["returned"],
        void=void,
        contests=contests,
        working=working,
        by_group=by_group or {},
    )


def _faults(facts: Mapping[str, int]) -> Working:
    pairs = (("returned", "issued"), ("issued", "present"), ("present", "entitled"))
    return tuple(
        line(f"{more}_over_{less}", **{more: facts[more], less: facts[less]})
        for more, less in pairs
        if facts[more] > facts[less]
    )


def _count_contest(
    contest: Contest,
    rules: BallotRules,
    *,
    judged: Sequence[JudgedBallot],
    paper: Sequence[PaperBundle],
    facts: Mapping[str, int],
    void: bool,
) -> ContestTally:
    parts = [ballot.parts[contest.code] for ballot in judged]
    papers = [bundle.parts[contest.code] for bundle in paper]
    statuses = Counter(part.status for part in parts)
    blank = statuses["blank"]
    numbers = Numbers(
        **facts,
        valid=statuses["valid"]
        + (blank if rules.blank_is_valid else 0)
        + sum(valid_papers(bundle, contest=contest, rules=rules) for bundle in paper),
        invalid=statuses["invalid"] + sum(part.invalid for part in papers),
        blank=blank + sum(part.blank for part in papers),
    )
    votes = _votes(contest, rules, parts)
    for bundle in paper:
        _add_votes(votes, bundle_votes(bundle, contest=contest, rules=rules))
    reasons = Counter(str(part.reason["code"]) for part in parts if part.reason is not None)
    return _contest_tally(contest.code, rules.kind, numbers, votes, reasons=reasons, void=void)


def _votes(
    contest: Contest, rules: BallotRules, parts: Sequence[JudgedPart]
) -> dict[str, dict[str, int]]:
    votes = {option: dict.fromkeys(rules.marks, 0) for option in contest.options}
    for part in parts:
        if part.status == "invalid":
            continue
        for option, marks in votes.items():
            mark = part.marks.get(option, ABSTAIN if rules.kind == "agree" else None)
            if mark is not None:
                marks[mark] += 1
    return votes


def _add_votes(total: dict[str, dict[str, int]], more: Mapping[str, Mapping[str, int]]) -> None:
    for option, marks in more.items():
        for mark, number in marks.items():
            total[option][mark] += number


def _add(tallies: Sequence[ContestTally], *, void: bool) -> ContestTally:
    first = tallies[0]
    votes = {option: dict.fromkeys(marks, 0) for option, marks in first.votes.items()}
    reasons: Counter[str] = Counter()
    for each in tallies:
        _add_votes(votes, each.votes)
        reasons.update(each.invalid_reasons)
    names = Numbers.__dataclass_fields__
    numbers = Numbers(**{n: sum(getattr(each.numbers, n) for each in tallies) for n in names})
    return _contest_tally(first.code, first.kind, numbers, votes, reasons=reasons, void=void)


def _contest_tally(
    code: str,
    kind: Kind,
    numbers: Numbers,
    votes: Mapping[str, Mapping[str, int]],
    *,
    reasons: Mapping[str, int],
    void: bool,
) -> ContestTally:
    working = (
        line(
            "contest_ballots",
            contest=code,
            returned=numbers.returned,
            valid=numbers.valid,
            invalid=numbers.invalid,
            blank=numbers.blank,
        ),
        *(
            line("contest_invalid", contest=code, reason=reason, count=reasons[reason])
            for reason in sorted(reasons)
        ),
        *(
            line("contest_votes", contest=code, option=option, votes=marks)
            for option, marks in votes.items()
        ),
    )
    return ContestTally(code, kind, numbers, votes, dict(sorted(reasons.items())), void, working)


def _shape(each: Tally) -> tuple[tuple[str, Kind, tuple[str, ...]], ...]:
    return tuple((code, part.kind, tuple(part.votes)) for code, part in each.contests.items())
