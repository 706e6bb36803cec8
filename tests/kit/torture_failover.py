"""Two PostgreSQL servers, one of which follows the other, and a death of the first."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import chown, rmtree
from typing import TYPE_CHECKING

from kit.needs import lacks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.postgres import PrivatePostgres

CAREFUL_OF_KILLS = "fsync = off\nlisten_addresses = ''\nautovacuum = off\nmax_connections = 40\nshared_buffers = 16MB\n"
"""A killed process leaves the system's memory as it is; a power cut is another test's."""
LONGEST = 20.0


@dataclass(frozen=True)
class Server:
    """One of the two; both have their sockets in one directory, by their ports."""

    programs: Path
    room: Path
    port: int
    user: str | None

    @property
    def data(self) -> Path:
        """Where it keeps its cluster."""
        return self.room / str(self.port)

    @property
    def url(self) -> str:
        """As DATABASE_URL."""
        return f"postgresql://postgres@/postgres?host={self.room}&port={self.port}"

    def run(self, program: str, *words: str) -> str:
        """One of PostgreSQL's own programs, as the user it may run as."""
        command = [str(self.programs / program), *words]
        done = subprocess.run(  # noqa: S603 - the servers' own programs
            command, check=False, capture_output=True, text=True, timeout=60, user=self.user, cwd=self.room
        )
        if done.returncode:
            message = f"{program}: {done.stderr or done.stdout}"
            raise RuntimeError(message)
        return done.stdout

    def sql(self, statement: str) -> str:
        """What it answers."""
        return self.run("psql", "-qAtX", "-h", str(self.room), "-p", str(self.port), "-U", "postgres", "-c", statement)

    def configure(self, text: str) -> None:
        """Settings that hold from its start."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{text}port = {self.port}\nunix_socket_directories = '{self.room}'\n")

    def start(self) -> None:
        """Up, and answering; its log beside its data, since it keeps whatever output it is given open."""
        self.run("pg_ctl", "-w", "-s", "-D", str(self.data), "-l", str(self.room / f"{self.port}.log"), "start")

    def promote(self) -> None:
        """From now on it is nobody's follower."""
        self.run("pg_ctl", "-w", "-s", "-D", str(self.data), "promote")

    def processes(self, name: str = "") -> list[int]:
        """The processes of this server (only those that call themselves so), its first one last."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [int(child) for child in children if name in _title(child)] + ([] if name else [first])

    def kill(self) -> None:
        """Dead at once, all of it."""
        for process in reversed(self.processes()):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def stop(self) -> None:
        """Gone, if it is there."""
        with suppress(RuntimeError):
            self.run("pg_ctl", "-s", "-m", "immediate", "-D", str(self.data), "stop")


def _title(process: str) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


@dataclass(frozen=True)
class Pair:
    """The one that is written to, and the one that follows it."""

    primary: Server
    standby: Server

    def fail_over(self, stalled: float) -> None:
        """The follower hears nothing for so many seconds; then the primary dies and the follower takes over."""
        for receiver in self.standby.processes("walreceiver"):
            os.kill(receiver, signal.SIGSTOP)
        time.sleep(stalled)
        self.primary.kill()
        for receiver in self.standby.processes("walreceiver"):
            os.kill(receiver, signal.SIGCONT)
        self.standby.promote()


@contextmanager
def open_pair(postgres: PrivatePostgres, *, is_synchronous: bool) -> Iterator[Pair]:
    """Two servers of the same programs as that one; both gone in the end."""
    if not Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists():
        lacks("failover", "this system does not say which processes are whose children")
    user = postgres.server.system_user
    room = Path(tempfile.mkdtemp(prefix="followup-pair-"))
    room.chmod(0o755)
    if user is not None:
        chown(room, user)
    primary, standby = (Server(Path(postgres.server.bin_path), room, port, user) for port in (5501, 5502))
    try:
        primary.run("initdb", "-D", str(primary.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        primary.configure(CAREFUL_OF_KILLS)
        primary.start()
        from_it = ("-h", str(room), "-p", str(primary.port), "-U", "postgres")
        standby.run("pg_basebackup", "-D", str(standby.data), *from_it, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        standby.configure("")
        standby.start()
        if is_synchronous:
            primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'")
            primary.sql("SELECT pg_reload_conf()")
        _wait_until_followed(primary, "quorum" if is_synchronous else "async")
        yield Pair(primary, standby)
    finally:
        standby.stop()
        primary.stop()
        rmtree(room, ignore_errors=True)


def _wait_until_followed(primary: Server, how: str) -> None:
    end = time.monotonic() + LONGEST
    while primary.sql("SELECT sync_state FROM pg_stat_replication").strip() != how:
        if time.monotonic() > end:
            raise RuntimeError("the standby does not follow")
        time.sleep(0.1)
