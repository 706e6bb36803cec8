"""Finds the adapters by their folders, so that adding one means adding a folder."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from followup import bookings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from followup.bookings import Adapter


def find_adapters() -> Mapping[str, Adapter]:
    """Every booking system we can read, by the name of its folder."""
    return load_adapters(found.name for found in pkgutil.iter_modules(bookings.__path__) if found.ispkg)


def load_adapters(names: Iterable[str]) -> Mapping[str, Adapter]:
    """These booking systems only: what no clinic uses need not be in memory."""
    return MappingProxyType({name: _load(name) for name in sorted(set(names))})


def _load(folder: str) -> Adapter:
    adapter: Adapter = import_module(f"{bookings.__name__}.{folder}.adapter").ADAPTER
    if adapter.name != folder:
        message = f"followup/bookings/{folder}: its adapter is named {adapter.name!r}"
        raise LookupError(message)
    return adapter
