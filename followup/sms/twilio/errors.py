"""Twilio's error codes as data: whose turn it is, and what staff read (twilio.md section 4)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from followup.domain.delivery import CarrierError, ErrorKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_BAD_SENDER = "The clinic's sender number is not usable: tell the administrator"
_BAD_TEXT = "The text itself was refused (empty, too long or bad media): tell the administrator"
_BAD_REQUEST = "The carrier refused our settings for this text: tell the administrator"
_BAD_ACCOUNT = "The carrier account is not usable, no texts go out: tell the administrator now"
_NOT_REGISTERED = "The clinic's sender number is not registered with the networks: tell the administrator"
_QUEUE_FULL = "The carrier's queue is full: it will be tried again"
_ACCOUNT_LIMIT = "The carrier's limit for this account is reached: it will be tried again"
_NETWORK_LIMIT = "The network's limit for our sender is reached: it will be tried again"
_CARRIER_TROUBLE = "The carrier had an internal error: it will be tried again"

_GROUPS: tuple[tuple[ErrorKind, str, tuple[int, ...]], ...] = (
    (ErrorKind.PERMANENT, "Check the phone number", (21211, 21217)),
    (ErrorKind.PERMANENT, "Can't receive texts: call instead", (21614, 21635)),
    (ErrorKind.OPTED_OUT, "Opted out; call. They can text START", (21610,)),
    (ErrorKind.PERMANENT, "Can't be reached by text from our number: call", (21612,)),
    (ErrorKind.OURS, "Texts to this country are not enabled: tell the administrator", (21408,)),
    (ErrorKind.OURS, _BAD_TEXT, (21602, 21617, 21619, 21620, 21621, 21622, 21623)),
    (ErrorKind.OURS, _BAD_SENDER, (21603, 21606, 21659, 21660, 21703, 21266, 21212)),
    (ErrorKind.OURS, _BAD_REQUEST, (21604, 21609, 90007, 21624, 35114, 35115, 35116, 35117, 35118)),
    (ErrorKind.OURS, "Trial account: this number is not verified there", (21608,)),
    (ErrorKind.OURS, _BAD_ACCOUNT, (20003, 20005, 20404, 10001, 30002)),
    (ErrorKind.TEMPORARY, "The carrier is busy: it will be tried again", (20429,)),
    (ErrorKind.TEMPORARY, _CARRIER_TROUBLE, (20500, 20503, 30410, 30500)),
    (ErrorKind.TEMPORARY, _QUEUE_FULL, (21611, 30001)),
    (ErrorKind.TEMPORARY, _ACCOUNT_LIMIT, (63038, 60728, 63017)),
    (ErrorKind.TEMPORARY, "No contact: phone off, no signal, or it can't get texts", (30003,)),
    (ErrorKind.PERMANENT, "Blocked (opt-out, network or do-not-disturb): call", (30004,)),
    (ErrorKind.PERMANENT, "Number not in service", (30005,)),
    (ErrorKind.PERMANENT, "Can't receive texts (landline or unreachable network): call", (30006,)),
    (ErrorKind.OURS, "The networks took our text for spam: tell the administrator, don't resend it", (30007,)),
    (ErrorKind.TEMPORARY, "Not delivered, the network gives no reason: it will be tried again", (30008,)),
    (ErrorKind.TEMPORARY, _NETWORK_LIMIT, (30022, 30023)),
    (ErrorKind.OURS, _NOT_REGISTERED, (30032, 30034)),
    (ErrorKind.TEMPORARY, "It waited too long in the carrier's queue and was not sent", (30036,)),
    (ErrorKind.OURS, "Held back as suspected fraud: tell the administrator", (30450,)),
    (ErrorKind.OURS, "Held back by the carrier's quiet hours: tell the administrator", (30610,)),
    (ErrorKind.PERMANENT, "On a list of numbers the carrier does not text: call", (30640,)),
)

ERRORS: Mapping[int, CarrierError] = MappingProxyType(
    {code: CarrierError(kind, text) for kind, text, codes in _GROUPS for code in codes}
)

UNKNOWN_ERROR = CarrierError(ErrorKind.PERMANENT, "The text did not arrive, the carrier gives no known reason: call")
"""Safe for a code we do not know: nothing is sent again by itself, a person sees it."""


def classify(code: int | None) -> CarrierError:
    """What this code means; UNKNOWN_ERROR where the table is silent."""
    return UNKNOWN_ERROR if code is None else ERRORS.get(code, UNKNOWN_ERROR)
