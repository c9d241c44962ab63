import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ballots import ENVELOPE_BYTES, EnvelopeUnusable, decode_choice, encode_choice

codes = st.integers(1, 40).map("K{:02}".format)
marks = st.sampled_from(["agree", "disagree", "abstain"])
ballots = st.dictionaries(
    st.sampled_from(["P1", "P2"]), st.dictionaries(codes, marks) | st.lists(codes, unique=True)
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(choices=ballots)
def test_what_goes_in_comes_out(choices: dict[str, Any]) -> None:
    assert decode_choice(encode_choice(choices)) == choices


@given(choices=ballots)
def test_every_envelope_has_the_same_size(choices: dict[str, Any]) -> None:
    assert len(encode_choice(choices)) == ENVELOPE_BYTES


def test_the_same_choices_look_different_each_time_unless_the_nonce_is_kept() -> None:
    choices = {"first": ["K01"]}

    assert encode_choice(choices) != encode_choice(choices)
    assert encode_choice(choices, nonce=b"n" * 16) == encode_choice(choices, nonce=b"n" * 16)


def test_there_is_room_for_a_hundred_marks() -> None:
    everybody = {"P1": {f"K{number:02}": "abstain" for number in range(80)}}

    assert decode_choice(encode_choice(everybody)) == everybody
    with pytest.raises(EnvelopeUnusable, match="too_many_marks"):
        encode_choice({"P1": ["a long name" * 10] * 20})


@pytest.mark.parametrize(
    "content", [b"", b"not JSON", b"\xff" * 40, b"[" * 1500, b"[]", b'{"choices": 1}', b"{}"]
)
def test_no_ballot_in_an_envelope_is_said_without_quoting_it(content: bytes) -> None:
    with pytest.raises(EnvelopeUnusable) as error:
        decode_choice(content)

    assert str(error.value) == "the envelope cannot be used: unreadable"
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


def test_what_could_sign_a_ballot_is_replaced_by_what_no_paper_knows() -> None:
    content = {
        "P1": {"K01": 1e999, "K02": "\u0000me", "K03": None},
        "P2": ["K01", 7, {"me": 1}],
        "P3": 12.5,
        "P\ud800": {},
    }

    assert decode_choice(json.dumps({"choices": content}).encode()) == {
        "P1": {"K01": "?", "K02": "?", "K03": None},
        "P2": ["K01", "?", "?"],
        "P3": "?",
        "?": {},
    }


@given(content=anything)
def test_nothing_a_voter_can_send_does_harm(content: object) -> None:
    try:
        choices = decode_choice(json.dumps({"choices": content}).encode())
    except EnvelopeUnusable:
        assert not isinstance(content, dict)
    else:
        json.dumps(choices, allow_nan=False).encode("ascii")
