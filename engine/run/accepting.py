"""Accept what one seat hands in: by form, under seal, or as a ballot."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine import ballots, forms, options, seals, seats
from engine.definitions import PackageVersion
from engine.facts import CaseFacts
from engine.model import Case, Seat, UserTask


@dataclass(frozen=True)
class Hand:
    """Whose a seat is and who hands it in: the person, a recorder, or a stand-in."""

    person_id: UUID
    submitted_by: UUID
    recorded_for: str = ""
    absence_id: UUID | None = None
    """where `submitted_by` stands in for `person_id`"""


def accept(
    session: Session,
    *,
    case: Case,
    package: PackageVersion,
    task: UserTask,
    seat: Seat,
    answers: Mapping[str, Any],
    hand: Hand,
    facts: CaseFacts,
) -> None:
    """Check the answers against the pinned form and hand the seat in.

    Ballots go into their box unread: their validity is judged at the count. Sealed writing goes
    under seal; neither leaves anything in the seat but the fact.

    Raises:
        InvalidAnswers: the answers do not fit the form; nothing is changed.
        AlreadyHandedIn, TaskClosed: the seat is not open any more; nothing is changed.
    """
    kept: Mapping[str, Any] | None = None
    if task.kind != "ballot":
        kept = checked(
            session, case=case, package=package, task=task, answers=answers, facts=facts,
            person_id=hand.submitted_by, subject=seat.subject,
        )  # fmt: skip
    if task.kind == "sealed":
        seals.seal(
            session, task_id=task.id, seat_id=seat.id, subject=seat.subject,
            payload=json.dumps(kept, ensure_ascii=False, sort_keys=True).encode(), now=facts.now,
        )  # fmt: skip
        kept = None
    seats.hand_in(
        session, seat_id=seat.id, answers=kept, person_id=hand.person_id,
        submitted_by=hand.submitted_by, recorded_for=hand.recorded_for,
        absence_id=hand.absence_id, now=facts.now,
    )  # fmt: skip
    if task.kind == "ballot":  # seat before box, as the closing takes them: else both may wait
        assert task.box_id is not None  # noqa: S101 - set when a ballot task opens
        ballots.cast(
            session, box_id=task.box_id, voter_id=hand.person_id,
            envelope=ballots.encode_choice(answers), now=facts.now,
        )  # fmt: skip


def checked(
    session: Session,
    *,
    case: Case,
    package: PackageVersion,
    task: UserTask,
    answers: Mapping[str, Any],
    facts: CaseFacts,
    person_id: UUID,
    subject: str = "",
    draft: bool = False,
) -> dict[str, Any]:
    """Answers checked against the task's form, totals worked out.

    Raises:
        InvalidAnswers: naming each field and the remedy.
    """
    form = package.form_of(package.element(task.element_id))
    if form is None:
        return dict(answers)
    choices = options.options_of(
        session, form, case=case, package=package, variables=task.context, facts=facts,
        subjects=[subject],
    )  # fmt: skip
    known = options.files_of(session, form, answers, case_id=case.id, person_id=person_id)
    return dict(forms.validate(form, answers, choices, files=known, draft=draft).answers)
