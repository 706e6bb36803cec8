"""Opting out as Twilio's long codes do it: whole-message words, per pair of numbers, with standard answers."""

from __future__ import annotations

from enum import Enum

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})


class Automatic(Enum):
    """What the carrier answers by itself."""

    STOPPED = (
        "You have successfully been unsubscribed. You will not receive any more messages from this number. "
        "Reply START to resubscribe."
    )
    STARTED = (
        "You have successfully been re-subscribed to messages from this number. "
        "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
    )
    HELP = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


class OptOuts:
    """Who blocked which sender (a number, or a Messaging Service)."""

    def __init__(self) -> None:
        self._blocked: set[tuple[str, str]] = set()

    def is_blocked(self, sender: str, phone: str) -> bool:
        """Whether a create from this sender to this phone is refused with 21610."""
        return (sender, phone) in self._blocked

    def hear(self, sender: str, phone: str, body: str) -> Automatic | None:
        """Block or unblock where the whole message is such a word; a repeat gets no answer."""
        word, pair = body.strip().upper(), (sender, phone)
        if word in STOP_WORDS and pair not in self._blocked:
            self._blocked.add(pair)
            return Automatic.STOPPED
        if word in START_WORDS and pair in self._blocked:
            self._blocked.discard(pair)
            return Automatic.STARTED
        return Automatic.HELP if word in HELP_WORDS and pair not in self._blocked else None
