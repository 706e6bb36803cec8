"""Calls of a booking system, as they come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

TAKES = timedelta(minutes=45)
PHONE = "+447700900001"


def native_event(
    kind: str,
    booking: str = "B-1",
    *,
    at: datetime,
    ends: datetime | None = None,
    sequence: int | None = None,
    patient: str | None = "P-1",
    phone: str | None = PHONE,
    language: str | None = "en",
    consent: str | None = "granted",
    service: str | None = "meso-face",
    supersedes: str | None = None,
    status: str | None = None,
    zone: str | None = None,
    given: str = "Ada",
    phone_of: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A native event; what is None is left out. `at`: when the source says that it changed; `ends`: the treatment's."""
    start = ends - TAKES if ends else None
    told = {
        "id": booking,
        "sequence": sequence,
        "status": status,
        "supersedes": supersedes,
        "updated": at.isoformat(),
        "start": start.isoformat() if start else None,
        "end": ends.isoformat() if ends else None,
        "service": {"id": service, "name": service} if service else None,
        **more,
    }
    who = {"id": patient, "name": {"given": given, "family": "Byrne"}, "phone": phone, "language": language}
    data: dict[str, Any] = {"booking": _present(told)} if booking else {}
    if patient:
        data["patient"] = _present({**who, "timeZone": zone, "phoneOf": phone_of})
    if consent:
        data["consent"] = {"sms": {"status": consent}}
    return {"type": kind, "timestamp": at.isoformat(), "data": data}


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
