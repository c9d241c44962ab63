"""Settings from the environment, read once into one frozen dataclass.

`docs/settings.md` lists them; a test compares the two.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import EngineError

_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_SERVICE = re.compile(r"[a-z][a-z0-9+.-]{1,39}")
_ROOT = Path(__file__).resolve().parent.parent
_SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,39}")
_IN_FILES = ("DATABASE_URL", "SECRET_KEY")
"""Settings that may stand in a file of their own: `GONGXUAN_SECRET_KEY_FILE=/run/secrets/…`."""


class BadSetting(EngineError):
    """A setting in the environment cannot be used; start-up stops."""

    code = "bad_setting"

    def __init__(self, name: str, value: str, remedy: str) -> None:
        super().__init__(f"{name}={value!r} cannot be used: {remedy}")
        self.name, self.value, self.remedy = name, value, remedy


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations."""

    database_url: str
    schema: str
    files_dir: Path
    processes_dir: Path
    forms_dir: Path
    secret_key: str
    host: str
    port: int
    web_processes: int
    web_threads: int
    worker_threads: int
    drain: int
    retention: str
    time_zone: str
    smtp_host: str
    smtp_port: int
    mail_from: str
    channels: str
    quiet_hours: str
    digest_gap: int
    sms_url: str
    sms_method: str
    sms_body: str
    sms_auth_file: str
    sms_success: str
    sms_spool: str
    chats: str
    public_url: str
    trusted_proxy: str
    demo: bool
    hash_cost: str


def load_settings(environ: Mapping[str, str], *, var_dir: Path | None = None) -> Settings:
    """Read the settings; what is absent gets the default of a single machine.

    Raises:
        BadSetting: naming the variable and the remedy.
    """
    var = var_dir or Path(environ.get("GONGXUAN_VAR", _ROOT / "var"))

    environ = {**environ, **_from_files(environ)}

    def text(name: str, default: str) -> str:
        return environ.get(f"GONGXUAN_{name}", default)

    def number(name: str, default: int, *, least: int = 0) -> int:
        return _number(name, text(name, str(default)), least=least)

    host, port = text("HOST", "127.0.0.1"), number("PORT", 8600)
    schema = text("SCHEMA", "")
    if schema and not _SCHEMA.fullmatch(schema):
        remedy = "use small letters, figures and _, a letter first, at most 40"
        raise BadSetting("GONGXUAN_SCHEMA", schema, remedy)
    hash_cost = text("HASH_COST", "production")
    if hash_cost not in ("production", "test"):
        raise BadSetting("GONGXUAN_HASH_COST", hash_cost, "use production or test")
    return Settings(
        database_url=text("DATABASE_URL", f"sqlite:///{var / 'gongxuan.sqlite'}"),
        schema=schema,
        files_dir=Path(text("FILES", str(var / "files"))),
        processes_dir=Path(text("PROCESSES", str(_ROOT / "processes"))),
        forms_dir=Path(text("FORMS", str(_ROOT / "forms"))),
        secret_key=text("SECRET_KEY", ""),
        host=host,
        port=port,
        web_processes=number("WEB_PROCESSES", 2, least=1),
        web_threads=number("WEB_THREADS", 8, least=1),
        worker_threads=number("WORKER_THREADS", 4, least=1),
        drain=number("DRAIN", 5),
        retention=text("RETENTION", ""),
        time_zone=text("TIME_ZONE", "Asia/Shanghai"),
        smtp_host=text("SMTP_HOST", ""),
        smtp_port=number("SMTP_PORT", 25),
        mail_from=text("MAIL_FROM", "gongxuan@localhost"),
        channels=_channels(text("CHANNELS", "sms email")),
        quiet_hours=_quiet_hours(text("QUIET_HOURS", "22:00-07:00")),
        digest_gap=number("DIGEST_GAP", 60),
        sms_url=_sms_url(text("SMS_URL", ""), spool=text("SMS_SPOOL", "")),
        sms_method=_sms_method(text("SMS_METHOD", "POST")),
        sms_body=_sms_body(text("SMS_BODY", "to={number}&text={text}")),
        sms_auth_file=text("SMS_AUTH_FILE", ""),
        sms_success=text("SMS_SUCCESS", ""),
        sms_spool=_spool(text("SMS_SPOOL", "")),
        chats=_chats(text("CHATS", "")),
        public_url=text("PUBLIC_URL", f"http://{host}:{port}"),
        trusted_proxy=text("TRUSTED_PROXY", ""),
        demo=text("DEMO", "") == "1",
        hash_cost=hash_cost,
    )


def _channels(value: str) -> str:
    words = value.split()
    if not words or len(set(words)) < len(words) or not set(words) <= {"sms", "email"}:
        remedy = "name sms and email, or one of them, in the order to be used"
        raise BadSetting("GONGXUAN_CHANNELS", value, remedy)
    return value


def _quiet_hours(value: str) -> str:
    if value and not _HOURS.fullmatch(value):
        raise BadSetting("GONGXUAN_QUIET_HOURS", value, "write 22:00-07:00, or nothing for none")
    return value


def _sms_url(value: str, *, spool: str) -> str:
    if value and spool:
        remedy = "short messages go one way: set GONGXUAN_SMS_URL or GONGXUAN_SMS_SPOOL, not both"
        raise BadSetting("GONGXUAN_SMS_SPOOL", spool, remedy)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if value and not usable:
        raise BadSetting("GONGXUAN_SMS_URL", "…", "give an address that begins with https://")
    return value


def _sms_method(value: str) -> str:
    if value not in ("POST", "GET", "PUT"):
        raise BadSetting("GONGXUAN_SMS_METHOD", value, "use POST, PUT or GET")
    return value


def _sms_body(value: str) -> str:
    """A template may hold the gateway's password: what is wrong with it is said without it."""
    if ("{number}" not in value and "{national}" not in value) or "{text}" not in value:
        raise BadSetting("GONGXUAN_SMS_BODY", "…", "it must hold {text} and {number} or {national}")
    if value.strip().startswith("{"):
        try:
            json.loads(value)
        except ValueError as error:
            raise BadSetting("GONGXUAN_SMS_BODY", "…", f"it is no JSON ({error})") from error
    return value


def _spool(value: str) -> str:
    missing = [name for name in ("outgoing", "sent", "failed") if not Path(value, name).is_dir()]
    if value and missing:
        remedy = f"the folder {missing[0]} is not there; name the one above outgoing, sent, failed"
        raise BadSetting("GONGXUAN_SMS_SPOOL", value, remedy)
    return value


def _chats(value: str) -> str:
    if not all(_SERVICE.fullmatch(word) for word in value.split()):
        remedy = "name kinds of chat as Apprise does, e.g. wecombot dingtalk feishu"
        raise BadSetting("GONGXUAN_CHATS", value, remedy)
    return value


def _from_files(environ: Mapping[str, str]) -> dict[str, str]:
    """What stands in files, so that secrets are in no environment; systemd and containers do so."""
    found = {}
    for name in (f"GONGXUAN_{each}" for each in _IN_FILES):
        path = environ.get(f"{name}_FILE")
        if path:
            try:
                found[name] = Path(path).read_text("utf-8").strip()
            except OSError as error:
                remedy = f"it cannot be read ({error.strerror})"
                raise BadSetting(f"{name}_FILE", path, remedy) from error
    return found


def _number(name: str, value: str, *, least: int = 0) -> int:
    if not value.isdigit() or int(value) < least:
        more = f" of at least {least}" if least else ""
        raise BadSetting(f"GONGXUAN_{name}", value, f"give a whole number{more}")
    return int(value)
