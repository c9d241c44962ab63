"""The other process of `engine.outbox.chat`: reads one order from its input and carries it out.

Ends with 0 (taken), 1 (not taken) or 2 (the address is none). Writes nothing: what Apprise logs
holds the address.
"""

import json
import logging
import sys

import apprise


def main() -> int:
    logging.disable(logging.CRITICAL)
    order = json.loads(sys.stdin.read())
    chat = apprise.Apprise.instantiate(order["address"], suppress_exceptions=True)
    if chat is None:
        return 2
    taken = chat.notify(body=order["body"], title=order["title"])
    return 0 if taken else 1


if __name__ == "__main__":
    sys.exit(main())
