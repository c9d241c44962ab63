"""The first page of a draft: numbers, dates and optional stages as one table."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from engine.definitions import PackageVersion
from engine.errors import EngineError
from engine.numbers import Number, NumberProblem, numbers_of, read_numbers
from engine.plan import PlanLine, UnreadablePlan, load_plan
from engine.studio import json_text, yaml_text
from engine.studio.sheets import Fault, Files, Typed

NUMBERS = "parameters-schema.json"
PLAN = "plan.yaml"

_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:：][0-5][0-9]")
_DAY = re.compile(r"-?[0-9]{1,4}")
_FURTHEST = 3650


class Unreadable(EngineError):
    """A file cannot be read any more. Mend it by hand, on its own page."""

    code = "studio_unreadable"

    def __init__(self, file: str) -> None:
        super().__init__(f"{file} cannot be read; mend its text first")
        self.file = file


@dataclass(frozen=True)
class NumbersSheet:
    """Fields `number.<path>`, and `plan.<line>.day`, `.time`, `.working_days`, `.counted`."""

    key: str
    """of the procedure"""

    @property
    def name(self) -> str:
        return "numbers"

    def numbers(self, files: Files) -> list[Number]:
        """The numbers in the order of the file.

        Raises:
            Unreadable: the file is damaged.
        """
        if NUMBERS not in files:
            return []
        try:
            return numbers_of(self._package(files))
        except (ValueError, KeyError, TypeError, AttributeError) as damage:
            raise Unreadable(NUMBERS) from damage

    def lines(self, files: Files) -> tuple[PlanLine, ...]:
        """The lines of the plan.

        Raises:
            Unreadable: the file is damaged.
        """
        try:
            return load_plan(files[PLAN]) if PLAN in files else ()
        except UnreadablePlan as damage:
            raise Unreadable(PLAN) from damage

    def read(self, files: Files) -> dict[str, str]:
        made = {f"number.{number.path}": number.default_text for number in self.numbers(files)}
        for line in self.lines(files):
            made.update({f"plan.{line.key}.{k}": v for k, v in _shown(line).items()})
        return made

    def write(self, files: Files, typed: Typed) -> tuple[dict[str, str], list[Fault]]:
        made = dict(files)
        faults = list(self._write_numbers(made, typed))
        faults += self._write_plan(made, typed)
        return made, faults

    def problems(self, files: Files, typed: Typed) -> list[NumberProblem]:
        """What is wrong with the numbers, weights that do not make their total included."""
        return read_numbers(self._package(files), _numbers_only(typed))[1]

    def _write_numbers(self, files: dict[str, str], typed: Typed) -> Iterator[Fault]:
        numbers = self.numbers(files)
        values, problems = read_numbers(self._package(files), _numbers_only(typed))
        for problem in problems:
            if problem.code != "sum":  # the check says it, and the work is kept
                limit = {} if problem.limit is None else {"limit": problem.limit}
                yield Fault(f"number.{problem.path}", problem.code, limit)
        stay = self.read(files)
        text = files.get(NUMBERS, "")
        for key in dict.fromkeys(number.path.split(".")[0] for number in numbers):
            fields = [f"number.{n.path}" for n in numbers if n.path.split(".")[0] == key]
            if key in values and any(typed.get(f, stay[f]).strip() != stay[f] for f in fields):
                text = json_text.put(text, ["properties", key, "default"], values[key])
        if text:
            files[NUMBERS] = text

    def _write_plan(self, files: dict[str, str], typed: Typed) -> Iterator[Fault]:
        text = files.get(PLAN, "")
        names = {number.path for number in self.numbers(files) if number.kind == "integer"}
        for index, line in enumerate(self.lines(files)):
            old = _shown(line)
            new = {k: typed.get(f"plan.{line.key}.{k}", v).strip() for k, v in old.items()}
            if new == old:
                continue
            faults = list(_plan_faults(line.key, new, names))
            yield from faults
            if not faults:
                for name, value in _plan_values(new).items():
                    text = yaml_text.put(text, [index, name], value)
        if text:
            files[PLAN] = text

    def _package(self, files: Files) -> PackageVersion:
        return PackageVersion(self.key, "", files)


def _numbers_only(typed: Typed) -> dict[str, str]:
    return {k.removeprefix("number."): v for k, v in typed.items() if k.startswith("number.")}


def _shown(line: PlanLine) -> dict[str, str]:
    if line.at is not None:
        return {"day": str(line.day), "time": f"{line.at:%H:%M}"}
    counted = isinstance(line.working_days, str)
    return {
        "working_days": "" if counted else str(line.working_days),
        "counted": str(line.working_days) if counted else "",
    }


def _plan_faults(key: str, new: Mapping[str, str], names: set[str]) -> Iterator[Fault]:
    if "day" in new:
        if not _DAY.fullmatch(new["day"]) or abs(int(new["day"])) > _FURTHEST:
            yield Fault(f"plan.{key}.day", "not_day")
        if not _TIME.fullmatch(new["time"]):
            yield Fault(f"plan.{key}.time", "not_time")
        return
    if new["counted"]:
        if new["counted"] not in names:
            yield Fault(f"plan.{key}.counted", "unknown")
        return
    days = new["working_days"]
    if not (days.isascii() and days.isdecimal() and 1 <= int(days) <= _FURTHEST):
        yield Fault(f"plan.{key}.working_days", "not_working_days")


def _plan_values(new: Mapping[str, str]) -> dict[str, Any]:
    if "day" in new:
        clock = new["time"].replace("：", ":").zfill(5)
        return {"day": int(new["day"]), "time": clock}
    if new["counted"]:
        return {"working_days": f"parameters.{new['counted']}"}
    return {"working_days": int(new["working_days"])}


def read_json(files: Files, file: str) -> Any:
    """A JSON file of the draft.

    Raises:
        Unreadable: it is none any more.
    """
    try:
        return json.loads(files[file])
    except (KeyError, ValueError) as damage:
        raise Unreadable(file) from damage


def read_yaml(files: Files, file: str) -> Any:
    """A YAML file of the draft.

    Raises:
        Unreadable: it is none any more.
    """
    try:
        return yaml.safe_load(files[file])
    except (KeyError, yaml.YAMLError) as damage:
        raise Unreadable(file) from damage
