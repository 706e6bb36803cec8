"""Draws a picture anew, in a process of its own: what a stranger sent is decoded here and nowhere else.

Run by its path, with what came on stdin; says on stdout one line of JSON and then the picture, whole and small. It
imports nothing of ours, so that it starts at once and knows no secret. Whatever stood beside the picture (where and by
whom it was taken, another file behind it) is not in what was drawn anew.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from io import BytesIO
from typing import Any

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS, MOST_IF_PART = 20_000_000, 60_000_000
"""A JPEG is unpacked in part where it is large, the others only whole."""
SMOOTH = ("RGB", "RGBA", "L", "CMYK")
"""Ways in which points are written that can be made smaller as they are."""
WHOLE, SMALL = (2560, 2560), (480, 480)
"""The longest sides of what is kept."""
MEMORY, SECONDS = 1024**3, 20
QUALITY = 88

CANNOT = "it is {}, which cannot be shown here"
FEW_READ = "a picture of a kind ({}) that few machines read"
KINDS = (
    (0, (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"), ""),
    (8, (b"WEBP",), ""),
    (4, (b"ftyphei", b"ftypmif1", b"ftypmsf1", b"ftyphev"), FEW_READ.format("HEIC")),
    (4, (b"ftypavi",), FEW_READ.format("AVIF")),
    (4, (b"ftyp",), "a video"),
    (0, (b"GIF8",), "an animation (GIF)"),
    (0, (b"%PDF",), "a PDF document"),
    (0, (b"BEGIN:VCARD",), "a contact card"),
    (0, (b"ID3", b"OggS", b"#!AMR", b"RIFF", b"fLaC"), "a sound or a video"),
    (0, (b"<",), "a page or a drawing of a kind that can hold programs"),
)


class NoPictureError(Exception):
    """It cannot be shown; the message says why, for staff."""


def kind_of(content: bytes) -> str:
    """What it is by its first bytes, "" for a picture that can be drawn anew."""
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n") or content[:64]
    for place, beginnings, words in KINDS:
        if start[place:].startswith(beginnings):
            return words
    return "a file of a kind we do not know" if content else "an empty file"


def redraw(content: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """Its size, and it as JPEG, whole and small. Raises NoPictureError."""
    if kind := kind_of(content):
        raise NoPictureError(CANNOT.format(kind))
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # ours holds, and is looked at before anything is unpacked
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            most = MOST_IF_PART if opened.format == "JPEG" else MOST_PIXELS
            if opened.width * opened.height > most:
                message = f"it has more than {most // 1_000_000} million points"
                raise NoPictureError(message)
            opened.draft("RGB", WHOLE)  # unpacks a large JPEG at half or a quarter of its size
            picture = ImageOps.exif_transpose(opened)
            if picture.mode not in SMOOTH:
                picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            picture.thumbnail(WHOLE, Image.Resampling.LANCZOS)
            picture = _plain(picture)
    except MemoryError as error:
        raise NoPictureError("it is too large to be drawn anew") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        raise NoPictureError("it is damaged, or no picture at all") from error
    size = {"width": picture.width, "height": picture.height}
    whole = _written(picture)
    picture.thumbnail(SMALL, Image.Resampling.LANCZOS)
    return size, whole, _written(picture)


def _plain(picture: Any) -> Any:
    """In the colours that every screen shows alike, on white, and with nothing beside its points."""
    from PIL import Image

    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        profile = picture.info.get("icc_profile")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
        picture.info["icc_profile"] = profile
    picture = _in_usual_colours(picture)
    plain = Image.new("RGB", picture.size)
    plain.paste(picture)
    return plain


def _in_usual_colours(picture: Any) -> Any:
    """A phone's own colours become the usual ones: without this, redness would look paler than it is."""
    from PIL import ImageCms

    profile = picture.info.get("icc_profile")
    if profile and picture.mode in {"RGB", "CMYK", "L"}:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            usual = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(picture, source, usual, outputMode="RGB") or picture
    return picture.convert("RGB")


def _written(picture: Any) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return written.getvalue()


def _hold_back() -> None:
    """No more memory and time than a picture of a sensible size needs."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def main() -> None:
    """From stdin to stdout."""
    _hold_back()
    try:
        size, whole, small = redraw(sys.stdin.buffer.read())
    except NoPictureError as error:
        size, whole, small = {"why": str(error)}, b"", b""
    said = json.dumps({**size, "whole": len(whole)}).encode()
    sys.stdout.buffer.write(said + b"\n" + whole + small)


if __name__ == "__main__":
    main()
