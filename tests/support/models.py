"""Small processes drawn at random, each made of blocks that always come to an end."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.support.bpmn import bpmn

_LEAVES = ("user", "service")
_BLOCKS = (*_LEAVES, "both", "choice", "loop", "box", "call", "follow")


@dataclass
class Model:
    """Lines of one package while it is drawn; every variable is written by one element only."""

    draw: st.DrawFn
    files: dict[str, str] = field(default_factory=dict)
    number: int = 0

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}_{self.number}"

    def process(self, name: str, depth: int) -> list[str]:
        """A process; returns the variables that it writes."""
        lines: list[str] = [f"start {name}_start", f"end {name}_end"]
        first, last, written = self.block(lines, depth)
        lines.append(f"{name}_start -> {first}")
        lines.append(f"{last} -> {name}_end")
        self.files[f"{name}.bpmn"] = bpmn(name, "\n".join(lines))
        return written

    def block(self, lines: list[str], depth: int) -> tuple[str, str, list[str]]:
        """One block with one way in and one way out: (first, last, variables it writes)."""
        kind = self.draw(st.sampled_from(_LEAVES if depth == 0 else _BLOCKS))
        if kind in _LEAVES:
            return self.leaf(lines, kind)
        return getattr(self, kind)(lines, depth - 1)  # type: ignore[no-any-return]  # one of those below

    def leaf(self, lines: list[str], kind: str) -> tuple[str, str, list[str]]:
        name = self.name(kind)
        lines.append(f"{kind} {name} | result=v_{name}")
        return name, name, [f"v_{name}"]

    def follow(self, lines: list[str], depth: int) -> tuple[str, str, list[str]]:
        first, middle, one = self.block(lines, depth)
        later, last, two = self.block(lines, depth)
        lines.append(f"{middle} -> {later}")
        return first, last, [*one, *two]

    def both(self, lines: list[str], depth: int) -> tuple[str, str, list[str]]:
        split, join = self.name("split"), self.name("join")
        lines += [f"and {split}", f"and {join}"]
        written = []
        for _ in range(self.draw(st.integers(2, 3))):
            first, last, names = self.block(lines, depth)
            lines += [f"{split} -> {first}", f"{last} -> {join}"]
            written += names
        return split, join, written

    def choice(self, lines: list[str], depth: int) -> tuple[str, str, list[str]]:
        asked, _, written = self.leaf(lines, "user")
        gate, merge = self.name("gate"), self.name("merge")
        lines += [f"xor {gate}", f"xor {merge}", f"{asked} -> {gate}"]
        for condition in (f" if {written[0]} == 1", ""):
            first, last, _ = self.block(lines, depth)
            lines += [f"{gate} -> {first}{condition}", f"{last} -> {merge}"]
        return asked, merge, written

    def loop(self, lines: list[str], depth: int) -> tuple[str, str, list[str]]:
        first, last, names = self.block(lines, depth)
        asked, _, written = self.leaf(lines, "user")
        again, gate, out = self.name("again"), self.name("gate"), self.name("out")
        lines += [f"xor {again}", f"xor {gate}", f"xor {out}"]
        lines += [f"{again} -> {first}", f"{last} -> {asked} -> {gate}"]
        lines += [f"{gate} -> {again} if {written[0]} == 1", f"{gate} -> {out}"]
        return again, out, [*names, *written]

    def box(self, lines: list[str], depth: int) -> tuple[str, str, list[str]]:
        name = self.name("box")
        inside: list[str] = [f"start {name}_start", f"end {name}_end"]
        first, last, names = self.block(inside, depth)
        inside += [f"{name}_start -> {first}", f"{last} -> {name}_end"]
        lines += [f"sub {name} {{", *inside, "}"]
        return name, name, names

    def call(self, lines: list[str], depth: int) -> tuple[str, str, list[str]]:
        name, called = self.name("call"), self.name("process")
        written = self.process(called, depth)
        returned = " ".join(written)
        lines.append(f"call {name} {called} | returns={returned} | result=v_{name}")
        return name, name, [f"v_{name}"]


@st.composite
def models(draw: st.DrawFn, depth: int = 3) -> dict[str, str]:
    """The files of a package whose main process is `main`."""
    model = Model(draw)
    model.process("main", depth)
    return model.files
