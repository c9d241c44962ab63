"""Move dates of the plan of a running selection: proposed, looked over, then done with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import plan, record, texts
from engine.calendar import workdays_between
from engine.definitions import Words
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.model import Case, HistoryEntry, Instance, Publication
from engine.overview.drawings import drawing_of
from engine.permissions import OFFICE, require_role, standing
from engine.plan import PlanLine
from engine.run.context import Context, locked, require_running, unlocked
from engine.run.moving import Changes, Move, apply, changes, in_time, warnings_of
from engine.run.steering import ReasonNeeded


@dataclass(frozen=True)
class LineShown:
    """One line of the plan; `fixed` says why it cannot be moved: past, used, or empty."""

    key: str
    name: Words
    at: datetime
    fixed: str
    counted: bool
    """in working days, by its rule"""


@dataclass(frozen=True)
class Refusal:
    """Why the dates cannot be used.

    `code` is past, used, into_past, out_of_order (`name` lies before `other`) or closes_at_once
    (`name` is then a task).
    """

    code: str
    name: Words
    other: Words | None = None
    key: str = ""


class PlanMoveRefused(EngineError):
    """These dates cannot be used, or change nothing; the page names the lines."""

    code = "plan_move_refused"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        named = ", ".join(f"{each.name.en} ({each.code})" for each in refusals)
        super().__init__(f"the dates cannot be used: {named or 'nothing would change'}")
        self.refusals = tuple(refusals)


@dataclass(frozen=True)
class Preview:
    """What a change of the plan would do, in the order of time."""

    lines: Sequence[Move]
    moves: Sequence[Move]
    kept: Sequence[Words]
    unclear: Sequence[Words]
    refusals: Sequence[Refusal]

    @property
    def everything(self) -> list[Move]:
        return sorted([*self.lines, *self.moves], key=in_time)

    @property
    def is_possible(self) -> bool:
        return bool(self.lines) and not self.refusals


def lines_of(session: Session, *, case_id: UUID, actor_id: UUID, now: datetime) -> list[LineShown]:
    """The plan as the office may change it.

    Raises:
        CaseNotFound, NotAllowed.
    """
    ctx = _by_office(unlocked(session, case_id=case_id, now=now, actor_id=actor_id), actor_id)
    return _shown(ctx)


def propose(
    session: Session,
    *,
    case_id: UUID,
    dates: Mapping[str, datetime],
    in_workdays: bool,
    actor_id: UUID,
    now: datetime,
) -> dict[str, datetime]:
    """All dates of the plan, with everything behind the changed lines moved by as much.

    Raises:
        CaseNotFound, NotAllowed.
    """
    ctx = _by_office(unlocked(session, case_id=case_id, now=now, actor_id=actor_id), actor_id)
    movable = {line.key for line in _shown(ctx) if not line.fixed}
    return plan.propose_later(
        lines_of_plan(ctx), ctx.facts.plan, {k: at for k, at in dates.items() if k in movable},
        counted=plan.lines_counted(session, case_id=case_id), in_workdays=in_workdays,
        parameters=ctx.facts.parameters, zone=ctx.facts.zone, calendar=ctx.facts.calendar,
    )  # fmt: skip


def preview(
    session: Session,
    *,
    case_id: UUID,
    dates: Mapping[str, datetime],
    actor_id: UUID,
    now: datetime,
) -> Preview:
    """What these dates would move; nothing is written.

    Raises:
        CaseNotFound, NotAllowed.
    """
    ctx = _by_office(unlocked(session, case_id=case_id, now=now, actor_id=actor_id), actor_id)
    return _preview(ctx, dates)[0]


def move_plan(
    session: Session,
    *,
    case_id: UUID,
    dates: Mapping[str, datetime],
    reason: str,
    publish: bool,
    actor_id: UUID,
    now: datetime,
) -> Context:
    """Move lines of the plan, and with them open tasks, their ladders and waiting timers.

    Everybody with an open task whose deadline moves is told once.

    Args:
        session: of the caller's transaction.
        case_id: the selection.
        dates: new dates by line; what is not named, or not changed, stays.
        reason: in writing; it is recorded, and published with the dates.
        publish: put the change on the public page.
        actor_id: of the selection office.
        now: the instant of the action.

    Returns:
        The context whose `touched` tasks the caller closes after its commit.

    Raises:
        ReasonNeeded, CaseNotFound, NotAllowed, CasePaused.
        PlanMoveRefused: a line may not be moved like this; nothing is changed.
    """
    if not reason.strip():
        raise ReasonNeeded
    ctx = _by_office(locked(session, case_id=case_id, now=now, actor_id=actor_id), actor_id)
    require_running(ctx.case)
    shown, made, new = _preview(ctx, dates)
    if not shown.is_possible:
        raise PlanMoveRefused(shown.refusals)
    plan.change_dates(session, case_id=case_id, dates=new, counted=_counted(ctx, new))
    session.flush()  # what is counted next reads it
    ctx.facts.forget_plan()
    told = apply(ctx, made)
    published = _publish(ctx, shown, reason) if publish else None
    record.note(
        session, case_id=case_id, action="plan_moved", now=now, person_id=actor_id,
        facts={
            "reason": reason, "lines": facts_of(new, shown.lines), "tasks": len(made.tasks),
            "people": told, "publication": published,
        },
    )  # fmt: skip
    return ctx


def facts_of(new: Mapping[str, datetime], moves: Sequence[Move]) -> list[dict[str, Any]]:
    """Lines that moved, for the record: key, names, from, to."""
    return [
        {
            "key": key, "zh": move.name.zh, "en": move.name.en,
            "from": move.before.isoformat() if move.before else None,
            "to": move.after.isoformat() if move.after else None,
        }
        for key, move in zip(new, moves, strict=True)
    ]  # fmt: skip


def _by_office(ctx: Context, actor_id: UUID) -> Context:
    who = standing(ctx.session, person_id=actor_id, case_id=ctx.case.id, now=ctx.now)
    require_role(who, OFFICE, action="move dates of the plan")
    return ctx


def lines_of_plan(ctx: Context) -> tuple[PlanLine, ...]:
    """The lines of the procedure that the selection runs on."""
    root = ctx.instance(ctx.case.id)
    return plan.load_plan(ctx.package(root.package_hash).files["plan.yaml"])


def _shown(ctx: Context) -> list[LineShown]:
    dates, used = ctx.facts.plan, used_lines(ctx)
    counted = plan.lines_counted(ctx.session, case_id=ctx.case.id)
    return [
        LineShown(
            line.key, Words(line.zh, line.en), dates[line.key],
            "past" if dates[line.key] <= ctx.now else "used" if line.key in used else "",
            line.key in counted,
        )
        for line in lines_of_plan(ctx)
        if line.key in dates
    ]  # fmt: skip


def used_lines(ctx: Context) -> set[str]:
    """Lines that something ended by: what they were for is over."""
    passed = set(
        ctx.session.scalars(
            select(HistoryEntry.element_id)
            .where(HistoryEntry.case_id == ctx.case.id, HistoryEntry.action == "passed")
            .distinct()
        )
    )
    rows = ctx.session.scalars(
        select(Instance.active).where(Instance.case_id == ctx.case.id, Instance.state == "running")
    )
    active = {element for row in rows for element in row}
    package = ctx.package(ctx.instance(ctx.case.id).package_hash)
    uses = [
        use
        for process_id in package.definition.processes
        for use in drawing_of(package, process_id).plan_uses
    ]
    beginnings = {key for _, how, key in uses if how == "opens"}
    ending = [
        (element, key)
        for element, how, key in uses
        if how != "opens" and not (how == "due" and key in beginnings)
    ]
    waiting = {key for element, key in ending if element in active or element not in passed}
    return {key for element, key in ending if element in passed} - waiting


def _preview(
    ctx: Context, dates: Mapping[str, datetime]
) -> tuple[Preview, Changes, dict[str, datetime]]:
    lines = _shown(ctx)
    new = {
        line.key: dates[line.key]
        for line in lines
        if line.key in dates and dates[line.key] != line.at
    }
    whole = {**ctx.facts.plan, **new}
    made = changes(ctx, whole)
    moved = line_moves(ctx, new)
    refusals = [*_refusals(ctx, lines, new, whole), *_endings(made)]
    return Preview(moved, made.moves, made.kept, made.unclear, refusals), made, new


def line_moves(ctx: Context, new: Mapping[str, datetime]) -> list[Move]:
    """Lines of the plan that get a new date, in the order of `new`."""
    names = {line.key: Words(line.zh, line.en) for line in lines_of_plan(ctx)}
    facts, dates = ctx.facts, ctx.facts.plan
    counted = _counted(ctx, new)
    return [
        Move(
            "plan", names[key], dates[key], at,
            workdays_between(dates[key], at, zone=facts.zone, calendar=facts.calendar),
            warnings_of(facts, at, ctx.now, counted=key in counted),
        )
        for key, at in new.items()
    ]  # fmt: skip


def _refusals(
    ctx: Context,
    lines: Sequence[LineShown],
    new: Mapping[str, datetime],
    whole: Mapping[str, datetime],
) -> list[Refusal]:
    names = {line.key: line.name for line in lines}
    made = []
    for line in lines:
        if line.key not in new:
            continue
        if line.fixed:
            made.append(Refusal(line.fixed, line.name, key=line.key))
        elif new[line.key] <= ctx.now:
            made.append(Refusal("into_past", line.name, key=line.key))
    made += [
        Refusal("out_of_order", names[each.key], names[each.other], key=each.key)
        for each in plan.order_problems({key: whole[key] for key in names})
    ]
    return made


def _endings(made: Changes) -> list[Refusal]:
    return [Refusal("closes_at_once", name) for name in made.ending]


def _counted(ctx: Context, new: Mapping[str, datetime]) -> dict[str, int]:
    """Which of the new dates are what their rule gives; a date typed otherwise is a person's."""
    counted = plan.counted_years(
        lines_of_plan(ctx), {**ctx.facts.plan, **new}, parameters=ctx.facts.parameters,
        zone=ctx.facts.zone, calendar=ctx.facts.calendar,
    )  # fmt: skip
    return {key: year for key, year in counted.items() if key in new}


