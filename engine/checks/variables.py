"""Rules for variables: what an expression reads must have been written before, on every path."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.checks.findings import Finding, error, warning
from engine.checks.model import Node, Package, Process
from engine.checks.tokens import branches
from engine.checks.uses import Use, in_diagrams, in_forms, reads
from engine.checks.written import Dataflow, Names, begins_with

_ALWAYS_THERE = frozenset({"parameters", "plan"})

NEVER_WRITTEN = error(
    "variable_unknown",
    zh=(
        "{place}读取变量{name}，此前没有元素写入它",
        "改正名称，或者由调用它的元素以with.{name}交入",
    ),
    en=(
        "{place} reads {name}, which nothing writes before",
        "correct the name, or hand it in with.{name}",
    ),
)
SOMETIMES_WRITTEN = error(
    "variable_sometimes",
    zh=(
        "{place}读取变量{name}，但有的路径上没有写入",
        "在每条路径上写入，或者写成 {name} if … else …",
    ),
    en=(
        "{place} reads {name}, which is not written on every path",
        "write it on each, or read it as {name} if … else …",
    ),
)
CALL_LACKS = error(
    "call_lacks",
    zh=("被调用的流程在{reader}读取{name}，这里没有交入", "补上with.{name}"),
    en=("the called process reads {name} at {reader}, which is not handed in", "add with.{name}"),
)
CALL_IGNORES = warning(
    "call_ignores",
    zh=("被调用的流程没有读取{name}", "删去with.{name}"),
    en=("the called process does not read {name}", "remove with.{name}"),
)
NOT_RETURNED = error(
    "returns_not_written",
    zh=("被调用的流程没有写入{name}", "改正returns"),
    en=("the called process does not write {name}", "correct returns"),
)
PARALLEL_WRITES = error(
    "parallel_writes",
    zh=("变量{name}也由并行分支中的{other}写入", "其中一个改用别的变量名"),
    en=(
        "{other}, in a parallel branch, writes {name} too",
        "let one of them write another variable",
    ),
)
PARALLEL_READS = error(
    "parallel_reads",
    zh=("{place}读取的变量{name}由并行分支中的{other}写入，先后不定", "汇合之后再读取"),
    en=(
        "{place} reads {name}, which {other} writes in a parallel branch",
        "read it after the join",
    ),
)


@dataclass(frozen=True)
class Reading:
    """A name that an expression reads; `guarded` where it is asked only under a condition."""

    use: Use
    node: Node
    name: str
    guarded: bool


def readings(package: Package) -> Iterator[Reading]:
    for use in [*in_diagrams(package), *in_forms(package)]:
        for name, plainly in reads(use.text).items():
            if use.node is not None and name not in _ALWAYS_THERE | use.more:
                yield Reading(use, use.node, name, not plainly)


def variables_are_written_before(package: Package) -> Iterator[Finding]:
    dataflow = Dataflow(package)
    for reading in readings(package):
        process = package.processes.get(reading.node.element.process_id)
        before = dataflow.before(reading.node)
        if process is None or reading.name in before.always:
            continue
        callers = package.callers(process.id)
        if callers:
            yield from _of_called(reading, callers, before.perhaps)
        else:
            yield from _of_root(package, process, reading, before.perhaps)


def _of_root(
    package: Package, process: Process, reading: Reading, perhaps: Names
) -> Iterator[Finding]:
    if reading.name in begins_with(process, package):
        return
    if reading.name not in perhaps:
        yield _told(reading, NEVER_WRITTEN.code)
    elif not reading.guarded:
        yield _told(reading, SOMETIMES_WRITTEN.code)


def _of_called(reading: Reading, callers: list[Node], perhaps: Names) -> Iterator[Finding]:
    """A called process has what its callers hand in; each of them must hand in what is read."""
    lacking = [call for call in callers if reading.name not in handed_in(call)]
    if not lacking or (reading.guarded and reading.name in perhaps):
        return
    if reading.name in perhaps and len(lacking) == len(callers):
        yield _told(reading, SOMETIMES_WRITTEN.code)
    elif len(lacking) == len(callers) and len(callers) > 1:
        yield _told(reading, NEVER_WRITTEN.code)
    else:
        for call in lacking:
            yield CALL_LACKS.at(call.file, call.id, name=reading.name, reader=reading.use.element)


def _told(reading: Reading, code: str) -> Finding:
    kind = NEVER_WRITTEN if code == NEVER_WRITTEN.code else SOMETIMES_WRITTEN
    use = reading.use
    return kind.at(use.file, use.element, place=use.place, name=reading.name)


def handed_in(call: Node) -> set[str]:
    """What a call activity hands in; one with the ||| marker hands in its item too."""
    item = call.properties.get("item") if call.element.marker else None
    return {*call.element.handed_in(), *([item] if item else [])}


def calls_hand_in_what_is_read(package: Package) -> Iterator[Finding]:
    read: dict[str, set[str]] = {}
    for reading in readings(package):
        read.setdefault(reading.node.element.process_id, set()).add(reading.name)
    for call in _calls(package):
        names = set(call.element.handed_in()) - read.get(call.element.called, set())
        for name in sorted(names - set(call.element.words("returns"))):
            yield CALL_IGNORES.at(call.file, call.id, name=name)


def calls_return_what_is_written(package: Package) -> Iterator[Finding]:
    dataflow = Dataflow(package)
    for call in _calls(package):
        written = dataflow.of_scope(package.scopes[call.element.called]).end.perhaps
        for name in call.element.words("returns"):
            if name not in written | handed_in(call):
                yield NOT_RETURNED.at(call.file, call.id, name=name)


def _calls(package: Package) -> Iterator[Node]:
    for node in package.nodes():
        if node.kind == "callActivity" and node.element.called in package.scopes:
            yield node


def parallel_branches_are_apart(package: Package) -> Iterator[Finding]:
    dataflow = Dataflow(package)
    read = list(readings(package))
    for scope in package.scopes.values():
        for split in scope.nodes.values():
            if split.kind != "parallelGateway" or len(scope.leaving(split.id)) < 2:  # noqa: PLR2004 - it divides
                continue
            sides = branches(scope, split)
            for mine in sides:
                others = set().union(*(side for side in sides if side is not mine)) - mine
                yield from _clashes(package, dataflow, read, mine, others)


def _clashes(
    package: Package, dataflow: Dataflow, read: list[Reading], mine: set[str], others: set[str]
) -> Iterator[Finding]:
    elsewhere = {
        name: node_id
        for node_id in sorted(others)
        if (node := package.node(node_id)) is not None
        for name in dataflow.writes(node).perhaps
    }
    for node_id in sorted(mine):
        node = package.node(node_id)
        names = dataflow.writes(node).perhaps if node is not None else frozenset()
        for name in sorted(names & elsewhere.keys()):
            if node is not None:
                yield PARALLEL_WRITES.at(node.file, node_id, name=name, other=elsewhere[name])
    for reading in read:
        if reading.name in elsewhere and _lies_in(package, reading.node, mine):
            yield PARALLEL_READS.at(
                reading.use.file, reading.use.element, place=reading.use.place,
                name=reading.name, other=elsewhere[reading.name],
            )  # fmt: skip


def _lies_in(package: Package, node: Node, ids: set[str]) -> bool:
    if node.id in ids:
        return True
    holder = package.node(node.element.inside) if node.element.inside else None
    return holder is not None and _lies_in(package, holder, ids)


RULES = (
    variables_are_written_before,
    calls_hand_in_what_is_read,
    calls_return_what_is_written,
    parallel_branches_are_apart,
)
