"""One Twilio account: its messages, what it refuses, who opted out."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from email.utils import format_datetime
from enum import StrEnum
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from followup.domain.ids import derive
from followup.sms.simulator.opt_outs import OptOuts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

API_VERSION = "2010-04-01"
E164 = re.compile(r"\+[1-9]\d{6,14}")
CALLBACK_URL = re.compile(r"https?://[^/_\s]+(/\S*)?")
LONGEST_BODY = 1600
LONGEST_VALIDITY = 36_000
SERVICE_PREFIX = "MG"


class Direction(StrEnum):
    """Twilio's words for who wrote."""

    INBOUND = "inbound"
    OUTBOUND = "outbound-api"
    AUTOMATIC = "outbound-reply"
    """The carrier's own opt-out answers: on the phone, but in no list."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One file as it came, and what the phone said it is."""

    content: bytes
    kind: str = "image/jpeg"


def media_sid(place: int) -> str:
    """What the carrier calls the file at this place of a text."""
    return f"ME{place:032x}"


@dataclass(slots=True)
class Text:
    """One message as Twilio holds it. `number` is ours, `phone` the patient's, whoever wrote."""

    sid: str
    serial: int
    number: str
    phone: str
    body: str
    direction: Direction
    status: str
    created_at: datetime
    service: str | None = None
    receipt_url: str = ""
    media: int = 0
    files: list[MediaFile | None] = field(default_factory=list)
    sent_at: datetime | None = None
    error_code: int | None = None

    @property
    def sender(self) -> str | None:
        """From; a Messaging Service picks it only on sending."""
        if self.direction is Direction.INBOUND:
            return self.phone
        return None if self.status == "accepted" else self.number

    @property
    def receiver(self) -> str:
        """To."""
        return self.number if self.direction is Direction.INBOUND else self.phone


@dataclass(frozen=True, slots=True)
class Refusal:
    """Twilio's error JSON."""

    status: int
    code: int
    message: str

    def as_json(self) -> dict[str, Any]:
        """The body of the answer."""
        more_info = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": more_info, "status": self.status}


class Account:
    """The messages of one account, in memory."""

    def __init__(self, sid: str, number: str, clock: Callable[[], datetime], name: str) -> None:
        self.sid = sid
        self.number = number
        self.opt_outs = OptOuts()
        self._clock = clock
        self._name = name
        self._serials = count(1)
        self._texts: dict[str, Text] = {}
        self._by_phone: defaultdict[str, list[Text]] = defaultdict(list)

    def create(self, form: Mapping[str, str]) -> Text | Refusal:
        """Take a text for sending, or say why not."""
        for code, message, is_wrong in CHECKS:
            if is_wrong(form, self):
                return Refusal(400, code, message)
        service = form.get("MessagingServiceSid") or None
        return self._keep(
            number=form.get("From") or self.number,
            phone=form["To"],
            body=form["Body"],
            direction=Direction.OUTBOUND,
            status="accepted" if service else "queued",
            service=service,
            receipt_url=form.get("StatusCallback", ""),
        )

    def receive(self, phone: str, body: str, files: Sequence[MediaFile] = (), to: str | None = None) -> Text:
        """Take a text a patient typed; the automatic answers to STOP, START and HELP land on the phone."""
        last = next((text for text in reversed(self._by_phone[phone]) if text.direction is Direction.OUTBOUND), None)
        number = to or (last.number if last else self.number)
        service = last.service if last and last.number == number else None
        text = self._keep(
            number=number,
            phone=phone,
            body=body,
            direction=Direction.INBOUND,
            status="received",
            service=service,
            media=len(files),
            files=list(files),
        )
        text.sent_at = text.created_at
        answer = self.opt_outs.hear(service or number, phone, body)
        if answer is not None:
            self._keep(number=number, phone=phone, body=answer.value, direction=Direction.AUTOMATIC, status="delivered")
        return text

    def report(self, text: Text, status: str, error_code: int | None = None) -> None:
        """Move a text on."""
        text.status = status
        text.error_code = error_code
        if status == "sent":
            text.sent_at = self._clock()

    def find(self, sid: str) -> Text | None:
        """One message."""
        return self._texts.get(sid)

    def delete(self, text: Text) -> None:
        """Forget one message."""
        del self._texts[text.sid]
        self._by_phone[text.phone].remove(text)

    def listed(self, wanted: Mapping[str, str], lag: timedelta) -> list[Text]:
        """Newest first, by To and From; what is younger than `lag` does not show yet."""
        visible_until = self._clock() - lag
        to, sender = wanted.get("To"), wanted.get("From")
        known = [number for number in (to, sender) if number and number in self._by_phone]
        texts = self._by_phone[known[0]] if known else self._texts.values()
        return [
            text
            for text in reversed(list(texts))
            if text.direction is not Direction.AUTOMATIC
            and (to is None or text.receiver == to)
            and (sender is None or text.sender == sender)
            and (not lag or text.created_at <= visible_until)
        ]

    def conversation(self, phone: str) -> list[Text]:
        """Everything on one phone, oldest first."""
        return list(self._by_phone.get(phone, ()))

    def phones(self) -> list[str]:
        """Every phone with a conversation, the newest conversation first."""
        last_heard = {phone: texts[-1].serial for phone, texts in self._by_phone.items() if texts}
        return sorted(last_heard, key=lambda phone: -last_heard[phone])

    def _keep(self, **parts: Any) -> Text:
        prefix = "MM" if parts.get("media") else "SM"
        serial = next(self._serials)
        sid = prefix + derive("simulator", self._name, str(serial))
        text = Text(sid=sid, serial=serial, created_at=self._clock(), **parts)
        self._texts[sid] = text
        self._by_phone[text.phone].append(text)
        return text


