"""Whatever a file says, the check answers with findings and changes nothing."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.checks import check_package
from tests.engine.checks.diagram_cases import CHOICE, MAIN, MEETING, SPLIT, STOP
from tests.engine.checks.other_cases import DECIDED, NEWS
from tests.engine.checks.packages import package
from tests.support.bpmn import bpmn

CALL = """
    start begin
    calls vote meeting | items=posts | item=post | returns=tally | result=first
    many ask | seats=members('judge') | closes=plan.notice_end | result=many | returns=ok
    timer pause duration hours(1)
    end done
    begin -> vote -> ask -> pause -> done
"""
DIAGRAMS = st.sampled_from([bpmn("main", text) for text in (MAIN, CHOICE, SPLIT, STOP, CALL)])
VALUES = st.sampled_from([
    "", "main", "ask", "done", "Root", "End", "main.EndJoin", "box", "(", "answer.ok", "result",
    "yes", "{x}", "with.value", "operation", "scriptTask", "None", "%s", "ä", "1 if", "[",
    "sealed", "compare",
])  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A diagram in which something was taken out, doubled, moved or written over."""
    root = etree.fromstring(draw(DIAGRAMS).encode())
    for _ in range(draw(st.integers(1, 4))):
        node = draw(st.sampled_from(list(root.iter())))
        _spoil(draw, node)
    return etree.tostring(root, encoding="unicode")


def _spoil(draw: st.DrawFn, node: Any) -> None:
    kind = draw(st.sampled_from(["attribute", "remove", "text", "double", "tag", "take"]))
    parent = node.getparent()
    if kind == "attribute" and node.attrib:
        node.set(draw(st.sampled_from(sorted(node.attrib))), draw(VALUES))
    elif kind == "take" and node.attrib:
        del node.attrib[draw(st.sampled_from(sorted(node.attrib)))]
    elif kind == "text":
        node.text = draw(VALUES)
    elif kind == "tag" and parent is not None:
        node.tag = draw(st.sampled_from([parent.tag, node.tag + "x", "plain"]))
    elif kind == "remove" and parent is not None:
        parent.remove(node)
    elif kind == "double" and parent is not None:
        parent.append(etree.fromstring(etree.tostring(node)))


@given(main=spoilt())
@settings(max_examples=150)
def test_any_spoilt_diagram_gets_findings(main: str) -> None:
    files = {"main.bpmn": main, "meeting.bpmn": bpmn("meeting", MEETING)}

    assert isinstance(check_package(package(files)), list)


@given(data=st.data())
@settings(max_examples=150)
def test_any_spoilt_file_gets_findings(data: st.DataObject) -> None:
    files = package({**NEWS, **DECIDED})
    name = data.draw(st.sampled_from(sorted(files)))
    start = data.draw(st.integers(0, len(files[name])))
    end = data.draw(st.integers(start, min(len(files[name]), start + 40)))
    put = data.draw(st.one_of(st.text(max_size=5), VALUES))

    found = check_package({**files, name: files[name][:start] + put + files[name][end:]})

    assert isinstance(found, list)


def test_nothing_is_kept_between_two_checks() -> None:
    files = package()
    before = dict(files)

    assert check_package(files) == check_package(files)
    assert files == before
    assert check_package({}) == check_package({})
