"""What texts may say: the values handed to them, what may be published of a candidate, words."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine import texts
from engine.bpmn import evaluate
from engine.model import Candidate, Person
from engine.model.base import Json
from engine.operations.base import BadParameters, Call

_STEP = re.compile(r"s(\d+)_")
_NAMES_FROM_STEP = 3
_NOT_PUBLIC = ("lot_seeds",)


class Wording:
    """Words one text for one element; candidates are read once, if asked for.

    A text sees the values handed to it, `details` (the start form), `parameters`, `plan` and, in
    documents made of a submission, `answers`; nothing else of the process.
    """

    def __init__(
        self, call: Call, values: Mapping[str, Any], *, names: bool, answers: bool = False
    ) -> None:
        self._call, self._names = call, names
        details = {"title": call.case.title, "title_en": call.case.title_en, **call.case.details}
        for key in _NOT_PUBLIC:
            details.pop(key, None)
        self._values = {**values, "details": _lenient(details)}
        if answers and call.submissions:
            self._values["answers"] = _lenient(dict(call.submissions[0].answers))
        self._more = {
            "person": self._person,
            "present_post": self._present_post,
            "word": self._word,
        }

    def words(self, folder: str, text_id: str, **more: Any) -> dict[str, Json]:
        """Word a text of the package; `more` are names of this rendering, e.g. `subject`.

        Raises:
            BadParameters: the package has no such text.
            ExpressionFailed: it uses something that was not handed to it.

        """
        try:
            text = self._call.package.text(folder, text_id)
        except KeyError as error:
            name = self._call.element.properties.get("operation", "publish")
            raise BadParameters(name, f"there is no {folder}/{text_id}.yaml") from error
        values = {**self._values, **more}

        def work_out(expression: str, extra: Mapping[str, object]) -> object:
            value = evaluate(expression, {**values, **extra}, self._call.facts, self._more)
            return list(value) if isinstance(value, range) else value

        return texts.render(text, work_out, zone=ZoneInfo(self._call.case.time_zone))

    @cached_property
    def _candidates(self) -> dict[str, tuple[Candidate, Person]]:
        rows = self._call.session.execute(
            select(Candidate, Person)
            .join(Person, Person.id == Candidate.person_id)
            .where(Candidate.case_id == self._call.case.id)
        )
        return {candidate.code: (candidate, person) for candidate, person in rows}

    def _person(self, code: str) -> str:
        candidate, person = self._candidates[code]
        return person.name if self._names else candidate.number or candidate.code

    def _present_post(self, code: str) -> str:
        _, person = self._candidates[code]
        return f"{person.unit}{person.post}"

    def _word(self, code: str) -> dict[str, str]:
        for post in self._call.case.details.get("posts") or ():
            if post.get("code") == code:
                return {"zh": post["name"], "en": post.get("name_en") or post["name"]}
        word = self._call.package.word(code)
        return {"zh": word.zh, "en": word.en or word.zh}


def names_published(call: Call) -> bool:
    """Whether names or admission numbers are published at this element (`publish_names`).

    `from_step_3`: numbers in the elements `s1_…` and `s2_…`, names everywhere else.
    """
    rule = call.case.parameters.get("publish_names", "from_step_3")
    if rule != "from_step_3":
        return bool(rule == "always")
    step = _STEP.match(call.element.id)
    return step is None or int(step[1]) >= _NAMES_FROM_STEP


class _Lenient(dict[str, Any]):
    """Answers of a form; what was left empty reads as empty text."""

    def __missing__(self, key: str) -> str:
        return ""


def _lenient(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _Lenient({key: _lenient(item) for key, item in value.items()})
    if isinstance(value, list):
        return [_lenient(item) for item in value]
    return value
