"""iCalendar (RFC 5545, 5546): one event, and the text of a calendar with it. No database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vDuration, vText

_PRODUCT = "-//Gongxuan//gongxuan//ZH"


@dataclass(frozen=True)
class Entry:
    """One event. `sequence` grows whenever it changes; `lasts` None: an instant, e.g. a deadline.

    `busy`: the time is taken.
    """

    uid: str
    sequence: int
    summary: str
    starts_at: datetime
    zone: str
    lasts: timedelta | None = None
    description: str = ""
    place: str = ""
    cancelled: bool = False
    busy: bool = False


def invitation(entry: Entry, *, organiser: str, address: str, name: str, now: datetime) -> str:
    """An invitation of one person, or its withdrawal if the entry is cancelled.

    Args:
        entry: the meeting.
        organiser: a mail address, perhaps with a name: `公选办 <office@example.org>`.
        address: of the person.
        name: of the person.
        now: when it is sent.
    """
    event = _event(entry, now)
    event.add("organizer", vCalAddress(f"mailto:{_bare(organiser)}"))
    guest = vCalAddress(f"mailto:{address}")
    guest.params["CN"] = vText(name)
    guest.params["ROLE"] = vText("REQ-PARTICIPANT")
    guest.params["PARTSTAT"] = vText("NEEDS-ACTION")
    event.add("attendee", guest)
    return _calendar([event], method="CANCEL" if entry.cancelled else "REQUEST")


def feed(entries: Sequence[Entry], *, title: str, now: datetime) -> str:
    """A calendar to be read again and again by a calendar program."""
    return _calendar([_event(entry, now) for entry in entries], method="PUBLISH", title=title)


def _event(entry: Entry, now: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", now)
    event.add("sequence", entry.sequence)
    event.add("summary", entry.summary)
    starts = entry.starts_at.astimezone(ZoneInfo(entry.zone))
    event.add("dtstart", starts)
    if entry.lasts is not None:
        event.add("dtend", (entry.starts_at + entry.lasts).astimezone(ZoneInfo(entry.zone)))
    if entry.place:
        event.add("location", entry.place)
    if entry.description:
        event.add("description", entry.description)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.busy and not entry.cancelled else "TRANSPARENT")
    return event


def _calendar(events: Sequence[Event], *, method: str, title: str = "") -> str:
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("method", method)
    if title:
        made.add("x-wr-calname", title)
        made.add("refresh-interval", vDuration(timedelta(hours=1)), {"VALUE": "DURATION"})
        made.add("x-published-ttl", "PT1H")
    for event in events:
        made.add_component(event)
    if events:
        made.add_missing_timezones()
    return str(made.to_ical(), "utf-8")


def _bare(address: str) -> str:
    return address.rpartition("<")[2].strip(" >") or address
