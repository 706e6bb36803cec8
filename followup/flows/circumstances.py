"""Everything beside the episode itself that a decision about it may look at, gathered in its transaction."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from followup.domain.circumstances import Circumstances
from followup.domain.episode import Patient
from followup.store import episodes, patients

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.clinic import Clinic
    from followup.domain.episode import Episode
    from followup.domain.protocol import Protocol
    from followup.flows.services import Services
    from followup.store import Transaction

LOOKS_BACK = timedelta(days=9)
"""How far back texts to a phone may still count against a clinic's caps."""


class NotConfiguredError(LookupError):
    """An episode names a clinic or protocol that the configuration no longer has."""


async def circumstances_of(services: Services, tx: Transaction, episode: Episode, now: datetime) -> Circumstances:
    """The clinic, the plan, the patient, and what went to this phone lately."""
    clinic, protocol = clinic_of(services, episode.clinic), _protocol_of(services, episode)
    patient = await patients.look(tx, clinic.id, episode.source, episode.patient_id)
    patient = patient or Patient(clinic.id, episode.source, episode.patient_id)
    zone = zone_of(patient, clinic)
    texts = services.catalogue.texts
    if not patient.phone:
        return Circumstances(clinic, protocol, patient, texts, zone)
    contact = await episodes.contact(tx, clinic.id, patient.phone, now - LOOKS_BACK)
    return Circumstances(clinic, protocol, patient, texts, zone, contact)


def clinic_of(services: Services, clinic_id: str) -> Clinic:
    """The clinic of that id; NotConfiguredError where it was taken out of the configuration."""
    clinic = services.catalogue.clinics.get(clinic_id)
    if clinic is None:
        message = f'the clinic "{clinic_id}" is not in the configuration'
        raise NotConfiguredError(message)
    return clinic


def _protocol_of(services: Services, episode: Episode) -> Protocol:
    protocol = services.catalogue.protocols.get(episode.protocol_id)
    if protocol is None:
        message = f'the protocol "{episode.protocol_id}" is not in the configuration'
        raise NotConfiguredError(message)
    return protocol


def zone_of(patient: Patient, clinic: Clinic) -> ZoneInfo:
    """The zone whose clock decides sending hours: the patient's where known, else the clinic's."""
    return (_zone(patient.time_zone) if patient.time_zone else None) or clinic.zone


@lru_cache(maxsize=600)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # unknown, not a name at all, or a directory
        return None
