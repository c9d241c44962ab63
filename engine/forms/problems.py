"""What is wrong with answers: codes and facts, worded only where they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import EngineError


@dataclass(frozen=True)
class Problem:
    """One thing to correct. `path` has row numbers from 0 as on the page: `people.0.name`.

    `values` are the facts of the code, such as the limit; never the answer itself.
    """

    path: str
    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)


class InvalidAnswers(EngineError):
    """The answers do not fit the form; nothing is changed. Word `problems` and show them."""

    code = "invalid_answers"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = f"{problems[0].code} at {problems[0].path or 'the form'}" if problems else "none"
        super().__init__(f"{len(problems)} answers need correction, the first: {first}")
        self.problems = tuple(problems)
