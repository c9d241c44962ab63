"""Errors the engine raises on purpose: one class per thing a caller can do something about."""


class EngineError(Exception):
    """Base of every deliberate engine error; `code` is stable and safe to show to users."""

    code = "engine_error"
    heals = False
    """Trying again may help although nobody changes anything (`engine.problems`)."""
    wraps = False
    """Says only that a step failed; what is behind it decides whether it heals."""
