"""Runs one process by hand; after every action it is saved, loaded and compared."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.bpmn import Definition, Execution, parse_definition
from tests.support.bpmn import bpmn
from tests.support.facts import PlainFacts


def definition(**processes: str) -> Definition:
    """Processes by id, each in the short form of `tests.support.bpmn`."""
    return parse_definition(
        "test", {f"{name}.bpmn": bpmn(name, p) for name, p in processes.items()}
    )


class Run:
    """A process that runs; nothing is kept between two actions but the saved text."""

    def __init__(
        self,
        made: Definition,
        process_id: str = "main",
        facts: PlainFacts | None = None,
        **variables: Any,
    ) -> None:
        self.definition, self.process_id = made, process_id
        self.facts = facts or PlainFacts()
        execution = Execution.start(made, process_id, variables, self.facts)
        execution.run()
        self.passed, self.largest = list(execution.passed), 0
        self.saved = self._kept(execution)

    def load(self) -> Execution:
        return Execution.load(self.definition, self.process_id, self.saved, self.facts)

    def _kept(self, execution: Execution) -> str:
        saved = execution.save()
        self.shown = Execution.load(self.definition, self.process_id, saved, self.facts)
        assert self.shown.save() == saved
        self.largest = max(self.largest, len(saved))
        return saved

    def change(self, action: Callable[[Execution], None]) -> "Run":
        """Load, act, take every step that needs nobody, and save."""
        execution = self.load()
        action(execution)
        execution.run()
        self.passed += execution.passed
        self.saved = self._kept(execution)
        return self

    def open(self) -> list[str]:
        """Ids of the user tasks with a token."""
        return sorted(step.element.id for step in self.shown.user_tasks())

    def outside(self) -> list[str]:
        """Ids of operations, decisions and linked runs with a token."""
        return sorted(step.element.id for step in self.shown.outside_steps())

    def do(self, element_id: str, **writes: Any) -> "Run":
        """Finish a user task or an outside step."""

        def finish(execution: Execution) -> None:
            steps = [*execution.user_tasks(), *execution.outside_steps()]
            step = next(step for step in steps if step.element.id == element_id)
            execution.complete(step.id, writes)

        return self.change(finish)

    def seen(self, element_id: str) -> dict[str, Any]:
        """The variables as a waiting step sees them."""
        execution = self.load()
        steps = [*execution.user_tasks(), *execution.outside_steps()]
        return dict(next(s.variables for s in steps if s.element.id == element_id))

    def wait(self, span: timedelta) -> "Run":
        self.facts = replace(self.facts, now=self.facts.now + span)
        return self.change(Execution.run)

    def send(self, message: str) -> "Run":
        return self.change(lambda execution: execution.send(message))

    def reset(self, element_id: str) -> "Run":
        return self.change(lambda execution: execution.reset(element_id))

    @property
    def finished(self) -> bool:
        return self.shown.finished

    @property
    def result(self) -> dict[str, Any]:
        return self.shown.result
