"""From a phone's camera to the nurse who looks: fetched, drawn anew, sealed, shown, and gone at the carrier."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from followup.domain.picture import LEASE, PAUSES, PictureState
from followup.flows.fetch_pictures import fetch_pictures
from followup.flows.seal_picture import SMALL, WHOLE, unseal
from followup.sms.simulator.account import MediaFile
from followup.sms.simulator.media import MediaFault
from followup.store import pictures
from followup.store.picture_tables import pictures as rows
from kit.photographs import TOLD_BY_THE_PHONE, a_photograph, looked_at
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from followup.domain.picture import Picture


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.hours(24)
        await opened.minutes(1)
        yield opened


async def all_of(story: Story) -> Sequence[Picture]:
    async with story.services.store.reading() as tx:
        return await pictures.of_episode(tx, "glow", (await story.episode()).id)


async def shown(story: Story, picture: Picture, *, is_small: bool = False) -> bytes | None:
    async with story.services.store.reading() as tx:
        found = await pictures.content(tx, picture.id, is_small=is_small)
    part = SMALL if is_small else WHOLE
    return unseal(story.services.secret_key, found[0], part, found[1]) if found else None


async def send(story: Story, *files: bytes, kind: str = "image/jpeg", text: str = "", **how: Any) -> None:
    await story.reply(text, files=[MediaFile(file, kind) for file in files], **how)


async def test_a_picture_is_fetched_kept_sealed_without_what_its_phone_said_and_deleted_at_the_carrier(
    story: Story, tmp_path: Path
) -> None:
    await send(story, a_photograph())
    [picture] = await all_of(story)
    assert (picture.state, await shown(story, picture)) == (PictureState.WANTED, None)
    assert await fetch_pictures(story.services) == 2
    [picture] = await all_of(story)
    assert (picture.state, picture.width, picture.height, picture.why) == (PictureState.OURS, 600, 800, "")
    whole, small = await shown(story, picture), await shown(story, picture, is_small=True)
    assert whole is not None
    assert small is not None
    assert max(looked_at(small).size) == 480
    top, bottom = looked_at(whole).getpixel((300, 50)), looked_at(whole).getpixel((300, 750))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert (top[1] < 60, bottom[1] > 240) == (True, True)  # as the phone was held
    on_disk = await asyncio.to_thread(lambda: b"".join(file.read_bytes() for file in tmp_path.glob("story.db*")))
    for content in (whole, on_disk):
        assert TOLD_BY_THE_PHONE.encode() not in content
    assert whole[200:260] not in on_disk
    assert (len(story.simulator.media.fetched), len(story.simulator.media.deleted)) == (1, 1)
    assert story.simulator.media.strangers == []
    assert await fetch_pictures(story.services) == 0


async def test_several_come_in_their_order_and_one_that_cannot_be_shown_says_why(story: Story) -> None:
    bodies = [MediaFile(a_photograph("PNG"), "image/png"), MediaFile(b"\0" * 99, "video/3gpp")]
    await story.reply("", files=[*bodies, MediaFile(a_photograph("WEBP"), "image/webp")])
    await fetch_pictures(story.services)
    found = await all_of(story)
    assert [one.state for one in found] == [PictureState.OURS, PictureState.REFUSED, PictureState.OURS]
    assert found[1].why == "it is a video, no picture"
    assert len(story.simulator.media.deleted) == 2
    assert await story.flags() == ["unclear"]


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (b"BEGIN:VCARD\nFN:Zoe", "text/x-vcard", "a contact card"),
        (b"BEGIN:VCARD\nFN:Zoe", "image/jpeg", "a contact card"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml", "can hold programs"),
        (b"<html><script>alert(1)</script></html>", "image/png", "can hold programs"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 64, "image/heic", "HEIC"),
        (b"GIF89a" + b"\0" * 64, "image/gif", "an animation"),
        (b"\xff\xd8\xff\xe0 and then nothing", "image/jpeg", "damaged"),
        (a_photograph()[:2000], "image/jpeg", "damaged"),
        (b"", "image/jpeg", "an empty file"),
        (a_photograph("PNG", (5000, 5000)), "image/png", "million points"),
        (b"\xff\xd8\xff" + b"\0" * (13 * 1024 * 1024), "image/jpeg", "larger than 12 megabytes"),
    ],
    ids=["vcard", "liar", "svg", "html", "heic", "gif", "stub", "cut", "empty", "bomb", "large"],
)
async def test_what_is_no_picture_to_show_is_kept_out_and_staff_see_why(
    story: Story, content: bytes, kind: str, why: str
) -> None:
    await send(story, content, kind=kind)
    await fetch_pictures(story.services)
    [picture] = await all_of(story)
    assert picture.state is PictureState.REFUSED
    assert why in picture.why
    assert await shown(story, picture) is None
    assert story.simulator.media.deleted == []  # the carrier's copy is the only one


async def test_what_the_carrier_does_not_have_yet_is_asked_for_again(story: Story) -> None:
    await send(story, a_photograph())
    story.simulator.media.next_calls(MediaFault(status=404), MediaFault(status=503), MediaFault(drops=True))
    for pause in PAUSES[:3]:
        assert await fetch_pictures(story.services) == 1
        [picture] = await all_of(story)
        assert picture.state is PictureState.WANTED
        assert picture.why
        assert await fetch_pictures(story.services) == 0
        story.wall.now += pause
    await fetch_pictures(story.services)
    assert [one.state for one in await all_of(story)] == [PictureState.OURS]


async def test_what_the_carrier_never_has_is_given_up_and_said(story: Story) -> None:
    await send(story, a_photograph())
    story.simulator.media.next_calls(*[MediaFault(status=404)] * 20)
    for pause in PAUSES:
        await fetch_pictures(story.services)
        story.wall.now += pause
    [picture] = await all_of(story)
    assert (picture.state, picture.why) == (PictureState.REFUSED, "the carrier does not have it")


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "http://localhost:1/",
        "https://[::1]/",
        "https://mms.twiliocdn.com.evil.example/x",
        "https://evil.example/twiliocdn.com",
        "https://user:word@mms.twiliocdn.com/x",
        "http://mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com:8443/x",
        "https://s3-external-1.amazonaws.com/anybodys/x",
        "file:///etc/passwd",
        "//evil.example/x",
    ],
)
async def test_the_carrier_leads_us_nowhere_but_to_its_own_store(story: Story, location: str) -> None:
    await send(story, a_photograph())
    story.simulator.media.next_calls(MediaFault(location=location))
    assert await fetch_pictures(story.services) == 1
    [picture] = await all_of(story)
    assert (picture.state, "not known as its own" in picture.why) == (PictureState.REFUSED, True)


async def test_a_text_whose_address_is_not_the_carriers_brings_nothing(story: Story) -> None:
    await send(story, a_photograph())
    [picture] = await all_of(story)
    async with story.services.store.transaction() as tx:
        pictures.save(tx, replace(picture, address="http://169.254.169.254/2010-04-01/x"))
    await fetch_pictures(story.services)
    assert [one.why for one in await all_of(story)] == ["its address is not the carrier's"]


async def test_a_picture_of_a_text_that_never_reached_us_is_fetched_too(story: Story) -> None:
    await send(story, a_photograph(), a_photograph("PNG"), deliveries=0)
    assert await all_of(story) == []
    await story.minutes(20)
    await story.reconcile()
    await fetch_pictures(story.services)
    assert [one.state for one in await all_of(story)] == [PictureState.OURS] * 2
    assert len(story.simulator.media.deleted) == 2


async def test_the_same_text_again_brings_the_same_picture_once(story: Story) -> None:
    await send(story, a_photograph(), deliveries=3)
    await fetch_pictures(story.services)
    assert len(await all_of(story)) == 1
    assert len(story.simulator.media.fetched) == 1


async def test_what_a_dead_process_had_taken_is_taken_again_after_its_lease(story: Story) -> None:
    await send(story, a_photograph())
    async with story.services.store.transaction() as tx:
        assert len(await pictures.take(tx, 10)) == 1
    assert await fetch_pictures(story.services) == 0
    story.wall.now += LEASE
    assert await fetch_pictures(story.services) == 2
    assert [one.state for one in await all_of(story)] == [PictureState.OURS]


async def test_a_process_that_comes_back_late_changes_nothing(story: Story) -> None:
    await send(story, a_photograph())
    story.simulator.media.next_calls(MediaFault(delay=1.0))
    late = asyncio.create_task(fetch_pictures(story.services))
    await asyncio.sleep(0.3)
    story.wall.now += LEASE
    assert await fetch_pictures(story.services) == 2
    kept = (await all_of(story))[0]
    await late
    assert await all_of(story) == [kept]


async def test_a_deletion_that_fails_is_made_again_and_the_picture_shown_meanwhile(story: Story) -> None:
    await send(story, a_photograph())
    [picture] = await all_of(story)
    story.simulator.media.next_calls(MediaFault(), MediaFault(status=500))
    await fetch_pictures(story.services)
    assert [one.state for one in await all_of(story)] == [PictureState.KEPT]
    assert await shown(story, picture)
    story.wall.now += PAUSES[0]
    await fetch_pictures(story.services)
    assert [one.state for one in await all_of(story)] == [PictureState.OURS]


async def test_another_key_opens_nothing(story: Story) -> None:
    await send(story, a_photograph())
    await fetch_pictures(story.services)
    [picture] = await all_of(story)
    async with story.services.store.reading() as tx:
        found = await pictures.content(tx, picture.id)
    assert found
    assert unseal("another key of another clinic's service", *(found[0], WHOLE, found[1])) is None
    assert unseal(story.services.secret_key, replace(picture, id="another"), WHOLE, found[1]) is None
    assert unseal(story.services.secret_key, picture, WHOLE, found[1][:5]) is None


async def test_a_list_of_pictures_reads_no_picture(story: Story) -> None:
    await send(story, a_photograph())
    await fetch_pictures(story.services)
    async with story.services.store.reading() as tx:
        sizes = await tx.rows(select(rows.c.id).where(text("length(sealed) > 1000 and length(sealed_small) > 500")))
    assert len(sizes) == 1
