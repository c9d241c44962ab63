"""The small part of Python that owners may write: checked, compiled once, size-guarded.

`a.b` reads key `b` of a dictionary and nothing else; only registered functions can be called.
The list is in docs/properties.md; attempts to leave it are tests/engine/bpmn/test_expressions.py.
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from types import CodeType
from typing import Any, Protocol

from engine.errors import EngineError

_LONGEST_TEXT = 4000
_MOST_NODES = 400
_MOST_COMPREHENSIONS = 2
_LARGEST_VALUE = 100_000
_LARGEST_BITS = 256
_LARGEST_CONSTANT = 10**9
_NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)

_NODES = (
    ast.Expression, ast.IfExp, ast.Name, ast.Load, ast.Store, ast.Constant, ast.Attribute,
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod,
    ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
    ast.Is, ast.IsNot, ast.Call, ast.keyword, ast.List, ast.Tuple, ast.Dict,
    ast.Subscript, ast.Slice, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.comprehension,
)  # fmt: skip

METHODS = frozenset({"get", "keys", "values", "items", "lower", "upper", "strip", "split",
                     "startswith", "endswith", "count", "index"})  # fmt: skip


class UnsafeExpression(EngineError, SyntaxError):
    """The text is not in the part of Python that packages may use.

    Also a SyntaxError, because SpiffWorkflow's decision tables rely on one (design §8).
    """

    code = "unsafe_expression"

    def __init__(self, text: str, reason: str) -> None:
        EngineError.__init__(self, f"{text!r} cannot be used: {reason}")
        self.expression, self.reason = text, reason


class ExpressionFailed(EngineError):
    """An expression could not be worked out: a name or key is missing, or values do not fit."""

    code = "expression_failed"

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text!r} could not be worked out: {reason}")
        self.expression, self.reason = text, reason


class Facts(Protocol):
    """What an expression may ask about its selection; the database is behind it."""

    @property
    def now(self) -> datetime: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def plan(self) -> Mapping[str, datetime]: ...
    def active(self, codes: Sequence[str]) -> list[str]: ...
    def status(self, code: str) -> str: ...
    def rounds(self, element_id: str) -> int: ...
    def result_of(self, element_id: str) -> Any: ...
    def workdays(self, number: int, after: Any = None) -> datetime: ...
    def on_day(self, number: int, at: str, after: Any = None) -> datetime: ...
    def on_workday(self, number: int, at: str, after: Any = None) -> datetime: ...
    def date(self, text: str) -> datetime: ...
    def done(self, element_id: str) -> datetime: ...
    def opened(self, element_id: str) -> datetime: ...
    def published(self, text_id: str) -> datetime: ...


@dataclass(frozen=True)
class Expression:
    """A checked and compiled expression. `names` are the variables it reads."""

    text: str
    code: CodeType
    names: frozenset[str]


def _size(value: object) -> int:
    return len(value) if isinstance(value, (str, list, tuple, dict)) else 0


def _add(left: Any, right: Any) -> Any:
    if _size(left) + _size(right) > _LARGEST_VALUE:
        raise ValueError("the value grows too large")
    return left + right


def _multiply(left: Any, right: Any) -> Any:
    for value, times in ((left, right), (right, left)):
        if _size(value) and not (isinstance(times, int) and _size(value) * times <= _LARGEST_VALUE):
            raise ValueError("the value grows too large")
    both_whole = isinstance(left, int) and isinstance(right, int)
    if both_whole and left.bit_length() + right.bit_length() > _LARGEST_BITS:
        raise ValueError("the number grows too large")
    return left * right


def _divide(left: Any, right: Any) -> Any:
    """Exact: whole numbers divide into a fraction, never into a float."""
    if isinstance(left, int) and isinstance(right, int):
        return Fraction(left, right)
    return left / right


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, str):
        raise TypeError("texts have no remainder")
    return left % right


def _key(holder: Any, name: str) -> Any:
    if not isinstance(holder, Mapping):
        raise TypeError(f".{name} is asked of something that has no fields")
    return holder[name]


def _range(*bounds: int) -> range:
    made = range(*bounds)
    if len(made) > _LARGEST_VALUE:
        raise ValueError("the range is too large")
    return made


def exact(value: Any) -> Fraction:
    """A number of the rules, from "27.46", "23/58", 88; floats are refused."""
    if isinstance(value, (bool, float)):
        raise TypeError("a float or a truth value is not an exact number")
    return Fraction(value)


def agreed(signed: Any) -> bool:
    """True when every seat of a signing task said yes and none is missing."""
    entries = list(signed["entries"])
    for rows in signed["by_subject"].values():
        entries.extend(rows)
    return signed["handed_in"] == signed["seats"] and all(e.get("agree") == "yes" for e in entries)


PLAIN_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": len, "min": min, "max": max, "sum": sum, "any": any, "all": all, "sorted": sorted,
    "abs": abs, "int": int, "str": str, "list": list, "dict": dict, "range": _range,
    "exact": exact, "agreed": agreed,
    "minutes": lambda n: timedelta(minutes=n),
    "hours": lambda n: timedelta(hours=n),
    "days": lambda n: timedelta(days=n),
}  # fmt: skip

# Seats are lists of descriptions here, so that + joins them; `engine.seats` turns them into rows.
SEAT_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "members": lambda role, function="": [{"kind": "members", "role": role, "function": function}],
    "roster": lambda name, group="": [{"kind": "roster", "roster": name, "group": group}],
    "each": lambda codes: [{"kind": "each", "codes": list(codes)}],
    "per": lambda codes, role: [{"kind": "per", "codes": list(codes), "role": role}],
    "times": lambda who, codes: [{"kind": "times", "who": who, "codes": list(codes)}],
    "persons": lambda number, role: [{"kind": "persons", "number": number, "role": role}],
    "signers": lambda *keys: [{"kind": "signers", "keys": list(keys)}],
    "present": lambda attendance: [{"kind": "present", "attendance": attendance["id"]}],
}

TIME_FUNCTIONS = (
    "workdays", "on_day", "on_workday", "date", "done", "opened", "published",
)  # fmt: skip
FACT_FUNCTIONS = ("active", "status", "round", "result_of", "now", *TIME_FUNCTIONS)
TEXT_FUNCTIONS = ("person", "present_post", "word")  # only where a text is worded
FUNCTIONS = frozenset({*PLAIN_FUNCTIONS, *SEAT_FUNCTIONS, *FACT_FUNCTIONS, *TEXT_FUNCTIONS})
_OPERATORS = {ast.Add: "_add", ast.Mult: "_multiply", ast.Div: "_divide", ast.Mod: "_remainder"}
_CALLED = "_f_"
_GUARDS = {
    "_add": _add, "_multiply": _multiply, "_divide": _divide, "_remainder": _remainder,
    "_key": _key,
}  # fmt: skip


class _Guarding(ast.NodeTransformer):
    """Route operators and dots through the guards above; functions have names of their own.

    So a variable may be called like a function (`person`, `present`): only what stands before
    parentheses is the function.
    """

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        guard = _OPERATORS.get(type(node.op))
        return node if guard is None else _call(guard, [node.left, node.right], node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value)
        elif isinstance(node.func, ast.Name):
            node.func = ast.copy_location(ast.Name(_CALLED + node.func.id, ast.Load()), node.func)
        node.args = [self.visit(argument) for argument in node.args]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return _call("_key", [node.value, ast.Constant(node.attr)], node)


def _call(name: str, arguments: list[ast.expr], where: ast.AST) -> ast.AST:
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), arguments, []), where)


@lru_cache(maxsize=8192)
def compile_expression(text: str) -> Expression:
    """Check and compile; the same text is compiled once per process.

    Raises:
        UnsafeExpression: the text is not in the allowed part of Python.
    """
    stripped = text.strip()
    if not stripped:
        raise UnsafeExpression(text, "it is empty")
    if len(stripped) > _LONGEST_TEXT:
        raise UnsafeExpression(text[:60] + "…", "it is too long")
    try:
        tree = ast.parse(stripped, "<expression>", "eval")
    except _NOT_PYTHON as error:
        raise UnsafeExpression(text, f"it is not an expression ({error})") from error
    nodes = list(ast.walk(tree))
    if len(nodes) > _MOST_NODES:
        raise UnsafeExpression(text, "it is too complicated")
    if sum(isinstance(node, ast.comprehension) for node in nodes) > _MOST_COMPREHENSIONS:
        raise UnsafeExpression(text, "it nests too many comprehensions")
    for node in nodes:
        _check_node(node, text)
    _check_generators(nodes, text)
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    called = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    guarded = ast.fix_missing_locations(_Guarding().visit(tree))
    try:
        code = compile(guarded, "<expression>", "eval")
    except _NOT_PYTHON as error:  # e.g. 0[1], where warnings are errors
        raise UnsafeExpression(text, f"it cannot be worked out ({error})") from error
    return Expression(stripped, code, frozenset(read - stored - called))


def _check_node(node: ast.AST, text: str) -> None:
    reason = None
    if not isinstance(node, _NODES):
        reason = f"{type(node).__name__} is not allowed"
    elif isinstance(node, ast.Name) and node.id.startswith("_"):
        reason = f"the name {node.id} is not allowed"
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in FUNCTIONS:
        reason = f"{node.id} is the name of a function"
    elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
        reason = f".{node.attr} is not allowed"
    elif isinstance(node, ast.Call):
        reason = _check_call(node)
    elif isinstance(node, ast.Constant):
        reason = _check_constant(node.value)
    elif isinstance(node, ast.comprehension) and node.is_async:
        reason = "async is not allowed"
    elif isinstance(node, ast.Dict) and None in node.keys:
        reason = "** is not allowed"
    if reason:
        raise UnsafeExpression(text, reason)


def _check_generators(nodes: Sequence[ast.AST], text: str) -> None:
    """A generator that is not used up at once would run later, outside of every guard."""
    used_up = {id(value) for node in nodes if isinstance(node, ast.Call) for value in node.args}
    if any(isinstance(node, ast.GeneratorExp) and id(node) not in used_up for node in nodes):
        raise UnsafeExpression(text, "write [ … for … ] instead of ( … for … )")


def _check_call(node: ast.Call) -> str | None:
    if any(keyword.arg is None for keyword in node.keywords):
        return "** is not allowed"
    if isinstance(node.func, ast.Name):
        return None if node.func.id in FUNCTIONS else f"{node.func.id}() is not known"
    if isinstance(node.func, ast.Attribute):
        return None if node.func.attr in METHODS else f".{node.func.attr}() is not allowed"
    return "only named functions can be called"


def _check_constant(value: object) -> str | None:
    if isinstance(value, (bytes, complex, float)) or value is Ellipsis:
        return f"{value!r} is not allowed; write exact numbers as text"
    if isinstance(value, int) and abs(value) > _LARGEST_CONSTANT:
        return "the number is too large"
    return None


def evaluate(
    text: str,
    variables: Mapping[str, Any],
    facts: Facts,
    more: Mapping[str, Callable[..., Any]] | None = None,
) -> Any:
    """Work an expression out over plain JSON variables.

    Args:
        more: further functions of the place, e.g. `person` and `word` in texts.

    Raises:
        UnsafeExpression: not in the allowed part of Python.
        ExpressionFailed: a name or key is missing, or the values do not fit.
    """
    expression = compile_expression(text)
    functions = {
        **PLAIN_FUNCTIONS,
        **SEAT_FUNCTIONS,
        "active": facts.active,
        "status": facts.status,
        "round": facts.rounds,
        "result_of": facts.result_of,
        "now": lambda: facts.now,
        **{name: getattr(facts, name) for name in TIME_FUNCTIONS},
        **(more or {}),
    }
    scope: dict[str, Any] = {
        "__builtins__": {},
        **variables,
        **_GUARDS,
        **{_CALLED + name: function for name, function in functions.items()},
    }
    if "parameters" in expression.names:
        scope["parameters"] = facts.parameters
    if "plan" in expression.names:
        scope["plan"] = facts.plan
    try:
        return eval(expression.code, scope)  # noqa: S307 - checked by compile_expression, no builtins
    except EngineError:
        raise
    except KeyError as error:
        raise ExpressionFailed(text, f"{error.args[0]!r} is not there") from error
    except Exception as error:
        raise ExpressionFailed(text, f"{error}") from error
