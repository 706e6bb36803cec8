"""Secrets, which stand in the environment and are only named in files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")


class MissingSecretError(ValueError):
    """The environment lacks what a file names; the message tells the name, never a value."""


def read_secret_names(written: object) -> tuple[str, ...]:
    """Names of environment variables in "env:NAME" or "env:NEW, env:OLD"; ValueError for anything else."""
    found = [_NAME.fullmatch(part.strip()) for part in written.split(",")] if isinstance(written, str) else []
    names = tuple(name[1] for name in found if name)
    if not names or len(names) != len(found):
        raise ValueError('a secret does not belong in this file: write "env:NAME" and set NAME in the environment')
    return names


def resolve(names: tuple[str, ...], environment: Mapping[str, str]) -> tuple[str, ...]:
    """The values of these variables, each split at commas; MissingSecretError names the ones that are not set."""
    found: list[str] = []
    missing: list[str] = []
    for name in names:
        try:
            found.extend(_values(name, environment))
        except MissingSecretError as error:
            missing.append(str(error))
    if missing:
        raise MissingSecretError("; ".join(missing))
    return tuple(found)


def _values(name: str, environment: Mapping[str, str]) -> list[str]:
    """What the variable itself holds, else the file that NAME_FILE names."""
    held = environment.get(name, "").strip() or _from_file(name, environment.get(f"{name}_FILE", ""))
    values = [part.strip() for part in held.split(",") if part.strip()]
    if not values:
        message = f"the environment has no {name} (and no {name}_FILE)"
        raise MissingSecretError(message)
    return values


def _from_file(name: str, file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"{name}_FILE names a file that cannot be read: {getattr(error, 'strerror', None) or 'not text'}"
        raise MissingSecretError(message) from error
