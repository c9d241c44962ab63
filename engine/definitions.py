"""Process packages: read from disk, pinned by content hash, parsed once per process."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from engine.bpmn import Definition, Element, parse_definition
from engine.errors import EngineError
from engine.forms import Form, load_form
from engine.model import Package
from engine.texts import Text, load_text

_SUFFIXES = (".bpmn", ".dmn", ".json", ".yaml")


class UnknownPackage(EngineError):
    """There is no process package of this name."""

    code = "unknown_package"

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no procedure {key!r} in the processes folder")
        self.key = key


@dataclass(frozen=True)
class Words:
    """A name people read, in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        return self.zh if language == "zh" else self.en or self.zh


class PackageVersion:
    """One version of a package; every part is parsed when first used."""

    def __init__(self, key: str, package_hash: str, files: Mapping[str, str]) -> None:
        self.key, self.hash, self.files = key, package_hash, files
        self._forms: dict[str, Form | None] = {}
        self._texts: dict[str, Text] = {}

    @cached_property
    def definition(self) -> Definition:
        return parse_definition(self.hash, self.files)

    @cached_property
    def _roles_file(self) -> Mapping[str, Any]:
        made: Mapping[str, Any] = yaml.safe_load(self.files["roles.yaml"])
        return made

    @property
    def roles(self) -> Mapping[str, Mapping[str, Any]]:
        """Role keys with {zh, en, …}, in drawing order."""
        made: Mapping[str, Mapping[str, Any]] = self._roles_file["roles"]
        return made

    @property
    def functions(self) -> Mapping[str, Mapping[str, Any]]:
        """Keys of functions with {zh, en}, in the order of the file."""
        made: Mapping[str, Mapping[str, Any]] = self._roles_file.get("functions") or {}
        return made

    @property
    def confirms_changes(self) -> tuple[str, ...]:
        """Roles of whom a second person confirms a change of the course; empty: nobody has to."""
        return tuple(self._roles_file.get("confirms_changes") or ())

    @cached_property
    def plan_lines(self) -> list[Mapping[str, Any]]:
        made: list[Mapping[str, Any]] = yaml.safe_load(self.files["plan.yaml"])
        return made

    @cached_property
    def parameters_schema(self) -> Mapping[str, Any]:
        made: Mapping[str, Any] = json.loads(self.files["parameters-schema.json"])
        return made

    def default_parameters(self) -> dict[str, Any]:
        """Every parameter with its default."""
        return {k: p.get("default") for k, p in self.parameters_schema["properties"].items()}

    def word(self, code: str) -> Words:
        """The name of a role, function, parameter or other code; else the code itself."""
        for part in ("words", "functions", "roles"):
            found = self._roles_file.get(part, {}).get(code)
            if found:
                return Words(found["zh"], found.get("en", ""))
        schema = self._parameters.get(code, {})
        title = schema.get("title", code)
        return Words(title, schema.get("x-i18n", {}).get("en", {}).get("title", title))

    @property
    def _parameters(self) -> Mapping[str, Mapping[str, Any]]:
        if "parameters-schema.json" not in self.files:
            return {}
        made: Mapping[str, Mapping[str, Any]] = self.parameters_schema["properties"]
        return made

    def element(self, element_id: str) -> Element:
        return self.definition.elements[element_id]

    def element_name(self, element_id: str) -> Words:
        element = self.definition.elements.get(element_id)
        return Words(element.name, element.name_en) if element else Words(element_id, element_id)

    def form_of(self, element: Element) -> Form | None:
        """The form of a user task or start event; None where it has none (ballots)."""
        return self.form(element.properties.get("form", element.id))

    def form(self, form_id: str) -> Form | None:
        if form_id not in self._forms:
            schema = self.files.get(f"forms/{form_id}-schema.json")
            ui = self.files.get(f"forms/{form_id}-uischema.json", "{}")
            self._forms[form_id] = load_form(form_id, schema, ui) if schema else None
        return self._forms[form_id]

    def text(self, folder: str, text_id: str) -> Text:
        """A publication or message. `folder` is `publications` or `messages`."""
        path = f"{folder}/{text_id}.yaml"
        if path not in self._texts:
            self._texts[path] = load_text(text_id, self.files[path])
        return self._texts[path]


def package_keys(processes_dir: Path) -> list[str]:
    """The packages on disk, in order of their names."""
    return sorted(p.parent.name for p in processes_dir.glob("*/roles.yaml"))


def read_package(processes_dir: Path, forms_dir: Path, key: str) -> PackageVersion:
    """Read a package from disk; the hash is SHA-256 over its sorted paths and texts.

    Raises:
        UnknownPackage: no such folder.
    """
    folder = processes_dir / key
    if not (folder / "roles.yaml").is_file():
        raise UnknownPackage(key)
    files = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in _SUFFIXES and "scenarios" not in path.relative_to(folder).parts
    }
    for path in sorted((forms_dir / key).glob("*.json")):
        files[f"forms/{path.name}"] = path.read_text(encoding="utf-8")
    return _version(key, content_hash(files), files)


def content_hash(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0{files[path]}\0".encode())
    return digest.hexdigest()


_versions: dict[str, PackageVersion] = {}


def _version(key: str, package_hash: str, files: Mapping[str, str]) -> PackageVersion:
    return _versions.setdefault(package_hash, PackageVersion(key, package_hash, files))


def pin(session: Session, version: PackageVersion, *, now: datetime) -> str:
    """Keep this version in the database, so that instances find it whatever happens on disk."""
    if session.get(Package, version.hash) is None:
        session.add(
            Package(
                hash=version.hash, key=version.key, files=dict(version.files), first_used_at=now
            )
        )
    return version.hash


def pinned(session: Session, package_hash: str) -> PackageVersion:
    """The version an instance runs on; from memory after the first use in this process."""
    if package_hash not in _versions:
        row = session.get_one(Package, package_hash)
        _version(row.key, row.hash, row.files)
    return _versions[package_hash]
