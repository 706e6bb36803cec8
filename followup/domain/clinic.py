"""A clinic as it configured itself: who it is, when it may text and when it reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from followup.domain.sharing import Naming

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from followup.domain.inputs import BookingStatus, Consent
    from followup.domain.outbound import OutboundRule

MIDNIGHT = time(0, 0)
DAY = timedelta(days=1)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Hours:
    """Open hours by weekday (0 Monday), in local time; a day that is missing is closed.

    An end of 00:00 is the end of the day, so ("00:00", "00:00") is the whole day.
    """

    by_weekday: Mapping[int, tuple[time, time]]

    def open_at(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether this instant is within the hours, as clocks in `zone` show it."""
        opens, closes = self._span(at, zone)
        return opens is not None and closes is not None and opens <= at < closes

    def next_open(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """`at` itself where open, else the next opening instant (UTC); None if it never opens."""
        if self.open_at(at, zone):
            return at
        local_day = at.astimezone(zone).date()
        for days in range(15):
            span = self.by_weekday.get((local_day + days * DAY).weekday())
            if span is None:
                continue
            opens = datetime.combine(local_day + days * DAY, span[0], zone).astimezone(UTC)
            if opens >= at:
                return opens
        return None

    def closes(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """When the hours that are open at `at` end (UTC); None where they are not open."""
        return self._span(at, zone)[1] if self.open_at(at, zone) else None

    def after(self, at: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
        """The instant at which so much open time has passed since `at`; plain time where it never opens."""
        while True:
            opens = self.next_open(at, zone)
            closes = self.closes(opens, zone) if opens else None
            if opens is None or closes is None:
                return at + length
            if opens + length <= closes:
                return opens + length
            length -= closes - opens
            at = closes

    def _span(self, at: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        day = at.astimezone(zone).date()
        span = self.by_weekday.get(day.weekday())
        if span is None:
            return None, None
        opens = datetime.combine(day, span[0], zone).astimezone(UTC)
        last_day = day + DAY if span[1] == MIDNIGHT else day
        return opens, datetime.combine(last_day, span[1], zone).astimezone(UTC)


class ConsentRule(StrEnum):
    """Whether texts need the patient's consent from the booking, or the clinic has it in writing elsewhere."""

    EXPLICIT = "explicit"
    IMPLIED = "implied"


@dataclass(frozen=True, slots=True)
class Price:
    """What one part of a text costs, in a currency by its three letters."""

    amount: Decimal
    currency: str

    def of(self, parts: int) -> str:
        """What so many parts cost, in words: "0.09 GBP"."""
        cost = self.amount * parts
        return f"{cost if cost < CENT else round(cost, 2)} {self.currency}"


@dataclass(frozen=True, slots=True)
class SmsRules:
    """How the clinic texts; caps count check-ins and reminders, never answers. 0 or zero length: no cap.

    price: of one part of a text, where the clinic has it shown beside what staff write.
    naming: how a text says for whom it is, on a phone that patients share.
    confirm_first: whether the first text to a phone only asks whether it is the right one.
    """

    gateway: str
    sender: str
    per_second: float = 1.0
    per_day: int = 1
    per_week: int = 3
    min_gap: timedelta = timedelta(hours=1)
    welcome: bool = False
    confirm_first: bool = False
    naming: Naming = Naming.INITIAL
    price: Price | None = None


class Scheme(StrEnum):
    """How a system without an adapter of its own proves that a call is from it."""

    SECRET = "secret"  # noqa: S105 - the name of a scheme
    """A header holds the secret itself."""
    HEX = "hmac-sha256-hex"
    BASE64 = "hmac-sha256-base64"


@dataclass(frozen=True, slots=True)
class BookingMapping:
    """How to read any JSON as bookings. `places`: a part of a booking → the JSON pointer at which it stands.

    each: the pointer of a list of bookings; "" where the body is one. ignored: words at `places["event"]` that mean
    nothing to us. prefix: what stands before the signature in its header.
    """

    places: Mapping[str, str]
    statuses: Mapping[str, BookingStatus]
    consents: Mapping[str, Consent]
    header: str
    scheme: Scheme = Scheme.SECRET
    prefix: str = ""
    each: str = ""
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BookingSource:
    """One booking system that calls us at /hooks/bookings/{source}.

    complete_after: end + this without other news means the treatment took place; None waits for the event.
    header, the fields and statuses: what differs from clinic to clinic in how a system is set up (its NOTES.md).
    """

    source: str
    adapter: str
    secrets: tuple[str, ...] = field(repr=False, default=())
    complete_after: timedelta | None = timedelta(minutes=30)
    api_url: str = ""
    api_key: str = field(repr=False, default="")
    header: str = ""
    phone_field: str = ""
    consent_field: str = ""
    statuses: Mapping[str, BookingStatus] = field(default_factory=dict)
    mapping: BookingMapping | None = None


MENTIONED = "mention"
"""Instead of an urgency: told as soon as a note names somebody."""


@dataclass(frozen=True, slots=True)
class NotifyRule:
    """Who is told off-screen about a flag of this urgency that nobody acknowledged for `after`.

    person: with "mention", whose mention it is about, by e-mail; "" for anybody's.
    """

    urgency: str
    after: timedelta
    urls: tuple[str, ...] = field(repr=False, default=())
    person: str = ""


@dataclass(frozen=True, slots=True)
class Clinic:
    """Who answers for the patient."""

    id: str
    name: str
    zone: ZoneInfo
    country: str
    languages: tuple[str, ...]
    phone: str
    emergency_number: str
    consent: ConsentRule
    sending_hours: Hours
    opening_hours: Hours
    sms: SmsRules
    sources: tuple[BookingSource, ...]
    services: Mapping[str, str]
    notify: tuple[NotifyRule, ...] = ()
    outbound: tuple[OutboundRule, ...] = ()

    def language_for(self, wanted: str | None) -> str:
        """The patient's language where the clinic speaks it ("es-MX" counts as "es"), else the clinic's first."""
        primary = (wanted or "").split("-")[0].lower()
        return primary if primary in self.languages else self.languages[0]

    def source(self, name: str) -> BookingSource | None:
        """The booking source of that name."""
        return next((source for source in self.sources if source.source == name), None)
