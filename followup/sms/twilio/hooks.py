"""What Twilio posts to us: is it really theirs, and what does it say."""

from __future__ import annotations

import hmac
from base64 import b64encode
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from followup.domain.inputs import Receipt, ReceiptState, Reply
from followup.sms import UnreadableError
from followup.sms.twilio.errors import classify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from multidict import MultiMapping
    from twilio.request_validator import RequestValidator

    from followup.domain.delivery import CarrierError
    from followup.sms import Hooks

SIGNATURE = "x-twilio-signature"
MOST_MEDIA = 10

STATES: Mapping[str, ReceiptState] = MappingProxyType(
    {
        "accepted": ReceiptState.ACCEPTED,
        "scheduled": ReceiptState.ACCEPTED,
        "queued": ReceiptState.ACCEPTED,
        "sending": ReceiptState.ACCEPTED,
        "sent": ReceiptState.SENT,
        "delivered": ReceiptState.DELIVERED,
        "read": ReceiptState.DELIVERED,
        "undelivered": ReceiptState.FAILED,
        "failed": ReceiptState.FAILED,
        "canceled": ReceiptState.FAILED,
    }
)


def make_hooks(auth_tokens: Sequence[str]) -> Hooks:
    """The hooks of one account; several tokens while the Auth Token is rotated."""
    from twilio.request_validator import RequestValidator

    # An empty token would be a key that everybody knows.
    return TwilioHooks([RequestValidator(token) for token in auth_tokens if token])


class TwilioHooks:
    """Twilio's two webhooks."""

    def __init__(self, validators: Sequence[RequestValidator]) -> None:
        self._validators = tuple(validators)

    def is_signed(self, url: str, form: MultiMapping[str], headers: Mapping[str, str]) -> bool:
        """Whether one of our tokens signed this URL and form; False for anything malformed."""
        signature = headers.get(SIGNATURE) or _signature_in(headers)
        if not signature:
            return False
        try:
            signed = _signed_part(url)
            said, theirs = _said(signed, form), signature.encode()
            if any(_is_ours(said, theirs, validator.token) for validator in self._validators):
                return True
            return any(validator.validate(signed, form, signature) for validator in self._validators)
        except Exception:  # noqa: BLE001 - the SDK raises several kinds on malformed requests; a stranger owns the input
            return False

    def read_reply(self, form: MultiMapping[str], received_at: datetime) -> Reply:
        """A patient's text."""
        if "MessageStatus" in form:
            raise UnreadableError("MessageStatus: a receipt came to the door for replies")
        media_count = _number(form, "NumMedia") or 0
        return Reply(
            carrier_id=_required(form, "MessageSid"),
            phone=_required(form, "From"),
            sent_to=_required(form, "To"),
            text=_word(form, "Body"),
            media_count=media_count,
            received_at=received_at,
            service=_word(form, "MessagingServiceSid"),
            media=tuple(_word(form, f"MediaUrl{place}") for place in range(min(media_count, MOST_MEDIA))),
        )

    def reply_key(self, form: MultiMapping[str]) -> str:
        """Twilio's id of the text, "" where there is none."""
        return _word(form, "MessageSid")

    def read_receipt(self, form: MultiMapping[str], message: str, received_at: datetime) -> Receipt:
        """Twilio's word on `message`, which is "<message id>.<attempt>"."""
        message_id, dot, attempt = message.rpartition(".")
        if not (message_id and dot and _is_number(attempt)):
            raise UnreadableError("the last part of the receipt URL")
        state = _required(form, "MessageStatus")
        return Receipt(
            message_id=message_id,
            attempt=int(attempt),
            carrier_id=_required(form, "MessageSid"),
            state=STATES.get(state),
            raw_state=state,
            error_code=_number(form, "ErrorCode") or None,
            received_at=received_at,
        )

    def explain(self, code: int | None) -> CarrierError:
        """What one of Twilio's codes means for us."""
        return classify(code)


def _signature_in(headers: Mapping[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == SIGNATURE), "")


def _is_ours(said: bytes, signature: bytes, token: bytes) -> bool:
    return hmac.compare_digest(b64encode(hmac.digest(token, said, "sha1")), signature)


def _said(url: str, form: MultiMapping[str]) -> bytes:
    """What the SDK signs of this very URL, in a tenth of the time; the SDK then tries it with and without a port."""
    return (url + "".join([name + value for name, value in sorted(set(form.items()))])).encode()


def _signed_part(url: str) -> str:
    """The URL as Twilio signs it: without `#rc=3` and without `user:password@`."""
    if "#" not in url and "@" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def _word(form: MultiMapping[str], field: str) -> str:
    value: object = form.get(field, "")  # a multipart form may hold a file here
    return value if isinstance(value, str) else ""


def _required(form: MultiMapping[str], field: str) -> str:
    value = _word(form, field)
    if not value:
        raise UnreadableError(field)
    return value


def _number(form: MultiMapping[str], field: str) -> int | None:
    value = _word(form, field)
    return int(value) if _is_number(value) else None


def _is_number(value: str) -> bool:
    """Digits of a size no honest form exceeds."""
    return value.isascii() and value.isdecimal() and len(value) <= len("9999999999")
