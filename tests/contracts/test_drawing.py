"""A picture is drawn anew by a process of its own: as the phone saw it, and without harm whatever it was sent."""

from __future__ import annotations

import asyncio
import os
import time
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from followup.sms import MediaError
from followup.sms.drawing import draw
from kit.photographs import TOLD_BY_THE_PHONE, a_phones_colours, a_photograph, looked_at

if TYPE_CHECKING:
    from pathlib import Path

RED = (200, 60, 60)


def painted(mode: str, colour: object, kind: str = "PNG", size: tuple[int, int] = (60, 40), **written: object) -> bytes:
    file = BytesIO()
    Image.new(mode, size, colour).save(file, kind, **written)  # type: ignore[arg-type] # whatever this mode has for one
    return file.getvalue()


async def colour_of(content: bytes) -> tuple[int, ...]:
    point = looked_at((await draw(content)).whole).getpixel((5, 5))
    assert isinstance(point, tuple)
    return point


@pytest.mark.parametrize(
    "content",
    [
        painted("RGB", RED, "JPEG", quality=95, subsampling=0),
        painted("RGB", RED, "WEBP", lossless=True),
        painted("RGB", RED),
        painted("RGBA", (*RED, 255)),
        painted("P", 1),
        painted("L", 128),
        painted("LA", (128, 255)),
        painted("1", 1),
        painted("I;16", 30_000),
        painted("CMYK", (55, 195, 195, 0), "JPEG", quality=95),
    ],
    ids=["jpeg", "webp", "png", "alpha", "palette", "grey", "grey-alpha", "bits", "deep", "print"],
)
async def test_every_way_of_writing_a_picture_becomes_a_plain_jpeg(content: bytes) -> None:
    drawn = await draw(content)
    for part in (drawn.whole, drawn.small):
        picture = looked_at(part)
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (60, 40))
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_what_is_transparent_is_white() -> None:
    assert await colour_of(painted("RGBA", (0, 0, 0, 0))) == (255, 255, 255)


async def test_a_phones_own_colours_are_shown_as_red_as_it_saw_them() -> None:
    as_usual = await colour_of(painted("RGB", RED))
    as_seen = await colour_of(painted("RGB", RED, icc_profile=a_phones_colours()))
    assert as_usual == pytest.approx(RED, abs=4)
    assert as_seen[0] > as_usual[0] + 8
    assert as_seen[1] < as_usual[1] - 4


async def test_colours_that_cannot_be_read_are_no_reason_to_show_nothing() -> None:
    assert await colour_of(painted("RGB", RED, icc_profile=b"no profile")) == pytest.approx(RED, abs=4)


async def test_a_large_picture_becomes_as_large_as_a_screen_and_is_not_stretched() -> None:
    drawn = await draw(a_photograph(size=(4000, 1000)))
    assert (drawn.width, drawn.height) == (640, 2560)
    assert looked_at(drawn.small).size == (120, 480)


async def test_nothing_that_stood_beside_the_picture_is_left() -> None:
    content = a_photograph() + b"<script>" + TOLD_BY_THE_PHONE.encode()
    drawn = await draw(content)
    assert TOLD_BY_THE_PHONE.encode() in content
    for part in (drawn.whole, drawn.small):
        assert TOLD_BY_THE_PHONE.encode() not in part
        assert b"<script>" not in part


def a_program(directory: Path, code: str) -> Path:
    file = directory / "program.py"
    file.write_text(code)
    return file


async def test_a_process_that_hangs_is_ended_and_asked_for_again_a_few_times(tmp_path: Path) -> None:
    marks = tmp_path / "alive"
    program = a_program(
        tmp_path, f"import os, time\nopen({str(marks)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    )
    began = time.monotonic()
    with pytest.raises(MediaError, match="too long") as ended:
        await draw(a_photograph(), program=program, time_limit=1.0)
    assert time.monotonic() - began < 10
    assert 1 < ended.value.most_tries < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int(marks.read_text()), 0)


@pytest.mark.parametrize("code", ["import os; os.abort()", "print('{')", "print('[]')", "raise SystemExit(1)", "pass"])
async def test_a_process_that_breaks_breaks_nothing_else(tmp_path: Path, code: str) -> None:
    with pytest.raises(MediaError, match="could not be drawn"):
        await draw(a_photograph(), program=a_program(tmp_path, code))


async def test_whoever_ends_us_meanwhile_ends_it_too(tmp_path: Path) -> None:
    marks = tmp_path / "alive"
    program = a_program(
        tmp_path, f"import os, time\nopen({str(marks)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    )
    task = asyncio.create_task(draw(a_photograph(), program=program))
    while not await asyncio.to_thread(lambda: marks.exists() and marks.read_text()):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(await asyncio.to_thread(marks.read_text)), 0)


async def test_the_process_knows_no_secret_of_ours(tmp_path: Path) -> None:
    said = tmp_path / "said"
    code = f"import os, sys\nopen({str(said)!r}, 'w').write(repr(dict(os.environ)) + repr(sys.path))"
    with pytest.raises(MediaError):
        await draw(a_photograph(), program=a_program(tmp_path, code))
    known = await asyncio.to_thread(said.read_text)
    assert "PATH" in known
    assert not any(
        name in known for name in os.environ if name.startswith(("FOLLOWUP", "TWILIO", "DATABASE", "PYTEST"))
    )
