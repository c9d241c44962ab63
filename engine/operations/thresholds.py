"""Thresholds as owners write them: a share, perhaps so many more, perhaps of another base."""

import re

_THRESHOLD = re.compile(r"(>=|≥|>)?\s*([0-9./]+%?(?:\s*\+\s*[0-9]+)?)(?:\s+of\s+(\w+))?")


def parse_threshold(text: str) -> tuple[str, str, str]:
    """Read "2/3", ">1/2", ">= 40%", "1/2 + 1" or "> 1/2 of entitled" as (comparator, share, base).

    Comparator and base are empty where the text does not say them.

    Raises:
        ValueError: it says something else.

    """
    found = _THRESHOLD.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'{text!r} is not a threshold; write "2/3" or "> 1/2 of entitled"')
    comparator, number, base = found.groups()
    return (comparator or "").replace("≥", ">="), number, base or ""
