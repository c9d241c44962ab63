"""Differences of the numbers and of the plan."""

from collections.abc import Iterator, Mapping

from engine.definitions import PackageVersion, Words
from engine.numbers import Number, numbers_of
from engine.plan import PlanLine, load_plan
from engine.studio.differences.change import NO, NONE, YES, Change, aspects_of, plain, words_list
from engine.studio.numbers_sheet import NUMBERS, PLAN
from engine.studio.sheets import Files


def numbers(key: str, old: Files, new: Files) -> Iterator[Change]:
    before, after = (
        {n.path: n for n in numbers_of(PackageVersion(key, "", f))} if NUMBERS in f else {}
        for f in (old, new)
    )
    for path in dict.fromkeys([*before, *after]):
        was, now = before.get(path), after.get(path)
        if was is None or now is None:
            one = was or now
            assert one is not None  # noqa: S101 - it is in one of the two; told to mypy
            value = value_words(one, one.default_text)
            yield Change(
                "numbers", NUMBERS, one.title, NONE, value if was else None,
                None if was else value, path,
            )  # fmt: skip
            continue
        yield from aspects_of(
            "numbers", NUMBERS, now.title, _number(was), _number(now), _number_aspect, path
        )


def _number(number: Number) -> dict[str, Words]:
    made = {
        "": value_words(number, number.default_text),
        "title": number.title,
        "hint": number.hint,
        "group": number.group,
        "minimum": plain(number.minimum),
        "maximum": plain(number.maximum),
        "choices": words_list([Words(choice.zh, choice.en) for choice in number.choices]),
    }
    return {name: words for name, words in made.items() if words != NONE}


def _number_aspect(name: str) -> Words:
    return {
        "": NONE,
        "title": Words("名称", "name"),
        "hint": Words("说明", "hint"),
        "group": Words("组别", "group"),
        "minimum": Words("最小值", "lowest"),
        "maximum": Words("最大值", "highest"),
        "choices": Words("选项", "choices"),
    }[name]


def value_words(number: Number, text: str) -> Words:
    """A value as it is read: yes or no, the words of a choice, or the number."""
    if number.kind == "tick":
        return YES if text else NO
    for choice in number.choices:
        if choice.code == text:
            return Words(choice.zh, choice.en)
    return Words(text, text)


def plan(_key: str, old: Files, new: Files) -> Iterator[Change]:
    before, after = ({line.key: line for line in load_plan(f[PLAN])} for f in (old, new))
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        line = now or was
        assert line is not None  # noqa: S101 - it is in one of the two; told to mypy
        place = Words(line.zh, line.en)
        if was is None or now is None:
            when = line_words(line, after if now else before)
            yield Change(
                "plan", PLAN, place, NONE, when if was else None, when if now else None, key
            )
            continue
        if _when(was) != _when(now):
            yield Change(
                "plan", PLAN, place, NONE, line_words(was, before), line_words(now, after), key
            )
        if (was.zh, was.en) != (now.zh, now.en):
            yield Change(
                "plan", PLAN, place, Words("名称", "name"), Words(was.zh, was.en),
                Words(now.zh, now.en), key,
            )  # fmt: skip
    shared = [key for key in before if key in after]
    if shared != [key for key in after if key in before]:
        yield Change(
            "plan", PLAN, Words("日程", "plan"), Words("顺序有调整", "order changed"), None, None
        )


def _when(line: PlanLine) -> tuple[object, ...]:
    return line.day, line.at, line.after, line.working_days


def line_words(line: PlanLine, lines: Mapping[str, PlanLine]) -> Words:
    """When a line of the plan is."""
    if line.at is not None:
        clock = f"{line.at:%H:%M}"
        return Words(f"第{line.day}天{clock}", f"day {line.day}, {clock}")
    other = lines.get(str(line.after))
    zh, en = (other.zh, other.en) if other else (str(line.after), str(line.after))
    days = line.working_days
    return Words(f"“{zh}”后{days}个工作日", f"{days} working days after “{en}”")
