"""Which schema a database has, and bringing it to this version's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, text

from followup.store.engine import make_engines, sqlite_file
from followup.store.errors import SchemaError, connecting, working

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "schema_version"
MOVED = "moved to "
"""How the beat is named, before the place, of a database whose data has gone to another one."""
_OLD = "the database's schema is older than this followup; run: followup migrate"
_NONE = "the database is empty; run: followup migrate"
_NEWER = "this database is newer than this followup; install the newer version again"
# Any number that no other program is likely to choose: "followup" on a telephone's keys.
_LOCK = 36556987


def revisions() -> tuple[str, ...]:
    """The schema's versions that are known here, oldest first."""
    return tuple(sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")))


def check_file(url: str) -> None:
    """A SQLite file that is not there would be made, empty, by looking at it."""
    file = sqlite_file(url)
    if file is not None and file.absolute().parent.is_dir() and not file.exists():
        raise SchemaError(_NONE)


async def check_schema(connection: AsyncConnection, *, may_write: bool = True) -> None:
    """SchemaError unless the schema is exactly this version's; fails where the database should be written and cannot.

    SchemaError, too, for a database that was moved: what is done in it would be done beside the one that counts.
    """
    _judge(await connection.run_sync(current_revision), is_strict=True)
    if may_write:
        # Better now than when the first patient writes.
        await connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = version_num"))  # noqa: S608 - ours
    moved = await connection.execute(text(f"SELECT name, at FROM beats WHERE name LIKE '{MOVED}%'"))  # noqa: S608 - ours
    for name, at in moved:
        message = f"this database was {name} ({str(at)[:16]} UTC); set DATABASE_URL to that one"
        raise SchemaError(message)


def current_revision(connection: Connection) -> str | None:
    """The version the database says it has; None where it has no schema of ours."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    said = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - ours
    return str(said) if said else None


def _judge(revision: str | None, *, is_strict: bool) -> None:
    if revision is not None and revision not in revisions():
        raise SchemaError(_NEWER, is_newer=True)
    if is_strict and revision is None:
        raise SchemaError(_NONE)
    if is_strict and revision != revisions()[-1]:
        raise SchemaError(_OLD)


async def migrate(url: str) -> None:
    """Brings the schema to this version's; safe to run twice, and by two processes at once."""
    engines = make_engines(url)
    try:
        await migrate_engine(engines.writes)
    finally:
        await engines.dispose()


async def migrate_engine(engine: AsyncEngine) -> None:
    """The same on connections that are there; all of it in one transaction."""
    with connecting():
        connection = await engine.connect()
    try:
        with working():
            async with connection.begin():
                if engine.dialect.name == "postgresql":
                    # SQLite's BEGIN IMMEDIATE lets one in at a time by itself.
                    await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                await connection.run_sync(_upgrade)
    finally:
        await connection.close()


def _upgrade(connection: Connection) -> None:
    revision = current_revision(connection)
    _judge(revision, is_strict=False)
    if revision == revisions()[-1]:
        return
    # Only now: it costs a service that has nothing to do half a second and ten megabytes.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    command.upgrade(config, "head")
