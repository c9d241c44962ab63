"""What waits for a person, what they did, what they were told: lists by keyset, a page at a time.

Every list is one statement, whatever its length; nothing is counted beyond one person's own seats.
"""

from engine.inbox.items import (
    Item,
    held,
    item_of,
    limits,
    next_own,
    own,
    queued,
    recording,
    still_open,
    to_record,
    twin,
)
from engine.inbox.paging import PAGE, Mark, Page, one_more, read_mark
from engine.inbox.past import (
    DoneItem,
    NoticeNotFound,
    Told,
    done,
    mark_all_read,
    mark_read,
    notices,
)

__all__ = [
    "PAGE",
    "DoneItem",
    "Item",
    "Mark",
    "NoticeNotFound",
    "Page",
    "Told",
    "done",
    "held",
    "item_of",
    "limits",
    "mark_all_read",
    "mark_read",
    "next_own",
    "notices",
    "one_more",
    "own",
    "queued",
    "read_mark",
    "recording",
    "still_open",
    "to_record",
    "twin",
]
