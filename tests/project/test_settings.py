"""docs/settings.md lists every setting with the default that is really used."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from engine.settings import BadSetting, Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `GONGXUAN_(\w+)` \| (.+?) \|", PAGE, re.MULTILINE))
SOURCE = (ROOT / "engine" / "settings.py").read_text("utf-8")
NAMES = {
    "FILES": "files_dir",
    "PROCESSES": "processes_dir",
    "FORMS": "forms_dir",
}


def attribute(name: str) -> str:
    return NAMES.get(name, name.lower())


def test_the_page_lists_exactly_what_is_read() -> None:
    read = set(re.findall(r'(?:text|number)\("(\w+)"', SOURCE))
    read |= set(re.findall(r'"GONGXUAN_(\w+)"', SOURCE))

    assert set(ROWS) == read
    assert {attribute(name) for name in ROWS} == {f.name for f in fields(Settings)} | {"var"}


def test_the_page_gives_the_defaults_that_are_used(tmp_path: Path) -> None:
    used = load_settings({}, var_dir=tmp_path)
    said = {
        name: text.strip("`").replace("<var>", str(tmp_path))
        for name, text in ROWS.items()
        if text.startswith("`") and text.endswith("`")
    }
    said["PUBLIC_URL"] = said["PUBLIC_URL"].replace("<host>:<port>", f"{used.host}:{used.port}")

    assert said == {name: str(getattr(used, attribute(name))) for name in said}
    assert (used.smtp_host, used.secret_key, used.demo) == ("", "", False)
    assert (used.processes_dir, used.forms_dir) == (ROOT / "processes", ROOT / "forms")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"), ("SMTP_PORT", "-1"), ("HASH_COST", "cheap"), ("CHANNELS", "fax"),
        ("CHANNELS", "sms sms"), ("QUIET_HOURS", "22-7"), ("QUIET_HOURS", "24:00-07:00"),
        ("DIGEST_GAP", "often"), ("SMS_METHOD", "get"), ("SMS_SPOOL", "/nowhere"),
        ("CHATS", "We Com"), ("WEB_PROCESSES", "0"), ("SCHEMA", "Office A"),
        ("SCHEMA", "a; DROP SCHEMA b"),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"GONGXUAN_{name}='{value}' cannot be used"):
        load_settings({f"GONGXUAN_{name}": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMS_URL", "ftp://s3cret"), ("SMS_URL", "https://"), ("SMS_URL", "http://a:b/s3cret"),
        ("SMS_BODY", "to={number}&key=s3cret"), ("SMS_BODY", '{"to": "{number}{text}", s3cret}'),
    ],
)  # fmt: skip
def test_what_may_hold_a_password_is_not_repeated(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"GONGXUAN_{name}='…' cannot be used") as refused:
        load_settings({f"GONGXUAN_{name}": value})

    assert "s3cret" not in str(refused.value)


def test_short_messages_go_one_way(tmp_path: Path) -> None:
    both = {"GONGXUAN_SMS_URL": "https://sms.example", "GONGXUAN_SMS_SPOOL": str(tmp_path)}

    with pytest.raises(BadSetting, match="not both"):
        load_settings(both)


def test_every_setting_can_be_set(tmp_path: Path) -> None:
    for name in ("outgoing", "sent", "failed"):
        (tmp_path / name).mkdir()
    values = dict.fromkeys(ROWS, "7") | {
        "HASH_COST": "test", "DEMO": "1", "VAR": str(tmp_path), "CHANNELS": "email",
        "QUIET_HOURS": "21:00-08:00", "SMS_URL": "", "SMS_METHOD": "GET",
        "SMS_BODY": '{"n": "{national}", "t": "{text}"}', "SMS_SPOOL": str(tmp_path),
        "CHATS": "feishu lark", "SCHEMA": "a_7",
    }  # fmt: skip

    used = load_settings({f"GONGXUAN_{name}": value for name, value in values.items()})

    expected = {attribute(name): value for name, value in values.items() if name != "VAR"}
    assert {name: str(getattr(used, name)) for name in expected} == expected | {"demo": "True"}


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY"])
def test_a_secret_may_stand_in_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("sqlite:///elsewhere\n")

    used = load_settings({f"GONGXUAN_{name}_FILE": str(tmp_path / "secret")})

    assert getattr(used, attribute(name)) == "sqlite:///elsewhere"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"GONGXUAN_SECRET_KEY_FILE=.*No such file"):
        load_settings({"GONGXUAN_SECRET_KEY_FILE": str(tmp_path / "none")})
