"""What `deploy/` says fits the product: settings, commands, services, units."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from engine.settings import load_settings
from webapp.__main__ import commands
from webapp.proxy import networks
from webapp.security import LARGEST_BODY

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
DEFAULTS = dict(
    line.split("=", 1)
    for line in (DEPLOY / ".env.example").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)


def found(pattern: str, text: str) -> list[str]:
    """What stands at the beginnings of lines."""
    return re.findall(pattern, text, re.MULTILINE)


PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
SETTINGS = set(found(r"^\| `(GONGXUAN_\w+)` \|", PAGE))
IN_FILES = {"GONGXUAN_DATABASE_URL_FILE", "GONGXUAN_SECRET_KEY_FILE"}
UNITS = sorted(DEPLOY.glob("*.service"))
OURS = ("upgrade", "web1", "web2", "worker1", "worker2")

# The part of the Compose specification that is used here; an unknown word is a slip of the pen.
NAMES: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
SERVICE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["image", "networks"],
    "properties": {
        "image": {"type": "string"},
        "build": {"type": "object"},
        "restart": {"enum": ["no", "unless-stopped"]},
        "read_only": {"type": "boolean"},
        "tmpfs": NAMES, "cap_drop": NAMES, "security_opt": NAMES, "secrets": NAMES,
        "volumes": NAMES, "ports": NAMES, "command": NAMES,
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "networks": {"type": ["array", "object"]},
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["condition"],
                "properties": {
                    "condition": {"enum": ["service_healthy", "service_completed_successfully"]}
                },
            },
        },
        "healthcheck": {"type": "object", "required": ["test"]},
        "stop_grace_period": {"type": "string", "pattern": r"^\d+s$"},
        "shm_size": {"type": "string"},
    },
}  # fmt: skip
FILE: dict[str, Any] = {
    "type": "object",
    "required": ["name", "services"],
    "patternProperties": {"^x-": {}},
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "services": {"type": "object", "additionalProperties": SERVICE},
        "networks": {"type": "object"}, "volumes": {"type": "object"},
        "secrets": {
            "type": "object",
            "additionalProperties": {"type": "object", "required": ["file"]},
        },
    },
}  # fmt: skip


def test_the_compose_file_uses_only_words_that_exist() -> None:
    Draft202012Validator.check_schema(FILE)

    assert [error.message for error in Draft202012Validator(FILE).iter_errors(COMPOSE)] == []


def test_everything_a_service_names_is_there() -> None:
    for name, service in COMPOSE["services"].items():
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"]), name
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
        volumes = {each.split(":")[0] for each in service.get("volumes", ())}
        assert {each for each in volumes if not each.startswith("./")} <= set(COMPOSE["volumes"])
        for each in volumes:
            assert not each.startswith("./") or (DEPLOY / each).exists()


def test_two_web_and_two_workers_start_after_the_upgrade() -> None:
    services = COMPOSE["services"]

    assert [services[name]["command"] for name in OURS] == [
        ["upgrade"], ["web"], ["web"], ["worker"], ["worker"],
    ]  # fmt: skip
    assert {name[0] for name in (services[each]["command"] for each in OURS)} <= set(
        commands.commands
    )
    assert all("upgrade" in services[name]["depends_on"] for name in OURS[1:])


@pytest.mark.parametrize("name", OURS)
def test_services_set_settings_that_exist_to_values_that_can_be_read(
    name: str, tmp_path: Path
) -> None:
    given = {
        key: re.sub(r"\$\{(\w+)\}", lambda name: DEFAULTS[name[1]], value)
        for key, value in COMPOSE["services"][name]["environment"].items()
    }
    for key in IN_FILES:
        (tmp_path / key).write_text("postgresql+psycopg://gongxuan:x@postgres/gongxuan")

    used = load_settings({**given, **{key: str(tmp_path / key) for key in IN_FILES}})

    assert set(given) <= SETTINGS | IN_FILES
    assert networks(used.trusted_proxy)
    assert used.drain < int(COMPOSE["services"]["web1"]["stop_grace_period"].rstrip("s"))


def test_the_example_sets_exactly_what_the_compose_file_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)\}", (DEPLOY / "compose.yaml").read_text("utf-8")))

    assert set(DEFAULTS) == asked


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_run_commands_and_set_settings_that_exist(unit: Path) -> None:
    text = unit.read_text("utf-8")

    (command,) = found(r"^ExecStart=/opt/gongxuan/.venv/bin/gongxuan (\S+)$", text)
    assert command in commands.commands
    assert set(found(r"^Environment=(\w+)=", text)) <= SETTINGS | IN_FILES
    assert {"NoNewPrivileges=true", "ProtectSystem=strict"} <= set(text.splitlines())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in (*UNITS, *DEPLOY.glob("*.socket")):
        name = unit.name.replace("@", "@8601")
        text = unit.read_text("utf-8").replace("/opt/gongxuan/.venv/bin/gongxuan", "/bin/true")
        (tmp_path / name).write_text(text.replace("WorkingDirectory=/opt/gongxuan\n", ""))
    said = subprocess.run(
        ["systemd-analyze", "verify", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf", "nginx-replicas.conf"])
def test_proxies_let_as_much_through_as_is_accepted_and_replace_claims(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")

    (megabytes,) = re.findall(r"(?:max_size|client_max_body_size) (\d+)(?:MB|m)", text)
    assert int(megabytes) * 1024 * 1024 == LARGEST_BODY
    for header in ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"):
        assert header in text


def test_the_image_installs_what_is_locked_and_copies_what_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    copied = [word for line in found(r"^COPY (.+) \S+$", text) for word in line.split()]
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert [name for name in copied if not (ROOT / name).exists()] == []
    lock = (ROOT / "requirements-scale.txt").read_text("utf-8")
    for package in [*wanted["dependencies"], *wanted["optional-dependencies"]["scale"]]:
        name = re.split(r"[^\w-]", package)[0].lower()
        assert re.search(rf"^{name}(\[[\w,]+\])?==", lock, re.MULTILINE), name
