"""Fetches what patients send beside words, keeps it sealed, then has the carrier delete it: each step is made again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from followup.domain.decision import Decision
from followup.domain.picture import PictureState, on_deleted, on_failed, on_kept, on_refused, wanted
from followup.flows.mistakes import where
from followup.flows.seal_picture import SMALL, WHOLE, mark_of, seal
from followup.sms import MediaError
from followup.sms.drawing import draw
from followup.store import StoreUnavailableError, episodes, journal, pictures
from followup.store.pictures import Sealed

if TYPE_CHECKING:
    from followup.domain.episode import Episode
    from followup.domain.inputs import Reply
    from followup.domain.picture import Picture
    from followup.flows.services import Services
    from followup.sms import Media
    from followup.sms.drawing import Drawn
    from followup.store import Transaction

AT_ONCE = 2
"""Each is drawn anew by a process of its own, on a machine that may be small."""
KEPT, REFUSED = "PictureKept", "PictureRefused"

_log = structlog.get_logger(__name__)


async def want_pictures(
    services: Services, tx: Transaction, reply: Reply, gateway: str, clinic: str, came_with: str, episode_id: str | None
) -> None:
    """What came with a text is to be fetched; written with what else follows from the text."""
    if reply.media_count:
        found = wanted(reply, gateway, clinic, episode_id, came_with, services.wall())
        await pictures.want(tx, list(found))


async def fetch_pictures(services: Services) -> int:
    """Whatever may be fetched or deleted now; how many steps were made. Raises StoreUnavailableError."""
    steps = 0
    while taken := await _take_some(services):
        await asyncio.gather(*(_step(services, each) for each in taken))
        steps += len(taken)
    return steps


async def _take_some(services: Services) -> list[Picture]:
    """Transaction one."""
    async with services.store.transaction() as tx:
        return await pictures.take(tx, AT_ONCE)


async def _step(services: Services, picture: Picture) -> None:
    """The carrier's part, with no transaction open, and transaction two."""
    try:
        step = _fetch if picture.is_to_be_fetched else _delete
        await step(services, _media(services, picture), picture)
    except MediaError as error:
        await _failed(services, picture, str(error), is_final=picture.tries >= error.most_tries)
    except StoreUnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - one picture must not stand in the way of the others
        _log.error("picture_failed", picture=picture.id, error=type(error).__qualname__, at=where(error))
        await _failed(services, picture, "our mistake: tell the administrator")


def _media(services: Services, picture: Picture) -> Media:
    gateway = services.gateways.get(picture.gateway)
    if gateway is None:
        raise MediaError("its carrier is no longer in the configuration")
    return gateway.media


async def _fetch(services: Services, media: Media, picture: Picture) -> None:
    address = await _address(media, picture)
    drawn = await draw(await media.fetch(address))
    kept = on_kept(picture, address, (drawn.width, drawn.height), mark_of(services.secret_key), services.wall())
    sealed = _sealed(services, picture, drawn)
    async with services.store.transaction() as tx:
        if not await _is_still(tx, picture):
            return
        await pictures.keep(tx, kept, sealed)
        await _note(services, tx, kept, KEPT)
    _log.info("picture_kept", picture=picture.id, size=len(sealed.whole), tries=picture.tries)


async def _address(media: Media, picture: Picture) -> str:
    """Where it is: as the carrier said with the text, else as it says when it is asked."""
    if picture.address:
        return picture.address
    addresses = await media.addresses(picture.carrier_id)
    if picture.place >= len(addresses):
        raise MediaError("the carrier does not have it", most_tries=5)
    return addresses[picture.place]


def _sealed(services: Services, picture: Picture, drawn: Drawn) -> Sealed:
    key = services.secret_key
    return Sealed(seal(key, picture, WHOLE, drawn.whole), seal(key, picture, SMALL, drawn.small))


async def _delete(services: Services, media: Media, picture: Picture) -> None:
    await media.delete(await _address(media, picture))
    async with services.store.transaction() as tx:
        if await _is_still(tx, picture):
            pictures.save(tx, on_deleted(picture))
    _log.info("picture_deleted_at_carrier", picture=picture.id)


async def _failed(services: Services, picture: Picture, why: str, *, is_final: bool = False) -> None:
    stands = on_failed(picture, why, services.wall(), is_final=is_final)
    _log.warning("picture_put_off", picture=picture.id, tries=picture.tries, state=stands.state.value, error=why)
    is_over = stands.state is PictureState.REFUSED
    async with services.store.transaction() as tx:
        # The episode first, here and everywhere: two that lock crosswise would wait for each other.
        episode = await episodes.load(tx, picture.episode_id) if is_over and picture.episode_id else None
        if not await _is_still(tx, picture):
            return
        pictures.save(tx, stands)
        if is_over:
            await _note(services, tx, stands, REFUSED)
        if episode is not None:
            await _tell(services, tx, stands, episode)


async def _is_still(tx: Transaction, picture: Picture) -> bool:
    """Whether nothing came in between: another process whose turn came, or an erasure."""
    now = await pictures.load(tx, picture.clinic, picture.id)
    return now is not None and (now.state, now.tries) == (picture.state, picture.tries)


async def _note(services: Services, tx: Transaction, picture: Picture, event: str) -> None:
    body = {"picture": picture.id, "why": picture.why}
    at, cause = services.clock(), picture.came_with
    await journal.note(tx, picture.clinic, picture.episode_id or "", event, body, at=at, cause=cause)


async def _tell(services: Services, tx: Transaction, picture: Picture, episode: Episode) -> None:
    """Nobody waits for what will never come."""
    flag = on_refused(episode, picture, services.clock())
    if flag is not None:
        decision = Decision((flag,), episode.wake_at)
        await episodes.apply(tx, episode, decision, at=services.clock(), cause=picture.came_with)
