"""Rules for what hangs on a deadline: the ladder of reminders, and the lines of `escalate`."""

from collections.abc import Iterator

from engine import ladder
from engine.checks.expressions import NO_ROLE
from engine.checks.findings import Finding, error
from engine.checks.model import Node, Package
from engine.checks.uses import calls

BAD_LADDER = error(
    "ladder_invalid",
    zh=(
        "属性{name}看不懂：{reason}",
        "提醒写P3D P1D morning +P1D*5、default或off；催办写+P1D notify:角色",
    ),
    en=("the property {name} cannot be read: {reason}", "write it as docs/properties.md says"),
)
NOT_TO_OTHERS = error(
    "escalate_secret",
    zh=("催办{verb}不能用于{why}的任务", "改为notify，或者删去"),
    en=("{verb} cannot be used where {why}", "use notify, or remove it"),
)
ADD_TO_SUBJECTS = error(
    "escalate_subjects",
    zh=("按对象分席位的任务不能加人", "改为reassign或notify"),
    en=("nobody can be added where each subject has its seats", "use reassign or notify"),
)


def ladders_can_be_read(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        try:
            ladder.read_ladder(node.properties.get("reminders", ""))
        except ValueError as bad:
            yield BAD_LADDER.at(node.file, node.id, name="reminders", reason=bad)


def escalations_can_be_done(package: Package) -> Iterator[Finding]:
    for node in package.nodes():
        try:
            lines = ladder.read_escalations(node.properties.get("escalate", ""))
        except ValueError as bad:
            yield BAD_LADDER.at(node.file, node.id, name="escalate", reason=bad)
            continue
        for line in lines:
            try:
                line.named(package.roles, package.functions)
            except ValueError:
                yield NO_ROLE.at(node.file, node.id, place="escalate", name=line.who)
            if line.verb != "notify" and (why := _not_to_others(node)):
                yield NOT_TO_OTHERS.at(node.file, node.id, verb=line.verb, why=why)
            elif line.verb == "add" and _is_about_subjects(node):
                yield ADD_TO_SUBJECTS.at(node.file, node.id)


def _not_to_others(node: Node) -> str:
    """What keeps the seats of a task from going to others: a secret, or two who enter apart."""
    kind = node.properties.get("kind", "")
    if kind in ("ballot", "sealed"):
        return f"kind={kind}"
    return "compare" if "compare" in node.properties else ""


def _is_about_subjects(node: Node) -> bool:
    asked = {name for name, _ in calls(node.properties.get("seats", ""))}
    return bool(asked & {"per", "times", "each"}) or "public" in node.properties


RULES = (ladders_can_be_read, escalations_can_be_done)
