"""Addresses that came from outside: only those of this application are followed."""

from urllib.parse import urlsplit


def own_address(text: str | None) -> str | None:
    """Give a path of this application back, and None for anything that leads elsewhere."""
    if not text or not text.startswith("/") or text.startswith("//") or "\\" in text:
        return None
    parsed = urlsplit(text)
    if parsed.scheme or parsed.netloc or not text.isprintable():
        return None
    return text