def _publish(ctx: Context, shown: Preview, reason: str) -> str:
    """Put the change on the public page: the lines that move, from when to when, and why."""
    made = Publication(
        case_id=ctx.case.id, element_id="", text_id="plan_change", audience="public",
        content=(content := _words(ctx.case, ctx.facts, shown.lines, reason)),
        digest=texts.digest(content), published_at=ctx.now,
    )  # fmt: skip
    ctx.session.add(made)
    ctx.session.flush()  # gives it its id
    return str(made.id)


def _words(case: Case, facts: CaseFacts, lines: Sequence[Move], reason: str) -> dict[str, Any]:
    title = {"zh": case.title, "en": case.title_en or case.title}
    said = {
        "zh": ("时间安排调整公告", f"“{title['zh']}”的时间安排调整如下。", f"原因：{reason}"),
        "en": ("Change of dates", f"The dates of “{title['en']}” change as follows.",
               f"Reason: {reason}"),
    }  # fmt: skip
    heads = {"zh": ["环节", "原定", "调整为"], "en": ["Stage", "From", "To"]}
    return {
        language: {
            "title": words[0],
            "paragraphs": list(words[1:]),
            "tables": [
                {
                    "title": words[0],
                    "columns": heads[language],
                    "rows": [
                        [
                            move.name.in_language(language),
                            texts.word_value(move.before, language, zone=facts.zone) or "",
                            texts.word_value(move.after, language, zone=facts.zone) or "",
                        ]
                        for move in lines
                    ],
                }
            ],
        }
        for language, words in said.items()
    }
