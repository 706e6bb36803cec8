"""The rows of patients' pictures, on each engine: taken once, exported whole, erased for good."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from treated import ZOE_PHONE, treat

from followup.domain.ids import derive
from followup.domain.picture import LEASE, Picture, PictureState, on_deleted, on_failed, on_kept, on_take, wanted
from followup.flows.patient_data import erase_patient, export_patient
from followup.flows.seal_picture import SMALL, WHOLE, mark_of, seal
from followup.store import pictures, strays
from followup.store.pictures import Sealed
from followup.store.strays import Stray
from kit.builders import a_reply
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from followup.domain.episode import Episode
    from followup.store import Store
    from kit.hand_clock import HandClock

KEY = "a secret key that is long enough for a test"


@pytest.fixture
async def episode(store: Store) -> Episode:
    return await treat(store)


def pictures_of(episode: Episode, number: int = 2) -> list[Picture]:
    reply = a_reply("", MONDAY, "MM1", media_count=number)
    return list(wanted(reply, "twilio", "glow", episode.id, derive(episode.id, "reply"), MONDAY))


async def keep(store: Store, picture: Picture, content: bytes = b"what is on it") -> Picture:
    kept = on_kept(picture, "https://carrier.example/1", (600, 800), mark_of(KEY), MONDAY)
    sealed = Sealed(seal(KEY, picture, WHOLE, content), seal(KEY, picture, SMALL, content[:4]))
    async with store.transaction() as tx:
        await pictures.want(tx, [picture])
        await pictures.keep(tx, kept, sealed)
    return kept


async def all_of(store: Store, episode: Episode) -> list[Picture]:
    async with store.reading() as tx:
        return await pictures.of_episode(tx, "glow", episode.id)


async def take(store: Store) -> list[str]:
    async with store.transaction() as tx:
        return [one.id for one in await pictures.take(tx, 10)]


async def test_what_is_wanted_twice_is_wanted_once_and_comes_back_as_it_was(store: Store, episode: Episode) -> None:
    both = pictures_of(episode)
    for _ in range(2):
        async with store.transaction() as tx:
            await pictures.want(tx, both)
    assert await all_of(store, episode) == both


async def test_what_is_taken_is_left_alone_until_its_lease_is_over(
    store: Store, wall: HandClock, episode: Episode
) -> None:
    both = pictures_of(episode)
    async with store.transaction() as tx:
        await pictures.want(tx, both)
    assert sorted(await take(store)) == sorted(one.id for one in both)
    assert await take(store) == []
    wall.now += LEASE
    assert len(await take(store)) == 2
    assert [one.tries for one in await all_of(store, episode)] == [2, 2]


async def test_only_what_is_to_be_fetched_or_deleted_is_taken(store: Store, episode: Episode) -> None:
    kept, gone, left, refused = pictures_of(episode, 4)
    await keep(store, kept)
    states = [
        on_deleted(gone),
        on_failed(replace(on_take(left, MONDAY), state=PictureState.KEPT), "no", MONDAY, is_final=True),
        on_failed(on_take(refused, MONDAY), "no", MONDAY, is_final=True),
    ]
    async with store.transaction() as tx:
        await pictures.want(tx, [gone, left, refused])
    async with store.transaction() as tx:
        for one in states:
            pictures.save(tx, one)
        assert await pictures.waiting(tx) == 1
    assert await take(store) == [kept.id]


async def test_what_is_on_a_picture_is_read_only_when_it_is_asked_for(store: Store, episode: Episode) -> None:
    picture = await keep(store, pictures_of(episode, 1)[0])
    async with store.reading() as tx:
        whole, small = await pictures.content(tx, picture.id), await pictures.content(tx, picture.id, is_small=True)
        assert await pictures.content(tx, "another") is None
    assert whole is not None
    assert small is not None
    assert (whole[0], len(whole[1]) - len(small[1])) == (picture, 9)


async def test_an_export_holds_the_picture_itself_and_says_where_it_cannot(store: Store, episode: Episode) -> None:
    content = b"\xff\xd8 what is on it"
    first, second = pictures_of(episode)
    await keep(store, first, content)
    async with store.transaction() as tx:
        await pictures.want(tx, [second])
    found = (await export_patient(store, "P-1", "", "", MONDAY, secret_key=KEY))["pictures"]
    by_place = {one["place"]: one for one in found}
    assert base64.b64decode(by_place[0]["jpeg"]) == content
    assert "jpeg" not in by_place[1]
    again = (await export_patient(store, "P-1", "", "", MONDAY, secret_key="another"))["pictures"]
    assert {one["place"]: one.get("jpeg", "none") for one in again} == {0: None, 1: "none"}


async def test_an_erasure_takes_the_picture_and_has_the_carrier_delete_its_copy(
    store: Store, wall: HandClock, episode: Episode
) -> None:
    fetched, coming, gone, of_nobody = pictures_of(episode, 4)
    await keep(store, fetched)
    ours = on_deleted(await keep(store, gone))
    stray = replace(of_nobody, episode_id=None, came_with="stray-1")
    async with store.transaction() as tx:
        await pictures.want(tx, [coming, stray])
        await strays.add(tx, Stray("stray-1", "glow", "reply", "unknown", "(a picture)", ZOE_PHONE, MONDAY))
        pictures.save(tx, ours)
    wall.now += LEASE
    await erase_patient(store, "P-1", "", "", MONDAY, anyway=True)
    found = {one.place: one for one in await all_of(store, episode)}
    assert {place: one.state for place, one in found.items()} == {
        0: PictureState.KEPT,
        1: PictureState.KEPT,
        2: PictureState.OURS,
    }
    assert [one.kept_at for one in found.values()] == [None] * 3
    assert sorted(await take(store)) == sorted([fetched.id, coming.id, stray.id])
    async with store.reading() as tx:
        assert [await pictures.content(tx, one.id) for one in (fetched, gone)] == [None, None]
    exported = (await export_patient(store, "P-1", "", "", MONDAY, secret_key=KEY))["pictures"]
    assert [one.get("jpeg") for one in exported if one["episode_id"]] == [None] * 3
