"""The faults that `tools.mutants` plants: a wrong rule each, as somebody might really write it."""

from typing import NamedTuple

RULES = "tests/engine/selection/"
GUARDS = ("tests/engine/run/test_guards.py",)
BPMN = "tests/engine/bpmn/"


class Fault(NamedTuple):
    """One text of one file, replaced; and the tests that should notice."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


FAULTS = (
    # the rules of the field
    Fault(
        "cut: a tie at the line is left out",
        "engine/selection/cut.py",
        'return tie.last_rank if ties == "include_all"',
        'return tie.last_rank if ties != "include_all"',
        (RULES + "test_cut.py",),
    ),
    Fault(
        "cut: a tie is split by the order of codes",
        "engine/selection/cut.py",
        "if not 0 < places < len(order) or order[places - 1].rank != order[places].rank:",
        "if True:",
        (RULES + "test_cut.py",),
    ),
    Fault(
        "cut: one place too many",
        "engine/selection/cut.py",
        "return min(places, len(order))",
        "return min(places + 1, len(order))",
        (RULES + "test_cut.py",),
    ),
    Fault(
        "ranking: the lowest comes first",
        "engine/selection/ranking.py",
        "key=lambda code: (-values[code], code)",
        "key=lambda code: (values[code], code)",
        (RULES + "test_cut.py",),
    ),
    Fault(
        "ranking: after a tie no rank is left out (1, 2, 2, 3)",
        "engine/selection/ranking.py",
        "places[-1].rank if tied else position",
        "places[-1].rank if tied else (places[-1].rank + 1 if places else 1)",
        (RULES + "test_cut.py", RULES + "test_composite.py"),
    ),
    Fault(
        "gate: 'at least' refuses the number itself",
        "engine/selection/gate.py",
        'return value > limit or (comparator == ">=" and value == limit)',
        "return value > limit",
        (RULES + "test_gate.py",),
    ),
    Fault(
        "gate: 'more than' takes the number itself",
        "engine/selection/gate.py",
        'return value > limit or (comparator == ">=" and value == limit)',
        "return value >= limit",
        (RULES + "test_gate.py",),
    ),
    Fault(
        "gate: the rounded share decides",
        "engine/selection/gate.py",
        "passes = share is not None and meets(share, comparator, limit / HUNDRED)",
        "passes = share is not None and meets(exact(publish_percent(share)), comparator, limit)",
        (RULES + "test_gate.py",),
    ),
    Fault(
        "rounding: half is cut off",
        "engine/selection/rounding.py",
        "digits = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)",
        "digits = abs(scaled.numerator) // scaled.denominator",
        (RULES + "test_rounding.py",),
    ),
    Fault(
        "rounding: half goes to the even digit",
        "engine/selection/rounding.py",
        "digits = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)",
        "digits = round(abs(scaled))",
        (RULES + "test_rounding.py",),
    ),
    Fault(
        "rounding: one decimal instead of two",
        "engine/selection/rounding.py",
        "PUBLISHED_PLACES = 2",
        "PUBLISHED_PLACES = 1",
        (RULES + "test_rounding.py",),
    ),
    Fault(
        "points: votes count over what was returned to nobody",
        "engine/selection/points.py",
        "points = exact(full_marks) * votes / base",
        "points = exact(full_marks) * votes / (base + 1)",
        (RULES + "test_scores.py",),
    ),
    Fault(
        "panel: only the highest score is taken off",
        "engine/selection/panel.py",
        "kept = order[trim : len(order) - trim]",
        "kept = order[: len(order) - trim]",
        (RULES + "test_scores.py",),
    ),
    Fault(
        "composite: totals are rounded once, from exact items",
        "engine/selection/composite.py",
        'row[name] = publish(value * exact(weight["max"]) / full)',
        'row[name] = str(value * exact(weight["max"]) / full)',
        (RULES + "test_composite.py",),
    ),
    Fault(
        "composite: weights are not applied",
        "engine/selection/composite.py",
        'publish(value * exact(weight["max"]) / full)',
        "publish(value)",
        (RULES + "test_composite.py",),
    ),
    Fault(
        "tally: more returned than issued is counted all the same",
        "engine/selection/tally.py",
        "if facts[more] > facts[less]",
        "if facts[more] > facts[less] + 1",
        (RULES + "test_tally.py",),
    ),
    Fault(
        "tally: one void group does not void the whole",
        "engine/selection/tally.py",
        "for name, each in groups.items() if each.void)",
        "for name, each in groups.items() if each.void and False)",
        (RULES + "test_tally.py",),
    ),
    Fault(
        "tally: invalid parts of paper ballots are forgotten",
        "engine/selection/tally.py",
        'invalid=statuses["invalid"] + sum(part.invalid for part in papers)',
        'invalid=statuses["invalid"]',
        (RULES + "test_tally.py", RULES + "test_paper.py"),
    ),
    Fault(
        "ballot: one mark too many is let through",
        "engine/selection/ballot.py",
        "if contest.limit is not None and len(chosen) > contest.limit:",
        "if contest.limit is not None and len(chosen) > contest.limit + 1:",
        (RULES + "test_ballot.py",),
    ),
    Fault(
        "quorum: half of those entitled is enough",
        "engine/selection/quorum.py",
        'number: Number = "2/3"',
        'number: Number = "1/2"',
        (RULES + "test_threshold.py",),
    ),
    Fault(
        "majority: more than half needs one vote less",
        "engine/selection/threshold.py",
        "else floor(limit) + 1",
        "else floor(limit)",
        (RULES + "test_threshold.py",),
    ),
    Fault(
        "lots: codes in the front are favoured",
        "engine/selection/lots.py",
        "for places in range(len(order), 1, -1):",
        "for places in range(len(order) - 1, 1, -1):",
        (RULES + "test_lots.py",),
    ),
    # ballots and seals
    Fault(
        "ballots: who is absent may vote",
        "engine/ballots/casting.py",
        'Attendee.state == "present",',
        'Attendee.state != "excluded",',
        ("tests/engine/ballots/test_casting.py",),
    ),
    Fault(
        "ballots: an envelope is taken after the closing",
        "engine/ballots/casting.py",
        'if state == "open" and insert_if_absent(',
        'if state != "void" and insert_if_absent(',
        ("tests/engine/ballots/test_casting.py",),
    ),
    Fault(
        "ballots: a changed box is counted",
        "engine/ballots/counting.py",
        "if found != box.digest:",
        "if not found:",
        ("tests/engine/ballots/test_counting.py",),
    ),
    Fault(
        "ballots: the order of casting survives the count",
        "engine/ballots/counting.py",
        "    lines.sort(key=lambda row",
        "    list(lines).sort(key=lambda row",
        ("tests/engine/ballots/test_counting.py",),
    ),
    # permissions
    Fault(
        "permissions: who has left still acts",
        "engine/absences.py",
        "        or_(CaseMember.to_at.is_(None), CaseMember.to_at > now),",
        "        or_(CaseMember.to_at.is_(None), CaseMember.to_at.is_not(None)),",
        GUARDS,
    ),
    Fault(
        "permissions: a place on a list gives a role",
        "engine/permissions.py",
        "for row in held if not row.roster)",
        "for row in held)",
        GUARDS,
    ),
    Fault(
        "permissions: a queue is open to every role",
        "engine/permissions.py",
        "if seat.person_id is None and who.holds(role=seat.role, function=seat.function):",
        "if seat.person_id is None:",
        GUARDS,
    ),
    Fault(
        "permissions: a recorder casts ballots for others",
        "engine/permissions.py",
        'if task.kind != "ballot" and who.roles',
        "if who.roles",
        GUARDS,
    ),
    Fault(
        "permissions: the same person looks twice",
        "engine/permissions.py",
        "    if session.scalar(select(acted)):",
        "    if False:",
        GUARDS,
    ),
    Fault(
        "permissions: everybody ends the handing-in",
        "engine/run/closing.py",
        "if not element.marker or not may_close(element, who):",
        "if not element.marker:",
        GUARDS,
    ),
    # seats
    Fault(
        "seats: a closed seat is handed in",
        "engine/seats/states.py",
        """            Seat.id == seat_id,
            Seat.state == "open",
            (Seat.person_id.is_(None))""",
        """            Seat.id == seat_id,
            (Seat.person_id.is_(None))""",
        GUARDS,
    ),
    Fault(
        "seats: two people take one seat",
        "engine/seats/states.py",
        '.where(Seat.id == seat.id, Seat.person_id.is_(None), Seat.state == "open")',
        '.where(Seat.id == seat.id, Seat.state == "open")',
        GUARDS,
    ),
    Fault(
        "seats: one person makes both entries",
        "engine/seats/states.py",
        "    if session.scalar(select(twin)):\n        raise SeatTaken(seat.id)",
        "    if False:\n        raise SeatTaken(seat.id)",
        GUARDS,
    ),
    Fault(
        "seats: another candidate's turn does not matter",
        "engine/run/submitting.py",
        "if task.current_subject and seat.subject != task.current_subject:",
        "if False:",
        GUARDS,
    ),
    # time
    Fault(
        "time: handing in is possible at the closing time",
        "engine/tasks/opening.py",
        "now >= task.closes_at:",
        "now > task.closes_at:",
        GUARDS,
    ),
    Fault(
        "time: a task accepts before it opens",
        "engine/tasks/opening.py",
        "if task.opens_at is not None and now < task.opens_at:",
        "if False:",
        GUARDS,
    ),
    Fault(
        "timers: a timer is late by a round",
        "engine/timers.py",
        "                Timer.due_at <= now,\n",
        "                Timer.due_at < now,\n",
        GUARDS,
    ),
    Fault(
        "timers: a stopped selection goes on",
        "engine/timers.py",
        '                Case.state == "running",  # a stop holds them until the body decides\n',
        "",
        GUARDS,
    ),
    Fault(
        "timers: reminders come after the deadline instead of before",
        "engine/ladder.py",
        "sign = 1 if self.after else -1",
        "sign = 1",
        ("tests/engine/test_ladder.py",),
    ),
    # closing
    Fault(
        "closing: a task never closes by itself",
        "engine/tasks/opening.py",
        "((UserTask.enough == 0) & ~open_seat)",
        "((UserTask.enough == -1) & ~open_seat)",
        GUARDS,
    ),
    Fault(
        "closing: the first submission closes the task",
        "engine/tasks/opening.py",
        "((UserTask.enough == 0) & ~open_seat)",
        "(UserTask.enough == 0)",
        GUARDS,
    ),
    Fault(
        "closing: two of three needs three",
        "engine/tasks/opening.py",
        "(number >= UserTask.enough)",
        "(number > UserTask.enough)",
        GUARDS,
    ),
    Fault(
        "closing: a task that waits for its time closes when all are in",
        "engine/tasks/opening.py",
        'if completes == "closing" or',
        "if",
        GUARDS,
    ),
    Fault(
        "closing: what was missed is not swept",
        "engine/run/sweeping.py",
        "        close_if_complete(sessions, clock, missed)\n",
        "",
        GUARDS,
    ),
    # expressions and the process
    Fault(
        "expressions: double underscores are let through",
        "engine/bpmn/expressions.py",
        'elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):',
        'elif isinstance(node, ast.Attribute) and node.attr == "_":',
        (BPMN + "test_expressions.py",),
    ),
    Fault(
        "expressions: whole numbers divide into a float",
        "engine/bpmn/expressions.py",
        "return Fraction(left, right)",
        "return left / right",
        (BPMN + "test_expressions.py",),
    ),
    Fault(
        "expressions: any method may be called",
        "engine/bpmn/expressions.py",
        "return None if node.func.attr in METHODS else",
        "return None if node.func.attr else",
        (BPMN + "test_expressions.py",),
    ),
    Fault(
        "expressions: values grow without limit",
        "engine/bpmn/expressions.py",
        "if _size(left) + _size(right) > _LARGEST_VALUE:",
        "if False:",
        (BPMN + "test_expressions.py",),
    ),
    Fault(
        "joins: the later branch undoes the earlier one",
        "engine/bpmn/joins.py",
        "            if value == base.get(key, _MISSING):\n                continue\n",
        "",
        (BPMN + "test_joins.py",),
    ),
)
