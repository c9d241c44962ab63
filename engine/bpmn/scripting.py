"""What SpiffWorkflow evaluates goes through our allow-list; scripts are off."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment

from engine.bpmn.expressions import Facts, compile_expression, evaluate
from engine.errors import EngineError


class StepFailed(EngineError):
    """SpiffWorkflow could not take a step, e.g. a condition could not be worked out."""

    code = "step_failed"
    wraps = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Environment(TaskDataEnvironment):
    def __init__(self, facts: Facts) -> None:
        super().__init__({})
        self._facts = facts

    def evaluate(
        self,
        expression: str,
        context: Mapping[str, Any],
        external_context: Mapping[str, Any] | None = None,
    ) -> Any:
        value = evaluate(expression, {**context, **(external_context or {})}, self._facts)
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, timedelta):  # as SpiffWorkflow reads the text of a timer
            return f"PT{value // timedelta(seconds=1)}S"
        return str(value) if isinstance(value, Fraction) else value

    def execute(self, script: str, context: Any, external_context: Any = None) -> Any:  # noqa: ARG002 - SpiffWorkflow's signature
        raise StepFailed("script tasks are switched off; use an operation")


class ScriptEngine(PythonScriptEngine):
    """SpiffWorkflow's door to expressions: conditions, timer texts, decision tables."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(_Environment(facts))

    def validate(self, expression: str) -> None:
        compile_expression(expression)
