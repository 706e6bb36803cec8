"""A lead tries a changed protocol on what is past: what it would have flagged, of whom, and that it was tried."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.examples import wrong_examples
from followup.domain.replay import Fate
from followup.flows.read_pages import scope
from followup.flows.replay import replay, written_protocol
from followup.store import journal, protocols

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from followup.domain.examples import Surprise
    from followup.domain.protocol import Protocol
    from followup.domain.replay import Case, Replayed
    from followup.flows.services import Services
    from followup.store.staff import Account

TRIED = "ProtocolTried"
MOST_SHOWN = 50
"""Of each fate; the counts say how many there are."""
FATES: tuple[Fate, ...] = tuple(fate for fate in Fate if fate is not Fate.KEPT)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found. `shown`: some cases of each fate, the urgent and the newest first.

    names: the patients of these cases by episode, "" for one without a name. surprises: examples in the changed file
    that no longer hold, which may be just what was wanted.
    """

    protocol: Protocol
    found: Replayed
    shown: Mapping[Fate, Sequence[Case]]
    names: Mapping[str, str]
    surprises: Sequence[Surprise]


async def try_protocol(
    services: Services, account: Account, written: bytes, is_over: Callable[[], bool] = lambda: False
) -> Trial:
    """The protocol over all episodes of it that this account may see. BadConfigurationError where it has mistakes."""
    # In threads, since both may take long: the desk goes on meanwhile.
    protocol = await asyncio.to_thread(written_protocol, written, services.catalogue)
    surprises = await asyncio.to_thread(wrong_examples, protocol, services.catalogue.vocabularies)
    found = await replay(services.store, protocol, scope(account), is_over=is_over)
    shown = {fate: sorted(found.of(fate), key=_order)[:MOST_SHOWN] for fate in FATES}
    names = await _names(services, [case.episode_id for cases in shown.values() for case in cases])
    await _note(services, account, found, protocol)
    return Trial(protocol, found, shown, names, surprises)


def _order(case: Case) -> tuple[int, float, str]:
    return case.urgency.rank, -case.raised_at.timestamp(), case.episode_id


async def _names(services: Services, episode_ids: Sequence[str]) -> Mapping[str, str]:
    async with services.store.reading() as tx:
        return await protocols.names(tx, episode_ids)


async def _note(services: Services, account: Account, found: Replayed, protocol: Protocol) -> None:
    """That it was tried, in the journal of each clinic that it was tried on."""
    told = {"protocol": protocol.id, "version": protocol.version, "episodes": found.episodes}
    flags = {"flags_before": sum(found.before.values()), "flags_after": sum(found.after.values())}
    clinics = scope(account) or tuple(services.catalogue.clinics)
    async with services.store.transaction() as tx:
        for clinic in clinics:
            body = {**told, **flags}
            await journal.note(tx, clinic, "", TRIED, body, at=services.clock(), who=account.email)
