"""Standard Webhooks v1: HMAC-SHA256 over `id.timestamp.body`, as raw bytes, against every active secret."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from standardwebhooks.exceptions import WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, hmac_data

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

TOLERANCE = timedelta(minutes=5)

_SECONDS = re.compile(r"[1-9][0-9]{0,11}")
_ENTRY = "v1,"
# What the library raises for a secret that is none; Unicode and base64 errors are ValueErrors.
_BAD_SECRET = (ValueError, RuntimeError, EmptyWebhookSecretError, WebhookVerificationError)


class _BytesWebhook(Webhook):
    # The library decodes the body before it signs, so a body in the wrong charset would look unsigned
    # and its sender be told 401 in place of "not UTF-8". Its reading of secrets and its HMAC stay.
    def signature(self, signed: bytes) -> bytes:
        return base64.b64encode(hmac_data(self._whsecret, signed))


def is_signed(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """Whether one of these secrets signed these bytes within five minutes of `now`; never raises."""
    name, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not _is_recent(sent_at, now):
        return False
    signed = _raw(f"{name}.{sent_at}.") + body
    given = [_raw(entry.removeprefix(_ENTRY)) for entry in _entries(headers) if entry.startswith(_ENTRY)]
    made = [signature for secret in secrets for signature in _signatures(secret, signed)]
    # Pair by pair, so that a bad entry before a good one rejects nothing.
    return any(hmac.compare_digest(ours, theirs) for ours in made for theirs in given)


def _is_recent(sent_at: str, now: datetime) -> bool:
    if not _SECONDS.fullmatch(sent_at):
        return False
    return abs(now.timestamp() - int(sent_at)) <= TOLERANCE.total_seconds()


def _entries(headers: Mapping[str, str]) -> list[str]:
    return headers.get("webhook-signature", "").split(" ")


def _signatures(secret: str, signed: bytes) -> list[bytes]:
    try:
        return [_BytesWebhook(secret).signature(signed)]
    except _BAD_SECRET:
        return []


def _raw(text: str) -> bytes:
    # Header bytes that are no UTF-8 reach us as lone surrogates; no sender signs those.
    return text.encode("utf-8", "replace")
