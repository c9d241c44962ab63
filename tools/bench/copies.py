"""Many selections out of one: rows that the product wrote, copied inside the database.

One selection is started by the product's own code. All its rows are then copied with new ids, the
same columns and references, so that a million of them are as real as the first. People are copied
too: each copy of a person takes part in `EACH` selections, as an official does.
"""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Engine, Integer, Table, Uuid, event, text

from engine.model import Base, Case, Person, Timer
from tools.bench.places import Place

EACH = 5
_CHUNK = 5_000
_SKIPPED = frozenset({"history", "package"})


def copy_case(place: Place, case_id: UUID, *, first: int, last: int, at: Any = None) -> None:
    """Copy a selection with the numbers `first` to `last`; number 0 is the original.

    Args:
        at: where its timers are given other instants: an SQL expression of `n`, on both databases.
    """
    engine = place.sessions.kw["bind"]
    _teach(engine)
    for begin in range(first, last + 1, _CHUNK):
        numbers = {"a": begin, "b": min(begin + _CHUNK - 1, last), "case": _key(place, case_id)}
        with engine.begin() as connection:
            for table in _tables():
                connection.execute(text(_statement(place, table, at)), numbers)


def copied(key: UUID, number: int) -> UUID:
    """The id of a row in the copy of this number."""
    return key if number == 0 else _hashed(key, str(number))


def copied_person(key: UUID, number: int) -> UUID:
    """The id of the person who takes part in the copy of this number."""
    return _hashed(key, f"p{number // EACH}")


def _hashed(key: UUID, salt: str) -> UUID:
    return UUID(hashlib.md5(f"{key}:{salt}".encode(), usedforsecurity=False).hexdigest())


def _teach(engine: Engine) -> None:
    """SQLite learns to make ids as PostgreSQL makes them with md5."""
    if engine.dialect.name != "sqlite" or getattr(engine, "_taught", False):
        return
    engine._taught = True  # type: ignore[attr-defined]  # noqa: SLF001 - once for each engine

    def gx_id(key: str | None, salt: Any) -> str | None:
        return None if key is None else _hashed(UUID(key), str(salt)).hex

    def gx_text(key: str | None) -> str | None:
        return None if key is None else str(UUID(key))

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.create_function("gx_id", 2, gx_id, deterministic=True)
        connection.create_function("gx_text", 1, gx_text, deterministic=True)

    engine.dispose()


def _tables() -> list[Table]:
    """Persons first, then what belongs to a selection, in the order of the references."""
    belongs = [
        table
        for table in Base.metadata.sorted_tables
        if (table.name == Case.__tablename__ or "case_id" in table.c) and table.name not in _SKIPPED
    ]
    return [Base.metadata.tables[Person.__tablename__], *belongs]


def _statement(place: Place, table: Table, at: str | None) -> str:
    columns = [c for c in table.columns if not _own_number(c)]
    names = ", ".join(f'"{column.name}"' for column in columns)
    given = ", ".join(_value(place, table, column, at) for column in columns)
    series = (
        "WITH RECURSIVE s(n) AS (SELECT CAST(:a AS integer)"
        " UNION ALL SELECT n + 1 FROM s WHERE n < :b)"
    )
    if table.name == Person.__tablename__:
        return (
            f"INSERT INTO person ({names}) {series} SELECT {given} FROM person t, "
            f"(SELECT DISTINCT n - n % {EACH} AS n FROM s) s "
            "WHERE t.id IN (SELECT person_id FROM case_member WHERE case_id = :case "
            "UNION SELECT person_id FROM candidate WHERE case_id = :case) "
            "ON CONFLICT DO NOTHING"
        )
    mine = "id" if table.name == Case.__tablename__ else "case_id"
    return (
        f'INSERT INTO "{table.name}" ({names}) {series} SELECT {given} '
        f'FROM "{table.name}" t CROSS JOIN s WHERE t.{mine} = :case'
    )


def _own_number(column: Column[Any]) -> bool:
    """A number that the database gives."""
    return column.primary_key and isinstance(column.type, Integer)


def _value(place: Place, table: Table, column: Column[Any], at: str | None) -> str:
    name = f't."{column.name}"'
    if table.name == Timer.__tablename__ and column.name == "dedupe_key":
        return _key_of_timer(place)
    if table.name == Timer.__tablename__ and column.name == "due_at" and at:
        return at
    if column.unique and not isinstance(column.type, Uuid):
        return f"{name} || ':' || s.n"
    if not isinstance(column.type, Uuid) or not _is_own(column):
        return name
    return _new_id(place, name, _refers(column) == Person.__tablename__ or table.name == "person")


def _is_own(column: Column[Any]) -> bool:
    return _refers(column) not in ("package", "account")


def _refers(column: Column[Any]) -> str:
    return next((key.column.table.name for key in column.foreign_keys), "")


def _new_id(place: Place, name: str, person: bool) -> str:
    salt = f"'p' || (s.n / {EACH})" if person else "s.n"
    if place.name == "sqlite":
        return f"gx_id({name}, {salt})"
    return f"CAST(md5({name}::text || ':' || {salt}) AS uuid)"


def _key_of_timer(place: Place) -> str:
    """The key of a timer begins with the id of its task or instance."""
    made = "t.dedupe_key"
    for column in ("t.instance_id", "t.task_id"):
        old = f"gx_text({column})" if place.name == "sqlite" else f"{column}::text"
        new = _new_id(place, column, person=False)
        new = f"gx_text({new})" if place.name == "sqlite" else f"{new}::text"
        made = f"replace({made}, coalesce({old}, '-'), coalesce({new}, '-'))"
    return made


def _key(place: Place, key: UUID) -> Any:
    return key.hex if place.name == "sqlite" else key
