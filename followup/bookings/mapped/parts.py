"""The parts of a booking, each from the place that the mapping names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from followup.bookings import QuarantinedError, said
from followup.bookings.tolerant import end_after, ident, instant, language, local_span, needed, within, words, zone_name
from followup.domain.inputs import Booking, PatientDetails

if TYPE_CHECKING:
    from followup.bookings import Setting
    from followup.domain.clinic import BookingMapping
    from followup.domain.inputs import BookingStatus, Consent

_MILLISECONDS = 100_000_000_000
"""A count this large is of milliseconds: as seconds it would be in the year 5138."""


def at(value: Any, pointer: str) -> Any:
    """What a JSON pointer leads to; None where it leads nowhere."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        is_position = isinstance(value, list) and name.isdecimal() and len(name) < 5  # noqa: PLR2004 - no list is longer
        value = within(value, int(name) if is_position else name)
    return value


@dataclass(frozen=True, slots=True)
class Parts:
    """One booking in a payload."""

    body: Any
    event: str | None
    setting: Setting
    mapping: BookingMapping

    def booking(self) -> Booking:
        """The booking. Raises QuarantinedError where it lacks what a booking cannot do without."""
        starts_at, ends_at = self._times()
        return Booking(
            id=needed(self._part("id"), "booking id"),
            patient=self._patient(),
            updated_at=self._updated_at(),
            sequence=self._sequence(),
            status=self._status(),
            supersedes=ident(self._part("supersedes")),
            starts_at=starts_at,
            ends_at=ends_at,
            service_id=ident(self._part("service_id")),
            service_name=words(self._part("service_name")),
            location=ident(self._part("location")),
            practitioner=ident(self._part("practitioner")),
        )

    def _part(self, name: str) -> Any:
        pointer = self.mapping.places.get(name)
        return None if pointer is None else at(self.body, pointer)

    def _patient(self) -> PatientDetails:
        written = needed(self._part("patient_id"), "patient")
        given, family = said.names(self._part("given"), self._part("family"), self._part("name"))
        return PatientDetails(
            # An e-mail address is a name that would show in logs and links.
            id=(said.person("mapped", written) or written) if "@" in written else written,
            given=given,
            family=family,
            phone=said.phone(ident(self._part("phone"))),
            language=language(self._part("language")),
            time_zone=zone_name(self._part("time_zone")),
            consent=self._consent(),
        )

    def _updated_at(self) -> datetime:
        found = self._instant(self._part("updated"))
        if found is None:
            raise QuarantinedError("it does not say when it was changed")
        return found

    def _times(self) -> tuple[datetime | None, datetime | None]:
        start, end, minutes = self._part("start"), self._part("end"), ident(self._part("minutes")) or ""
        starts_at, ends_at = self._instant(start), self._instant(end)
        if isinstance(start, str) and isinstance(end, str) and instant(start) is None:
            starts_at, ends_at = local_span(start, end, self.setting.zone)
        if ends_at is None and starts_at is not None and minutes.isdecimal() and len(minutes) < 5:  # noqa: PLR2004 - a week
            ends_at = starts_at + timedelta(minutes=int(minutes))
        return starts_at, end_after(starts_at, ends_at)

    def _instant(self, value: Any) -> datetime | None:
        """A date and time as text, or a count of seconds or milliseconds since 1970, be it in quotes."""
        count = value if isinstance(value, int) and not isinstance(value, bool) else None
        if isinstance(value, str) and value.isdecimal() and len(value) in {10, 13}:
            count = int(value)
        if count is None:
            return instant(value, self.setting.zone)
        seconds = count / 1000 if abs(count) > _MILLISECONDS else count
        # Through text, so that a count out of all bounds is no time rather than an error.
        return (
            instant((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat())
            if _sane(seconds)
            else None
        )

    def _sequence(self) -> int | None:
        written = ident(self._part("sequence")) or ""
        return int(written) if written.isdecimal() and len(written) < 16 else None  # noqa: PLR2004 - what JSON carries

    def _status(self) -> BookingStatus | None:
        """Where it stands, by its own word, else by the event's; a word that is not in the mapping is for a person."""
        word = ident(self._part("status")) if "status" in self.mapping.places else self.event
        if word is None:
            return None
        found = self.mapping.statuses.get(word)
        if found is None:
            raise QuarantinedError("its status is none that the mapping knows")
        return found

    def _consent(self) -> Consent | None:
        value = self._part("consent")
        return self.mapping.consents.get(ident(value) or "") or said.consent(value)


def _sane(seconds: float) -> bool:
    return 0 < seconds < 4_102_444_800  # noqa: PLR2004 - the year 2100
