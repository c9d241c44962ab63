"""Opening what was handed in under seal."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine import seals
from engine.operations.base import Call, Outcome, operation
from engine.operations.schemas import parameter, takes


@operation(
    "open_seal",
    takes(
        {
            "sealed": parameter(
                "密封件",
                "what is under seal",
                {"type": ["string", "object"]},
                hint=("密封提交环节的结果。", "The variable of the sealed task."),
            )
        }
    ),
)
def open_seal(call: Call, *, sealed: str | Mapping[str, Any]) -> Outcome:
    """Open everything that was handed in under seal at one task; the readers may read it then.

    Args:
        call: any element; on a user task it runs when everybody needed has signed.
        sealed: the variable of the sealed task, or its id.

    Returns:
        `{opened: n, digests: {subject: [sha256…]}}`: never the writing itself; the digests are
        those the authors were given.

    Raises:
        SealDamaged: something was altered; nothing is opened.

    Source: design.md §4; `engine.seals`.

    """
    task_id = UUID(sealed["sealed"] if isinstance(sealed, Mapping) else sealed)
    items = seals.open_all(call.session, task_id=task_id, now=call.now)
    digests: dict[str, list[str]] = {}
    for item in items:
        digests.setdefault(item.subject, []).append(item.digest)
    return Outcome({"opened": len(items), "digests": digests})
