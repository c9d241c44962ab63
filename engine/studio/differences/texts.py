"""Differences of publications and messages, paragraph by paragraph."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import yaml

from engine.definitions import Words
from engine.studio.differences.change import NONE, Change, compact, plain
from engine.studio.sheets import Files


def texts(_key: str, old: Files, new: Files) -> Iterator[Change]:
    for path in sorted({*old, *new}):
        if not path.startswith(("publications/", "messages/")) or old.get(path) == new.get(path):
            continue
        sides: list[Any] = [yaml.safe_load(f[path]) if path in f else None for f in (old, new)]
        was, now = sides
        title = (was or now)["title"]
        kind = (
            Words("通知", "message") if path.startswith("messages/") else Words("公布文稿", "text")
        )
        place = Words(f"{kind.zh}“{title['zh']}”", f"{kind.en} “{title['en']}”")
        if was is None or now is None:
            yield Change("texts", path, place, NONE, NONE if was else None, NONE if now else None)
            continue
        if was["title"] != now["title"]:
            yield Change(
                "texts",
                path,
                place,
                Words("标题", "title"),
                _text(was["title"]),
                _text(now["title"]),
            )
        yield from _listed(
            path, place, Words("第{n}段", "paragraph {n}"), was["paragraphs"], now["paragraphs"]
        )
        yield from _listed(
            path,
            place,
            Words("第{n}个表", "table {n}"),
            was.get("tables") or [],
            now.get("tables") or [],
        )


def _listed(
    path: str, place: Words, name: Words, old: Sequence[Any], new: Sequence[Any]
) -> Iterator[Change]:
    keys = [[compact(each) for each in side] for side in (old, new)]
    for what, a, b, c, d in SequenceMatcher(a=keys[0], b=keys[1], autojunk=False).get_opcodes():
        if what == "equal":
            continue
        for step in range(max(b - a, d - c)):
            was = _text(old[a + step]) if a + step < b else None
            now = _text(new[c + step]) if c + step < d else None
            n = (c if now is not None else a) + step + 1
            aspect = Words(name.zh.format(n=n), name.en.format(n=n))
            yield Change("texts", path, place, aspect, was, now)


def _text(entry: Mapping[str, Any]) -> Words:
    if "zh" in entry:
        lead = f"[{entry['if']}] " if entry.get("if") else ""
        return Words(lead + str(entry["zh"]), lead + str(entry.get("en", "")))
    return plain(compact(entry))
