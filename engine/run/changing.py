"""Change the course of a running selection: move, leave out, repeat, end, cancel, pause, resume.

Each is carried out inside the caller's transaction under the lock of the selection; what it does is
shown beforehand by doing it (`engine.run.previewing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import record
from engine.bpmn import Execution, Step
from engine.bpmn.moving import NotWaiting
from engine.checks.model import Node
from engine.checks.variables import readings
from engine.checks.written import Dataflow
from engine.definitions import PackageVersion
from engine.model import Candidate, HistoryEntry, Instance
from engine.run.advance import advance, cancel_instance, end_if_over, writes_of
from engine.run.context import Context, require_running
from engine.run.replacing import NoReplacement, read_for_check, replacement_of, result_from
from engine.run.resuming import resume
from engine.run.soundness import LEAVABLE, Target, Unsound, target, targets_of

KINDS = ("move", "leave", "repeat", "end", "cancel", "pause", "resume")


@dataclass(frozen=True)
class Change:
    """What is to be changed.

    Attributes:
        instance_id, step: the place where the process stands (`move`, `leave`); the instance alone
            for `end`.
        element_id: where to go (`move`), the stage (`repeat`).
        values: in place of a result (`leave`), as `engine.run.replacing.result_from` takes them.
    """

    kind: str
    instance_id: UUID | None = None
    step: str = ""
    element_id: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def carry_out(ctx: Context, change: Change, *, reason: str) -> None:
    """Do it; recorded with its reason.

    Raises:
        Unsound: it cannot be done soundly, and why.
        NotWaiting: the process does not stand there any more.
        NoReplacement, WrongReplacement: later steps read the result of what is left out.
        NeverReached: the stage to repeat has not run.
        CasePaused: the selection is stopped or over.
    """
    if change.kind not in ("resume", "cancel", "pause"):
        require_running(ctx.case)
    if ctx.case.state == "ended":
        raise Unsound("ended")
    _ACTS[change.kind](ctx, change, reason)


def places_of(ctx: Context, instance: Instance) -> Sequence[Step]:
    """Where an instance stands; elements people know, not gateways that work."""
    return _loaded(ctx, instance).places()


def place_of(ctx: Context, change: Change) -> tuple[Instance, Step]:
    """The place a change begins at.

    Raises:
        NotWaiting: the process does not stand there any more.
    """
    instance = _instance(ctx, change)
    for place in places_of(ctx, instance):
        if place.id == change.step:
            return instance, place
    raise NotWaiting(change.step)


def ways_from(ctx: Context, change: Change) -> Sequence[Target]:
    """Where a token may be moved from a place, and why not to the others."""
    instance, place = place_of(ctx, change)
    package = ctx.package(instance.package_hash)
    return targets_of(package, place.element, variables=list(place.variables))


def _loaded(ctx: Context, instance: Instance) -> Execution:
    package = ctx.package(instance.package_hash)
    return Execution.load(package.definition, instance.process_id, instance.frontier, ctx.facts)


def _instance(ctx: Context, change: Change) -> Instance:
    found = ctx.session.get(Instance, change.instance_id)
    if found is None or found.case_id != ctx.case.id or found.state != "running":
        raise NotWaiting(change.step)
    ctx.keep(found)
    return found


def _note(ctx: Context, action: str, element_id: str, reason: str, **facts: Any) -> None:
    record.note(
        ctx.session, case_id=ctx.case.id, action=action, now=ctx.now, person_id=ctx.actor_id,
        element_id=element_id, facts={"reason": reason, **facts},
    )  # fmt: skip


def _move(ctx: Context, change: Change, reason: str) -> None:
    instance, place = place_of(ctx, change)
    package = ctx.package(instance.package_hash)
    to = target(package, place.element, change.element_id, variables=list(place.variables))
    _note(ctx, "moved", change.element_id, reason, left=place.element.id)
    advance(
        ctx,
        instance,
        lambda execution: execution.move(change.step, change.element_id, call=to.call),
    )


def _leave(ctx: Context, change: Change, reason: str) -> None:
    instance, place = place_of(ctx, change)
    element = place.element
    if element.kind not in LEAVABLE:
        raise Unsound("no_step")
    package = ctx.package(instance.package_hash)
    writes: Mapping[str, Any] = {}
    if element.kind in ("callActivity", "subProcess"):
        require_unread(package, element.id)
    elif element.kind != "intermediateCatchEvent":
        codes = ctx.session.scalars(select(Candidate.code).where(Candidate.case_id == ctx.case.id))
        needed = replacement_of(package, element)
        result = result_from(element, needed, change.values, codes=codes.all())
        picked = element.properties.get("pick")
        unread = isinstance(result, dict) and picked is not None and picked not in result
        writes = {} if unread else writes_of(element.properties, result)
    _note(ctx, "left_out", element.id, reason, entered=sorted(change.values))
    advance(ctx, instance, lambda execution: execution.leave(change.step, writes))


def require_unread(version: PackageVersion, element_id: str) -> None:
    """Raise if something later reads what a whole step gives.

    Raises:
        NoReplacement: naming it.
    """
    package = read_for_check(version)
    node = package.node(element_id)
    written = Dataflow(package).writes(node).perhaps if node is not None else frozenset[str]()
    read = {
        r.name
        for r in readings(package)
        if r.name in written and node is not None and _is_beside(r.node, node)
    }
    if read:
        raise NoReplacement(sorted(read))


def _is_beside(reader: Node, step: Node) -> bool:
    """Whether the reader is of the same process and not inside the step itself."""
    same = reader.element.process_id == step.element.process_id
    return same and reader.element.inside != step.id


def _repeat(ctx: Context, change: Change, reason: str) -> None:
    _note(ctx, "repeated", change.element_id, reason)
    root = ctx.instance(ctx.case.id)
    advance(ctx, root, lambda execution: execution.reset(change.element_id))


def _end(ctx: Context, change: Change, reason: str) -> None:
    """End what runs beside the selection, e.g. a request that was made by mistake."""
    instance = _instance(ctx, change)
    if instance.id == ctx.case.id or instance.parent_step:
        raise Unsound("not_beside")
    if instance.id == ctx.case.paused_by:
        raise Unsound("decides_stop")
    _note(ctx, "ended_beside", "", reason, process=instance.process_id)
    cancel_instance(ctx, instance)
    end_if_over(ctx)


def _cancel(ctx: Context, _change: Change, reason: str) -> None:
    """End the whole selection without a result; what was published and recorded stands."""
    running = ctx.session.scalars(
        select(Instance).where(Instance.case_id == ctx.case.id, Instance.state == "running")
    )
    for instance in running:
        cancel_instance(ctx, instance)
    ctx.case.cancel_reason = reason[:400]
    ctx.case.paused_by = None
    _note(ctx, "cancelled", "", reason)
    end_if_over(ctx)


def _pause(ctx: Context, _change: Change, reason: str) -> None:
    require_running(ctx.case)
    ctx.case.state = "paused"
    _note(ctx, "paused", "", reason)


def _resume(ctx: Context, _change: Change, reason: str) -> None:
    """Go on after a pause of the office; a stop is lifted by the body that ordered it."""
    if ctx.case.state != "paused":
        raise Unsound("not_paused")
    if ctx.case.paused_by is not None:
        raise Unsound("stopped_by_body")
    since = ctx.session.scalar(
        select(HistoryEntry.at)
        .where(HistoryEntry.case_id == ctx.case.id, HistoryEntry.action == "paused")
        .order_by(HistoryEntry.id.desc())
        .limit(1)
    )
    _note(ctx, "resumed", "", reason)
    resume(ctx, stopped_at=since or ctx.now)


_ACTS = {
    "move": _move, "leave": _leave, "repeat": _repeat, "end": _end, "cancel": _cancel,
    "pause": _pause, "resume": _resume,
}  # fmt: skip
