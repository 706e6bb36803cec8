"""What patients sent beside words: a row for each, and what is on it, sealed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, func, select, update

from followup.domain.picture import Picture, PictureState, on_take
from followup.store.columns import is_one
from followup.store.picture_tables import pictures as p
from followup.store.rows import Shape, changed, updating

if TYPE_CHECKING:
    from collections.abc import Sequence

    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

_PICTURE = Shape(Picture, p)
_TO_DO = is_one(p.c.state, PictureState.WANTED, PictureState.KEPT)
_DUE = (
    select(*_PICTURE.columns)
    .where(_TO_DO, p.c.due_at <= bindparam("wall"))
    .order_by(p.c.due_at, p.c.id)
    .limit(bindparam("most"))
)
_ONE = select(*_PICTURE.columns).where(p.c.clinic == bindparam("clinic"), p.c.id == bindparam("name"))
_OF_EPISODE = and_(p.c.clinic == bindparam("clinic"), p.c.episode_id == bindparam("episode"))
_IN_ORDER = (p.c.at, p.c.came_with, p.c.place)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is on a picture, whole and small, as nobody can read it without the key."""

    whole: bytes
    small: bytes


async def want(tx: Transaction, wanted: Sequence[Picture]) -> None:
    """To be fetched; one that is known already stays as it is."""
    for picture in wanted:
        tx.later(_inserting(tx.traits), _PICTURE.row(picture))


async def take(tx: Transaction, most: int) -> list[Picture]:
    """Those whose turn has come, the oldest first, with a lease; what somebody else has is left out."""
    rows = await tx.rows(tx.locked(_DUE, skips=True), {"wall": tx.wall(), "most": most})
    taken = [on_take(_PICTURE.value(row), tx.wall()) for row in rows]
    for picture in taken:
        save(tx, picture)
    return taken


async def load(tx: Transaction, clinic: str, picture_id: str) -> Picture | None:
    """The picture, locked."""
    row = await tx.row(tx.locked(_ONE), {"clinic": clinic, "name": picture_id})
    return _PICTURE.value(row) if row else None


def save(tx: Transaction, picture: Picture) -> None:
    """How it stands; what is on it stays."""
    tx.later(updating(_PICTURE), changed(_PICTURE, _PICTURE.row(picture)))


async def keep(tx: Transaction, picture: Picture, sealed: Sealed) -> None:
    """How it stands, and what is on it."""
    save(tx, picture)
    mine = update(p).where(p.c.clinic == picture.clinic, p.c.id == picture.id)
    await tx.run(mine.values(sealed=sealed.whole, sealed_small=sealed.small))


async def of_episode(tx: Transaction, clinic: str, episode_id: str) -> list[Picture]:
    """Every picture of one episode, the oldest first."""
    found = select(*_PICTURE.columns).where(_OF_EPISODE).order_by(*_IN_ORDER)
    return [_PICTURE.value(row) for row in await tx.rows(found, {"clinic": clinic, "episode": episode_id})]


async def with_these(tx: Transaction, came_with: Sequence[str]) -> list[Picture]:
    """Every picture that came with one of these texts or strays."""
    found = select(*_PICTURE.columns).where(p.c.came_with.in_(came_with)).order_by(*_IN_ORDER)
    return [_PICTURE.value(row) for row in await tx.rows(found)]


async def content(tx: Transaction, picture_id: str, *, is_small: bool = False) -> tuple[Picture, bytes] | None:
    """One that is kept, and what is on it; None where there is none."""
    sealed = p.c.sealed_small if is_small else p.c.sealed
    row = await tx.row(select(*_PICTURE.columns, sealed).where(p.c.id == picture_id, sealed.is_not(None)))
    return (_PICTURE.value(row), bytes(row[-1])) if row else None


async def waiting(tx: Transaction) -> int:
    """How many are still to be fetched, or to be deleted at the carrier."""
    return int(await tx.value(select(func.count()).select_from(p).where(_TO_DO)))


@cache
def _inserting(traits: Traits) -> Any:
    return traits.insert(p).on_conflict_do_nothing()
