"""Slips for those of a meeting who have no account: made, printed, and never shown again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from engine import people, record, rollcall
from engine.definitions import Words
from engine.identity import Identity
from engine.permissions import OFFICE, require_role, standing
from engine.run.context import require_running

LASTS = timedelta(hours=12)


@dataclass(frozen=True)
class Printed:
    """One slip as it is printed; its code is known only here and on paper."""

    name: str
    unit: str
    group: Words
    code: str


@dataclass(frozen=True)
class Sheet:
    """The slips of one meeting."""

    slips: Sequence[Printed]
    expires_at: datetime


def issue_for_meeting(
    session: Session,
    who: Identity,
    *,
    seat_id: UUID,
    group: str | None,
    secret_key: str,
    now: datetime,
) -> Sheet:
    """Make slips for the entitled without an account; unused earlier ones are withdrawn.

    Each is good for the ballot of this meeting alone, once, for half a day.

    Args:
        seat_id: of the roll call.
        group: only for those of this group; None: for everybody.

    Raises:
        TaskNotFound, TaskClosed, NotAllowed, CasePaused: none is made.
    """
    roll = rollcall.roll_of(session, who, seat_id=seat_id, now=now)
    require_running(roll.case, roll.task.instance_id)
    held = standing(session, person_id=who.person_id, case_id=roll.case.id, now=now)
    require_role(held, OFFICE, *roll.task.recorders.split(), action="issue slips")
    ballot = rollcall.ballot_element(roll.package, roll.element)
    expires_at = now + LASTS
    made = [
        Printed(
            person.name, person.unit, part.name,
            people.issue_slip(
                session, case_id=roll.case.id, person_id=person.id,
                purpose=ballot.id if ballot else "", expires_at=expires_at,
                secret_key=secret_key, now=now,
            ),
        )
        for part in roll.groups
        if group is None or part.code == group
        for person in part.people
        if not person.has_account and not person.steps_aside
    ]  # fmt: skip
    record.note(
        session, case_id=roll.case.id, instance_id=roll.task.instance_id, action="slips_given",
        now=now, person_id=who.person_id, element_id=roll.task.element_id,
        facts={"people": len(made)},
    )  # fmt: skip
    return Sheet(made, expires_at)
