"""Who is asked: merging what a booking system says of a patient, and whether we may text them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from followup.domain.clinic import ConsentRule
from followup.domain.inputs import Consent

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from followup.domain.clinic import Clinic
    from followup.domain.episode import Patient
    from followup.domain.inputs import PatientDetails

NO_PHONE = "no phone"
NO_CONSENT = "no consent"
OPTED_OUT = "opted out"


def with_details(patient: Patient, details: PatientDetails, phone: str | None, said_at: datetime) -> Patient:
    """The patient after a source's word: each field's newest wins, an older word only fills what is empty.

    phone: the details' phone as E.164, None where it cannot be read. At equal times a withdrawal stands.
    """
    said: dict[str, object] = {
        "given": details.given,
        "family": details.family,
        "phone_as_given": details.phone,
        "language": details.language,
        "time_zone": details.time_zone,
        "phone_is_carers": details.phone_is_carers,
        "consent": Consent.WITHDRAWN if details.is_deleted else details.consent,
    }
    stamps = dict(patient.stamps)
    changes: dict[str, object] = {}
    for name, value in said.items():
        if value is not None and _stands(patient, name, value, said_at):
            changes[name] = value
            stamps[name] = said_at
    if "phone_as_given" in changes:
        changes["phone"] = phone
    return replace(patient, stamps=stamps, **changes)  # type: ignore[arg-type] # one value per field, as said above


def _stands(patient: Patient, name: str, value: object, said_at: datetime) -> bool:
    known_since = patient.stamps.get(name)
    if known_since is None or said_at > known_since:
        return True
    # At equal times the greater word stands in any order of arrival; "withdrawn" is greater than "granted".
    return said_at == known_since and str(value) > str(getattr(patient, name) or "")


def hindrance(patient: Patient, clinic: Clinic) -> str:
    """Why this patient may not be texted, "" where they may. Asked again before every send."""
    if patient.opted_out_at is not None:
        return OPTED_OUT
    if patient.consent == Consent.WITHDRAWN:
        return NO_CONSENT
    if patient.consent != Consent.GRANTED and clinic.consent is ConsentRule.EXPLICIT:
        return NO_CONSENT
    return "" if patient.phone else NO_PHONE


def zone_of(patient: Patient, clinic: Clinic, zones: dict[str, ZoneInfo] | None = None) -> ZoneInfo:
    """The zone whose clock decides sending hours: the patient's where known, else the clinic's."""
    return (zones or {}).get(patient.time_zone or "", clinic.zone)
