"""Texts that leave the process: publications, documents, notices; kept as they were worded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from engine import outbox, seats, texts
from engine.model import Notice, Person, Publication
from engine.operations.base import Call, Outcome, operation
from engine.operations.schemas import SEATS, parameter, takes
from engine.operations.wording import Wording, names_published

PUBLIC = "public"
_OPEN_AUDIENCES = frozenset({PUBLIC, "candidate", "recommender"})

_TEXT = parameter("文本", "text")
_UNTIL = parameter(
    "公布至",
    "published until",
    {"type": ["string", "null"]},
    hint=("不填则一直公布。", "Empty: for good."),
)


@operation(
    "publish",
    takes({"text": _TEXT}, {"until": _UNTIL}, more=True),
)
def publish(
    call: Call, *, text: str, until: datetime | str | None = None, **values: Any
) -> Outcome:
    """Publish a text of the package on the public page; it never changes afterwards.

    Args:
        call: any element.
        text: id of the text in `publications/`.
        until: an instant after which it is no longer shown; None: for good.
        values: everything else the text uses, under its own name.

    Returns:
        `{publication: id, text, digest, until}`; the words stand in the publication alone.

    Raises:
        BadParameters: the package has no such text.
        ExpressionFailed: the text uses something that was not handed to it; nothing is published.

    Source: docs/properties.md, Publications and messages.

    """
    made = _made(call, text, PUBLIC, until=until, values=values)
    result = {"publication": made.id, "text": text, "digest": made.digest, "until": made.until_at}
    return Outcome(result)


@operation(
    "make_document",
    takes(
        {"text": _TEXT, "audience": parameter("可查看的责任主体", "roles that may read it")},
        {"until": _UNTIL},
        more=True,
    ),
)
def make_document(
    call: Call,
    *,
    text: str,
    audience: str,
    until: datetime | str | None = None,
    **values: Any,
) -> Outcome:
    """Make a document for some roles, e.g. a report for a meeting; kept like a publication.

    On a user task the text may use `answers`, what was just handed in. Candidates have their
    names, unless candidates or recommenders may read it too: then as in publications.

    Args:
        call: any element.
        text: id of the text in `publications/`.
        audience: roles, space-separated.
        until: an instant after which it is no longer shown; None: for good.
        values: everything else the text uses, under its own name.

    Returns:
        `{document: id, text, audience, digest}`.

    Raises:
        BadParameters: the package has no such text.
        ExpressionFailed: the text uses something that was not handed to it; nothing is made.

    """
    made = _made(call, text, audience, until=until, values=values)
    result = {"document": made.id, "text": text, "audience": audience, "digest": made.digest}
    return Outcome(result)


@operation(
    "notify",
    takes({"to": parameter("通知对象", "who is told", SEATS), "text": _TEXT}, more=True),
)
def notify(call: Call, *, to: Sequence[Mapping[str, Any]], text: str, **values: Any) -> Outcome:
    """Tell people something in person; a message says to sign in, by the way each is reached.

    The text is worded once for each receiver, who is `subject`. Nothing of it leaves the system:
    the message says only that there is something to read.

    Args:
        call: any element.
        to: seats, e.g. `each(codes)`, `members("judge")`.
        text: id of the text in `messages/`.
        values: everything else the text uses, under its own name.

    Returns:
        `{messages: n, mails: n}`.

    Raises:
        BadParameters: the package has no such text.
        ExpressionFailed: the text uses something that was not handed to it; nobody is told.

    """
    places = seats.resolve(
        call.session, to, case_id=call.case.id, roles=call.package.roles, now=call.now
    )
    ids = {place.person_id for place in places if place.person_id is not None}
    people = {p.id: p for p in call.session.scalars(select(Person).where(Person.id.in_(ids)))}
    wording = Wording(call, values, names=names_published(call))
    messages = mails = 0
    for place in places:
        person = people.get(place.person_id) if place.person_id else None
        if person is not None:
            content = wording.words("messages", text, subject=place.subject)
            messages, mails = messages + 1, mails + _tell(call, person, content)
    return Outcome({"messages": messages, "mails": mails})


def _made(
    call: Call,
    text: str,
    audience: str,
    *,
    until: datetime | str | None,
    values: Mapping[str, Any],
) -> Publication:
    open_to_many = bool(_OPEN_AUDIENCES & set(audience.split()))
    wording = Wording(
        call,
        {**values, **({"until": until} if until else {})},
        names=names_published(call) if open_to_many else True,
        answers=audience != PUBLIC,
    )
    content = wording.words("publications", text)
    made = Publication(
        case_id=call.case.id,
        element_id=call.element.id,
        text_id=text,
        audience=audience,
        content=content,
        digest=texts.digest(content),
        published_at=call.now,
        until_at=datetime.fromisoformat(until)
        if isinstance(until, str) and until
        else until or None,
    )
    call.session.add(made)
    call.session.flush()  # gives it its id
    return made


def _tell(call: Call, person: Person, content: dict[str, Any]) -> int:
    """Write a notice, and a message that points to it; 1 if there is somewhere to send it."""
    notice = Notice(
        id=uuid4(),
        case_id=call.case.id,
        person_id=person.id,
        element_id=call.element.id,
        content=content,
        at=call.now,
    )
    call.session.add(notice)
    zh, en = call.case.title, call.case.title_en or call.case.title
    told_zh = f"您有一条关于“{zh}”的新通知，请登录系统查看。"
    told_en = f"There is news for you about {en}. Sign in to read it."
    outbox.tell(
        call.session,
        person=person,
        dedupe_key=f"notice:{notice.id}",
        kind="notice",
        zh=outbox.Draft(f"{zh}：新通知", told_zh, told_zh),
        en=outbox.Draft(f"News: {en}", told_en, told_en),
        case_ids=[call.case.id],
        now=call.now,
    )
    return 1 if person.phone or person.email else 0
