"""Facts about bookings: each kept once, as it was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_kit import CLINIC, DAY, HOUR, NOON, SOURCE

from followup.domain.inputs import Booking, BookingStatus, Consent, PatientDetails
from followup.store import bookings

if TYPE_CHECKING:
    from followup.store import Store

ZOE = PatientDetails("p1", "Zoë", "O'Hara", "07700 900123", "es", "Europe/Rome", Consent.GRANTED)
WHOLE = Booking(
    "b1", ZOE, NOON, 3, BookingStatus.FULFILLED, "b0", NOON - HOUR, NOON, "meso", "Meso ✓", "Room 1", "Dr A"
)
BARE = Booking("b1", PatientDetails(""), NOON)


async def test_a_fact_is_kept_once_and_as_it_was_told(store: Store) -> None:
    later = replace(WHOLE, sequence=4)
    gone = replace(WHOLE, patient=replace(ZOE, is_deleted=True))
    async with store.transaction() as tx:
        for fact in (WHOLE, later, gone, BARE):
            assert await bookings.add_fact(tx, CLINIC, SOURCE, fact, NOON + (fact is later) * HOUR)
        for fact in (WHOLE, BARE):
            assert not await bookings.add_fact(tx, CLINIC, SOURCE, fact, NOON + DAY)
        kept = await bookings.facts(tx, CLINIC, SOURCE, "b1", "p1")
        assert await bookings.facts(tx, CLINIC, SOURCE, "b1", "") == [BARE]
        assert await bookings.facts(tx, CLINIC, "elsewhere", "b1", "p1") == []

    assert set(kept) == {WHOLE, later, gone}
    assert kept[-1] == later


async def test_the_same_instants_with_another_offset_are_the_same_fact(store: Store) -> None:
    rome = ZoneInfo("Europe/Rome")
    elsewhere = replace(WHOLE, updated_at=NOON.astimezone(rome), ends_at=NOON.astimezone(rome))
    async with store.transaction() as tx:
        assert await bookings.add_fact(tx, CLINIC, SOURCE, WHOLE, NOON)
        assert not await bookings.add_fact(tx, CLINIC, SOURCE, elsewhere, NOON)


async def test_bookings_patients_and_successors_are_found(store: Store) -> None:
    elsewhere = replace(WHOLE, id="b2", supersedes="b1", sequence=1)
    newest = replace(WHOLE, id="b3", supersedes="b1", sequence=2, updated_at=NOON - DAY)
    of_patient = replace(BARE, id="", patient=ZOE)
    async with store.transaction() as tx:
        for fact in (WHOLE, elsewhere, newest, of_patient, replace(WHOLE, patient=replace(ZOE, id="p2"))):
            assert await bookings.add_fact(tx, CLINIC, SOURCE, fact, NOON)
        assert await bookings.patients_of(tx, CLINIC, SOURCE, "b1") == ["p1", "p2"]
        assert await bookings.bookings_of(tx, CLINIC, SOURCE, "p1") == ["b1", "b2", "b3"]
        assert await bookings.successor(tx, CLINIC, SOURCE, "b1") == "b3"
        assert await bookings.successor(tx, CLINIC, SOURCE, "b3") is None
        assert await bookings.successor(tx, "other", SOURCE, "b1") is None


texts = st.text(max_size=20, alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
instants = st.datetimes(timezones=st.just(UTC))
details = st.builds(
    PatientDetails,
    id=texts,
    given=st.none() | texts,
    phone=st.none() | texts,
    consent=st.none() | st.sampled_from(Consent),
    is_deleted=st.booleans(),
)
facts = st.builds(
    Booking,
    id=texts,
    patient=details,
    updated_at=instants,
    sequence=st.none() | st.integers(-(2**70), 2**70),
    status=st.none() | st.sampled_from(BookingStatus),
    starts_at=st.none() | instants,
    service_name=st.none() | texts,
)


@given(fact=facts)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_fact_comes_back_as_it_went(store: Store, fact: Booking) -> None:
    async with store.transaction() as tx:
        await bookings.add_fact(tx, CLINIC, SOURCE, fact, NOON)
        assert fact in await bookings.facts(tx, CLINIC, SOURCE, fact.id, fact.patient.id)
