"""Differences of roles, functions and words."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from engine.definitions import Words
from engine.studio.differences.change import NO, NONE, YES, Change, aspects_of, plain, words_list
from engine.studio.sheets import Files


def roles(_key: str, old: Files, new: Files) -> Iterator[Change]:
    before, after = (yaml.safe_load(f["roles.yaml"]) for f in (old, new))
    parts = (
        ("roles", Words("责任主体", "role")),
        ("functions", Words("职务", "function")),
        ("words", Words("用语", "word")),
    )
    for part, words in parts:
        was, now = before.get(part) or {}, after.get(part) or {}
        for code in dict.fromkeys([*was, *now]):
            one: Any = now.get(code) or was.get(code)
            place = Words(f"{words.zh}“{one['zh']}”", f"{words.en} “{one.get('en', one['zh'])}”")
            if code not in was or code not in now:
                gone = code in was
                yield Change(
                    "roles", "roles.yaml", place, NONE, NONE if gone else None,
                    None if gone else NONE, code,
                )  # fmt: skip
                continue
            yield from aspects_of(
                "roles", "roles.yaml", place, _role(was[code], before), _role(now[code], after),
                _role_aspect, code,
            )  # fmt: skip


def _role(entry: Mapping[str, Any], file: Mapping[str, Any]) -> dict[str, Words]:
    others = [
        Words(found["zh"], found.get("en", ""))
        if (found := file["roles"].get(other))
        else plain(other)
        for other in entry.get("never_with") or ()
    ]
    return {
        "zh": plain(entry.get("zh")),
        "en": plain(entry.get("en")),
        "blind": YES if entry.get("blind") else NO,
        "never_with": words_list(others),
    }


def _role_aspect(name: str) -> Words:
    return {
        "zh": Words("中文名称", "Chinese name"),
        "en": Words("英文名称", "English name"),
        "blind": Words("看不到姓名", "does not see names"),
        "never_with": Words("不得兼任", "never together with"),
    }[name]
