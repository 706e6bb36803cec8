"""How a booking source is set up, as its adapter is told: no secrets among it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.bookings import Setting

if TYPE_CHECKING:
    from followup.domain.clinic import BookingSource, Clinic


def setting_of(public_url: str, clinic: Clinic, source: BookingSource) -> Setting:
    """The same at the door and whenever what was kept is read again."""
    return Setting(
        url=f"{public_url}/hooks/bookings/{source.source}",
        zone=clinic.zone,
        header=source.header,
        phone_field=source.phone_field,
        consent_field=source.consent_field,
        statuses=source.statuses,
        mapping=source.mapping,
    )
