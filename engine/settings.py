"""Settings from the environment, read once into one frozen dataclass.

`docs/settings.md` lists them; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError

_ROOT = Path(__file__).resolve().parent.parent


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
    files_dir: Path
    processes_dir: Path
    forms_dir: Path
    secret_key: str
    host: str
    port: int
    time_zone: str
    smtp_host: str
    smtp_port: int
    mail_from: str
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

    def text(name: str, default: str) -> str:
        return environ.get(f"GONGXUAN_{name}", default)

    host, port = text("HOST", "127.0.0.1"), _number("PORT", text("PORT", "8600"))
    hash_cost = text("HASH_COST", "production")
    if hash_cost not in ("production", "test"):
        raise BadSetting("GONGXUAN_HASH_COST", hash_cost, "use production or test")
    return Settings(
        database_url=text("DATABASE_URL", f"sqlite:///{var / 'gongxuan.sqlite'}"),
        files_dir=Path(text("FILES", str(var / "files"))),
        processes_dir=Path(text("PROCESSES", str(_ROOT / "processes"))),
        forms_dir=Path(text("FORMS", str(_ROOT / "forms"))),
        secret_key=text("SECRET_KEY", ""),
        host=host,
        port=port,
        time_zone=text("TIME_ZONE", "Asia/Shanghai"),
        smtp_host=text("SMTP_HOST", ""),
        smtp_port=_number("SMTP_PORT", text("SMTP_PORT", "25")),
        mail_from=text("MAIL_FROM", "gongxuan@localhost"),
        public_url=text("PUBLIC_URL", f"http://{host}:{port}"),
        trusted_proxy=text("TRUSTED_PROXY", ""),
        demo=text("DEMO", "") == "1",
        hash_cost=hash_cost,
    )


def _number(name: str, value: str) -> int:
    if not value.isdigit():
        raise BadSetting(f"GONGXUAN_{name}", value, "give a whole number")
    return int(value)
