"""Start a selection, and what may come beside it at any time by message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import definitions, forms, options, plan, record
from engine.almanac import Almanac
from engine.bpmn import Element
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.model import Candidate, Case, CaseMember, Instance, Seat, StoredFile, UserTask
from engine.permissions import NotAllowed, standing
from engine.run import advance
from engine.run.context import Context, locked

CANDIDATE = "candidate"


class UnknownMessage(EngineError):
    """No process of the package starts with this message."""

    code = "unknown_message"

    def __init__(self, message: str) -> None:
        super().__init__(f"nothing in this procedure starts with {message!r}")
        self.message = message


@dataclass(frozen=True)
class Membership:
    """A person's role, or place on a list, at the start of a selection."""

    person_id: UUID
    role: str
    function: str = ""
    roster: str = ""
    group: str = ""
    label: str = ""


@dataclass(frozen=True)
class Beginning:
    """What the start page has gathered."""

    title: str
    title_en: str
    details: Mapping[str, Any]
    parameters: Mapping[str, Any]
    plan: Mapping[str, datetime]
    members: Sequence[Membership]
    time_zone: str = "Asia/Shanghai"


def start_case(
    session: Session,
    *,
    package: PackageVersion,
    beginning: Beginning,
    actor_id: UUID | None,
    now: datetime,
) -> tuple[Case, Context]:
    """Start a selection: pin the package, freeze parameters and plan, take the first steps.

    Returns:
        The selection, and the context whose `touched` tasks the caller closes after its commit.

    Raises:
        PlanRefused: the dates are not in order.
        BadPackage: the package cannot be run.
    """
    definitions.pin(session, package, now=now)
    parameters = {**package.default_parameters(), **beginning.parameters}
    case = Case(
        id=uuid4(), package_key=package.key, title=beginning.title, title_en=beginning.title_en,
        time_zone=beginning.time_zone, parameters=parameters, details=dict(beginning.details),
        started_at=now, started_by=actor_id,
    )  # fmt: skip
    session.add(case)
    session.flush()  # everything refers to it
    counted = plan.counted_years(
        plan.load_plan(package.files["plan.yaml"]), beginning.plan, parameters=parameters,
        zone=ZoneInfo(case.time_zone), calendar=Almanac(session),
    )  # fmt: skip
    plan.set_plan(session, case_id=case.id, dates=beginning.plan, counted=counted)
    session.add_all(
        CaseMember(
            case_id=case.id, person_id=member.person_id, role=member.role,
            function=member.function, roster=member.roster, group=member.group,
            label=member.label, position=position, from_at=now,
        )
        for position, member in enumerate(beginning.members, start=1)
    )  # fmt: skip
    session.flush()  # seats are worked out from them
    record.note(
        session, case_id=case.id, action="started", now=now, person_id=actor_id,
        facts={"package": package.key, "hash": package.hash},
    )  # fmt: skip
    ctx = Context(session, case, now, actor_id)
    advance.start(
        ctx, package=package, process_id=package.key, instance_id=case.id,
        variables={"posts": [post["code"] for post in beginning.details.get("posts", [])]},
    )  # fmt: skip
    return case, ctx


def receive(
    session: Session,
    *,
    case_id: UUID,
    message: str,
    answers: Mapping[str, Any],
    actor_id: UUID | None,
    now: datetime,
) -> Context:
    """Start the process of a message beside the selection, e.g. a withdrawal or a report.

    Args:
        actor_id: None for somebody from the public who gave no name.

    Raises:
        CaseNotFound, UnknownMessage.
        NotAllowed: this person may not start it.
        InvalidAnswers: what was asked does not fit the form.
    """
    ctx = locked(session, case_id=case_id, now=now, actor_id=actor_id)
    root = ctx.instance(case_id)
    package = ctx.package(root.package_hash)
    process_id = package.definition.messages.get(message)
    if process_id is None or ctx.case.state == "ended":
        raise UnknownMessage(message)
    begun = package.definition.start_of(process_id)
    own = _require_starter(session, begun, case_id, actor_id, now)
    kept, uploads = _checked(ctx, package, begun, answers)
    if own and kept.get(CANDIDATE, own) != own:
        raise NotAllowed("do this for another candidate")
    variables = {name: kept[name] for name in begun.words("returns") if name in kept}
    instance = advance.start(
        ctx, package=package, process_id=process_id,
        variables={**variables, "received": now.isoformat()}, parent=root,
    )  # fmt: skip
    _keep_answers(ctx, instance, begun, kept, uploads)
    return ctx


def _require_starter(
    session: Session, begun: Element, case_id: UUID, actor_id: UUID | None, now: datetime
) -> str:
    """Give the code of a candidate who acts as one, and may so only for themselves; else empty."""
    starters = begun.words("starters")
    if "public" in starters:
        return ""
    if actor_id is not None:
        who = standing(session, person_id=actor_id, case_id=case_id, now=now)
        if (who.roles | who.functions) & set(starters):
            return ""
        own = session.scalar(
            select(Candidate.code).where(
                Candidate.case_id == case_id, Candidate.person_id == actor_id
            )
        )
        if own and CANDIDATE in starters:
            return own
    raise NotAllowed("start this")


def _checked(
    ctx: Context, package: PackageVersion, begun: Element, answers: Mapping[str, Any]
) -> tuple[dict[str, Any], list[UUID]]:
    """Give the answers as the form takes them, and the files they name."""
    form = package.form_of(begun)
    if form is None:
        return {}, []
    choices = options.options_of(
        ctx.session, form, case=ctx.case, package=package, variables={}, facts=ctx.facts
    )
    known = options.files_of(
        ctx.session, form, answers, case_id=ctx.case.id, person_id=ctx.actor_id
    )
    kept = dict(forms.validate(form, answers, choices, files=known).answers)
    return kept, [UUID(key) for key in known]


def _keep_answers(
    ctx: Context,
    instance: Instance,
    begun: Element,
    answers: Mapping[str, Any],
    uploads: Sequence[UUID],
) -> None:
    """What was received stands in the record like anything handed in, for its readers."""
    task = UserTask(
        id=uuid4(), case_id=ctx.case.id, instance_id=instance.id,
        package_hash=instance.package_hash, step="", element_id=begun.id, kind="single",
        role="", state="done", opened_at=ctx.now, closed_at=ctx.now,
    )  # fmt: skip
    ctx.session.add(task)
    ctx.session.flush()  # the seat and the files refer to it
    ctx.session.execute(
        update(StoredFile)
        .where(StoredFile.id.in_(uploads), StoredFile.task_id.is_(None))
        .values(task_id=task.id)
    )
    ctx.session.add(
        Seat(
            task_id=task.id,
            case_id=ctx.case.id,
            position=1,
            person_id=ctx.actor_id,
            state="handed_in",
            answers=dict(answers),
            submitted_at=ctx.now,
            submitted_by=ctx.actor_id,
        )
    )
    record.note(
        ctx.session, case_id=ctx.case.id, action="received", now=ctx.now,
        person_id=ctx.actor_id, instance_id=instance.id, element_id=begun.id,
    )  # fmt: skip
