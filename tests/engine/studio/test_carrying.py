"""A procedure as a zip: out and in again without a loss; what must not be read is refused."""

import io
import stat
import zipfile
from collections.abc import Mapping

import pytest

from engine.db import Sessions, transaction
from engine.definitions import PackageVersion
from engine.studio import carrying, templates
from engine.studio.carrying import ImportRefused, read_zip, write_zip
from engine.studio.templates import BadKey, KeyTaken, NameMissing
from tests.engine.studio.conftest import PLACES

GOOD = {"processes/a/roles.yaml": "roles: {}", "forms/a/x-schema.json": "{}"}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


def test_out_and_in_again_loses_nothing(procedure: PackageVersion) -> None:
    content = write_zip("open_selection", procedure.files)

    assert read_zip(content) == ("open_selection", dict(procedure.files))
    assert write_zip("open_selection", procedure.files) == content


def test_scenarios_readme_and_what_systems_leave_behind_are_left_out() -> None:
    more = {
        "top/processes/a/README.md": "x", "top/processes/a/scenarios/one.yaml": "x: 1",
        "__MACOSX/processes/a/._roles.yaml": "x", "top/processes/a/.DS_Store": "x",
    }  # fmt: skip

    key, files = read_zip(zipped({f"top/{name}": text for name, text in GOOD.items()} | more))

    assert (key, files) == ("a", {"roles.yaml": "roles: {}", "forms/x-schema.json": "{}"})


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "nothing"),
        ({"processes/a/../../etc.yaml": "x"}, "path"),
        ({"/processes/a/roles.yaml": "x"}, "path"),
        ({"processes\\a\\roles.yaml": "x"}, "path"),
        ({"C:/processes/a/roles.yaml": "x"}, "path"),
        ({"processes/a/b/c/d/e/roles.yaml": "x"}, "path"),
        ({"forms/a/b/x-schema.json": "{}"}, "path"),
        ({"processes/a/run.py": "x"}, "kind"),
        ({"roles.yaml": "x"}, "no_key"),
        ({"processes/A b/roles.yaml": "x"}, "no_key"),
        ({**GOOD, "processes/b/roles.yaml": "x"}, "several"),
        ({"processes/a/a.bpmn": BOMB}, "xml"),
        ({"processes/a/a.bpmn": "<a>"}, "xml"),
        ({"processes/a/a.bpmn": "<a>" * 80 + "</a>" * 80}, "xml"),
        ({"forms/a/x-schema.json": "{"}, "text"),
        ({"forms/a/x-schema.json": "[" * 100_000}, "text"),
        ({"processes/a/roles.yaml": "a: ["}, "text"),
        ({"processes/a/roles.yaml": b"\xff\xfe\x00"}, "text"),
        ({"processes/a/roles.yaml": "#" * (carrying.LARGEST_FILE + 1)}, "too_large"),
        ({f"processes/a/f{n}.yaml": "x" for n in range(carrying.MOST_FILES + 1)}, "too_many"),
        ({f"processes/a/f{n}.yaml": "#" * 3_900_000 for n in range(11)}, "too_large"),
    ],
)
def test_what_must_not_be_read_is_refused(files: dict[str, str], reason: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_zip(zipped(files))

    assert refused.value.reason == reason


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 100])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(ImportRefused) as refused:
        read_zip(content)

    assert refused.value.reason == "not_zip"


def test_a_link_is_refused() -> None:
    entry = zipfile.ZipInfo("processes/a/roles.yaml")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(entry, "/etc/passwd")

    with pytest.raises(ImportRefused) as refused:
        read_zip(made.getvalue())

    assert refused.value.reason == "path"


def test_a_new_procedure_has_the_content_of_another_under_its_own_key(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        files, origin = templates.copied(
            session, source="open_selection", key="village_vote", zh="村级选举",
            en="Village election", **PLACES,
        )  # fmt: skip

    package = PackageVersion("village_vote", "new", files)
    assert package.definition.start_of("village_vote").file == "village_vote.bpmn"
    assert "open_selection.bpmn" not in files
    assert origin.key == "open_selection"
    assert 'name="村级选举"' in files["village_vote.bpmn"]


@pytest.mark.parametrize(
    ("key", "zh", "error"),
    [("Ä", "村", BadKey), ("a__b", "村", BadKey), ("open_selection", "村", KeyTaken),
     ("village", "", NameMissing)],
)  # fmt: skip
def test_a_new_procedure_needs_a_free_key_and_a_name(
    sessions: Sessions, key: str, zh: str, error: type[Exception]
) -> None:
    with transaction(sessions) as session, pytest.raises(error):
        templates.copied(session, source="open_selection", key=key, zh=zh, en="x", **PLACES)
