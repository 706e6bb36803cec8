"""The sample configuration with some lines of the clinic's file as a test wants them."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from kit.sources import TOP

if TYPE_CHECKING:
    from pathlib import Path


def config_with(directory: Path, **settings: str) -> Path:
    """A copy of config/ whose [sms] table has these keys, each written as TOML writes it."""
    config = directory / "config"
    shutil.copytree(TOP / "config", config)
    glow = config / "clinics" / "glow.toml"
    written = glow.read_text(encoding="utf-8")
    for key, value in settings.items():
        written, times = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", written)
        if not times:
            written = written.replace("[sms]\n", f"[sms]\n{key} = {value}\n")
    glow.write_text(written, encoding="utf-8")
    return config
