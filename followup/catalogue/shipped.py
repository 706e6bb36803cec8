"""Where configuration and texts are when nobody says: beside us, in the checkout, or inside the installed package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_SHIPPED = _PACKAGE / "_shipped"


def shipped_config() -> Path:
    """The directory of clinics, protocols and vocabulary."""
    return _first("config", "vocabulary")


def shipped_templates() -> Path:
    """The directory of the texts patients get and the pages staff see."""
    return _first("templates", "sms")


def _first(name: str, must_have: str) -> Path:
    """The working directory's own, else the checkout's, else the one inside the wheel."""
    places = (Path(name), _PACKAGE.parent / name, _SHIPPED / name)
    return next((place for place in places if (place / must_have).is_dir()), places[-1])
