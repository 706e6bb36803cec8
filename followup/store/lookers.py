"""Who has which episode before them, whatever process shows it; and who looked at which one lately."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, bindparam, delete, select

from followup.store.house_tables import lookers as t
from followup.store.house_tables import looks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.store.transaction import Transaction


class Looker(NamedTuple):
    """One person before one episode. `email` is a colleague's."""

    clinic: str
    episode_id: str
    email: str


_ELSEWHERE = select(t.c.clinic, t.c.episode_id, t.c.email).where(
    t.c.place != bindparam("place"), t.c.seen_at > bindparam("since")
)
_GONE = delete(t).where(
    and_(
        t.c.clinic == bindparam("of_clinic"),
        t.c.episode_id == bindparam("of_episode"),
        t.c.email == bindparam("of_email"),
        t.c.place == bindparam("of_place"),
    )
)


async def elsewhere(tx: Transaction, place: str, since: datetime) -> list[Looker]:
    """Whom other processes than this one have shown an episode since then."""
    return [Looker(*row) for row in await tx.rows(_ELSEWHERE, {"place": place, "since": since})]


async def note(tx: Transaction, place: str, lookers: Sequence[Looker], now: datetime) -> None:
    """They are before these episodes now."""
    insert = tx.traits.insert(t)
    keys = ["clinic", "episode_id", "email", "place"]
    statement = insert.on_conflict_do_update(index_elements=keys, set_={"seen_at": insert.excluded.seen_at})
    for one in lookers:
        await tx.run(statement, {**one._asdict(), "place": place, "seen_at": now})


async def gone(tx: Transaction, place: str, one: Looker) -> None:
    """They are not any more."""
    await tx.run(
        _GONE,
        {"of_clinic": one.clinic, "of_episode": one.episode_id, "of_email": one.email, "of_place": place},
    )


async def sweep(tx: Transaction, before: datetime) -> None:
    """Away with what nobody has written again since then."""
    await tx.run(delete(t).where(t.c.seen_at < before))
    await tx.run(delete(looks).where(looks.c.at < before))


async def is_new_look(
    tx: Transaction, clinic: str, episode_id: str, account_id: str, now: datetime, since: datetime
) -> bool:
    """Whether they did not look at it since then; from here on they have, and of two processes one alone hears yes."""
    insert = tx.traits.insert(looks)
    keys = ["clinic", "episode_id", "account_id"]
    changed = insert.on_conflict_do_update(
        index_elements=keys, set_={"at": insert.excluded.at}, where=looks.c.at <= since
    )
    values = {"clinic": clinic, "episode_id": episode_id, "account_id": account_id, "at": now}
    return await tx.run(changed, values) == 1
