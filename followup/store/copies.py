"""Copies of the whole database: made while it is in use, and put back while it is not."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC
from typing import TYPE_CHECKING

from followup.store.beats import COPIED, RESTORED, TAKEN
from followup.store.engine import SQLITE, sqlite_file, traits_of
from followup.store.schema import VERSION_TABLE, revisions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

BUSY_SECONDS = 5.0
OLD = ".before-restore"


class CopyError(Exception):
    """No copy was made and nothing was changed; the message says why and what to do."""


async def backup(url: str, file: Path, at: datetime | None = None) -> int:
    """A consistent copy of the database in a new file, readable by its owner only; its size in bytes.

    The database remembers that it was copied `at`: for `followup doctor`, which asks how old the newest copy is.
    """
    database = _file_of(url, "pg_dump --format=custom")
    size = await asyncio.to_thread(_backup, database, file)
    if at is not None:
        await asyncio.to_thread(_note_copied, database, at)
    return size


async def restore(file: Path, url: str, at: datetime, *, force: bool = False) -> Path | None:
    """Puts a backup in the database's place; with `force` in that of another one, whose new path is returned.

    The database says from then on that it was restored `at`: what the carrier did meanwhile is asked for first.
    """
    target = _file_of(url, "pg_restore --clean")
    return await asyncio.to_thread(_restore, file, target, at, force)


async def scrub(url: str) -> bool:
    """Rewrites a SQLite file without what was deleted in it; False where somebody else is at it just now."""
    return await asyncio.to_thread(_scrub, _file_of(url, "VACUUM FULL"))


def _file_of(url: str, instead: str) -> Path:
    if traits_of(url) is not SQLITE:
        message = f"this works on SQLite; for PostgreSQL use its own tool: {instead}"
        raise CopyError(message)
    file = sqlite_file(url)
    if file is None:
        raise CopyError("this database is in memory and has no file")
    return file.absolute()


def _backup(database: Path, file: Path) -> int:
    if not database.exists():
        message = f"there is no database at {database}"
        raise CopyError(message)
    try:
        # Made empty by us first: nobody else's file is overwritten, and nobody else may read ours.
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        message = f"{file} exists already; choose another name"
        raise CopyError(message) from None
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}"
        raise CopyError(message) from error
    try:
        with closing(_open(database, "ro")) as connection:
            connection.execute("VACUUM INTO ?", (str(file.absolute()),))
        _on_disk(file)
    except (sqlite3.Error, OSError) as error:
        file.unlink(missing_ok=True)
        message = f"no backup was made: {error}"
        raise CopyError(message) from error
    return file.stat().st_size


def _note_copied(database: Path, at: datetime) -> None:
    # The copy is made and safe: a database that cannot be written to just now is no reason to call it failed.
    with suppress(sqlite3.Error), closing(_open(database, "rw")) as connection:
        connection.execute("INSERT OR REPLACE INTO beats (name, at) VALUES (?, ?)", (COPIED, _written(at)))


def _restore(file: Path, target: Path, at: datetime, force: bool) -> Path | None:  # noqa: FBT001 - called by position through a thread
    for fault in _faults(file):
        message = f"{file} is no backup to restore: {fault}"
        raise CopyError(message)
    if target.exists() and not force:
        message = f"{target} exists already; stop followup, then restore with --force to replace it"
        raise CopyError(message)
    try:
        draft = target.with_name(f".{target.name}.new")
        shutil.copyfile(file, draft)
        draft.chmod(0o600)
        _note_restored(draft, at)
        _on_disk(draft)
        old = _put_aside(target) if target.exists() else None
        draft.replace(target)
        _on_disk(target.parent)
    except OSError as error:
        message = f"nothing was restored: {error.strerror or error}"
        raise CopyError(message) from error
    return old


def _faults(file: Path) -> Iterator[str]:
    if not file.is_file():
        yield "there is no such file"
        return
    try:
        with closing(_open(file, "ro")) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if said != "ok":
                yield f"it is damaged ({said})"
            found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - our constant
    except sqlite3.Error as error:
        yield f"it is not a database of followup ({error})"
        return
    if found is None or found[0] not in revisions():
        yield "it was made by a newer followup; install that one"


def _note_restored(draft: Path, at: datetime) -> None:
    """The worker's last beat in it is when the backup was taken, to within seconds; without one nothing was sent."""
    taken = f"INSERT OR REPLACE INTO beats (name, at) SELECT '{TAKEN}', at FROM beats WHERE name = 'worker'"  # noqa: S608 - our constants
    with closing(_open(draft, "rw")) as connection:
        connection.execute(taken)
        connection.execute("INSERT OR REPLACE INTO beats (name, at) VALUES (?, ?)", (RESTORED, _written(at)))


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _put_aside(target: Path) -> Path:
    """The database that is there, whole in one file, under another name. CopyError while anybody uses it."""
    try:
        with closing(_open(target, "rw")) as connection:
            # Leaving WAL mode takes the log in, and needs everybody else to be gone.
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.OperationalError as error:
        message = f"{target} is in use ({error}); stop followup first"
        raise CopyError(message) from error
    except sqlite3.DatabaseError:
        mode = "delete"  # damaged, which may be why it is restored: it goes as it is
    if mode != "delete":
        message = f"{target} is in use; stop followup first"
        raise CopyError(message)
    old = target.with_name(target.name + OLD)
    target.replace(old)
    for leftover in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + leftover).rename(old.with_name(old.name + leftover))
    return old


def _scrub(database: Path) -> bool:
    try:
        with closing(_open(database, "rw")) as connection:
            connection.execute("VACUUM")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError:
        return False
    return not busy


def _open(file: Path, mode: str) -> sqlite3.Connection:
    address = f"{file.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _on_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
