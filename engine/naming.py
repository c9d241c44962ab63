"""Names for codes: candidates, posts and words, read once; blind roles get numbers, not names."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.definitions import PackageVersion, Words
from engine.model import Candidate, Case, Person


class Naming:
    """The names of one selection as one reader may see them."""

    def __init__(
        self, session: Session, case: Case, package: PackageVersion, *, blind: bool
    ) -> None:
        self._session, self._case, self._package, self._blind = session, case, package, blind

    def name(self, code: str) -> Words:
        """A candidate's code with the name (blind: the number alone), a post's name, or a word."""
        found = self._candidates.get(code)
        if found is not None:
            return Words(found, found)
        for post in self._case.details.get("posts", []):
            if post.get("code") == code:
                return Words(post["name"], post.get("name_en", ""))
        return self._package.word(code)

    def candidates(self) -> list[str]:
        """The codes of those who applied, in their order."""
        return sorted(self._candidates)

    def text(self, value: Any, language: str) -> Any:
        """Put codes inside a value into words; instants, numbers and ticks stay for the page."""
        if isinstance(value, str):
            return self.name(value).in_language(language)
        if isinstance(value, Mapping):
            return {
                self.text(key, language): self.text(item, language) for key, item in value.items()
            }
        if isinstance(value, Sequence):
            return [self.text(item, language) for item in value]
        return value

    @cached_property
    def _candidates(self) -> dict[str, str]:
        rows = self._session.execute(
            select(Candidate.code, Candidate.number, Person.name)
            .join(Person, Person.id == Candidate.person_id)
            .where(Candidate.case_id == self._case.id)
        )
        return {
            row.code: row.number or row.code if self._blind else f"{row.code} {row.name}"
            for row in rows
        }
