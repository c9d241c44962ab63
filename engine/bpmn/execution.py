"""One process while it runs: load, step, save. SpiffWorkflow's state is opaque outside here."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.task import Task, TaskState

from engine.bpmn.definition import Definition, Element
from engine.bpmn.expressions import Facts, evaluate
from engine.bpmn.moving import enter, leave, move_to, waiting_task, waiting_tasks
from engine.bpmn.recovery import begin_rest, stuck_at, try_again
from engine.bpmn.reset import reset_to
from engine.bpmn.scripting import ScriptEngine, StepFailed
from engine.bpmn.specs import OutsideStep
from engine.bpmn.state import REGISTRY
from engine.bpmn.time import instant_of, spiff_time
from engine.errors import EngineError

_MOST_FAILURES = 50


class LostElements(EngineError):
    """Saved state names elements that the definition no longer has; migrate the instance."""

    code = "lost_elements"

    def __init__(self, lost: list[str]) -> None:
        super().__init__(f"the diagram no longer has {', '.join(lost)}, where the process stands")
        self.lost = lost


class MessageNotAwaited(EngineError):
    """Nothing in this instance waits for the message."""

    code = "message_not_awaited"

    def __init__(self, name: str) -> None:
        super().__init__(f"this process does not wait for {name!r}")
        self.name = name


@dataclass(frozen=True)
class Step:
    """A place where the process waits for the outside: a user task or an outside step."""

    id: str
    element: Element
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class WaitingTimer:
    """A timer event that waits; fires when `due_at` <= now."""

    id: str
    element_id: str
    due_at: datetime


class Execution:
    """A running process in memory. Use inside one transaction, then drop it."""

    def __init__(
        self, definition: Definition, process_id: str, workflow: BpmnWorkflow, facts: Facts
    ) -> None:
        self.definition, self.process_id, self.facts = definition, process_id, facts
        self._workflow = workflow
        self._workflow.script_engine = ScriptEngine(facts)
        self.passed: list[str] = []
        self.horizon: datetime | None = None
        """fire only timers that are due by then; None: all that are due now"""
        self._failed = False

    @classmethod
    def start(
        cls, definition: Definition, process_id: str, variables: Mapping[str, Any], facts: Facts
    ) -> "Execution":
        """A new run of a process; call `run` to take its first steps."""
        spec, children = definition.specs[process_id]
        with spiff_time(facts.now):
            execution = cls(definition, process_id, BpmnWorkflow(spec, dict(children)), facts)
            execution._workflow.get_next_task(spec_name="Start").data.update(variables)
        return execution

    @classmethod
    def load(cls, definition: Definition, process_id: str, saved: str, facts: Facts) -> "Execution":
        """Restore what `save` gave.

        Raises:
            LostElements: the state stands on elements that the definition lacks.
        """
        spec, children = definition.specs[process_id]
        made = json.loads(saved)
        _check_elements(made, spec, children)
        failed = made.pop("failed", False)
        made["specs"] = (spec, dict(children))
        with spiff_time(facts.now):
            workflow = REGISTRY.restore({**made, "typename": "BpmnWorkflow"})
        execution = cls(definition, process_id, workflow, facts)
        execution._failed = failed
        return execution

    def save(self) -> str:
        """The state as text; saving, loading and saving again gives the same text."""
        self._prune()
        made = REGISTRY.convert(self._workflow)
        made.pop("typename", None)
        if self._failed:
            made["failed"] = True
        return json.dumps(made, ensure_ascii=False, separators=(",", ":"))

    def _time(self) -> AbstractContextManager[None]:
        return spiff_time(self.facts.now, self.horizon)

    def run(self) -> None:
        """Take every step that needs nobody, also those that failed before; fires due timers.

        Raises:
            StepFailed: a condition or timer could not be worked out; the reason names it.
            EngineError: what a step of ours refused.
        """
        with self._time():
            again, self._failed = self._failed, True
            error = try_again(self._workflow) if again else None
            for _ in range(_MOST_FAILURES):  # what runs beside a failing branch goes on
                failed = self._steps_on()
                if failed is None:
                    break
                error = error or failed
                begin_rest(self._workflow)
            self._failed = error is not None
        if error is None:
            return
        if isinstance(error, EngineError):
            raise error
        cause = error.__cause__ or error.__context__
        reason = str(cause) if isinstance(cause, EngineError) else str(error)
        raise StepFailed(reason) from error

    def _steps_on(self) -> Exception | None:
        try:
            self._workflow.do_engine_steps(did_complete_task=self._note)
            self._workflow.refresh_timers()
            self._workflow.do_engine_steps(did_complete_task=self._note)
        except Exception as error:  # noqa: BLE001 - whatever it was, `run` says so
            return error
        return None

    @property
    def stuck_at(self) -> str:
        """Id of the element at which `run` has failed."""
        return stuck_at(self._workflow)

    def _note(self, task: Task) -> None:
        if task.has_state(TaskState.COMPLETED) and task.task_spec.bpmn_id is not None:
            self.passed.append(task.task_spec.bpmn_id)

    def _steps(self, state: int, *, manual: bool) -> list[Step]:
        return [
            Step(str(task.id), self.definition.element(task.task_spec.bpmn_id), task.data)
            for task in self._workflow.get_tasks(state=state)
            if task.task_spec.bpmn_id in self.definition.elements
            and (task.task_spec.manual if manual else isinstance(task.task_spec, OutsideStep))
        ]

    def user_tasks(self) -> list[Step]:
        """User tasks that have a token."""
        return self._steps(TaskState.READY, manual=True)

    def outside_steps(self) -> list[Step]:
        """Operations, decisions and linked runs that have a token."""
        return self._steps(TaskState.STARTED, manual=False)

    def active(self) -> list[str]:
        """Ids of all elements with a token, the calls around them included."""
        waiting = TaskState.READY | TaskState.STARTED | TaskState.WAITING
        return sorted(
            {
                task.task_spec.bpmn_id
                for task in self._workflow.get_tasks(state=waiting)
                if task.task_spec.bpmn_id in self.definition.elements
                and not isinstance(task.task_spec, BoundaryEvent)
            }
        )

    def timers(self) -> list[WaitingTimer]:
        """Timer events that wait, with their instants."""
        found = []
        for task in self._workflow.event_manager.tasks.values():
            definition = task.task_spec.event_definition
            value = task._get_internal_data("event_value")  # noqa: SLF001 - no public name for it
            if isinstance(definition, TimerEventDefinition) and isinstance(value, str):
                due = definition.get_datetime(value)
                found.append(WaitingTimer(str(task.id), task.task_spec.bpmn_id, due))
        return found

    def timers_anew(
        self, facts_at: Callable[[datetime], Facts]
    ) -> list[tuple[WaitingTimer, datetime]]:
        """Timer events that wait, each with the instant that its text gives now.

        A text is worked out as it was when the event began to wait: with its variables, at that
        instant. What can no longer be worked out keeps its instant.

        Args:
            facts_at: the facts of the selection as they were asked at an instant.
        """
        found = []
        for timer in self.timers():
            task = self._workflow.get_task_from_id(UUID(timer.id))
            began = datetime.fromtimestamp(task.last_state_change, UTC)
            text = task.task_spec.event_definition.expression
            try:
                value = evaluate(text, task.data, facts_at(began))
                due = began + value if isinstance(value, timedelta) else instant_of(value, began)
            except (EngineError, ValueError):
                due = timer.due_at
            found.append((timer, due))
        return found

    def complete(self, step_id: str, writes: Mapping[str, Any]) -> None:
        """Finish a user task or an outside step; `writes` become variables."""
        with self._time():
            task = self._workflow.get_task_from_id(UUID(step_id))
            task.data.update(writes)
            try:
                if task.task_spec.manual:
                    task.run()
                else:
                    task.complete()
            except Exception:
                if not task.has_state(TaskState.COMPLETED):
                    raise
                self._failed = True  # what follows could not begin: `run` tries it, and says why
            self._note(task)

    def has_step(self, step_id: str) -> bool:
        """Whether the step still waits (it may have been cancelled by an event)."""
        try:
            task = self._workflow.get_task_from_id(UUID(step_id))
        except SpiffWorkflowException:
            return False
        return bool(task.has_state(TaskState.READY | TaskState.STARTED))

    def send(self, message: str) -> None:
        """Deliver a message to the events that wait for it.

        Raises:
            MessageNotAwaited: none does; nothing is changed.
        """
        with self._time():
            try:
                self._workflow.send_event(BpmnEvent(MessageEventDefinition(message), {}))
            except SpiffWorkflowException as error:
                raise MessageNotAwaited(message) from error

    def move_timer(self, timer_id: str, due_at: datetime) -> None:
        """Give a waiting timer event another instant."""
        task = self._workflow.get_task_from_id(UUID(timer_id))
        task._set_internal_data(event_value=due_at.isoformat())  # noqa: SLF001 - no public name for it

    def cancel(self) -> None:
        """End the process without a result."""
        with self._time():
            self._workflow.cancel()

    def reset(self, element_id: str) -> None:
        """Let a whole step (call activity or sub-process) run again; see `engine.bpmn.reset`."""
        with self._time():
            reset_to(self._workflow, element_id)

    def places(self) -> list[Step]:
        """Every place with a token, also calls, timers and what has failed; for `move`, `leave`."""
        return [
            Step(str(task.id), self.definition.element(task.task_spec.bpmn_id), task.data)
            for task in waiting_tasks(self._workflow)
            if task.task_spec.bpmn_id in self.definition.elements
        ]

    def move(self, step_id: str, element_id: str, *, call: str = "") -> None:
        """Put a token before another element of its process; see `engine.bpmn.moving`.

        Args:
            call: the call activity of its process whose called process the element lies in.

        Raises:
            NotWaiting: no token is there.
        """
        with self._time():
            task = waiting_task(self._workflow, step_id)
            if not call:
                move_to(self._workflow, task, element_id)
                return
            if task.task_spec.bpmn_id != call:
                task = move_to(self._workflow, task, call)
            enter(self._workflow, task, element_id)

    def leave(self, step_id: str, writes: Mapping[str, Any]) -> None:
        """Let a token go on as if its element were done.

        Raises:
            NotWaiting: no token is there.
        """
        with self._time():
            leave(self._workflow, waiting_task(self._workflow, step_id), writes)

    @property
    def finished(self) -> bool:
        return bool(self._workflow.completed)

    @property
    def result(self) -> dict[str, Any]:
        """The variables at the end."""
        last = self._workflow.last_task
        return dict(last.data) if last is not None else {}

    @property
    def last_element(self) -> str:
        """The end event that was reached last, or what came before it."""
        ends = [e for e in self.passed if self.definition.element(e).kind == "endEvent"]
        return ends[-1] if ends else ""

    def evaluate(self, text: str, variables: Mapping[str, Any]) -> Any:
        return evaluate(text, variables, self.facts)

    def decide(self, decision_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Apply a decision table to one row; COLLECT gives a list per output."""
        task = SimpleNamespace(data=dict(row), workflow=self._workflow)
        made: dict[str, Any] = self.definition.decisions[decision_id].result(task)
        return made

    def _prune(self) -> None:
        """Move finished calls and sub-processes to history, deepest first (design §5)."""
        by_depth = sorted(
            ((child.depth, key) for key, child in self._workflow.subprocesses.items()),
            key=lambda pair: -pair[0],
        )
        for _, key in by_depth:
            if key not in self._workflow.subprocesses:
                continue
            task = self._workflow.get_task_from_id(key)
            if task.has_state(TaskState.FINISHED_MASK):
                self._workflow.delete_subprocess(task)


def _check_elements(made: Mapping[str, Any], spec: Any, children: Mapping[str, Any]) -> None:
    lost = {t["task_spec"] for t in made["tasks"].values()} - set(spec.task_specs)
    for child in made["subprocesses"].values():
        known = children.get(child["spec"])
        names = {t["task_spec"] for t in child["tasks"].values()}
        lost |= names - set(known.task_specs) if known else {child["spec"]}
    if lost:
        raise LostElements(sorted(lost))
