"""The part of Python that owners may write, and attempts to leave it."""

import ast
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from engine.bpmn.expressions import (
    ExpressionFailed,
    UnsafeExpression,
    compile_expression,
    evaluate,
)
from engine.errors import EngineError
from tests.support.facts import MORNING, PlainFacts

FACTS = PlainFacts(
    parameters={"posts": 2, "ratio": "23/58"},
    plan={"notice_end": datetime(2026, 9, 30, 9, 30, tzinfo=UTC)},
    gone={"K02": "withdrawn"},
    results={"s2_cut": {"advanced": ["K01"]}},
    passed={"s2_cut": 1},
)
VARIABLES: dict[str, Any] = {
    "codes": ["K01", "K02"], "votes": {"K01": 7}, "result": {"a": 1}, "word": "agree",
    "big": 2**200, "long": "a" * 60_000,
}  # fmt: skip

ESCAPES = {
    "walk over subclasses": "().__class__.__base__.__subclasses__()",
    "import": "__import__('os').system('true')",
    "import statement": "import os",
    "format leaks attributes": "'{0.__class__.__mro__}'.format(result)",
    "f-string": "f'{().__class__}'",
    "generator frame": "[f for f in [(g.gi_frame.f_back for g in [1])]]",
    "open a file": "open('/etc/passwd').read()",
    "position-only shadowing": "(lambda _getattr_, /: result.x)(max)",
    "memory bomb": "'a' * 10**9",
    "loop over loops": "sum([1 for i in range(10**6) for j in range(10**6) for k in range(9)])",
    "while": "while True: pass",
    "power bomb": "9 ** 9 ** 9 ** 9",
    "getattr": "getattr(result, '__cl' + 'ass__')",
}
BOMBS = {
    "multiply a name": "long * 900000000",
    "double and double": "long + long",
    "percent width": "'%999999999d' % 1",
    "multiply whole numbers": "big * big",
    "three comprehensions": "[1 for a in codes for b in codes for c in codes]",
    "large range": "list(range(1000000))",
}


@pytest.mark.parametrize("text", ESCAPES.values(), ids=ESCAPES.keys())
def test_an_escape_is_refused_before_anything_runs(text: str) -> None:
    with pytest.raises(UnsafeExpression):
        compile_expression(text)


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_value_that_would_grow_is_refused(text: str) -> None:
    with pytest.raises(EngineError):
        evaluate(text, VARIABLES, FACTS)


