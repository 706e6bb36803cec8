"""One installation on a disk of its own, and its command line."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer
from api_kit import empty_database
from typer.testing import CliRunner

from followup.app import journal_key
from followup.cli import audit, copies, corrections, doctor, move_to, patients, protocols, tokens, users
from followup.settings import read_settings
from followup.store import open_store
from kit.hand_clock import MONDAY
from kit.sources import TOP

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from followup.store import Store

MODULES = (audit, copies, corrections, doctor, move_to, patients, protocols, tokens, users)
SECRET_KEY = "0123456789abcdefghijklmnopqrstuvwxyz-for-tests"


@dataclass
class Machine:
    """One installation: its settings, its database file, its command line."""

    directory: Path
    environment: dict[str, str]

    @property
    def database(self) -> Path:
        return self.directory / "followup.db"

    def run(self, *words: str, code: int = 0) -> str:
        """What the verb printed; it has to end with this code."""
        app = typer.Typer()
        for module in MODULES:
            module.add_to(app)
        unset = dict.fromkeys(("DATABASE_URL", "FOLLOWUP_SECRET_KEY", "FOLLOWUP_CONFIG"))
        done = CliRunner().invoke(app, list(words), env={**unset, **self.environment})
        assert (done.exit_code, done.exception) == (code, None if code == 0 else done.exception), done.output
        assert code == 0 or isinstance(done.exception, SystemExit)
        return done.output

    def say(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code))

    def do(self, work: Callable[[Store], Awaitable[Any]]) -> Any:
        """Something with the open store."""

        async def run() -> Any:
            settings = read_settings(self.environment)
            store = await open_store(settings.database_url, wall=lambda: MONDAY, journal_key=journal_key(settings))
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(run())

    def sql(self, statement: str) -> None:
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            connection.execute(statement)

    def bytes_on_disk(self) -> bytes:
        return b"".join(file.read_bytes() for file in self.directory.glob("followup.db*"))


def make_machine(tmp_path: Path) -> Machine:
    """A database with its schema, and the sample configuration."""
    (tmp_path / "followup.db").write_bytes(asyncio.run(empty_database()))
    shutil.copytree(TOP / "config", tmp_path / "config")
    return Machine(
        tmp_path,
        {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'followup.db'}",
            "FOLLOWUP_SECRET_KEY": SECRET_KEY,
            "FOLLOWUP_CONFIG": str(tmp_path / "config"),
            "FOLLOWUP_TEMPLATES": str(TOP / "templates"),
            "GLOW_BOOKING_SECRET": "whsec_invented",
            "TWILIO_API_URL": "http://127.0.0.1:9",
            "TWILIO_ACCOUNT_SID": "AC-invented",
            "TWILIO_AUTH_TOKEN": "invented",
        },
    )
