"""What is wrong with the words of a page: the other language, codes, words of engineers."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from lxml import html

from engine.definitions import PackageVersion, read_package

ROOT = Path(__file__).parents[2]
CATALOGUES = ROOT / "webapp" / "translations" / "zh_Hans_CN" / "LC_MESSAGES"

# The words of the code that no page shows; the office's own words stand beside them in the
# glossary. A word that is good English here (such as "tie") is not on the list.
ENGINEERS_ENGLISH = re.compile(
    r"\b(instances?|process package|package|process owner|parameters?|freezes?|frozen|rosters?"
    r"|seats?|strat(um|a)|lanes?|inbox|claim(ed|s)?|escalat\w+|panel mean|composite|urns?|key share"
    r"|envelopes?|child ballot|run-off|deadlock|leaf|checkpoint|verifier|incidents?|tokens?"
    r"|gateways?|subprocess|user task|service task|workflow|timestamp|null|undefined)\b"
)
ENGINEERS_CHINESE = re.compile(
    "案件|流程包|所有者|花名册|座位|收件箱|签收|截断|切分|闸门|网关|票瓮|密钥|印章|事故|申诉|异议|"
    "彩排|实例|令牌|泳道|工作流(?!程)|用户任务|服务任务|信封|死锁|冻结|None"
)
_CODE = re.compile(r"\b[a-z]+[0-9]*(?:_[a-z0-9]+)+\b")
_BARE = re.compile(r"[a-z]{3,}")
"""A code without underscores, alone where a Chinese word should stand."""

_PLACEHOLDER = re.compile(r"%\(\w+\)|\{\{|\{[a-z_]+\}|%[sd]\b")
_ENGLISH = re.compile(r"\b[A-Za-z][a-z']+(?: [A-Za-z][a-z']+){2,}")
_CHINESE = re.compile(r"[一-鿿]{2,}")
_SHOWN = ("aria-label", "alt", "title", "placeholder")


LANGUAGE_NAMES = ("English", "中文")
"""Each language is offered by its own name."""


def complaints(source: str, language: str, typed: frozenset[str] = frozenset()) -> list[str]:
    """Everything on the page that its reader should not have to read.

    Args:
        source: the page.
        language: what it is in, `zh` or `en`.
        typed: names and units of people, which stay as they were typed.
    """
    found = []
    for text in _texts(source, language):
        if text in LANGUAGE_NAMES:
            continue
        if _PLACEHOLDER.search(text):
            found.append(f"placeholder: {text}")
        if _CODE.search(text) or (language == "zh" and _BARE.fullmatch(text)):
            found.append(f"code: {text}")
        engineers = ENGINEERS_CHINESE if language == "zh" else ENGINEERS_ENGLISH
        if engineers.search(text):
            found.append(f"engineer's word: {text}")
        if language == "zh" and (_ENGLISH.search(text) or text in _catalogue()):
            found.append(f"English: {text}")
        if language == "en" and text in _chinese() - typed:
            found.append(f"Chinese: {text}")
    return [line[:200] for line in dict.fromkeys(found)]


def _texts(source: str, language: str) -> Iterator[str]:
    """What is read on the page, without what says itself that it is in the other language."""
    document: Any = html.document_fromstring(source)
    other = "en" if language == "zh" else "zh"
    foreign = document.xpath(
        f"//head | //script | //style | //template | //*[starts-with(@lang, '{other}')]"
    )
    for each in foreign:
        if each.getparent() is not None and each.tag != "html":
            each.drop_tree()
    for text in document.xpath("//text()"):
        if text.strip():
            yield " ".join(text.split())
    for name in _SHOWN:
        yield from (" ".join(str(text).split()) for text in document.xpath(f"//@{name}"))


@cache
def _catalogue() -> frozenset[str]:
    """English sentences and words of the pages that Chinese readers must not meet."""
    return frozenset(msgid for msgid, chinese in _messages() if msgid != chinese)


@cache
def _chinese() -> frozenset[str]:
    """Chinese of the pages and of the procedure; names that people typed are not among it."""
    own = {chinese for _, chinese in _messages()}
    return frozenset(
        text for text in own | set(_of_package()) if _CHINESE.fullmatch(text) or len(text) > 4
    )  # fmt: skip


def _messages() -> Iterator[tuple[str, str]]:
    for path in CATALOGUES.glob("*.po"):
        with path.open("rb") as source:
            for message in read_po(source):
                if message.id and isinstance(message.id, str):
                    yield message.id, str(message.string)


def _of_package() -> Iterator[str]:
    package: PackageVersion = read_package(ROOT / "processes", ROOT / "forms", "open_selection")
    for element in package.definition.elements.values():
        if element.name_en:
            yield element.name
        form = package.form_of(element)
        for field in form.walk() if form else ():
            yield field.label.in_("zh")
    for key in (*package.roles, *package.functions):
        yield package.word(key).zh
    for line in package.plan_lines:
        yield str(line["zh"])
