"""What stands between a booking as it was told and a first text: for whoever connects a booking system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain.clinic import ConsentRule
from followup.domain.inputs import Booking, Consent
from followup.flows.phones import read_phone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from followup.bookings import Fetch
    from followup.domain.clinic import Clinic


def doubts(clinic: Clinic, found: Sequence[Booking | Fetch]) -> Iterator[str]:
    """Each in words, where the call tells of a treatment that is to be followed up."""
    facts = [one for one in found if isinstance(one, Booking)]
    is_asked = len(facts) < len(found)
    if not any(fact.starts_at or fact.ends_at for fact in facts):
        return
    yield from _services(clinic, facts)
    phones = [fact.patient.phone for fact in facts if fact.patient.phone]
    if not phones and not is_asked:
        yield "no phone is said: the plan waits for one, and staff see it"
    yield from (f'"{phone}" is no phone that can be read' for phone in phones if not read_phone(phone, clinic.country))
    consents = {fact.patient.consent for fact in facts}
    if Consent.WITHDRAWN in consents:
        yield "the patient wants no texts"
    elif clinic.consent is ConsentRule.EXPLICIT and Consent.GRANTED not in consents:
        yield "no consent to texts is said: nobody is texted until the booking system says so (the adapter's NOTES)"


def _services(clinic: Clinic, facts: Sequence[Booking]) -> Iterator[str]:
    for service in dict.fromkeys(fact.service_id for fact in facts if fact.starts_at or fact.ends_at):
        if service is None:
            yield "no service is said: staff see the booking, and no plan opens"
        elif service not in clinic.services:
            yield f'the service "{service}" is not under [services]: staff see the booking, and no plan opens'
        else:
            yield f'the service "{service}" is followed up by "{clinic.services[service]}"'
