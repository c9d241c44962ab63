"""Tell one person something the office, or a colleague, has done: a notice, and mail to it."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from engine import outbox
from engine.definitions import Words
from engine.model import Case, Notice, Person


def tell(
    session: Session,
    *,
    case: Case,
    person_id: UUID,
    title: Words,
    text: Words,
    now: datetime,
    element_id: str = "",
) -> None:
    """Write a notice; who has an address gets mail that says no more than to sign in.

    Args:
        title: what happened, in both languages.
        text: one paragraph more.
        element_id: the step it is about, if any.
    """
    person = session.get_one(Person, person_id)
    content = {
        language: {
            "title": title.in_language(language),
            "paragraphs": [text.in_language(language)],
            "tables": [],
        }
        for language in ("zh", "en")
    }
    notice = Notice(
        id=uuid4(), case_id=case.id, person_id=person_id, element_id=element_id, content=content,
        at=now,
    )  # fmt: skip
    session.add(notice)
    if not person.email:
        return
    zh, en = case.title, case.title_en or case.title
    outbox.post(
        session,
        case_id=case.id,
        person_id=person_id,
        address=person.email,
        dedupe_key=f"notice:{notice.id}",
        subject=f"{zh}：新通知 / News: {en}",
        body=outbox.bilingual(
            f"您有一条关于“{zh}”的新通知，请登录系统查看。",
            f"There is news for you about {en}. Sign in to read it.",
        ),
        now=now,
    )
