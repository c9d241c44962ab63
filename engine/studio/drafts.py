"""Drafts: begin, find, save with lock and merge, go back, throw away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from engine import definitions
from engine.checks import KINDS, Finding
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.identity import Identity
from engine.model import DraftRevision, DraftTyping, PackageDraft, Person
from engine.studio.access import require_owner, require_reader
from engine.studio.checking import check
from engine.studio.naming import name_of
from engine.studio.sheets import (
    Clash,
    Fault,
    Files,
    Sheet,
    Typed,
    changed_files,
    merge,
    undone,
)

HELD_FOR = timedelta(minutes=20)
"""After the last saving; then anybody may go on without asking."""
KEPT_REVISIONS = 20
LARGEST_TYPING = 400_000


class PackageDraftNotFound(EngineError):
    """There is no such draft of a procedure; it may have been published or thrown away."""

    code = "package_draft_not_found"

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"there is no draft {draft_id} of a procedure")
        self.draft_id = draft_id


class DraftSubmitted(EngineError):
    """The draft waits for approval and is not changed. Take it back first."""

    code = "draft_submitted"

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"the draft {draft_id} waits for approval; take it back to change it")
        self.draft_id = draft_id


class DraftHeld(EngineError):
    """Somebody else is editing the draft. Take it over, or wait."""

    code = "draft_held"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is editing the draft; take it over, or wait")
        self.name = name


class DraftMoved(EngineError):
    """The draft was saved by somebody else since the page was opened. Look at it again."""

    code = "draft_moved"

    def __init__(self, draft_id: UUID) -> None:
        super().__init__(f"the draft {draft_id} was changed meanwhile; open the page again")
        self.draft_id = draft_id


@dataclass(frozen=True)
class Saved:
    """What came of saving a page. Whatever was not saved is kept as typed."""

    typed: Typed
    faults: Sequence[Fault] = ()
    clashes: Sequence[Clash] = ()
    held_by: str = ""

    @property
    def done(self) -> bool:
        return not (self.faults or self.clashes or self.held_by)


def begin(
    session: Session,
    who: Identity,
    *,
    key: str,
    files: Files,
    base: PackageVersion | None,
    now: datetime,
    notes: str = "",
) -> PackageDraft:
    """Begin a draft, with the version it is compared with.

    Raises:
        StudioClosed: not an owner.
    """
    require_owner(who)
    base_hash = definitions.pin(session, base, now=now) if base is not None else None
    session.flush()  # the draft refers to the version
    draft = PackageDraft(
        id=uuid4(), key=key, base_hash=base_hash, files=dict(files), notes=notes, begun_at=now,
        changed_at=now, changed_by=who.person_id, authors=[str(who.person_id)],
    )  # fmt: skip
    _name(draft, files)
    _check(draft, files)
    _hold(draft, who, now)
    session.add(draft)
    session.flush()  # its pages follow in the same request
    return draft


def find_draft(session: Session, who: Identity, *, draft_id: UUID) -> PackageDraft:
    """A draft with its files.

    Raises:
        StudioClosed: neither owner nor administrator.
        PackageDraftNotFound: no such draft.
    """
    require_reader(who)
    draft = session.get(
        PackageDraft,
        draft_id,
        options=[undefer(PackageDraft.files), undefer(PackageDraft.findings)],
    )
    if draft is None:
        raise PackageDraftNotFound(draft_id)
    return draft


def locked_draft(session: Session, who: Identity, *, draft_id: UUID) -> PackageDraft:
    """As `find_draft`, for changing it: nobody else changes it until the commit."""
    require_reader(who)
    draft = session.scalar(
        select(PackageDraft)
        .where(PackageDraft.id == draft_id)
        .options(undefer(PackageDraft.files), undefer(PackageDraft.findings))
        .with_for_update()
    )
    if draft is None:
        raise PackageDraftNotFound(draft_id)
    return draft


def package_of(draft: PackageDraft) -> PackageVersion:
    """The draft as a package; it is not kept among the versions."""
    return PackageVersion(draft.key, f"draft-{draft.id}-{draft.version}", draft.files)


def base_files(session: Session, draft: PackageDraft) -> Files:
    """What the draft began as; an imported one is compared with nothing."""
    if draft.base_hash is None:
        return {}
    return definitions.pinned(session, draft.base_hash).files


def findings_of(draft: PackageDraft) -> list[Finding]:
    """What the check found at the last saving."""
    return [Finding(**each) for each in draft.findings if each["code"] in KINDS]


def held_by_other(
    session: Session, draft: PackageDraft, who: Identity, *, now: datetime
) -> Person | None:
    """Who is editing the draft now, unless it is this person or nobody."""
    if draft.holder_id in (None, who.person_id) or not draft.held_until or draft.held_until <= now:
        return None
    return session.get(Person, draft.holder_id)


def take_over(session: Session, who: Identity, *, draft_id: UUID, now: datetime) -> PackageDraft:
    """Go on editing in the place of whoever is.

    Raises:
        StudioClosed, PackageDraftNotFound, DraftSubmitted.
    """
    draft = _editable(session, who, draft_id)
    _hold(draft, who, now, anew=True)
    return draft


def let_go(session: Session, who: Identity, *, draft_id: UUID) -> None:
    """Stop editing, so that nobody has to wait."""
    draft = locked_draft(session, who, draft_id=draft_id)
    if draft.holder_id == who.person_id:
        draft.holder_id = draft.held_since = draft.held_until = None


def save(
    session: Session,
    who: Identity,
    *,
    draft_id: UUID,
    sheet: Sheet,
    typed: Typed,
    version: int,
    now: datetime,
    take: bool = False,
) -> Saved:
    """Save a page of a draft, merged with what others have saved since it was opened.

    What cannot be saved – a number that is none, a field that somebody else has changed too,
    a draft that somebody else holds – is kept as typed, and nothing of the page is saved.

    Args:
        version: of the draft when the page was opened.
        take: take the draft over from whoever is editing it.

    Raises:
        StudioClosed, PackageDraftNotFound, DraftSubmitted.
        UnknownPart: what the page is about was removed meanwhile.
    """
    draft = _editable(session, who, draft_id)
    holder = held_by_other(session, draft, who, now=now)
    if holder is not None and not take:
        _keep_typing(session, draft, who, sheet.name, typed, version, now)
        return Saved(typed, held_by=holder.name)
    merged, clashes = dict(typed), list[Clash]()
    if version != draft.version:
        then = files_at(session, draft, version)
        base = sheet.read(then) if then is not None else {}
        merged, clashes = merge(base, mine=typed, theirs=sheet.read(draft.files))
    if clashes:
        _keep_typing(session, draft, who, sheet.name, merged, draft.version, now)
        return Saved(merged, clashes=clashes)
    files, faults = sheet.write(draft.files, merged)
    if faults:
        _keep_typing(session, draft, who, sheet.name, merged, draft.version, now)
        return Saved(merged, faults=faults)
    store(session, draft, who, files=files, what=sheet.name, now=now)
    forget_typing(session, who, draft_id=draft_id, page=sheet.name)
    return Saved(merged)


def change(
    session: Session,
    who: Identity,
    *,
    draft_id: UUID,
    version: int,
    what: str,
    how: Callable[[Files], dict[str, str]],
    now: datetime,
) -> PackageDraft:
    """Change the files by something that is not typed, such as moving a field up.

    Raises:
        StudioClosed, PackageDraftNotFound, DraftSubmitted, UnknownPart.
        DraftHeld: somebody else is editing it.
        DraftMoved: it was saved since the page was opened.
    """
    draft = _editable(session, who, draft_id)
    holder = held_by_other(session, draft, who, now=now)
    if holder is not None:
        raise DraftHeld(holder.name)
    if version != draft.version:
        raise DraftMoved(draft_id)
    store(session, draft, who, files=how(draft.files), what=what, now=now)
    return draft


def store(
    session: Session, draft: PackageDraft, who: Identity, *, files: Files, what: str, now: datetime
) -> None:
    """Keep new files, check them, and keep what they replaced. The draft must be locked."""
    before = changed_files(draft.files, files)
    _hold(draft, who, now)
    if not before:
        return
    session.add(
        DraftRevision(
            draft_id=draft.id, number=draft.version, at=now, person_id=who.person_id,
            what=what[:80], before=before,
        )
    )  # fmt: skip
    session.execute(
        delete(DraftRevision).where(
            DraftRevision.draft_id == draft.id,
            DraftRevision.number <= draft.version - KEPT_REVISIONS,
        )
    )
    draft.files = dict(files)
    draft.version += 1
    draft.changed_at, draft.changed_by = now, who.person_id
    if str(who.person_id) not in draft.authors:
        draft.authors = [*draft.authors, str(who.person_id)]
    _name(draft, files)
    _check(draft, files)


def files_at(session: Session, draft: PackageDraft, version: int) -> Files | None:
    """The files as they were at a version; None where that is too long ago."""
    rows = session.scalars(
        select(DraftRevision)
        .where(DraftRevision.draft_id == draft.id, DraftRevision.number >= version)
        .order_by(DraftRevision.number.desc())
        .options(undefer(DraftRevision.before))
    ).all()
    if len(rows) != draft.version - version:
        return None
    return undone(draft.files, [row.before for row in rows])


def revisions_of(session: Session, draft: PackageDraft) -> Sequence[Any]:
    """The savings that can be taken back, the latest first: (revision, name of who saved)."""
    return session.execute(
        select(DraftRevision, Person.name)
        .join(Person, Person.id == DraftRevision.person_id)
        .where(DraftRevision.draft_id == draft.id)
        .order_by(DraftRevision.number.desc())
        .limit(KEPT_REVISIONS)
    ).all()


def go_back(
    session: Session, who: Identity, *, draft_id: UUID, version: int, to: int, now: datetime
) -> PackageDraft:
    """Make the files what they were at an earlier version; this too can be taken back.

    Raises:
        StudioClosed, PackageDraftNotFound, DraftSubmitted, DraftHeld.
        DraftMoved: saved since, or the version is not kept any more.
    """
    draft = locked_draft(session, who, draft_id=draft_id)
    then = files_at(session, draft, to) if 0 < to < draft.version else None
    if then is None:
        raise DraftMoved(draft_id)
    return change(
        session, who, draft_id=draft_id, version=version, what="back", now=now,
        how=lambda _files: dict(then),
    )  # fmt: skip


def discard(session: Session, who: Identity, *, draft_id: UUID, now: datetime) -> None:
    """Throw a draft away, with everything kept beside it.

    Raises:
        StudioClosed, PackageDraftNotFound, DraftSubmitted, DraftHeld.
    """
    draft = _editable(session, who, draft_id)
    holder = held_by_other(session, draft, who, now=now)
    if holder is not None:
        raise DraftHeld(holder.name)
    remove(session, draft)


def remove(session: Session, draft: PackageDraft) -> None:
    """Delete a draft and what hangs on it."""
    session.execute(delete(DraftRevision).where(DraftRevision.draft_id == draft.id))
    session.execute(delete(DraftTyping).where(DraftTyping.draft_id == draft.id))
    session.delete(draft)


def keep_typing(
    session: Session,
    who: Identity,
    *,
    draft_id: UUID,
    page: str,
    typed: Typed,
    version: int,
    now: datetime,
) -> None:
    """Keep what was typed on a page and not saved yet.

    Raises:
        StudioClosed, PackageDraftNotFound, DraftSubmitted.
    """
    draft = _editable(session, who, draft_id)
    _keep_typing(session, draft, who, page, typed, version, now)


def typing_of(session: Session, who: Identity, *, draft_id: UUID, page: str) -> DraftTyping | None:
    """What this person has typed on the page and not saved."""
    return session.get(DraftTyping, (draft_id, who.person_id, page))


def forget_typing(session: Session, who: Identity, *, draft_id: UUID, page: str) -> None:
    """Throw away what was typed on a page."""
    session.execute(
        delete(DraftTyping).where(
            DraftTyping.draft_id == draft_id,
            DraftTyping.person_id == who.person_id,
            DraftTyping.page == page,
        )
    )


def _keep_typing(
    session: Session,
    draft: PackageDraft,
    who: Identity,
    page: str,
    typed: Typed,
    version: int,
    now: datetime,
) -> None:
    if sum(map(len, typed.values())) > LARGEST_TYPING:
        return
    row = typing_of(session, who, draft_id=draft.id, page=page)
    if row is None:
        row = DraftTyping(draft_id=draft.id, person_id=who.person_id, page=page)
        session.add(row)
    row.typed, row.version, row.at = dict(typed), version, now


def _editable(session: Session, who: Identity, draft_id: UUID) -> PackageDraft:
    require_owner(who)
    draft = locked_draft(session, who, draft_id=draft_id)
    if draft.state == "submitted":
        raise DraftSubmitted(draft_id)
    return draft


def _hold(draft: PackageDraft, who: Identity, now: datetime, *, anew: bool = False) -> None:
    fresh = anew or draft.holder_id != who.person_id
    if fresh or draft.held_until is None or draft.held_until <= now:
        draft.held_since = now
    draft.holder_id, draft.held_until = who.person_id, now + HELD_FOR


def _name(draft: PackageDraft, files: Files) -> None:
    words = name_of(draft.key, files)
    draft.name_zh, draft.name_en = words.zh[:200], words.en[:200]


def _check(draft: PackageDraft, files: Files) -> None:
    found = check(files)
    draft.findings = [_plain(finding) for finding in found]
    draft.errors = sum(finding.severity == "error" for finding in found)


def _plain(finding: Finding) -> Mapping[str, Any]:
    return {**vars(finding), "values": dict(finding.values)}
