"""Every message of the pages has a Chinese text, with the same placeholders."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

WEBAPP = Path(__file__).parents[2] / "webapp"
CATALOGUES = WEBAPP / "translations" / "zh_Hans_CN" / "LC_MESSAGES"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]


def used_messages() -> set[str]:
    found = extract_from_dir(WEBAPP, method_map=METHODS, options_map={})
    return {
        message if isinstance(message, str) else message[0] for _, _, message, _, _ in found
    } - {""}


def translations() -> Iterator[tuple[str, str]]:
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source):
                if message.id and not message.fuzzy:
                    msgid = message.id if isinstance(message.id, str) else message.id[0]
                    chinese = (
                        message.string if isinstance(message.string, str) else message.string[0]
                    )
                    yield msgid, chinese


def test_every_message_has_a_chinese_text() -> None:
    translated = {msgid for msgid, chinese in translations() if chinese}

    assert used_messages() - translated == set()


def test_no_message_is_translated_twice_differently() -> None:
    chinese: dict[str, str] = {}

    for msgid, text in translations():
        assert chinese.setdefault(msgid, text) == text


def test_translations_keep_the_placeholders() -> None:
    def placeholders(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)[sd]", text))

    assert [
        msgid for msgid, text in translations() if placeholders(msgid) != placeholders(text)
    ] == []