@pytest.mark.parametrize(
    "text",
    [
        "result.__class__", "_key(result, 'a')", "votes['K01'].a.__class__", "codes.append(1)",
        "word.format(1)", "word.format_map(result)", "[codes for len in codes]", "lambda: 1",
        "(x := 1)", "{**result}", "max(*codes)", "dict(**result)", "{1, 2}", "1.5", "1j",
        "b'a'", "...", "10**10", "10000000000", "await result", "[c async for c in codes]",
        "result.a.b()", "f()()",
        "", "   ", "a b", "x" * 4001, "1" + "+1" * 300, "(" * 300 + ")" * 300,
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_is_refused(text: str) -> None:
    with pytest.raises(UnsafeExpression):
        compile_expression(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("parameters.posts * 3", 6),
        ("1 / 3", Fraction(1, 3)),
        ("exact(parameters.ratio) * 58", 23),
        ("7 // 2", 3),
        ("7 % 2", 1),
        ("votes.K01 if 'K01' in votes else 0", 7),
        ("votes.get('K09', 0)", 0),
        ("[c for c in active(codes) if votes[c] > 6]", ["K01"]),
        ("{c: len(c) for c in codes}", {"K01": 3, "K02": 3}),
        ("status('K02')", "withdrawn"),
        ("round('s2_cut')", 1),
        ("result_of('s2_cut').advanced", ["K01"]),
        ("codes[:1] + codes[-1:]", ["K01", "K02"]),
        ("now() + minutes(15) < plan.notice_end and not False", True),
        ("workdays(2)", MORNING + timedelta(days=2)),
        ("workdays(2, plan.notice_end)", datetime(2026, 10, 2, 9, 30, tzinfo=UTC)),
        ("sorted(codes)", ["K01", "K02"]),
        ("word.upper() == 'AGREE'", True),
        ("members('judge')", [{"kind": "members", "role": "judge", "function": ""}]),
    ],
)
def test_what_is_on_the_list_is_worked_out(text: str, value: object) -> None:
    assert evaluate(text, VARIABLES, FACTS) == value


@pytest.mark.parametrize(
    "text",
    ["unknown", "votes.K09", "votes['K09']", "codes[9]", "1 / 0", "word + 1", "word.field",
     "int('x')", "max([])", "min(1)", "codes.index('K09')", "list(7)"],
)  # fmt: skip
def test_what_cannot_be_worked_out_says_so(text: str) -> None:
    with pytest.raises(ExpressionFailed) as failed:
        evaluate(text, VARIABLES, FACTS)

    assert failed.value.expression == text


def test_names_are_the_variables_that_are_read() -> None:
    read = compile_expression("[c for c in active(codes) if c in votes and parameters.posts]").names

    assert read == {"codes", "votes", "parameters"}


def test_nothing_handed_in_is_changed() -> None:
    variables = {"codes": ["K02", "K01"]}

    evaluate("sorted(codes) + codes", variables, FACTS)

    assert variables == {"codes": ["K02", "K01"]}


def test_agreement_needs_every_seat() -> None:
    yes, no = {"agree": "yes"}, {"agree": "no"}
    everybody = {"seats": 2, "handed_in": 2, "entries": [yes], "by_subject": {"K01": [yes]}}

    assert evaluate("agreed(s)", {"s": everybody}, FACTS) is True
    assert evaluate("agreed(s)", {"s": everybody | {"entries": [no]}}, FACTS) is False
    assert evaluate("agreed(s)", {"s": everybody | {"seats": 3}}, FACTS) is False


NAMES = st.sampled_from([
    "codes", "votes", "result", "word", "big", "parameters", "plan", "now", "len", "__builtins__",
    "_key", "unknown", "open", "active",
])  # fmt: skip
FIELDS = st.sampled_from(["a", "get", "format", "__class__", "items", "upper", "append", "K01"])
LEAVES = st.one_of(
    NAMES.map(lambda name: ast.Name(name, ast.Load())),
    st.one_of(
        st.integers(-3, 10**10), st.text(max_size=3), st.booleans(), st.none(), st.floats(0, 1),
        st.binary(max_size=2),
    ).map(ast.Constant),
)  # fmt: skip


def grown(nodes: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(nodes, min_size=1, max_size=3)
    operators = st.sampled_from([
        ast.Add(), ast.Sub(), ast.Mult(), ast.Div(), ast.Mod(), ast.Pow(), ast.LShift(),
        ast.BitOr(), ast.MatMult(), ast.FloorDiv(),
    ])  # fmt: skip
    compared = st.sampled_from([ast.Eq(), ast.Lt(), ast.In(), ast.Is(), ast.NotIn(), ast.GtE()])
    loop = st.builds(
        lambda over, test: ast.comprehension(ast.Name("c", ast.Store()), over, [test], is_async=0),
        nodes,
        nodes,
    )
    return st.one_of(
        st.builds(ast.BinOp, nodes, operators, nodes),
        st.builds(lambda a, op, b: ast.Compare(a, [op], [b]), nodes, compared, nodes),
        st.builds(lambda values: ast.BoolOp(ast.Or(), [*values, *values]), several),
        st.builds(lambda v: ast.UnaryOp(ast.Not(), v), nodes),
        st.builds(lambda v: ast.UnaryOp(ast.Invert(), v), nodes),
        st.builds(ast.IfExp, nodes, nodes, nodes),
        st.builds(lambda v, name: ast.Attribute(v, name, ast.Load()), nodes, FIELDS),
        st.builds(lambda v, key: ast.Subscript(v, key, ast.Load()), nodes, nodes),
        st.builds(lambda f, args: ast.Call(f, args, []), nodes, several),
        st.builds(
            lambda name, args: ast.Call(ast.Name(name, ast.Load()), args, []), NAMES, several
        ),
        st.builds(lambda values: ast.List(values, ast.Load()), several),
        st.builds(ast.Set, several),
        st.builds(lambda v: ast.Dict([v], [v]), nodes),
        st.builds(lambda v, loop: ast.ListComp(v, [loop]), nodes, loop),
        st.builds(lambda v: ast.Lambda(_no_arguments(), v), nodes),
        st.builds(lambda v: ast.JoinedStr([ast.FormattedValue(v, -1)]), nodes),
        st.builds(lambda v: ast.NamedExpr(ast.Name("x", ast.Store()), v), nodes),
        st.builds(lambda v: ast.Starred(v, ast.Load()), nodes),
        st.builds(ast.Await, nodes),
    )


def _no_arguments() -> ast.arguments:
    return ast.arguments([], [], None, [], [], None, [])


TREES = st.recursive(LEAVES, grown, max_leaves=12)
NEVER = (
    ast.Lambda, ast.JoinedStr, ast.NamedExpr, ast.Starred, ast.Await, ast.Set, ast.Pow, ast.LShift,
    ast.BitOr, ast.MatMult, ast.Invert,
)  # fmt: skip


def _text_of(tree: ast.AST) -> str:
    try:
        return ast.unparse(ast.fix_missing_locations(tree))
    except ValueError:  # Python itself cannot write some f-strings
        reject()


def _leaves_the_list(text: str) -> bool:
    """Whether what Python reads in a text has something that must never be allowed."""
    return any(
        isinstance(node, NEVER)
        or (isinstance(node, ast.Constant) and isinstance(node.value, (float, bytes)))
        or (isinstance(node, ast.Attribute) and node.attr.startswith("_"))
        or (isinstance(node, ast.Name) and node.id.startswith("_"))
        for node in ast.walk(ast.parse(text, mode="eval"))
    )


@given(tree=TREES)
def test_whatever_leaves_the_list_is_refused(tree: ast.expr) -> None:
    text = _text_of(tree)
    try:
        leaves = _leaves_the_list(text)
    except SyntaxError:
        leaves = True

    if leaves:
        with pytest.raises(UnsafeExpression):
            compile_expression(text)


@given(tree=TREES)
@example(tree=ast.parse("[c for c in c]", mode="eval").body)
def test_only_errors_of_the_engine_come_out(tree: ast.expr) -> None:
    before = repr(VARIABLES)
    with suppress(EngineError):
        evaluate(_text_of(tree), VARIABLES, FACTS)

    assert repr(VARIABLES) == before


@given(text=st.text(max_size=60))
@example(text="\x00")
@example(text="a\\\n")
@example(text="'\ud800'")
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        compile_expression(text)
    except EngineError as refused:
        assert isinstance(refused, UnsafeExpression)  # noqa: PT017 - any text may be fine too
