"""One difference between two versions, and what all kinds of files share."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.definitions import Words
from engine.studio.sheets import Files

NONE = Words("", "")
EMPTY = Words("（空）", "(nothing)")
YES, NO = Words("是", "yes"), Words("否", "no")


@dataclass(frozen=True)
class Change:
    """One difference. `before` is None for what was added, `after` for what was removed."""

    area: str
    file: str
    place: Words
    aspect: Words
    before: Words | None
    after: Words | None
    element: str = ""

    def text(self, language: str) -> str:
        """In one line: “理论测试入围比例 8 → 6”."""
        place, aspect = self.place.in_language(language), self.aspect.in_language(language)
        mark = "：" if language == "zh" else ": "
        head = place + (mark + aspect if aspect else "")
        if self.before is None and self.after is None:
            return head
        if self.before is None:
            added = Words("新增", "added").in_language(language)
            return _joined(head, added, self.after, mark, language)
        if self.after is None:
            removed = Words("删除", "removed").in_language(language)
            return _joined(head, removed, self.before, mark, language)
        old, new = self.before.in_language(language), self.after.in_language(language)
        empty = EMPTY.in_language(language)
        return f"{head} {old or empty} → {new or empty}"


def _joined(head: str, word: str, value: Words | None, mark: str, language: str) -> str:
    text = value.in_language(language) if value else ""
    return f"{head} {word}{mark}{text}" if text else f"{head} {word}"


def aspects_of(
    area: str, file: str, place: Words, old: Mapping[str, Words], new: Mapping[str, Words],
    words: Callable[[str], Words], element: str = "",
) -> Iterator[Change]:  # fmt: skip
    """One change for each aspect that differs."""
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, NONE), new.get(name, NONE)
        if before != after:
            yield Change(area, file, place, words(name), before, after, element)


def named(old: Files, new: Files, start: str, end: str) -> list[str]:
    paths = sorted({*old, *new})
    return [
        path.removeprefix(start).removesuffix(end)
        for path in paths
        if path.startswith(start) and path.endswith(end)
    ]


def pair(node: Mapping[str, Any], name: str) -> Words:
    """A title or description of a schema in both languages."""
    return Words(node.get(name, ""), english(node).get(name, ""))


def english(node: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = node.get("x-i18n", {}).get("en", {})
    return found


def plain(value: object) -> Words:
    """The same in both languages."""
    text = "" if value is None else str(value)
    return Words(text, text)


def compact(value: object) -> str:
    """JSON on one line; nothing for nothing."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""


def words_list(words: Sequence[Words]) -> Words:
    return Words("、".join(w.zh for w in words), ", ".join(w.en or w.zh for w in words))
