"""The browser files we ship are the reviewed ones, all of them listed with their licence."""

import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "webapp" / "static" / "vendor"
PACKAGES = json.loads((VENDOR / "vendor.json").read_text("utf-8"))["packages"]
LOCK = json.loads((ROOT / "tools" / "vendor" / "package-lock.json").read_text("utf-8"))


def test_every_vendored_file_is_listed_with_its_hash() -> None:
    listed = {path: digest for package in PACKAGES for path, digest in package["sha256"].items()}
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "vendor.json"
    }

    assert found == listed


def test_every_vendored_package_is_the_locked_one_and_carries_its_licence() -> None:
    for package in PACKAGES:
        locked = LOCK["packages"][f"node_modules/{package['name']}"]
        assert (package["version"], package["npm_integrity"]) == (
            locked["version"],
            locked["integrity"],
        )
        assert package["licence"]
        assert f"{package['name']}/LICENSE.txt" in package["sha256"]


def test_the_lock_does_not_say_which_registry_served_it() -> None:
    assert [name for name, entry in LOCK["packages"].items() if "resolved" in entry] == []


def test_style_sheets_load_nothing_that_is_not_shipped() -> None:
    for sheet in VENDOR.rglob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
        for address in re.findall(r"url\(\s*['\"]?([^'\")]+)", rules):
            assert address.startswith("data:") or (sheet.parent / address).is_file(), (
                sheet.name,
                address,
            )
