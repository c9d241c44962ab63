"""What became of the messages about a selection: to whom, how, with what result; by keyset."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from engine.inbox import Mark, Page
from engine.model import Contact, Outgoing, OutgoingAbout, Person
from engine.overview.access import Seen

PAGE = 50


@dataclass(frozen=True)
class Delivery:
    """One message; its words are for its receiver alone, but for the subject."""

    id: UUID
    posted_at: datetime
    person: str
    kind: str
    subject: str
    channel: str
    """empty: not chosen yet"""
    address: str
    confirmed: bool
    """the person has confirmed this number or address"""
    state: str
    """new, held, retrying, handed, sent, dead or no_way"""
    attempts: int
    next_try_at: datetime
    sent_at: datetime | None
    error: str
    stands_in: bool
    """another channel had failed"""

    @property
    def given_up(self) -> bool:
        return self.state in ("dead", "no_way")


def deliveries(
    seen: Seen, *, after: Mark | None = None, failed: bool = False, limit: int = PAGE
) -> Page[Delivery]:
    """Messages about a selection, the latest first: one statement.

    Args:
        seen: the selection and the reader.
        after: where the page before ended.
        failed: only what could not be delivered, or was tried in vain so far.
        limit: messages on a page.

    Raises:
        NotAllowed: the list is for the office.
    """
    seen.require(seen.is_staff and seen.is_office, "see the messages")
    asked = (
        select(Outgoing, Person.name, Contact.confirmed)
        .join(OutgoingAbout, OutgoingAbout.message_id == Outgoing.id)
        .outerjoin(Person, Person.id == Outgoing.person_id)
        .outerjoin(Contact, Contact.person_id == Outgoing.person_id)
        .where(OutgoingAbout.case_id == seen.case.id)
        .order_by(OutgoingAbout.posted_at.desc(), OutgoingAbout.message_id.desc())
        .limit(limit + 1)
    )
    if failed:
        asked = asked.where(
            or_(
                Outgoing.state.in_(("dead", "no_way")),
                and_(Outgoing.state == "new", Outgoing.last_error != ""),
            )
        )
    if after is not None and after.at is not None:
        at, key = OutgoingAbout.posted_at, OutgoingAbout.message_id
        asked = asked.where(or_(at < after.at, and_(at == after.at, key < after.id)))
    rows = seen.session.execute(asked).all()
    items = [_delivery(seen, row[0], row[1] or "", row[2] or {}) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, Mark(items[-1].posted_at, items[-1].id) if more else None)


def _delivery(seen: Seen, row: Outgoing, person: str, confirmed: dict[str, str]) -> Delivery:
    kept = confirmed.get(row.channel, "")
    same = kept == row.address or (row.channel == "sms" and kept[-8:] == row.address[-8:] != "")
    state = row.state
    if state == "new" and row.last_error:
        state = "retrying"
    elif state == "new" and row.next_try_at > seen.now:
        state = "held"
    return Delivery(
        id=row.id, posted_at=row.posted_at, person=person, kind=row.kind, subject=row.subject,
        channel=row.channel, address=row.address, confirmed=bool(kept) and same, state=state,
        attempts=row.attempts, next_try_at=row.next_try_at,
        sent_at=row.sent_at if row.state == "sent" else None, error=row.last_error,
        stands_in=row.origin_id is not None,
    )  # fmt: skip
