"""A disk whose power may be cut: what was not synced may be there, or not, or torn in the middle.

The database writes through it with our schema and our pragmas. A cut does not stop the run: the disk only says what
would be left of it just then, so that one run is good for many cuts. Without shared memory SQLite keeps its log's
index to itself here (`locking_mode=EXCLUSIVE`); what it writes and syncs is the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from followup.store.engine import _PRAGMAS

if TYPE_CHECKING:
    from random import Random

SECTOR = 512
FILE = "followup.db"
LOG_PAGES = 40
"""The log is taken in after so few pages, so that a short run has many of these moments, too."""
_NAMES = count()


@dataclass
class Kept:
    """One file: what is on the disk for certain, and what was written since the last sync."""

    durable: bytearray = field(default_factory=bytearray)
    is_there: bool = False
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        """From now on certain."""
        for offset, data in self.pending:
            _change(self.durable, offset, data)
        self.pending.clear()
        self.is_there = True

    def after_cut(self, randomly: Random) -> bytes | None:
        """What a cut leaves: of what was not synced all, nothing, the beginning or any part; and some of it torn."""
        left, how = bytearray(self.durable), randomly.choice(("all", "nothing", "beginning", "any", "any"))
        first = randomly.randint(0, len(self.pending)) if how == "beginning" else len(self.pending)
        kept = [one for one in self.pending[:first] if how != "nothing" and (how != "any" or randomly.random() < 0.5)]
        for offset, data in kept:
            _change(left, offset, _torn(data, randomly) if how != "all" else data)
        return bytes(left) if self.is_there or kept else None


def _torn(data: bytes | None, randomly: Random) -> bytes | None:
    if data is None or len(data) <= SECTOR or randomly.random() < 0.5:
        return data
    return data[: SECTOR * randomly.randint(0, len(data) // SECTOR)]


def _change(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


@dataclass
class Disk:
    """All files of one run. `moment` rises with everything that is written, cut off or synced."""

    directory: Path
    files: dict[str, Kept] = field(default_factory=dict)
    moment: int = 0
    cuts: dict[int, Any] = field(default_factory=dict)
    on_cut: Any = None
    vfs: FrailVfs | None = None

    def note(self) -> None:
        """One more thing has happened; perhaps the power is cut now."""
        self.moment += 1
        if self.moment in self.cuts:
            self.on_cut()

    def kept(self, name: str) -> Kept:
        """The file of that name."""
        return self.files.setdefault(Path(name).name, Kept())


class FrailVfs(apsw.VFS):
    """The file system of one disk."""

    def __init__(self, disk: Disk) -> None:
        self.vfs_name = f"frail-{next(_NAMES)}"
        self._disk = disk
        super().__init__(self.vfs_name, "")

    def xOpen(self, name: Any, flags: list[int]) -> FrailFile:  # noqa: N802 - SQLite's name
        return FrailFile(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802 - SQLite's signature
        super().xDelete(filename, syncdir)
        self._disk.files.pop(Path(filename).name, None)


class FrailFile(apsw.VFSFile):
    """One open file."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        self._kept = disk.kept(name.filename() if isinstance(name, apsw.URIFilename) else str(name or "unnamed"))
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)
        self._kept.pending.append((offset, bytes(data)))
        self._disk.note()

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        super().xTruncate(newsize)
        self._kept.pending.append((newsize, None))
        self._disk.note()

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        del flags
        self._disk.note()
        self._kept.sync()


def open_on(disk: Disk, synchronous: str) -> apsw.Connection:
    """Our database on this disk, as the service's writing connection opens it, but for `synchronous`."""
    disk.vfs = FrailVfs(disk)  # it is known to SQLite only as long as somebody holds it
    connection = apsw.Connection(str(disk.directory / FILE), vfs=disk.vfs.vfs_name)
    ours = [pragma for pragma in _PRAGMAS if not pragma.startswith("synchronous")]
    # Exclusive comes first: the log's index is kept in memory from its first use on.
    pragmas = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", *ours, f"synchronous = {synchronous}")
    for pragma in (*pragmas, f"wal_autocheckpoint = {LOG_PAGES}"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def ours() -> str:
    """What the service itself says about `synchronous`."""
    return next(pragma.partition("=")[2].strip() for pragma in _PRAGMAS if pragma.startswith("synchronous"))
