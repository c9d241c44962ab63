"""Choices and rows of a form that come from the selection: candidates, words, people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import seats
from engine.bpmn import compile_expression, evaluate
from engine.definitions import PackageVersion
from engine.facts import CaseFacts
from engine.forms import Choice, Form, StoredFile
from engine.model import Candidate, Case, Person
from engine.model import StoredFile as Uploaded

_SUBJECT = "subject"


def options_of(
    session: Session,
    form: Form,
    *,
    case: Case,
    package: PackageVersion,
    variables: Mapping[str, Any],
    facts: CaseFacts,
    subjects: Sequence[str] = ("",),
) -> dict[str, Sequence[Choice]]:
    """Work out every `ui:options` source of a form.

    Args:
        session: the caller owns the transaction.
        form: the form.
        case: the selection.
        package: the version its words come from.
        variables: what the expressions may read, beside `subject`.
        facts: of the selection, now.
        subjects: whom the form is filled in about; of several the choices are put together, for
            pages that show what was handed in about all of them.

    Returns:
        Path of the field → its choices. A list of codes gives candidates (code and name) or words;
        a seats description gives people, by their id.

    Raises:
        ExpressionFailed: an expression of the form could not be worked out.
    """
    sources = form.option_sources()
    if not sources:
        return {}
    named = _Names(session, case, package, facts)
    return {
        source.path: _together(
            named.choices(evaluate(source.expression, {**variables, _SUBJECT: subject}, facts))
            for subject in (subjects if _asks_subject(source.expression) else subjects[:1])
        )
        for source in sources
    }


def _asks_subject(expression: str) -> bool:
    return _SUBJECT in compile_expression(expression).names


def _together(found: Iterable[Sequence[Choice]]) -> list[Choice]:
    return list({choice.code: choice for choices in found for choice in choices}.values())


def files_of(
    session: Session,
    form: Form,
    answers: Mapping[str, Any],
    *,
    case_id: UUID,
    person_id: UUID | None,
) -> dict[str, StoredFile]:
    """The uploaded files that the answers name, by id: of this selection, or one's own.

    Others are left out, so that the form refuses them as unknown.
    """
    named: set[UUID] = set()
    for field in form.walk():
        if field.file is not None:
            named |= _ids_at(answers, field.path.split("."))
    if not named:
        return {}
    reachable = Uploaded.case_id == case_id
    if person_id is not None:
        reachable |= Uploaded.owner_id == person_id
    rows = session.scalars(select(Uploaded).where(Uploaded.id.in_(named), reachable))
    return {str(row.id): StoredFile(row.name, row.size) for row in rows}


def _ids_at(value: Any, path: Sequence[str]) -> set[UUID]:
    if isinstance(value, list):
        return {found for part in value for found in _ids_at(part, path)}
    if path:
        return _ids_at(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else set()
    try:
        return {UUID(value)} if isinstance(value, str) else set()
    except ValueError:
        return set()


def candidate_names(session: Session, case_id: UUID) -> dict[str, str]:
    """Code → name of everybody who applied in this selection."""
    rows = session.execute(
        select(Candidate.code, Person.name)
        .join(Person, Person.id == Candidate.person_id)
        .where(Candidate.case_id == case_id)
    )
    return {code: name for code, name in rows}  # noqa: C416 - rows are not tuples to mypy


class _Names:
    """Names for one form; each kind of name is read at most once."""

    def __init__(
        self, session: Session, case: Case, package: PackageVersion, facts: CaseFacts
    ) -> None:
        self._session, self._case, self._package, self._facts = session, case, package, facts
        self._candidates: dict[str, str] | None = None

    def choices(self, value: Any) -> list[Choice]:
        if value and isinstance(value[0], Mapping) and "kind" in value[0]:
            return self._people(value)
        return [self._code(str(code)) for code in value]

    def _code(self, code: str) -> Choice:
        if self._candidates is None:
            self._candidates = candidate_names(self._session, self._case.id)
        if code in self._candidates:
            name = f"{code} {self._candidates[code]}"
            return Choice(code, name, name)
        for post in self._case.details.get("posts", []):
            if post.get("code") == code:
                return Choice(code, post["name"], post.get("name_en") or post["name"])
        word = self._package.word(code)
        return Choice(code, word.zh, word.en or word.zh)

    def _people(self, descriptions: Sequence[Mapping[str, Any]]) -> list[Choice]:
        places = seats.resolve(
            self._session, descriptions, case_id=self._case.id, roles=self._package.roles,
            now=self._facts.now,
        )  # fmt: skip
        ids = [place.person_id for place in places if place.person_id is not None]
        rows = self._session.scalars(select(Person).where(Person.id.in_(ids)))
        people = {person.id: person for person in rows}
        return [Choice(str(i), _label(people[i]), _label(people[i])) for i in ids if i in people]


def _label(person: Person) -> str:
    return f"{person.name}（{person.unit}）" if person.unit else person.name
