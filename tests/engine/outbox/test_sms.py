"""Numbers, alphabets, parts; the folders of a modem, with a counterpart that moves files."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select

from engine import outbox
from engine.db import Sessions, reading, transaction
from engine.model import Outgoing
from engine.outbox import DeliveryFailed, Message, Sent
from engine.outbox.sms import BadNumber, international, is_gsm, segments
from engine.outbox.spool import SmsSpool
from tests.support.clock import FakeClock
from tests.support.databases import on_both

TEXT = "您有1项待办。请登录系统办理。"


@pytest.mark.parametrize(
    "typed",
    ["13800138000", "138 0013 8000", "138-0013-8000", "+86 138 0013 8000", "8613800138000",
     "008613800138000", "１３８００１３８０００", "(138)00138000"],
)  # fmt: skip
def test_mainland_mobiles_are_written_in_one_way(typed: str) -> None:
    assert international(typed) == "+8613800138000"


@pytest.mark.parametrize(
    ("typed", "number"), [("+852 5123 4567", "+85251234567"), ("0049 171 2345678", "+491712345678")]
)
def test_other_countries_need_their_code(typed: str, number: str) -> None:
    assert international(typed) == number


@pytest.mark.parametrize(
    "typed", ["", "139", "010-12345678", "0851-8512345", "12800138000", "+8613800", "138001380001",
              "+0123456789", "none", "13800138000;rm"]
)  # fmt: skip
def test_what_takes_no_short_message_is_refused(typed: str) -> None:
    with pytest.raises(BadNumber):
        international(typed)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
     ("字" * 70, 1), ("字" * 71, 2), ("字" * 134, 2), ("字" * 135, 3), ("😀" * 35, 1)],
)  # fmt: skip
def test_parts_are_counted_as_a_network_bills_them(text: str, parts: int) -> None:
    assert segments(text) == parts


@given(some.text(max_size=300))
def test_a_longer_text_never_takes_fewer_parts(text: str) -> None:
    assert segments(text + "a") >= segments(text) >= 1


class Modem:
    """Stands for smsd: takes whole files out of `outgoing`, moves them to `sent` or `failed`.

    Like the real one it leaves alone what ends in .LOCK.
    """

    def __init__(self, folder: Path, *, refuses: str = "") -> None:
        self.folder, self.refuses = folder, refuses
        self.taken: list[bytes] = []
        for name in ("outgoing", "sent", "failed", "checked"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def work(self) -> None:
        """Empty the folder once."""
        for path in sorted((self.folder / "outgoing").iterdir()):
            if path.suffix == ".LOCK":
                continue
            content = path.read_bytes()
            self.taken.append(content)
            head, _, text = content.partition(b"\n\n")
            if self.refuses:
                head += f"\nFail_reason: {self.refuses}".encode()
            else:
                head += b"\nSent: 26-03-02 08:31:00\nMessage_id: 7"
            path.write_bytes(head + b"\n\n" + text)
            path.rename(self.folder / ("failed" if self.refuses else "sent") / path.name)


def sms(key: str = "digest:1", text: str = TEXT, attempt: int = 1) -> Message:
    return Message(
        key, "+8613800138000", "s", "b", channel="sms", short=text, attempt=attempt
    )  # fmt: skip


def test_chinese_goes_in_the_16_bit_alphabet_and_the_number_without_plus(
    tmp_path: Path, clock: FakeClock
) -> None:
    modem = Modem(tmp_path)
    spool = SmsSpool(tmp_path)

    assert spool.send(sms(), now=clock.now()) == "handed"
    assert spool.outcome(sms()) is None
    modem.work()

    head, _, text = modem.taken[0].partition(b"\n\n")
    assert head.decode("ascii") == "To: 8613800138000\nAlphabet: UCS2"
    assert text.decode("utf-16-be") == TEXT
    assert spool.outcome(sms()) == "sent"


def test_plain_english_goes_in_the_8_bit_alphabet(tmp_path: Path, clock: FakeClock) -> None:
    modem = Modem(tmp_path)
    SmsSpool(tmp_path).send(sms(text="1 item to do. Please sign in."), now=clock.now())
    modem.work()

    assert modem.taken == [b"To: 8613800138000\nAlphabet: ISO\n\n1 item to do. Please sign in."]
    assert is_gsm("1 item to do. Please sign in.")


@pytest.mark.parametrize("lies_in", ["outgoing", "checked", "sent", "failed"])
def test_a_file_that_was_written_before_a_crash_is_not_written_again(
    tmp_path: Path, clock: FakeClock, lies_in: str
) -> None:
    modem, spool = Modem(tmp_path), SmsSpool(tmp_path)
    spool.send(sms(), now=clock.now())
    (path,) = (tmp_path / "outgoing").iterdir()
    path.rename(tmp_path / lies_in / path.name)

    spool.send(sms(), now=clock.now())

    modem.work()
    assert len(modem.taken) == (lies_in == "outgoing")


def test_half_a_file_is_never_seen(tmp_path: Path, clock: FakeClock) -> None:
    modem = Modem(tmp_path)
    spool = SmsSpool(tmp_path)
    spool.send(sms(), now=clock.now())
    (whole,) = (tmp_path / "outgoing").iterdir()
    whole.rename(whole.with_name(f"{whole.name}.LOCK"))  # as if killed before the rename

    modem.work()
    assert modem.taken == []
    spool.send(sms(), now=clock.now())
    modem.work()

    assert len(modem.taken) == 1


def test_a_folder_that_cannot_be_written_holds_messages_back(
    tmp_path: Path, clock: FakeClock
) -> None:
    with pytest.raises(DeliveryFailed, match="folder of the modem") as refused:
        SmsSpool(tmp_path / "none").send(sms(), now=clock.now())

    assert refused.value.unreachable


@on_both
def test_what_the_modem_could_not_send_is_tried_again_and_then_given_up(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    modem, spool = Modem(tmp_path, refuses="no network"), SmsSpool(tmp_path)
    with transaction(sessions) as session:
        outbox.post(
            session, dedupe_key="k", address="+8613800138000", subject="s", body=TEXT,
            channel="sms", now=clock.now(),
        )  # fmt: skip
    done = Sent()
    while not done.dead:
        assert outbox.send_due(sessions, spool, clock) == Sent(sent=1)
        assert outbox.collect_results(sessions, spool.outcome, clock) == Sent()
        modem.work()
        clock.advance(timedelta(minutes=1))
        done = outbox.collect_results(sessions, spool.outcome, clock)
        assert outbox.send_due(sessions, spool, clock) == Sent()
        clock.advance(timedelta(days=1))

    assert len(modem.taken) == 6
    assert len(list((tmp_path / "failed").iterdir())) == 6
    with reading(sessions) as session:
        row = session.scalars(select(Outgoing)).one()
        assert (row.state, row.attempts, row.last_error) == ("dead", 6, "no network")


def test_a_modem_that_says_nothing_for_a_day_is_not_believed(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    Modem(tmp_path)
    spool = SmsSpool(tmp_path)
    with transaction(sessions) as session:
        outbox.post(
            session, dedupe_key="k", address="+8613800138000", subject="s", body=TEXT,
            channel="sms", now=clock.now(),
        )  # fmt: skip
    outbox.send_due(sessions, spool, clock)
    clock.advance(timedelta(hours=23))
    assert outbox.collect_results(sessions, spool.outcome, clock) == Sent()
    clock.advance(timedelta(hours=1))

    assert outbox.collect_results(sessions, spool.outcome, clock) == Sent(dead=1)
