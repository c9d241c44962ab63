"""An operation that does as a parameter of the selection says."""

import pytest

from engine.operations import CATALOGUE, BadParameters, Call, Effect, Operation, Outcome


def _obey(call: Call) -> Outcome:
    call.case.title_en = "changed before it failed"
    call.session.flush()  # so that there is something to undo
    asked = call.facts.parameters.get("obey", "well")
    if asked == "refuse":
        raise BadParameters("obey", "it was told to refuse")
    if asked == "break":
        raise RuntimeError("nobody expected this")
    if asked == "lose the disk":
        raise OSError("no space left on device")
    effects = [Effect("repeat", "never_there", "told to")] if asked == "repeat" else []
    return Outcome({"said": asked}, effects)


@pytest.fixture
def obey(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operation `obey`: fails as the parameter `obey` says."""
    monkeypatch.setitem(CATALOGUE, "obey", Operation("obey", {"type": "object"}, _obey))
