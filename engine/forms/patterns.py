"""Which regular expressions a form may use: short ones that cannot run away."""

import re

LONGEST_PATTERN = 100
LONGEST_TEXT = 200
MOST_CHOICES = 3

_CLASS = r"\[\^?(?:[^\[\]\\]|\\[dws\-\]\[\\^/.])+\]"
_ATOM = rf"(?:\\[dwsDWS.\-/()\[\]{{}}+*?^$|\\]|{_CLASS}|[^\\\[\](){{}}*+?|.^$])"
_COUNT = r"(?:\{\d{1,3}(?:,\d{0,3})?\}|[?*+])?"
_PLAIN = rf"(?:{_ATOM}{_COUNT})"
_GROUP = rf"(?:\((?:\?:)?{_PLAIN}*(?:\|{_PLAIN}*)*\))"
_ALLOWED = re.compile(rf"\^(?:{_PLAIN}|{_GROUP})*\$")
_CHOICE = re.compile(r"\\.|\[(?:[^\\\]]|\\.)*\]|(\{\d+,\d*\}|(?<!\()\?|[*+|])")


def pattern_fault(pattern: str) -> str | None:
    """Say what makes a pattern unsafe, or None.

    Python's `re` tries every way to split a text, so the ways are counted: a pattern has no
    nested or repeated groups, no look-around and no back-reference, and at most `MOST_CHOICES`
    places where the length is open (`* + ? {m,n}`) or a branch is taken (`|`). With texts of at
    most `LONGEST_TEXT` characters this stays in milliseconds.
    """
    if len(pattern) > LONGEST_PATTERN:
        return f"the pattern is longer than {LONGEST_PATTERN} characters"
    if not _ALLOWED.fullmatch(pattern):
        return "the pattern is not of the form ^…$ with plain characters, classes and plain groups"
    choices = sum(1 for found in _CHOICE.finditer(pattern) if found.group(1))
    if choices > MOST_CHOICES:
        return f"the pattern has {choices} open lengths and branches, {MOST_CHOICES} are allowed"
    try:
        re.compile(pattern, re.ASCII)
    except (re.error, OverflowError) as error:
        return f"the pattern does not compile: {error}"
    return None
