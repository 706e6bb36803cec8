"""Flags of late harm with what was used in their treatments, on each engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from treated import treat

from followup.domain import events as e
from followup.domain.clusters import Shared
from followup.domain.decision import Decision
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.inputs import Booking, Outcome, PatientDetails
from followup.domain.understanding.values import Urgency
from followup.store import bookings, episodes
from followup.store.late_harm import late_harm
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from followup.domain.episode import Episode
    from followup.store import Store

WEEKS = timedelta(weeks=6)
LUMP = Flag("lump", Reason.ALARM_SIGN, Urgency.TODAY, "nodules_lumps", MONDAY, MONDAY, Evidence("", "", MONDAY))


async def harmed(store: Store, booking: str, *flags: Flag, outcome: Outcome | None = None) -> Episode:
    """A patient treated with a product, who then reported this."""
    episode = await treat(store, booking, patient=f"P-{booking}")
    products = ("Filler A", "Filler A, lot 7")
    fact = Booking(booking, PatientDetails(episode.patient_id), MONDAY, 2, location="Room 2", products=products)
    happened: list[e.Event] = [e.FlagRaised(replace(flag, id=f"{flag.id}-{booking}")) for flag in flags]
    if outcome:
        happened.append(e.FlagClosed(f"{flags[0].id}-{booking}", "ada", MONDAY, outcome, ""))
    async with store.transaction() as tx:
        await bookings.add_fact(tx, episode.clinic, episode.source, fact, MONDAY)
        known = await episodes.load(tx, episode.id)
        return await episodes.apply(tx, known, Decision(tuple(happened), None), at=MONDAY)


async def test_late_harm_comes_with_what_was_used(store: Store) -> None:
    one = await harmed(store, "B-1", LUMP)
    await harmed(store, "B-2", LUMP, outcome=Outcome.MISTAKEN)
    closed = await harmed(store, "B-3", LUMP, outcome=Outcome.RECALLED)
    await harmed(store, "B-4", replace(LUMP, subject="vision_change"))
    async with store.reading() as tx:
        found = await late_harm(tx, None, MONDAY - WEEKS, lambda _: WEEKS)
        elsewhere = await late_harm(tx, ["other"], MONDAY - WEEKS, lambda _: WEEKS)
        later = await late_harm(tx, ["glow"], MONDAY + WEEKS, lambda _: WEEKS)
    assert [(harm.episode_id, harm.is_open) for harm in found] == [(one.id, True), (closed.id, False)]
    assert found[0].shared == {
        Shared("product", "Filler A"),
        Shared("product", "Filler A, lot 7"),
        Shared("room", "Room 2"),
    }
    assert elsewhere == later == []
