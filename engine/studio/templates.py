"""A new procedure after an existing one: the same content under a key of its own."""

import re
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.definitions import PackageVersion, package_keys, read_package
from engine.errors import EngineError
from engine.model import PackageDraft, PackageRelease
from engine.studio.releases import current
from engine.studio.xml_text import Diagram

_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_KEY = 60
_LONGEST_NAME = 120


class BadKey(EngineError):
    """A procedure's short name has small letters, digits and underscores."""

    code = "bad_key"

    def __init__(self, key: str) -> None:
        super().__init__(f"{key!r} cannot be the short name of a procedure")
        self.key = key


class KeyTaken(EngineError):
    """Another procedure has this short name."""

    code = "key_taken"

    def __init__(self, key: str) -> None:
        super().__init__(f"there is a procedure {key!r} already")
        self.key = key


class NameMissing(EngineError):
    """A procedure has a name in both languages."""

    code = "name_missing"

    def __init__(self) -> None:
        super().__init__("give the procedure a name in Chinese and in English")


def shipped(key: str, *, processes_dir: Path, forms_dir: Path) -> PackageVersion:
    """The procedure as it came with the product.

    Raises:
        UnknownPackage: it did not.
    """
    return read_package(processes_dir, forms_dir, key)


def copied(
    session: Session,
    *,
    source: str,
    key: str,
    zh: str,
    en: str,
    processes_dir: Path,
    forms_dir: Path,
) -> tuple[dict[str, str], PackageVersion]:
    """The files of a procedure under another key and name, and the version they came from.

    Raises:
        UnknownPackage: no such source.
        BadKey, KeyTaken, NameMissing.
    """
    require_free(session, key, processes_dir=processes_dir)
    if not zh or not en:
        raise NameMissing
    origin = current(session, source, processes_dir=processes_dir, forms_dir=forms_dir)
    files = dict(origin.files)
    main = f"{source}.bpmn"
    if main in files:
        files[f"{key}.bpmn"] = renamed(files.pop(main), source, key)
        diagram = Diagram(f"{key}.bpmn", files[f"{key}.bpmn"])
        diagram = diagram.with_attribute(key, "name", zh[:_LONGEST_NAME])
        diagram = diagram.with_property(key, "name_en", en[:_LONGEST_NAME])
        files[f"{key}.bpmn"] = diagram.text
    return files, origin


def renamed(text: str, old: str, new: str) -> str:
    """Give a process another id, wherever its file names it."""
    named = re.compile(rf'\b(id|processRef|bpmnElement|calledElement)="{re.escape(old)}"')
    return named.sub(rf'\1="{new}"', text)


def require_free(session: Session, key: str, *, processes_dir: Path) -> None:
    """Raise unless a key can be that of a new procedure.

    Raises:
        BadKey, KeyTaken.
    """
    if not _KEY.fullmatch(key) or len(key) > _LONGEST_KEY:
        raise BadKey(key)
    taken = select(
        or_(
            select(PackageRelease.id).where(PackageRelease.key == key).exists(),
            select(PackageDraft.id).where(PackageDraft.key == key).exists(),
        )
    )
    if key in package_keys(processes_dir) or session.scalar(taken):
        raise KeyTaken(key)
