"""Versions: submit, return, approve by a second person, publish, withdraw; the current one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from engine import definitions
from engine.definitions import (
    PackageVersion,
    UnknownPackage,
    Words,
    content_hash,
    package_keys,
    read_package,
)
from engine.errors import EngineError
from engine.identity import Identity
from engine.model import Case, Instance, PackageDraft, PackageRelease, Person
from engine.studio.access import OwnDraft, require_owner, require_reader
from engine.studio.checking import check
from engine.studio.drafts import (
    DraftMoved,
    DraftSubmitted,
    PackageDraftNotFound,
    locked_draft,
    remove,
)
from engine.studio.naming import name_of

LONGEST_NOTES = 2000


class ReleaseNotFound(EngineError):
    """There is no such version of a procedure."""

    code = "release_not_found"

    def __init__(self, release_id: UUID | str) -> None:
        super().__init__(f"there is no version {release_id}")
        self.release_id = release_id


class DraftHasErrors(EngineError):
    """The check has found errors. Mend them, then submit again."""

    code = "draft_has_errors"

    def __init__(self, count: int) -> None:
        super().__init__(f"the check found {count} errors")
        self.count = count


class NotesMissing(EngineError):
    """Say in a sentence what was changed and why."""

    code = "notes_missing"

    def __init__(self) -> None:
        super().__init__("say what was changed and why")


class NothingChanged(EngineError):
    """The draft is the same as the version in use."""

    code = "nothing_changed"

    def __init__(self) -> None:
        super().__init__("the draft is the same as the version in use")


class ReleaseStands(EngineError):
    """The version was published, or withdrawn, already; nothing is changed."""

    code = "release_stands"

    def __init__(self, number: int) -> None:
        super().__init__(f"version {number} was published or withdrawn already")
        self.number = number


@dataclass(frozen=True)
class Procedure:
    """A procedure in the list. `number` is None where nothing but the shipped one is there."""

    key: str
    name: Words
    number: int | None
    published_at: datetime | None
    shipped: bool
    drafts: Sequence[Any] = ()
    """(draft without its files, name of who changed it last)"""
    running: Mapping[str, int] = field(default_factory=dict)
    """content hash → selections that run on it"""
    waiting: int = 0
    """approved versions that are not published yet"""


def submit(
    session: Session, who: Identity, *, draft_id: UUID, version: int, notes: str, now: datetime
) -> PackageDraft:
    """Ask for approval.

    Raises:
        StudioClosed, PackageDraftNotFound, DraftSubmitted.
        DraftMoved: changed since the page was opened.
        DraftHasErrors, NotesMissing, NothingChanged.
    """
    require_owner(who)
    draft = _at(session, who, draft_id, version)
    if draft.state == "submitted":
        raise DraftSubmitted(draft_id)
    draft.notes = notes.strip()[:LONGEST_NOTES]
    if not draft.notes:
        raise NotesMissing
    _require_sound(draft)
    hash_now = content_hash(draft.files)
    if hash_now == _current_hash(session, draft.key) or (
        hash_now == draft.base_hash and not _number(session, draft.key)
    ):
        raise NothingChanged
    draft.state, draft.answer = "submitted", ""
    draft.submitted_at, draft.submitted_by = now, who.person_id
    draft.holder_id = draft.held_since = draft.held_until = None
    return draft


def take_back(session: Session, who: Identity, *, draft_id: UUID) -> PackageDraft:
    """Take a submitted draft back, to go on changing it.

    Raises:
        StudioClosed, PackageDraftNotFound.
    """
    require_owner(who)
    draft = locked_draft(session, who, draft_id=draft_id)
    if draft.state == "submitted":
        draft.state, draft.submitted_at, draft.submitted_by = "draft", None, None
    return draft


def send_back(
    session: Session, who: Identity, *, draft_id: UUID, version: int, why: str
) -> PackageDraft:
    """Return a submitted draft to its author with a reason.

    Raises:
        StudioClosed, PackageDraftNotFound, OwnDraft, DraftMoved, NotesMissing.
    """
    draft = _to_decide(session, who, draft_id, version)
    if not why.strip():
        raise NotesMissing
    draft.state, draft.answer = "returned", why.strip()[:LONGEST_NOTES]
    draft.submitted_at = draft.submitted_by = None
    return draft


def approve(
    session: Session, who: Identity, *, draft_id: UUID, version: int, publish: bool, now: datetime
) -> PackageRelease:
    """Approve a submitted draft: it becomes a version with a number, and is never changed again.

    Args:
        publish: use it for new selections at once; else `publish_release` does later.

    Raises:
        StudioClosed, PackageDraftNotFound.
        OwnDraft: this person has changed or submitted it.
        DraftMoved: not what this person has looked at, or not submitted.
        DraftHasErrors: the check refuses it by now.
    """
    draft = _to_decide(session, who, draft_id, version)
    _require_sound(draft)
    made = PackageVersion(draft.key, content_hash(draft.files), dict(draft.files))
    package_hash = definitions.pin(session, made, now=now)
    session.flush()  # the release refers to it
    words = name_of(draft.key, draft.files)
    assert draft.submitted_by is not None  # noqa: S101 - a CHECK of the table; told to mypy
    release = PackageRelease(
        id=uuid4(), key=draft.key, number=(_number(session, draft.key) or 0) + 1,
        name_zh=words.zh[:200], name_en=words.en[:200], package_hash=package_hash,
        base_hash=draft.base_hash, notes=draft.notes, drafted_by=draft.submitted_by,
        approved_by=who.person_id, approved_at=now, published_at=now if publish else None,
    )  # fmt: skip
    session.add(release)
    remove(session, draft)
    return release


def publish_release(
    session: Session, who: Identity, *, release_id: UUID, now: datetime
) -> PackageRelease:
    """Use an approved version for new selections from now on.

    Raises:
        StudioClosed, ReleaseNotFound.
        ReleaseStands: published or withdrawn before.
    """
    release = _release(session, who, release_id)
    if release.published_at is not None or release.withdrawn_at is not None:
        raise ReleaseStands(release.number)
    release.published_at = now
    return release


def withdraw(
    session: Session, who: Identity, *, release_id: UUID, why: str, now: datetime
) -> PackageRelease:
    """Take a version out of use: new selections begin with the one before; running ones go on.

    Raises:
        StudioClosed, ReleaseNotFound, NotesMissing.
        ReleaseStands: withdrawn before.
    """
    release = _release(session, who, release_id)
    if release.withdrawn_at is not None:
        raise ReleaseStands(release.number)
    if not why.strip():
        raise NotesMissing
    release.withdrawn_at, release.withdrawn_by = now, who.person_id
    release.withdrawn_why = why.strip()[:LONGEST_NOTES]
    return release


def current(session: Session, key: str, *, processes_dir: Path, forms_dir: Path) -> PackageVersion:
    """What a selection that starts now begins with: the latest published version, else the folder.

    Raises:
        UnknownPackage: neither is there.
    """
    found = _current_hash(session, key)
    if found is not None:
        return definitions.pinned(session, found)
    return read_package(processes_dir, forms_dir, key)


def procedure_names(session: Session, *, processes_dir: Path, forms_dir: Path) -> dict[str, Words]:
    """The procedures that can be started, by key."""
    names = {
        key: name_of(key, read_package(processes_dir, forms_dir, key).files)
        for key in package_keys(processes_dir)
    }
    for release in _in_use(session).values():
        names[release.key] = Words(release.name_zh, release.name_en)
    return dict(sorted(names.items()))


def procedures(
    session: Session, who: Identity, *, processes_dir: Path, forms_dir: Path
) -> list[Procedure]:
    """Every procedure with its state, in four statements.

    Raises:
        StudioClosed: neither owner nor administrator.
    """
    require_reader(who)
    names = procedure_names(session, processes_dir=processes_dir, forms_dir=forms_dir)
    used = _in_use(session)
    drafts = session.execute(
        select(PackageDraft, Person.name)
        .join(Person, Person.id == PackageDraft.changed_by)
        .order_by(PackageDraft.changed_at.desc())
    ).all()
    waiting = dict(
        session.execute(
            select(PackageRelease.key, func.count())
            .where(PackageRelease.published_at.is_(None), PackageRelease.withdrawn_at.is_(None))
            .group_by(PackageRelease.key)
        ).all()
    )
    running = _running(session)
    shipped = set(package_keys(processes_dir))
    for draft, _name in drafts:
        names.setdefault(draft.key, Words(draft.name_zh, draft.name_en))
    return [
        Procedure(
            key=key, name=name, shipped=key in shipped,
            number=used[key].number if key in used else None,
            published_at=used[key].published_at if key in used else None,
            drafts=[row for row in drafts if row[0].key == key],
            running=running.get(key, {}), waiting=waiting.get(key, 0),
        )
        for key, name in names.items()
    ]  # fmt: skip


def releases_of(session: Session, who: Identity, *, key: str) -> Sequence[Any]:
    """The versions of a procedure, the latest first: (release, who drafted, who approved).

    Raises:
        StudioClosed: neither owner nor administrator.
    """
    require_reader(who)
    drafter, approver = aliased(Person), aliased(Person)
    return session.execute(
        select(PackageRelease, drafter.name, approver.name)
        .join(drafter, drafter.id == PackageRelease.drafted_by)
        .join(approver, approver.id == PackageRelease.approved_by)
        .where(PackageRelease.key == key)
        .order_by(PackageRelease.number.desc())
    ).all()


def running_by_version(session: Session, key: str) -> dict[str, int]:
    """Content hash → selections of a procedure that run on it."""
    return dict(_running(session, key).get(key, {}))


def version_files(
    session: Session, who: Identity, *, key: str, version: str, processes_dir: Path, forms_dir: Path
) -> PackageVersion:
    """A version by its number, `0` being the shipped one.

    Raises:
        StudioClosed: neither owner nor administrator.
        ReleaseNotFound: there is no such version.
    """
    require_reader(who)
    if version == "0":
        try:
            return read_package(processes_dir, forms_dir, key)
        except UnknownPackage as unknown:
            raise ReleaseNotFound(version) from unknown
    found = None
    if version.isascii() and version.isdecimal() and len(version) <= 6:  # noqa: PLR2004 - digits
        found = session.scalar(
            select(PackageRelease.package_hash).where(
                PackageRelease.key == key, PackageRelease.number == int(version)
            )
        )
    if found is None:
        raise ReleaseNotFound(version)
    return definitions.pinned(session, found)


def _at(session: Session, who: Identity, draft_id: UUID, version: int) -> PackageDraft:
    draft = locked_draft(session, who, draft_id=draft_id)
    if draft.version != version:
        raise DraftMoved(draft_id)
    return draft


def _to_decide(session: Session, who: Identity, draft_id: UUID, version: int) -> PackageDraft:
    """A submitted draft that this person may decide about, with its procedure locked."""
    require_reader(who)
    key = session.scalar(select(PackageDraft.key).where(PackageDraft.id == draft_id))
    if key is None:
        raise PackageDraftNotFound(draft_id)
    # Two approvals of one procedure must not take the same number.
    session.execute(
        select(PackageDraft.id)
        .where(PackageDraft.key == key)
        .order_by(PackageDraft.id)
        .with_for_update()
    )
    draft = _at(session, who, draft_id, version)
    if draft.state != "submitted":
        raise DraftMoved(draft_id)
    if who.person_id == draft.submitted_by or str(who.person_id) in draft.authors:
        raise OwnDraft(draft_id)
    return draft


def _release(session: Session, who: Identity, release_id: UUID) -> PackageRelease:
    require_reader(who)
    release = session.scalar(
        select(PackageRelease).where(PackageRelease.id == release_id).with_for_update()
    )
    if release is None:
        raise ReleaseNotFound(release_id)
    return release


def _require_sound(draft: PackageDraft) -> None:
    errors = sum(finding.severity == "error" for finding in check(draft.files))
    if errors:
        raise DraftHasErrors(errors)


def _number(session: Session, key: str) -> int | None:
    return session.scalar(select(func.max(PackageRelease.number)).where(PackageRelease.key == key))


def _current_hash(session: Session, key: str) -> str | None:
    return session.scalar(
        select(PackageRelease.package_hash)
        .where(
            PackageRelease.key == key,
            PackageRelease.published_at.is_not(None),
            PackageRelease.withdrawn_at.is_(None),
        )
        .order_by(PackageRelease.published_at.desc(), PackageRelease.number.desc())
        .limit(1)
    )


def _in_use(session: Session) -> dict[str, PackageRelease]:
    rows = session.scalars(
        select(PackageRelease)
        .where(PackageRelease.published_at.is_not(None), PackageRelease.withdrawn_at.is_(None))
        .order_by(PackageRelease.published_at, PackageRelease.number)
    )
    return {release.key: release for release in rows}


def _running(session: Session, key: str | None = None) -> dict[str, dict[str, int]]:
    asked = (
        select(Case.package_key, Instance.package_hash, func.count())
        .join(Instance, Instance.id == Case.id)
        .where(Case.state.in_(("running", "paused")))
        .group_by(Case.package_key, Instance.package_hash)
    )
    made: dict[str, dict[str, int]] = {}
    for case_key, package_hash, count in session.execute(
        asked.where(Case.package_key == key) if key else asked
    ):
        made.setdefault(case_key, {})[package_hash] = count
    return made
