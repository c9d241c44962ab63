"""What a procedure is called: the name of its main process."""

from collections.abc import Mapping

from engine.bpmn.definition import BPMN, BadPackage, properties_of, read_xml
from engine.definitions import Words


def name_of(key: str, files: Mapping[str, str]) -> Words:
    """The name in both languages; the key where the diagram cannot be read."""
    file = f"{key}.bpmn"
    try:
        root = read_xml(file, files.get(file, ""))
    except BadPackage:
        return Words(key, key)
    for process in root.iter(f"{BPMN}process"):
        if process.get("id") == key:
            zh = process.get("name") or key
            return Words(zh, properties_of(process).get("name_en") or zh)
    return Words(key, key)
