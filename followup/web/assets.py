"""What pages load beside themselves: style, script and icon, known by what is in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent / "static"
# Said here, since a machine's own table of types may differ.
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, with the first digits of its hash."""

    body: bytes
    content_type: str
    mark: str


@dataclass(frozen=True, slots=True)
class Assets:
    """Every file of the folder, read once."""

    by_name: Mapping[str, Asset]

    def address(self, name: str) -> str:
        """Where it is found; another content has another address, so that a browser may keep it for ever."""
        return f"/static/{self.by_name[name].mark}/{name}"


ASSETS: web.AppKey[Assets] = web.AppKey("assets", Assets)


def read_assets(directory: Path = HERE) -> Assets:
    """What is in the folder now, and in `vendor/` below it; no two files have one name."""
    return Assets({path.name: _read(path) for path in sorted(directory.rglob("*")) if path.suffix in TYPES})


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:12])


async def give_asset(request: web.Request) -> web.Response:
    """One file, under its present address only."""
    asset = request.app[ASSETS].by_name.get(request.match_info["name"])
    if asset is None or asset.mark != request.match_info["mark"]:
        raise web.HTTPNotFound
    answer = web.Response(
        body=asset.body, content_type=asset.content_type, charset="utf-8", headers={"Cache-Control": FOR_EVER}
    )
    answer.enable_compression()
    return answer
