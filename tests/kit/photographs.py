"""Pictures as phones send them, of nobody."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

from PIL import Image

TOLD_BY_THE_PHONE = "Zoe's phone at 51.5N"
"""What stands beside a picture and is nobody's business."""
TURNED = 6
"""How a phone says that it was held upright."""


def a_photograph(kind: str = "JPEG", size: tuple[int, int] = (800, 600), **written: Any) -> bytes:
    """Red on the left and white on the right, so that one sees how it is turned; a JPEG says too much, as phones do."""
    picture = Image.new("RGB", size, "white")
    picture.paste((200, 30, 30), (0, 0, size[0] // 2, size[1]))
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = TURNED, TOLD_BY_THE_PHONE
        written = {"exif": exif, "comment": TOLD_BY_THE_PHONE.encode(), "quality": 95, **written}
    file = BytesIO()
    picture.save(file, kind, **written)
    return file.getvalue()


def looked_at(content: bytes) -> Image.Image:
    """The picture in a file."""
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def a_phones_colours() -> bytes:
    """An ICC profile as newer phones write it beside a picture (Display P3): its red is redder."""
    reds = (("rXYZ", (0.51512, 0.24120, -0.00105)), ("gXYZ", (0.29198, 0.69225, 0.04189)))
    whole = (*reds, ("bXYZ", (0.15710, 0.06657, 0.78407)), ("wtpt", (0.96420, 1.0, 0.82491)))
    parts = [(name, b"XYZ \0\0\0\0" + b"".join(_fixed(one) for one in values)) for name, values in whole]
    gamma = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    parts += [(name, gamma) for name in ("rTRC", "gTRC", "bTRC")]
    start = 128 + 4 + 12 * len(parts)
    table, content = struct.pack(">I", len(parts)), b""
    for name, part in parts:
        table += name.encode() + struct.pack(">II", start + len(content), len(part))
        content += part
    head = struct.pack(">I4sI4s4s4s", start + len(content), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + b"".join(_fixed(one) for one in (0.96420, 1.0, 0.82491))
    return head.ljust(128, b"\0") + table + content


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))
