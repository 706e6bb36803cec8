"""Everything beside the episode itself that a decision about it may look at, gathered in its transaction."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from followup.domain.circumstances import Circumstances, Contact
from followup.domain.episode import Patient
from followup.flows.pinned import pinned
from followup.store import episodes, patients

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.episode import Episode
    from followup.domain.protocol import Protocol
    from followup.domain.sharing import Beside
    from followup.flows.services import Services
    from followup.store import Transaction

LOOKS_BACK = timedelta(days=9)
"""How far back texts to a phone may still count against a clinic's caps."""


class NotConfiguredError(LookupError):
    """An episode names a clinic or protocol that the configuration no longer has."""


async def circumstances_of(services: Services, tx: Transaction, episode: Episode, now: datetime) -> Circumstances:
    """The clinic, the plan, the patient, and what went to this phone lately."""
    known = await patients.look(tx, episode.clinic, episode.source, episode.patient_id)
    patient = known or Patient(episode.clinic, episode.source, episode.patient_id)
    contact = Contact()
    beside: tuple[Beside, ...] = ()
    if patient.phone:
        contact = await episodes.contact(tx, patient.clinic, patient.phone, now - LOOKS_BACK, now)
        plans = await episodes.beside(tx, [(patient.clinic, patient.phone)])
        beside = _but(plans.get((patient.clinic, patient.phone), ()), episode)
    return _gathered(services, episode, patient, await pinned(services, tx, [episode]), contact, beside)


def _but(plans: Sequence[Beside], episode: Episode) -> tuple[Beside, ...]:
    return tuple(one for one in plans if one.episode.id != episode.id)


async def circumstances_of_many(
    services: Services, tx: Transaction, many: Sequence[Episode], now: datetime
) -> dict[str, Circumstances | NotConfiguredError]:
    """The same for several episodes with as many questions as for one, by episode; for one we cannot decide, why."""
    keys = {episode.id: (episode.clinic, episode.source, episode.patient_id) for episode in many}
    known = await patients.look_many(tx, list(keys.values()))
    phones = [(patient.clinic, patient.phone) for patient in known.values() if patient.phone]
    protocols = await pinned(services, tx, many)
    contacts = await episodes.contacts(tx, phones, now - LOOKS_BACK, now)
    plans = await episodes.beside(tx, phones)
    found: dict[str, Circumstances | NotConfiguredError] = {}
    for episode in many:
        patient = known.get(keys[episode.id]) or Patient(*keys[episode.id])
        phone = (patient.clinic, patient.phone or "")
        contact, beside = contacts.get(phone, Contact()), _but(plans.get(phone, ()), episode)
        try:
            found[episode.id] = _gathered(services, episode, patient, protocols, contact, beside)
        except NotConfiguredError as error:
            found[episode.id] = error
    return found


def _gathered(
    services: Services,
    episode: Episode,
    patient: Patient,
    protocols: Mapping[str, Protocol],
    contact: Contact,
    beside: tuple[Beside, ...],
) -> Circumstances:
    clinic, protocol = clinic_of(services, episode.clinic), protocols.get(episode.id)
    if protocol is None:
        message = f'the protocol "{episode.protocol_id}" is not in the configuration, nor is the wording it had'
        raise NotConfiguredError(message)
    return Circumstances(clinic, protocol, patient, services.catalogue.texts, zone_of(patient, clinic), contact, beside)


def clinic_of(services: Services, clinic_id: str) -> Clinic:
    """The clinic of that id; NotConfiguredError where it was taken out of the configuration."""
    clinic = services.catalogue.clinics.get(clinic_id)
    if clinic is None:
        message = f'the clinic "{clinic_id}" is not in the configuration'
        raise NotConfiguredError(message)
    return clinic


def sender_of(services: Services, episode: Episode) -> str:
    """What the clinic's texts are sent from; "" where it was taken out of the configuration."""
    clinic = services.catalogue.clinics.get(episode.clinic)
    return clinic.sms.sender if clinic else ""


def zone_of(patient: Patient, clinic: Clinic) -> ZoneInfo:
    """The zone whose clock decides sending hours: the patient's where known, else the clinic's."""
    return (_zone(patient.time_zone) if patient.time_zone else None) or clinic.zone


@lru_cache(maxsize=600)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown, not a name at all, or a directory
        return None
