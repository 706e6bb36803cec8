"""The power is cut at any moment: what was acknowledged is there, and the database is whole."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import pytest

from kit.torture_power import FILE, Disk, Kept, open_on, ours

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

TRANSACTIONS = 80
CUTS_OF_A_RUN = 25
SHARE, WHOLE = 50, 200
INSERT = (
    "INSERT INTO inbox (id, clinic, door, key, digest, body, headers, received_at, tries, error)"
    " VALUES (?, 'glow', 'sms:simulator:reply', ?, ?, ?, '{}', '2026-11-23 10:00:00', 0, '')"
)
SETTLE = "UPDATE inbox SET outcome = 'applied' WHERE id = ?"


@dataclass
class Tally:
    """What the cuts of several runs came to."""

    cuts: int = 0
    lost: int = 0
    corrupt: int = 0


@dataclass
class Run:
    """One database that is written to, and cut off again and again."""

    directory: Path
    migrated: Path
    synchronous: str
    seed: int
    tally: Tally
    acknowledged: dict[str, bool] = field(default_factory=dict)

    def go(self) -> None:
        """Writes, and looks at each cut what is left."""
        randomly = Random(self.seed)  # noqa: S311 - repeatable on purpose
        moments = self._disk(randomly, {})
        cuts = dict.fromkeys(randomly.sample(range(1, moments), CUTS_OF_A_RUN))
        self._disk(Random(self.seed), cuts)  # noqa: S311 - repeatable on purpose

    def _disk(self, randomly: Random, cuts: dict[int, None]) -> int:
        """One run on a new disk; how many moments it had."""
        live = self.directory / "live"
        shutil.rmtree(live, ignore_errors=True)
        live.mkdir(parents=True)
        shutil.copy(self.migrated, live / FILE)
        disk = Disk(live, {FILE: Kept(bytearray(self.migrated.read_bytes()), is_there=True)}, cuts=cuts)
        disk.on_cut = lambda: self._look(disk)
        self.acknowledged.clear()
        with closing(open_on(disk, self.synchronous)) as connection:
            for number in range(TRANSACTIONS):
                self._write(connection, number, randomly)
        return disk.moment

    def _write(self, connection: apsw.Connection, number: int, randomly: Random) -> None:
        """One commit as the inbox makes it: a few items kept, or one settled."""
        if number % 3 == 2:
            name = randomly.choice(sorted(self.acknowledged))
            with connection:
                connection.execute(SETTLE, (name,))
            self.acknowledged[name] = True
            return
        names = [f"{number:04}-{each}" for each in range(randomly.randint(1, 4))]
        with connection:
            for name in names:
                connection.execute(INSERT, (name, name, name, randomly.randbytes(randomly.randint(100, 3000))))
        self.acknowledged |= dict.fromkeys(names, False)

    def _look(self, disk: Disk) -> None:
        """What somebody finds who starts the machine again just now."""
        randomly = Random(f"{self.seed} {disk.moment}")  # noqa: S311 - repeatable on purpose
        left = self.directory / "left"
        shutil.rmtree(left, ignore_errors=True)
        left.mkdir()
        for name, kept in disk.files.items():
            content = kept.after_cut(randomly)
            if content is not None:
                (left / name).write_bytes(content)
        self.tally.cuts += 1
        try:
            with closing(sqlite3.connect(left / FILE)) as connection:
                is_whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
                found = dict(connection.execute("SELECT id, outcome IS NOT NULL FROM inbox").fetchall())
        except sqlite3.DatabaseError:
            self.tally.corrupt += 1
            return
        self.tally.corrupt += not is_whole
        self.tally.lost += sum(found.get(name, -1) < is_done for name, is_done in self.acknowledged.items())


def cut_often(directory: Path, migrated: Path, synchronous: str, cuts: int) -> Tally:
    tally = Tally()
    for seed in range(cuts // CUTS_OF_A_RUN):
        Run(directory, migrated, synchronous, seed, tally).go()
    assert tally.cuts == cuts
    return tally


@pytest.mark.parametrize("cuts", [SHARE, pytest.param(WHOLE, marks=pytest.mark.torture)])
def test_a_power_cut_takes_nothing_back_that_was_acknowledged(tmp_path: Path, migrated_file: Path, cuts: int) -> None:
    assert cut_often(tmp_path, migrated_file, ours(), cuts) == Tally(cuts)


def test_with_less_sync_the_same_cuts_take_something_back(tmp_path: Path, migrated_file: Path) -> None:
    tally = cut_often(tmp_path, migrated_file, "NORMAL", SHARE)
    assert tally.lost > 0
    assert tally.corrupt == 0


def test_without_sync_they_leave_a_broken_database(tmp_path: Path, migrated_file: Path) -> None:
    assert cut_often(tmp_path, migrated_file, "OFF", SHARE).corrupt > 0
