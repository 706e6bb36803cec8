"""A clinician approves a protocol: two lines in its file, and the file's hash where no protocol is."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from followup.catalogue.approvals import RECORD, Approval, ApprovalError, Standing, digest, recorded, standing
from followup.catalogue.problems import Problems, nearest
from followup.catalogue.protocols import read_protocols

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from followup.catalogue.protocols import ReadProtocol
    from followup.domain.protocol import Protocol

__all__ = ["Approval", "ApprovalError", "Standing", "Verified", "approve", "recorded", "verify"]

_HEADING = """\
# Written by `followup protocol approve`: who approved which protocol, and the SHA-256 of what they approved.
# The newest entry of a protocol counts. Keep this file with the protocols; it is worth as much as who may write it.
"""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Verified:
    """One protocol, whose approval it carries, and whether it is still what was approved."""

    protocol: str
    version: str
    standing: Standing
    by: str = ""
    on: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether a live gateway may use it."""
        return self.standing.is_fine


def approve(config: Path, protocol_id: str, by: str, on: date) -> Approval:
    """Records the approval, then writes it into the protocol's file. ApprovalError; BadConfigurationError."""
    by = by.strip()
    if not by or _UNPRINTABLE.search(by):
        raise ApprovalError("--by needs the name of the person who read it")
    found = _find(config, protocol_id)
    recorded(config)  # a record that cannot be read is for a person to mend, not to be written on
    text = _text(found.source.file)
    signed = _signed(text, found, {"approved_by": by, "approved_on": on.isoformat()})
    approval = Approval(found.protocol.id, found.protocol.version, digest(text, found.source.lines), by, on.isoformat())
    _record(config / RECORD, approval)
    _write(found.source.file, signed)
    return approval


def verify(config: Path) -> Sequence[Verified]:
    """Every protocol of a configuration, and where it stands. BadConfigurationError where one cannot be read."""
    approvals = recorded(config)
    return [_verified(read.protocol, standing(read.protocol, approvals)) for read in _read(config)]


def _verified(protocol: Protocol, stands: Standing) -> Verified:
    return Verified(protocol.id, protocol.version, stands, protocol.approved_by, protocol.approved_on)


def _read(config: Path) -> Sequence[ReadProtocol]:
    problems = Problems()
    found = read_protocols(config / "protocols", problems)
    problems.raise_if_any()
    return found


def _find(config: Path, protocol_id: str) -> ReadProtocol:
    every = {read.protocol.id: read for read in _read(config)}
    if protocol_id not in every:
        message = f'there is no protocol "{protocol_id}" in {config / "protocols"}{nearest(protocol_id, every)}'
        raise ApprovalError(message)
    return every[protocol_id]


def _line(read: ReadProtocol, key: str) -> int | None:
    return read.source.lines.get((key,))


def _signed(text: str, read: ReadProtocol, values: dict[str, str]) -> str:
    """The file with these two values, everything else and every comment as it was."""
    lines = text.splitlines(keepends=True)
    missing = []
    for key, value in values.items():
        number, written = _line(read, key), f"{key} = {json.dumps(value, ensure_ascii=False)}"
        if number is None:
            missing.append(written + _ending(lines[0]))
        else:
            lines[number - 1] = _replaced(lines[number - 1], written)
    after = read.source.line_of("version")
    lines[after:after] = missing
    signed = "".join(lines)
    # Values over several lines, and other ways of writing that TOML allows, are better changed by a person.
    before, now = tomllib.loads(text.removeprefix("\ufeff")), _parsed(signed)
    if now != {**before, **values}:
        message = f"{read.source.file}: write approved_by and approved_on as plain lines, then approve again"
        raise ApprovalError(message)
    return signed


def _replaced(line: str, written: str) -> str:
    comment = re.search(r"""^[^"'#]*(?:"(?:\\.|[^"\\])*"|'[^']*'|[^"'#\s]*)(\s*#[^\r\n]*)""", line)
    if comment is None:
        return written + _ending(line)
    column = comment.start(1) + len(comment[1]) - len(comment[1].lstrip())
    return f"{written.ljust(column - 1)} {comment[1].strip()}{_ending(line)}"


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :] or "\n"


def _parsed(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        return None


def _record(file: Path, approval: Approval) -> None:
    before = _text(file) if file.exists() else _HEADING
    values = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in asdict(approval).items()]
    _write(file, before.rstrip("\n") + "\n\n" + "\n".join(["[[approvals]]", *values]) + "\n")


def _text(file: Path) -> str:
    with file.open(encoding="utf-8", newline="") as opened:
        return opened.read()


def _write(file: Path, text: str) -> None:
    """All or nothing: a reader finds the old file or the new one."""
    draft = file.with_name(f".{file.name}.new")
    with draft.open("w", encoding="utf-8", newline="") as opened:
        opened.write(text)
    if file.exists():
        draft.chmod(file.stat().st_mode & 0o777)
    draft.replace(file)
