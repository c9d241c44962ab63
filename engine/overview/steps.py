"""Where a selection stands: every step with its state, in order; what comes next and by when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import func, select

from engine import inbox
from engine.bpmn import Element
from engine.definitions import Words
from engine.model import HistoryEntry, Instance, PlanDate, UserTask
from engine.overview.access import Seen
from engine.overview.drawings import Drawing, drawing_of

PEOPLE = "userTask"
SHOWN = (PEOPLE, "serviceTask", "businessRuleTask", "callActivity", "intermediateCatchEvent")
_LONGEST_NEXT = 6
_FRAMES = ("subProcess", "Gateway")


@dataclass(frozen=True)
class OpenTask:
    """A task that waits for people."""

    task_id: UUID
    element_id: str
    state: str
    opened_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None

    @property
    def by(self) -> datetime | None:
        return self.due_at or self.closes_at


@dataclass(frozen=True)
class Passed:
    """The last time a process went through an element."""

    number: int
    at: datetime


@dataclass(frozen=True)
class Step:
    """One step. `state` is done, current, late, waiting or skipped.

    `at` is when it was done, `by` when what is open is due, `planned` what the plan says.
    """

    element_id: str
    kind: str
    name: Words
    role: Words | None
    state: str
    at: datetime | None = None
    by: datetime | None = None
    planned: datetime | None = None
    calls: str = ""
    """the process it opens into"""


@dataclass(frozen=True)
class Process:
    """A process of the package that has a drawing of its own."""

    id: str
    name: Words
    begun: bool
    over: bool


@dataclass(frozen=True)
class Coming:
    """What comes next: a task that waits, or a date of the plan."""

    name: Words
    role: Words | None
    by: datetime | None
    task: bool


class Progress:
    """Where one selection stands: five statements, whatever its size; the rest is arithmetic."""

    def __init__(self, seen: Seen) -> None:
        self.seen, self._package = seen, seen.package
        self._elements = seen.package.definition.elements
        self.passed = _last(seen, "passed")
        self._repeated = _last(seen, "repeated")
        self._instances = seen.session.execute(
            select(Instance.process_id, Instance.state, Instance.active).where(
                Instance.case_id == seen.case.id
            )
        ).all()
        self.active = {
            key for row in self._instances if row.state == "running" for key in row.active
        }
        self.open = _open_tasks(seen)

    @cached_property
    def plan(self) -> dict[str, datetime]:
        rows = self.seen.session.execute(
            select(PlanDate.key, PlanDate.at)
            .where(PlanDate.case_id == self.seen.case.id)
            .order_by(PlanDate.position)
        )
        return {row.key: row.at for row in rows}

    @cached_property
    def _open_by_element(self) -> dict[str, list[OpenTask]]:
        made: dict[str, list[OpenTask]] = {}
        for task in self.open:
            made.setdefault(task.element_id, []).append(task)
        return made

    @cached_property
    def late(self) -> set[str]:
        return {
            task.element_id
            for task in self.open
            if task.state == "open" and task.by is not None and task.by < self.seen.now
        }

    def state_of(self, element: Element) -> str:
        if element.id in self.late:
            return "late"
        if element.id in self.active or element.id in self._open_by_element:
            return "current"
        if self._is_done(element):
            return "done"
        return "skipped" if self._is_over(element) or self._is_passed_by(element) else "waiting"

    def _is_done(self, element: Element) -> bool:
        """Gone through since its surroundings last began: what is repeated is not done yet."""
        last = self.passed.get(element.id)
        return last is not None and last.number >= self._began(element)

    def _began(self, element: Element) -> int:
        start = self.passed.get(self._starts.get((element.process_id, element.inside), ""))
        here = max(start.number if start else 0, self._undone.get(element.id, 0))
        around = self._around(element)
        outer = max((self._began(each) for each in around), default=0)
        called_often = len(around) > 1
        return here if called_often or here >= outer else outer + 1

    @cached_property
    def _undone(self) -> dict[str, int]:
        """What was repeated and what the flow leads to from there: the number of the repetition."""
        made: dict[str, int] = {}
        for key, repeated in self._repeated.items():
            if key in self._elements:
                for each in self._led_to([key]):
                    made[each] = max(made.get(each, 0), repeated.number)
        return made

    @cached_property
    def _starts(self) -> Mapping[tuple[str, str], str]:
        """Start event of each process (inside: empty) and sub-process."""
        return {
            (each.process_id, each.inside): each.id
            for each in self._elements.values()
            if each.kind == "startEvent"
        }

    def _around(self, element: Element) -> list[Element]:
        """The frame an element stands in: its sub-process, or the calls of its process."""
        if element.inside:
            return [self._elements[element.inside]]
        return self._callers.get(element.process_id, [])

    @cached_property
    def _callers(self) -> Mapping[str, list[Element]]:
        made: dict[str, list[Element]] = {}
        for each in self._elements.values():
            if each.kind == "callActivity":
                made.setdefault(each.called, []).append(each)
        return made

    def _is_over(self, element: Element) -> bool:
        """Whether nothing can reach it any more."""
        if self.seen.state == "ended":
            return True
        around = self._around(element)
        if not around:
            states = [r.state for r in self._instances if r.process_id == element.process_id]
            return bool(states) and "running" not in states
        if any(each.id in self.active for each in around):
            return False
        return all(self._is_done(each) or self._is_over(each) for each in around)

    def _is_passed_by(self, element: Element) -> bool:
        """Whether the flow has gone another way and does not lead here from where it stands."""
        start = self._starts.get((element.process_id, element.inside), "")
        begun = start in self.passed and self._is_done(self._elements[start])
        return begun and element.id not in self._reachable

    @cached_property
    def _reachable(self) -> set[str]:
        """Everything the flows lead to from where the selection stands."""
        return self._led_to(self.active)

    def _led_to(self, keys: Iterable[str]) -> set[str]:
        """These elements and all that their flows lead to, loops included."""
        found = set(keys)
        todo = list(found)
        while todo:
            key = todo.pop()
            after = self.drawing(self._elements[key].process_id).following.get(key, ())
            todo.extend(each for each in after if each not in found)
            found.update(after)
        return found

    def drawing(self, process_id: str) -> Drawing:
        return drawing_of(self._package, process_id)

    def steps(self, process_id: str) -> list[Step]:
        """The steps of one process in the order of its flow."""
        drawn = self.drawing(process_id)
        return [
            self._step(self._elements[key], drawn)
            for key in drawn.order
            if self._elements[key].kind in SHOWN and self._elements[key].name
        ]

    def stages(self) -> list[Step]:
        """The calls of the main process: all that candidates and the public are told of it."""
        return [s for s in self.steps(self.seen.root.process_id) if s.kind == "callActivity"]

    def _step(self, element: Element, drawn: Drawing) -> Step:
        state = self.state_of(element)
        tasks = self._open_by_element.get(element.id, [])
        passed = self.passed.get(element.id)
        people = element.kind == PEOPLE
        return Step(
            element_id=element.id,
            kind=element.kind,
            name=Words(element.name, element.name_en),
            role=self._package.word(element.role) if people and element.role else None,
            state=state,
            at=passed.at if passed and state == "done" else None,
            by=min((task.by for task in tasks if task.by), default=None),
            planned=self.plan.get(drawn.plan_keys.get(element.id, "")),
            calls=element.called,
        )

    def marks(self, process_id: str) -> dict[str, list[str]]:
        """Ids for the drawing: done, current and late ones, each under one of the three."""
        made: dict[str, list[str]] = {"done": [], "current": [], "late": []}
        keys: Iterable[str] = self.drawing(process_id).order
        if not self.seen.is_staff:
            keys = [step.element_id for step in self.stages()]
        for key in keys:
            state = self.state_of(self._elements[key])
            if state == "current" and self._elements[key].kind.endswith(_FRAMES):
                continue  # what stands inside, or before the join, says where it is
            if state in made:
                made[state].append(key)
        return made

    def processes(self) -> list[Process]:
        """The main process, then those it calls in their order, then what came by message."""
        definition, main = self._package.definition, self.seen.root.process_id
        called: list[str] = [main]
        for process in called:  # grows while it is walked
            for key in self.drawing(process).order:
                other = self._elements[key].called
                if other and other not in called:
                    called.append(other)
        begun = {row.process_id for row in self._instances}
        called += [p for p in definition.messages.values() if p in begun]
        return [self._process(key, main) for key in dict.fromkeys(called)]

    def _process(self, process_id: str, main: str) -> Process:
        """It is named like the one call that opens it; the main one like itself."""
        start = self._package.definition.start_of(process_id)
        callers = self._callers.get(process_id, [])
        name = self.drawing(process_id).name
        if len(callers) == 1 and process_id != main:
            name = Words(callers[0].name, callers[0].name_en)
        begun = start.id in self.passed
        return Process(process_id, name, begun, begun and self._is_over(start))

    def coming(self) -> list[Coming]:
        """What comes next and by when, the earliest first."""
        if self.seen.state == "ended":
            return []
        found = self._tasks_coming() if self.seen.is_staff else self._own_coming()
        return found[:_LONGEST_NEXT] or self.dates_coming()[:2]

    def _tasks_coming(self) -> list[Coming]:
        return [
            Coming(
                self._package.element_name(task.element_id),
                self._package.word(self._elements[task.element_id].role),
                task.by,
                task=True,
            )
            for task in sorted(self.open, key=_by_due)
            if task.state == "open"
        ]

    def _own_coming(self) -> list[Coming]:
        mine = inbox.own(self.seen.session, replace(self.seen.who, only_case=self.seen.case.id))
        return [Coming(item.title, None, item.due_at, task=True) for item in mine.items]

    def dates_coming(self) -> list[Coming]:
        names = {line["key"]: Words(line["zh"], line["en"]) for line in self._package.plan_lines}
        return [
            Coming(names.get(key, Words(key, key)), None, at, task=False)
            for key, at in self.plan.items()
            if at > self.seen.now
        ]


def _last(seen: Seen, action: str) -> dict[str, Passed]:
    """The last entry of an action for each element."""
    rows = seen.session.execute(
        select(HistoryEntry.element_id, func.max(HistoryEntry.id), func.max(HistoryEntry.at))
        .where(HistoryEntry.case_id == seen.case.id, HistoryEntry.action == action)
        .group_by(HistoryEntry.element_id)
    )
    return {key: Passed(number, at) for key, number, at in rows}


def _by_due(task: OpenTask) -> tuple[bool, datetime]:
    return task.by is None, task.by or task.opened_at


def _open_tasks(seen: Seen) -> Sequence[OpenTask]:
    rows = seen.session.execute(
        select(
            UserTask.id,
            UserTask.element_id,
            UserTask.state,
            UserTask.opened_at,
            UserTask.opens_at,
            UserTask.due_at,
            UserTask.closes_at,
        )
        .where(UserTask.case_id == seen.case.id, UserTask.state.in_(("open", "closed")))
        .order_by(UserTask.opened_at, UserTask.id)
    )
    return [OpenTask(*row) for row in rows]
