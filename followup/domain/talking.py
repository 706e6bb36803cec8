"""A conversation between a person of the staff and a patient: meanwhile the automatic texts of that episode wait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.message import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.message import Message

LASTS = timedelta(hours=4)
"""How long after the last word of either side it still goes on where nobody ends it."""
QUIET = timedelta(hours=1)
"""How long after its last word nothing is asked by itself; between two questions, too, that had to wait."""
LOOK_AGAIN = timedelta(minutes=5)
"""A text that waits is looked at as often, so that it goes soon after somebody ends the conversation."""
BY_ITSELF = "nobody wrote for four hours"
FINISHED = "finished"
CASE_CLOSED = "the case was closed"
PLAN_STOPPED = "the plan was ended"
TEXT_TAKEN_BACK = "its text was taken back"
WAITS = "somebody is in conversation with the patient"
OVERTAKEN = "somebody wrote to the patient since"
_GO_ALWAYS = frozenset({Kind.SAFETY, Kind.STAFF})


@dataclass(frozen=True, slots=True)
class Talk:
    """Who talks with the patient, since when, and when the last word was said or will be; how it ended, if it has."""

    who: str
    since: datetime
    last_word_at: datetime
    ended_at: datetime | None = None
    how: str = ""

    @property
    def ends_at(self) -> datetime:
        """When it ends, or ended: by itself, where nobody does it."""
        return self.ended_at or self.last_word_at + LASTS

    def is_on(self, now: datetime) -> bool:
        """Whether it goes on."""
        return now < self.ends_at

    @property
    def quiet_until(self) -> datetime:
        """Until when nothing is asked by itself, once it is over; where nobody has said a word, no longer."""
        return self.ends_at if self.how == TEXT_TAKEN_BACK else self.last_word_at + QUIET


@dataclass(frozen=True, slots=True)
class TalkBegun:
    """Somebody talks with the patient from here on, or takes the conversation over."""

    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """It is over: automatic texts go again. who: "" where it ended by itself."""

    who: str
    at: datetime
    how: str


TalkEvent = TalkBegun | TalkEnded


def talking(talk: Talk | None, now: datetime) -> bool:
    """Whether somebody is in conversation with the patient."""
    return talk is not None and talk.is_on(now)


def begun(talk: Talk | None, event: TalkBegun) -> Talk:
    """The conversation after it began; who takes one over does not begin another."""
    if talk is not None and talk.is_on(event.at):
        return replace(talk, who=event.who, last_word_at=max(talk.last_word_at, event.at))
    return Talk(event.who, event.at, event.at)


def ended(talk: Talk | None, event: TalkEnded) -> Talk | None:
    """The conversation after its end. Whoever ends it talked until then; by itself it ends long after the last word."""
    if talk is None:
        return None
    is_now = event.how in {FINISHED, CASE_CLOSED}
    last = max(talk.last_word_at, event.at) if is_now else min(talk.last_word_at, event.at)
    return replace(talk, ended_at=event.at, how=event.how, last_word_at=last)


def with_text(talk: Talk | None, message: Message) -> Talk | None:
    """The conversation after a text of staff: their word is said when it leaves."""
    if talk is None or message.kind is not Kind.STAFF or not talk.is_on(message.at):
        return talk
    said_at = max(talk.last_word_at, message.at, message.not_before)
    return replace(talk, who=message.who, last_word_at=said_at)


def with_reply(talk: Talk | None, at: datetime) -> Talk | None:
    """The conversation after the patient's word."""
    return replace(talk, last_word_at=max(talk.last_word_at, at)) if talk and talk.is_on(at) else talk


def not_before(talk: Talk | None, asked: Sequence[datetime], at: datetime) -> datetime:
    """The first instant from `at` on at which a plan that had to wait may text: never two questions within an hour.

    asked: when this phone was asked something lately.
    """
    if talk is None or at >= talk.ends_at + LASTS:
        return at
    return max([at, talk.quiet_until, *(before + QUIET for before in asked)])


def had_to_wait(talk: Talk | None, due_at: datetime, ends: datetime) -> bool:
    """Whether what could have gone from `due_at` until `ends` was kept from it by a conversation."""
    return talk is not None and talk.since < ends and due_at <= max(talk.ends_at, talk.quiet_until)


def held_until(talk: Talk | None, message: Message, now: datetime) -> datetime | None:
    """When to look again at a text nobody asked for, while it waits for a conversation; None for one that may go."""
    if talk is None or not message.kind.waits_for_hours:
        return None
    if talk.is_on(now):
        return min(talk.ends_at, now + LOOK_AGAIN)
    return talk.quiet_until if now < talk.quiet_until else None


def is_overtaken(talk: Talk | None, message: Message) -> bool:
    """Whether it answers what a person has answered since."""
    is_answer = not message.kind.waits_for_hours and message.kind not in _GO_ALWAYS
    return talk is not None and is_answer and message.at <= talk.last_word_at and message.at <= talk.ends_at
