"""A booking system's word: patients and facts are kept, then each booking it touches is decided anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from followup.bookings import Fetch, QuarantinedError, Request
from followup.domain.decision import Decision
from followup.domain.enrolment import Enrolment, on_booking, unmapped
from followup.domain.episode import Patient
from followup.domain.ids import derive
from followup.domain.inputs import Booking
from followup.domain.patient import with_details
from followup.flows.ask_bookings import ask_for
from followup.flows.booking_setting import setting_of
from followup.flows.handled import Handled, Outcome
from followup.flows.phones import read_phone
from followup.flows.pinned import keep_followed
from followup.store import bookings, episodes, patients, strays
from followup.store.strays import Stray

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.clinic import BookingSource, Clinic
    from followup.domain.inputs import PatientDetails
    from followup.flows.services import Services
    from followup.store import Transaction
    from followup.store.received import Item

LONGEST_CHAIN = 50
"""Bookings moved more often than this under a new id each are no longer followed."""


async def receive_booking(services: Services, tx: Transaction, item: Item, *, is_again: bool = False) -> Handled:
    """Everything one call of a booking system says, applied in this transaction.

    is_again: it was read before, and what it says is decided anew even where nothing of it is.
    """
    now = services.clock()
    found = services.catalogue.source(item.door.removeprefix("booking:"))
    if found is None:
        return await _quarantined(tx, item, "", "its source is no longer in the configuration", now)
    clinic, source = found
    try:
        call = Request(item.headers, item.body, setting_of(services.public_url, clinic, source))
        read = services.adapters[source.adapter].read(call)
    except QuarantinedError as error:
        return await _quarantined(tx, item, source.source, f"could not be read: {error}", now)
    facts = [each for each in read if isinstance(each, Booking)]
    outcome = await apply_facts(services, tx, clinic, source, facts, item.id, is_again=is_again)
    wanted = [each for each in read if isinstance(each, Fetch)]
    await ask_for(services, tx, clinic, source, wanted, item.id, now)
    return Handled(Outcome.ASKED if wanted and outcome is Outcome.IGNORED else outcome, clinic.id)


async def apply_facts(
    services: Services,
    tx: Transaction,
    clinic: Clinic,
    source: BookingSource,
    facts: Sequence[Booking],
    cause: str,
    *,
    is_again: bool = False,
) -> Outcome:
    """What a source told, applied in this transaction. `cause`: the item of the inbox that it was told in, or for."""
    told = _Told(services, tx, clinic, source, cause, services.clock(), is_again=is_again)
    return _all_together([await told.apply(fact) for fact in facts])


def _all_together(told: Sequence[Outcome]) -> Outcome:
    """One word for all facts of a call: whatever changed something counts most."""
    order = (Outcome.APPLIED, Outcome.STRAY, Outcome.STALE, Outcome.DUPLICATE)
    return next((outcome for outcome in order if outcome in told), Outcome.IGNORED)


async def _quarantined(tx: Transaction, item: Item, source: str, why: str, now: datetime) -> Handled:
    await strays.add(
        tx,
        Stray(
            id=derive(item.id, "quarantined"),
            clinic=item.clinic,
            kind="booking",
            why=why,
            body="",
            phone="",
            at=now,
            source=source,
            booking_id="",
            item_id=item.id,
        ),
    )
    return Handled(Outcome.QUARANTINED, item.clinic)


class _Told:
    """One call's facts, applied one after the other."""

    def __init__(
        self,
        services: Services,
        tx: Transaction,
        clinic: Clinic,
        source: BookingSource,
        cause: str,
        now: datetime,
        *,
        is_again: bool,
    ) -> None:
        self._is_again = is_again
        self._services = services
        self._tx = tx
        self._clinic = clinic
        self._source = source.source
        self._cause = cause
        self._now = now

    async def apply(self, fact: Booking) -> Outcome:
        """One fact: about a patient alone, or about a booking."""
        is_news = await self._keep_patient(fact.patient, fact.updated_at) if fact.patient.id else False
        if not fact.id:
            if is_news:
                await self._wake(fact.patient.id)
            return Outcome.APPLIED if is_news else Outcome.STALE
        is_known = not await bookings.add_fact(self._tx, self._clinic.id, self._source, fact, self._now)
        if is_known and not self._is_again:
            return Outcome.DUPLICATE
        if is_news:
            await self._wake(fact.patient.id)
        outcomes = [
            await self._decide(booking_id, patient_id)
            for booking_id in await self._touched(fact)
            for patient_id in await bookings.patients_of(self._tx, self._clinic.id, self._source, booking_id)
            if patient_id
        ]
        return _all_together([*outcomes, Outcome.STALE])

    async def _keep_patient(self, details: PatientDetails, said_at: datetime) -> bool:
        """Whether anything about the patient is new."""
        known = await patients.load(self._tx, self._clinic.id, self._source, details.id)
        before = known or Patient(self._clinic.id, self._source, details.id)
        number = read_phone(details.phone, self._clinic.country) if details.phone else None
        after = with_details(before, details, number.e164 if number else None, said_at)
        if known is not None and after == known:
            return False
        await patients.save(self._tx, after)
        return known is None or _matters(known) != _matters(after)

    async def _touched(self, fact: Booking) -> Sequence[str]:
        """The booking itself, the one it replaces, and whatever replaces it: a ring of them undoes them all."""
        chain = await self._successors(fact.id)
        replaced = [fact.supersedes] if fact.supersedes else []
        return tuple(dict.fromkeys([fact.id, *replaced, *chain]))

    async def _successors(self, booking_id: str) -> Sequence[str]:
        """The booking that replaces this one, the one that replaces that, and so on; a ring ends where it began."""
        chain: list[str] = []
        at: str | None = booking_id
        while at is not None and len(chain) < LONGEST_CHAIN:
            at = await bookings.successor(self._tx, self._clinic.id, self._source, at)
            if at is None or at in chain:
                break
            chain.append(at)
        return tuple(chain)

    async def _superseded_by(self, booking_id: str) -> str | None:
        """Its successor; none where following successors leads back to it, since then none of them is the newest."""
        chain = await self._successors(booking_id)
        return chain[0] if chain and booking_id not in chain else None

    async def _decide(self, booking_id: str, patient_id: str) -> Outcome:
        enrolment = await self._enrolment(booking_id, patient_id)
        decision = on_booking(enrolment, self._now)
        why = unmapped(enrolment)
        if why:
            await self._show(enrolment, why)
            return Outcome.STRAY
        if not decision.events:
            return Outcome.STALE
        after = await episodes.apply(self._tx, enrolment.episode, decision, at=self._now, cause=self._cause)
        keep_followed(self._services, self._tx, after, self._now)
        return Outcome.APPLIED

    async def _enrolment(self, booking_id: str, patient_id: str) -> Enrolment:
        tx, clinic, source = self._tx, self._clinic, self._source
        patient = await patients.load(tx, clinic.id, source, patient_id)
        facts = [
            *await bookings.facts(tx, clinic.id, source, booking_id, patient_id),
            # What was said of the booking without naming a patient holds for each of its patients.
            *await bookings.facts(tx, clinic.id, source, booking_id, ""),
        ]
        enrolment = Enrolment(
            clinic=clinic,
            source=source,
            booking_id=booking_id,
            facts=facts,
            superseded_by=await self._superseded_by(booking_id),
            protocol=None,
            episode=await episodes.of_booking(tx, clinic.id, source, booking_id, patient_id),
            patient=patient or Patient(clinic.id, source, patient_id),
        )
        return _with_protocol(self._services, enrolment)

    async def _wake(self, patient_id: str) -> None:
        """Something about the patient is new: every episode that runs looks again, with what is known now."""
        for episode in await episodes.of_patient(self._tx, self._clinic.id, self._source, patient_id):
            if episode.may_ask:
                await episodes.apply(self._tx, episode, Decision((), self._now), at=self._now, cause=self._cause)

    async def _show(self, enrolment: Enrolment, why: str) -> None:
        await strays.add(
            self._tx,
            Stray(
                id=derive(enrolment.clinic.id, self._source, enrolment.booking_id, enrolment.patient.id, why),
                clinic=enrolment.clinic.id,
                kind="booking",
                why=why,
                body="",
                phone=enrolment.patient.phone or "",
                at=self._now,
                source=self._source,
                booking_id=enrolment.booking_id,
                item_id=self._cause,
            ),
        )


def _with_protocol(services: Services, enrolment: Enrolment) -> Enrolment:
    """The same with the protocol that the clinic follows after the booking's service."""
    protocol = services.catalogue.protocol_of(enrolment.clinic, enrolment.state.service_id)
    return replace(enrolment, protocol=protocol)


def _matters(patient: Patient) -> tuple[object, ...]:
    """What of a patient a plan depends on."""
    return patient.phone, patient.consent, patient.language, patient.time_zone
