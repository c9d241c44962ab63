import json
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import seals
from engine.model import SealedItem, Seat
from tests.engine.operations.bench import Bench


def seal(bench: Bench, *subjects: str) -> UUID:
    task = bench.task("s4_write_report", [(None, s, {}) for s in subjects], kind="sealed")
    for seat in bench.session.scalars(select(Seat).where(Seat.task_id == task.id)):
        seals.seal(
            bench.session, task_id=task.id, seat_id=seat.id, subject=seat.subject,
            payload=f"报告 {seat.subject}".encode(), now=bench.now,
        )  # fmt: skip
    return task.id


def test_everything_is_opened_at_once_and_nothing_of_it_is_in_the_result(bench: Bench) -> None:
    task_id = seal(bench, "K06", "K07")

    result = bench.result("open_seal", sealed={"sealed": str(task_id), "handed_in": 2})

    assert result == {
        "opened": 2,
        "digests": {code: [sha256(f"报告 {code}".encode()).hexdigest()] for code in ("K06", "K07")},
    }
    assert "报告" not in json.dumps(result, ensure_ascii=False)
    assert seals.is_open(bench.session, task_id=task_id)


def test_the_id_alone_does_as_well_and_opening_again_gives_the_same(bench: Bench) -> None:
    task_id = seal(bench, "K06")

    first = bench.result("open_seal", sealed=str(task_id))

    assert bench.result("open_seal", sealed=str(task_id)) == first


def test_what_was_altered_is_not_opened(bench: Bench) -> None:
    task_id = seal(bench, "K06")
    item = bench.session.scalars(select(SealedItem)).one()
    item.payload = b"another report"
    bench.session.flush()

    with pytest.raises(seals.SealDamaged):
        bench.run("open_seal", sealed=str(task_id))
    assert not seals.is_open(bench.session, task_id=task_id)
