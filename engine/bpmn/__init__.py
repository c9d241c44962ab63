"""The only code that imports SpiffWorkflow: parse, check, run, save and load one process."""

from engine.bpmn.definition import Definition, Element, parse_definition
from engine.bpmn.execution import Execution, Step, WaitingTimer
from engine.bpmn.expressions import (
    Expression,
    Facts,
    UnsafeExpression,
    compile_expression,
    evaluate,
)

__all__ = [
    "Definition",
    "Element",
    "Execution",
    "Expression",
    "Facts",
    "Step",
    "UnsafeExpression",
    "WaitingTimer",
    "compile_expression",
    "evaluate",
    "parse_definition",
]
