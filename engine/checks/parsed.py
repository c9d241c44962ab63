"""Rules that hold the diagrams against what the engine has made of them."""

from collections.abc import Iterator

from engine.checks.findings import Finding, error
from engine.checks.model import Package

LOST = error(
    "element_lost",
    zh=("流程引擎读取时丢失了这个元素", "检查标识是否与引擎自用的相同，连线是否接好"),
    en=("the engine loses this element when it reads the file", "look at its id and its flows"),
)


def nothing_is_lost(package: Package) -> Iterator[Finding]:
    if package.definition is None:
        return
    for element in package.definition.lost():
        yield LOST.at(element.file, element.id)


RULES = (nothing_is_lost,)
