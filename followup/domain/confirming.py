"""Whether a phone is the right one: asked by the first text, where the clinic wants that, before any other question."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.deadlines import last_moment, scheduled
from followup.domain.episode import EpisodeState
from followup.domain.flag import Reason
from followup.domain.message import Kind
from followup.domain.patient import hindrance
from followup.domain.sharing import key_of
from followup.domain.texting import queued
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency
from followup.domain.vocabulary import Role
from followup.domain.wishes import NumberAsked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import Episode
    from followup.domain.inputs import Reply
    from followup.domain.vocabulary import Vocabulary

ANSWER_WITHIN = timedelta(hours=24)
"""Whoever has not said by then whether it is the right phone is not heard: staff call."""
COUNTED = timedelta(days=8)
"""So long a text is sure to be among those that went to the phone lately."""
NOT_CONFIRMED = "nobody said that this is the right phone"
_RIGHT, _WRONG = "1", "2"


def is_unconfirmed(circumstances: Circumstances) -> bool:
    """Whether the clinic asks for the right person first, and nobody at this phone has said that it is."""
    patient = circumstances.patient
    wants = circumstances.clinic.sms.confirm_first and patient.phone is not None
    return wants and patient.confirmed_phone != patient.phone


def was_asked(episode: Episode, circumstances: Circumstances, now: datetime) -> bool:
    """Whether this phone was asked: in this plan, and since it is the patient's."""
    asked_at = episode.confirm_asked_at
    changed_at = circumstances.patient.stamps.get("phone_as_given")
    if asked_at is None or (changed_at is not None and asked_at < changed_at):
        return False
    return now - asked_at > COUNTED or _last_asked(circumstances, now) is not None


def _last_asked(circumstances: Circumstances, now: datetime) -> datetime | None:
    asked = [text.at for text in circumstances.contact.sent if text.kind is Kind.CONFIRM and text.at <= now]
    return max(asked, default=None)


def may_be_asked(episode: Episode, circumstances: Circumstances, now: datetime) -> bool:
    """Whether the text that asks for the right person is still to go: once for all plans of this patient."""
    others = (one.episode for one in circumstances.beside if key_of(one.patient) == key_of(circumstances.patient))
    if not is_unconfirmed(circumstances) or not episode.may_ask or not scheduled(episode):
        return False
    is_asked = any(was_asked(one, circumstances, now) for one in (episode, *others))
    return not is_asked and not hindrance(circumstances.patient, circumstances.clinic)


def asked(episode: Episode, circumstances: Circumstances, now: datetime) -> Sequence[e.Event]:
    """The text goes; it is of use until the first question has to go itself."""
    first = min(scheduled(episode), key=lambda one: one.due_at)
    useful_until = last_moment(episode, first, circumstances)
    return NumberAsked(now), e.MessageQueued(
        queued(episode, circumstances, Kind.CONFIRM, now, useful_until=useful_until)
    )


def unheard(episode: Episode, now: datetime) -> Sequence[e.Event]:
    """Nobody said whether it is the right phone: no question goes, and staff call."""
    rule = f"no reply to the first text: {NOT_CONFIRMED}"
    return (raise_flag(episode, without_words(Reason.SILENT, Urgency.TODAY, rule, now, episode), rule, now),)


def is_told(episode: Episode) -> bool:
    """Whether staff know already that nobody said it."""
    since = episode.confirm_asked_at
    return since is None or any(
        NOT_CONFIRMED in flag.evidence.rule and flag.raised_at >= since for flag in episode.flags
    )


def is_answer(episode: Episode, circumstances: Circumstances, reply: Reply) -> bool:
    """Whether a reply answers that question: the last that this phone was asked before it came."""
    if not is_unconfirmed(circumstances) or reply.phone != circumstances.patient.phone:
        return False
    asked_at = _last_asked(circumstances, reply.received_at)
    if asked_at is None or episode.state is EpisodeState.CANCELLED:
        return False
    return all(at <= asked_at or at > reply.received_at for at in circumstances.contact.unasked(asked_at))


def says_right(text: str, vocabularies: Iterable[Vocabulary]) -> bool:
    """Whether it says, in a digit or in a word for yes, that it is the right phone."""
    return _says(text, _RIGHT, Role.YES, vocabularies)


def says_wrong(text: str, vocabularies: Iterable[Vocabulary]) -> bool:
    """Whether it says, in a digit or in a word for no, that it is not."""
    return _says(text, _WRONG, Role.NO, vocabularies)


def _says(text: str, digit: str, role: Role, vocabularies: Iterable[Vocabulary]) -> bool:
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    words = tuple(re.findall(r"\w+", bare.lower()))
    rest = words[1:] if words[:1] == (digit,) else words
    if not rest:
        return bool(words)
    return any(_means(rest, role, vocabulary) for vocabulary in vocabularies)


def _means(words: tuple[str, ...], role: Role, vocabulary: Vocabulary) -> bool:
    known = vocabulary.lexemes.get(words[:2], ())
    return any(one.words == words and any(meaning.role is role for meaning in one.meanings) for one in known)