def as_json(text: Text, account_sid: str) -> dict[str, Any]:
    """A message in Twilio's shape."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{text.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": format_datetime(text.created_at),
        "date_sent": format_datetime(text.sent_at) if text.sent_at else None,
        "date_updated": format_datetime(text.sent_at or text.created_at),
        "direction": text.direction.value,
        "error_code": text.error_code,
        "error_message": None,
        "from": text.sender,
        "messaging_service_sid": text.service,
        "num_media": str(text.media),
        "num_segments": "0" if text.status == "accepted" else "1",
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.receiver,
        "uri": f"{uri}.json",
    }


def _is_validity_wrong(form: Mapping[str, str]) -> bool:
    given = form.get("ValidityPeriod", str(LONGEST_VALIDITY))
    return not (given.isdecimal() and 1 <= int(given) <= LONGEST_VALIDITY)


def _is_blocked(form: Mapping[str, str], account: Account) -> bool:
    sender = form.get("MessagingServiceSid") or form.get("From", "")
    return account.opt_outs.is_blocked(sender, form["To"])


MAGIC: Mapping[str, int] = MappingProxyType(
    {"+15005550001": 21211, "+15005550002": 21612, "+15005550003": 21408, "+15005550004": 21610, "+15005550009": 21614}
)
"""Twilio's own test numbers, which answer as their test credentials do."""

Check = tuple[int, str, "Callable[[Mapping[str, str], Account], bool]"]
CHECKS: tuple[Check, ...] = (
    (21604, "A 'To' phone number is required.", lambda form, _: not form.get("To")),
    (21211, "Invalid 'To' Phone Number", lambda form, _: not E164.fullmatch(form["To"])),
    (
        21603,
        "A 'From' phone number is required.",
        lambda form, _: not (form.get("From") or form.get("MessagingServiceSid")),
    ),
    (
        21212,
        "Invalid From Number",
        lambda form, _: not form.get("MessagingServiceSid") and not E164.fullmatch(form["From"]),
    ),
    (21602, "Message body is required.", lambda form, _: not form.get("Body")),
    (
        21617,
        "The concatenated message body exceeds the 1600 character limit",
        lambda form, _: len(form["Body"]) > LONGEST_BODY,
    ),
    (
        21609,
        "The StatusCallback URL is not a valid URL.",
        lambda form, _: bool(form.get("StatusCallback")) and not CALLBACK_URL.fullmatch(form["StatusCallback"]),
    ),
    (90007, "ValidityPeriod is out of range", lambda form, _: _is_validity_wrong(form)),
    (21610, "Attempt to send to unsubscribed recipient", _is_blocked),
    *(
        (code, "The test number says no", lambda form, _, number=number: form["To"] == number)
        for number, code in MAGIC.items()
    ),
)
