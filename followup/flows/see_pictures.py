"""What is on a picture, for those of the clinic's staff who look; that they looked is in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.flows.read_pages import scope
from followup.flows.review_flag import may_see
from followup.flows.seal_picture import SMALL, WHOLE, mark_of, unseal
from followup.store import journal, pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.domain.picture import Picture
    from followup.flows.services import Services
    from followup.store.staff import Account
    from followup.store.strays import Stray

SEEN = "PictureSeen"
TYPE = "image/jpeg"
"""Every picture is drawn anew as one (sms/redraw.py)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One picture and what is on it; None where it was sealed with another secret key, or was changed since."""

    picture: Picture
    content: bytes | None


async def open_picture(services: Services, account: Account, picture_id: str, *, is_small: bool) -> Opened | None:
    """The picture of that id, where it is kept and this account may see it."""
    async with services.store.reading() as tx:
        found = await pictures.content(tx, picture_id, is_small=is_small)
    if found is None or not may_see(found[0].clinic, scope(account)):
        return None
    picture, sealed = found
    return Opened(picture, unseal(services.secret_key, picture, SMALL if is_small else WHOLE, sealed))


async def note_picture_seen(services: Services, account: Account, picture: Picture) -> None:
    """Who looked at it is in the journal."""
    at, body = services.clock(), {"picture": picture.id}
    async with services.store.transaction() as tx:
        await journal.note(tx, picture.clinic, picture.episode_id or "", SEEN, body, at=at, who=account.email)


async def read_stray_pictures(services: Services, strays: Sequence[Stray]) -> Sequence[Picture]:
    """What came with texts that belong to nobody we know."""
    replies = [stray.id for stray in strays if stray.kind == "reply"]
    if not replies:
        return ()
    async with services.store.reading() as tx:
        return await pictures.with_these(tx, replies)


def can_open(services: Services, picture: Picture) -> bool:
    """Whether the secret key of now is the one it was sealed with."""
    return picture.is_kept and picture.sealed_with == mark_of(services.secret_key)
