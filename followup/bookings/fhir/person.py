"""Who a resource is about, and what a Patient says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.bookings import QuarantinedError, said
from followup.bookings.fhir.bundle import name_of
from followup.bookings.tolerant import Object, ident, instant, language, needed, objects_at, within, words
from followup.domain.inputs import Booking, PatientDetails

if TYPE_CHECKING:
    from datetime import datetime

_NAME_ORDER = ("official", "usual", None)
_USE_ORDER = ("mobile", None, "home", "work", "temp")


def patient_ids(resource: Object) -> list[str]:
    """The patients a treatment is of; there may be several in an Appointment. Raises QuarantinedError."""
    references = [within(resource, "subject", "reference")]
    references += [within(each, "actor", "reference") for each in objects_at(resource, "participant")]
    names = (name_of(reference) for reference in references)
    found = list(dict.fromkeys(name.partition("/")[2] for name in names if name.startswith("Patient/")))
    if not found:
        raise QuarantinedError("it refers to no patient")
    return found


def read_patient(resource: Object, told_at: datetime | None) -> Booking:
    """A Patient as a fact about a patient alone. Raises QuarantinedError."""
    at = instant(within(resource, "meta", "lastUpdated")) or told_at
    if at is None:
        raise QuarantinedError("it does not say when it was changed")
    name = min(objects_at(resource, "name"), key=_name_rank, default={})
    given = within(name, "given", 0)
    first, last = said.names(given, name.get("family"), name.get("text"))
    is_dead = resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime") is not None
    patient = PatientDetails(
        id=needed(resource.get("id"), "patient id"),
        given=first,
        family=last,
        phone=said.phone(*(contact.get("value") for contact in _phones(resource, at))),
        language=_language(resource),
        # Nobody is to text the phone of somebody who died; it ends like a record that was deleted.
        is_deleted=is_dead,
    )
    return Booking(id="", patient=patient, updated_at=at)


def _name_rank(name: Object) -> int:
    use = name.get("use")
    return _NAME_ORDER.index(use) if use in _NAME_ORDER else len(_NAME_ORDER)


def _phones(resource: Object, at: datetime) -> list[Object]:
    found = [each for each in objects_at(resource, "telecom") if words(each.get("system")) in {"phone", "sms"}]
    current = [each for each in found if each.get("use") != "old" and not _has_ended(each, at)]
    return sorted(current, key=_phone_rank)


def _phone_rank(contact: Object) -> tuple[int, int]:
    use, rank = contact.get("use"), contact.get("rank")
    place = _USE_ORDER.index(use) if use in _USE_ORDER else len(_USE_ORDER)
    return place, rank if isinstance(rank, int) else 1_000


def _has_ended(contact: Object, at: datetime) -> bool:
    """A period ends with a date of any precision, which sorts as text."""
    end = words(within(contact, "period", "end"))
    return end is not None and end < at.isoformat()


def _language(resource: Object) -> str | None:
    spoken = sorted(objects_at(resource, "communication"), key=lambda each: each.get("preferred") is not True)
    first: Any = spoken[0] if spoken else {}
    return language(ident(within(first, "language", "coding", 0, "code")) or within(first, "language", "text"))
