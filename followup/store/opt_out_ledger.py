"""The ledger of opt-outs: every no and every yes to texts, added to and never changed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from followup.domain.ids import derive
from followup.domain.wishes import Said
from followup.store.opt_out_tables import opt_out_ledger as t
from followup.store.patients import write_opt_out

if TYPE_CHECKING:
    from followup.domain.wishes import PatientOptedIn, PatientOptedOut
    from followup.store.engine import Traits
    from followup.store.transaction import Transaction

_NAMES = ("phone", "at", "wish", "words", "said_by", "sender", "episode_id")


def note(tx: Transaction, clinic: str, said: PatientOptedOut | PatientOptedIn, episode_id: str = "") -> None:
    """What holds from here on, and one more line in the ledger; the same once more adds none."""
    line = said.line(episode_id)
    write_opt_out(tx, clinic, line.phone, None if line.is_yes else line.at, "" if line.is_yes else line.words)
    named = derive(clinic, line.phone, line.wish, line.at.isoformat(), line.said_by)
    tx.later(_insert(tx.traits), {"clinic": clinic, "id": named, **{name: getattr(line, name) for name in _NAMES}})


async def told(tx: Transaction, clinic: str, phone: str | None, episode_id: str) -> list[Said]:
    """Every line about this phone, and what was said in this episode from another; oldest first."""
    mine = or_(t.c.phone == phone, t.c.episode_id == episode_id) if phone else t.c.episode_id == episode_id
    of = select(*(t.c[name] for name in _NAMES)).where(t.c.clinic == clinic, mine)
    return [Said(*row) for row in await tx.rows(of.order_by(t.c.at, t.c.id))]


@cache
def _insert(traits: Traits) -> Any:
    return traits.insert(t).on_conflict_do_nothing()
