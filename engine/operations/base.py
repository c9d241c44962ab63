"""What an operation is: a named function with a schema for its parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from jsonschema import Draft202012Validator
from sqlalchemy.orm import Session

from engine.bpmn import Element
from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.facts import CaseFacts
from engine.model import Case
from engine.operations.values import plain, whole


@dataclass(frozen=True)
class Submission:
    """One seat as it was handed in; what operations of user tasks read."""

    seat_id: UUID
    person_id: UUID | None
    subject: str
    group: str
    answers: Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """Where and for whom an operation runs."""

    session: Session
    case: Case
    package: PackageVersion
    instance_id: UUID
    element: Element
    variables: Mapping[str, Any]
    facts: CaseFacts
    now: datetime
    actor_id: UUID | None = None
    task_id: UUID | None = None
    submissions: Sequence[Submission] = ()


@dataclass(frozen=True)
class Effect:
    """What the orchestration does after an operation.

    kind: `message` (send `name` to the main process), `pause`, `resume`, `repeat` (begin the step
    `name` again), `voided` (`name`: id of a task that may now be complete).
    """

    kind: str
    name: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """A result (plain JSON, with its working) and what follows from it."""

    result: Mapping[str, Any]
    effects: Sequence[Effect] = field(default=())


class UnknownOperation(EngineError):
    """The diagram names an operation that the catalogue does not have."""

    code = "unknown_operation"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no operation {name!r}; docs/properties.md lists them")
        self.name = name


class BadParameters(EngineError):
    """An operation was called with parameters that do not fit."""

    code = "bad_parameters"

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(f"operation {operation}: {reason}")
        self.operation, self.reason = operation, reason


@dataclass(frozen=True)
class Operation:
    """An entry of the catalogue. `schema` describes the parameters (JSON Schema, with titles)."""

    name: str
    schema: Mapping[str, Any]
    run: Callable[..., Outcome]


CATALOGUE: dict[str, Operation] = {}


def operation(
    name: str, schema: Mapping[str, Any]
) -> Callable[[Callable[..., Outcome]], Callable[..., Outcome]]:
    """Put a function `(call, *, parameter…) -> Outcome` into the catalogue."""

    def register(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
        CATALOGUE[name] = Operation(name, schema, function)
        return function

    return register


def perform(call: Call, name: str, parameters: Mapping[str, Any]) -> Outcome:
    """Run an operation of the catalogue; its result is plain JSON, ready to be kept.

    Raises:
        UnknownOperation: no such operation.
        BadParameters: a parameter is missing, not known or does not fit; nothing is changed.
        EngineError: what the operation refuses, see there.

    """
    if name not in CATALOGUE:
        raise UnknownOperation(name)
    entry = CATALOGUE[name]
    known, required = entry.schema.get("properties", {}), entry.schema.get("required", [])
    if entry.schema.get("additionalProperties", False) is False:
        for parameter in parameters:
            if parameter not in known:
                raise BadParameters(name, f"it has no parameter {parameter!r}")
    for parameter in required:
        if parameter not in parameters:
            raise BadParameters(name, f"the parameter {parameter!r} is missing")
    handed = {key: whole(value) for key, value in parameters.items()}
    _require_fit(name, handed)
    try:
        outcome = entry.run(call, **handed)
        return Outcome(plain(outcome.result), outcome.effects)
    except (ValueError, TypeError) as error:  # what the rules say to numbers that cannot be
        raise BadParameters(name, str(error)) from error


def _require_fit(name: str, parameters: Mapping[str, Any]) -> None:
    try:
        values = plain(parameters)
    except TypeError as error:
        raise BadParameters(name, str(error)) from error
    fault = next(_validator(name).iter_errors(values), None)
    if fault is not None:
        place = ".".join(str(part) for part in fault.absolute_path)
        raise BadParameters(name, f"the parameter {place!r} does not fit: {fault.message[:200]}")


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(CATALOGUE[name].schema)
