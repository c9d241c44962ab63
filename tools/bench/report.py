"""One report: Markdown for people, JSON for programs, the curves as SVG beside them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.bench.curves import draw
from tools.bench.figures import Curve, Figure, Measured


@dataclass(frozen=True)
class Done:
    """One measurement on one database; `error` where it could not be made."""

    name: str
    place: str
    measured: Measured
    seconds: float
    error: str = ""


_SAID = (
    "Written by `make bench`. Each figure is the median of its runs, with the least and the most; "
    "budgets are those of the design. Absolute times are those of the machine below, which other "
    "programs may share (see its load); ratios, statements and counts hold anywhere."
)
_QUICK = "**A quick run: small sizes, few runs. Its figures only say that everything works.**"


def read(folder: Path) -> list[Done]:
    """What an earlier run has written there; nothing where there is none."""
    file = folder / "bench.json"
    if not file.exists():
        return []
    made = []
    for each in json.loads(file.read_text("utf-8"))["measurements"]:
        figures = [
            Figure(**{key: value for key, value in figure.items() if key != "median"})
            for figure in each["figures"]
        ]
        curves = [Curve(**curve) for curve in each["curves"]]
        measured = Measured(figures, curves)
        made.append(Done(each["name"], each["place"], measured, each["seconds"], each["error"]))
    return made


def write(folder: Path, machine: Mapping[str, str], done: Sequence[Done], *, quick: bool) -> Path:
    """Write `bench.md`, `bench.json` and the pictures; gives the Markdown file."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = folder / "bench"
    pictures.mkdir(exist_ok=True)
    lines = [
        "# What it costs", "", _SAID, "", *([_QUICK, ""] if quick else []),
        "| machine | |", "|---|---|", *(f"| {name} | {value} |" for name, value in machine.items()),
        "", *_summary(done),
    ]  # fmt: skip
    for name in dict.fromkeys(each.name for each in done):
        lines += ["", f"## {name}", ""]
        lines += _table([each for each in done if each.name == name], pictures)
    text = folder / "bench.md"
    text.write_text("\n".join([*lines, ""]), "utf-8")
    (folder / "bench.json").write_text(_json(machine, done, quick=quick), "utf-8")
    return text


def _summary(done: Sequence[Done]) -> list[str]:
    made = ["| budget | " + " | ".join(_places(done)) + " |", "|---|" + "---|" * len(_places(done))]
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for each in done:
        for figure in each.measured.figures:
            if figure.met is not None:
                said = f"{_number(figure.median)} {figure.unit}".strip()
                word = "met" if figure.met else "**not met**"
                rows.setdefault((figure.name, figure.budget), {})[each.place] = f"{said}: {word}"
    for (name, budget), found in rows.items():
        cells = " | ".join(found.get(place, "–") for place in _places(done))
        made.append(f"| {name}: {budget} | {cells} |")
    made += [
        f"| {d.name} on {d.place} could not be measured | {d.error} |" for d in done if d.error
    ]
    return made


def _places(done: Sequence[Done]) -> list[str]:
    return list(dict.fromkeys(each.place for each in done))


def _table(done: Sequence[Done], pictures: Path) -> list[str]:
    made = ["| | " + " | ".join(f"{each.place}" for each in done) + " | |",
            "|---|" + "---:|" * len(done) + "---|"]  # fmt: skip
    names = dict.fromkeys(figure.name for each in done for figure in each.measured.figures)
    for name in names:
        found = [_named(each, name) for each in done]
        notes = dict.fromkeys(f.note for f in found if f is not None and f.note)
        cells = " | ".join(_cell(figure) for figure in found)
        made.append(f"| {name} | {cells} | {' / '.join(notes)} |")
    made.append("")
    for each in done:
        for curve in each.measured.curves:
            file = pictures / f"{curve.key}-{each.place}.svg"
            file.write_text(draw(curve, each.place), "utf-8")
            made += [f"![{curve.title} on {each.place}](bench/{file.name})", ""]
    return made


def _named(done: Done, name: str) -> Figure | None:
    return next((figure for figure in done.measured.figures if figure.name == name), None)


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    said = f"{_number(figure.median)} {figure.unit}".strip()
    if len(figure.values) > 1:
        least, most = figure.spread
        said += f" ({_number(least)}–{_number(most)})"
    if figure.met is not None:
        said += " ✓" if figure.met else f" ✗ {figure.budget}"
    return said


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e9:  # noqa: PLR2004 - a count
        return f"{int(value):,}"
    return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"  # noqa: PLR2004 - three figures


def _plain(figure: Figure) -> dict[str, object]:
    values = [round(value, 4) for value in figure.values[:500]]
    return {**asdict(figure), "median": figure.median, "values": values}


def _json(machine: Mapping[str, str], done: Sequence[Done], *, quick: bool) -> str:
    made = {
        "machine": machine,
        "quick": quick,
        "measurements": [
            {
                "name": each.name, "place": each.place, "seconds": round(each.seconds, 1),
                "error": each.error,
                "figures": [_plain(figure) for figure in each.measured.figures],
                "curves": [asdict(curve) for curve in each.measured.curves],
            }
            for each in done
        ],
    }  # fmt: skip
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"
