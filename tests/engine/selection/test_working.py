import ast
import json
from fractions import Fraction
from pathlib import Path

import pytest

from engine import selection
from engine.selection.working import CODES, line, plain

PACKAGE = Path(selection.__file__).parent


def test_a_line_nobody_could_word_is_refused() -> None:
    with pytest.raises(ValueError, match="no line 'hello'"):
        line("hello")
    with pytest.raises(ValueError, match="no line 'cut_places'"):
        line("cut_places", places=3)


def test_exact_values_become_text_and_floats_are_refused() -> None:
    assert plain({"a": (Fraction(23, 58), [1, None, True])}) == {"a": ["23/58", [1, None, True]]}
    with pytest.raises(TypeError, match="has no JSON form"):
        plain(0.5)


def test_every_listed_code_is_used_by_a_rule() -> None:
    words = {
        node.value
        for path in PACKAGE.glob("*.py")
        if path.name != "working.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    built = {"returned_over_issued", "issued_over_present", "present_over_entitled"}

    assert set(CODES) - words == built


def test_no_rule_uses_a_float() -> None:
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), path
            # `/` is exact only between Fractions; int / int would be a float
            assert not (isinstance(node, ast.Name) and node.id in {"float", "round"}) or (
                path.name == "entries.py"  # names the type to refuse it
            )


def test_results_are_json_all_the_way_down() -> None:
    results = [
        selection.cut({"K01": Fraction(1, 3)}, 1),
        selection.gate(1, 3, comparator=">", percent="100/3"),
        selection.quorum(present=22, entitled=33),
        selection.panel_mean(["26.2", "26.6", "26.9"], trim=1, maximum=30),
        selection.votes_to_points(23, base=58, full_marks=30),
        selection.grade_score([1, 2, 3, 4], values=[100, 85, 70, 50]),
        selection.satisfaction([1, 2, 3, 4]),
        selection.composite({"K01": {"a": 1}}, {"a": {"max": 1, "of": 3}}),
        selection.draw_lots(["K01"], seed=bytes(32)),
        selection.split_groups(["K01"], sizes=[1]),
        selection.compare_entries({}, {}),
        selection.PRESETS["committee_on_cadres"],
    ]

    for result in results:
        shown = result.to_json()
        assert json.loads(json.dumps(shown)) == shown
