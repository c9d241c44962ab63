"""An operation that does as the parameter `obey` of the selection says."""

from engine.operations import BadParameters, Call, Effect, Operation, Outcome


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


OBEY = Operation("obey", {"type": "object"}, _obey)
"""`obey` is `well`, `refuse`, `break`, `lose the disk` (may heal) or `repeat` (asks for more)."""
