"""What is said back to a patient: one text, chosen by what matters most in the reply."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.flag import Reason
from followup.domain.hearing import rest_of
from followup.domain.message import Kind
from followup.domain.patient import hindrance
from followup.domain.picture import is_alone
from followup.domain.promises import promised_by
from followup.domain.talking import talking
from followup.domain.texting import answer
from followup.domain.understanding import Handling, Intent, Question, Urgency

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import Episode
    from followup.domain.hearing import Heard
    from followup.domain.message import Message
    from followup.domain.triage import Finding

DAY = timedelta(days=1)
MOST_ANSWERS = 6
"""A phone that gets more in a day is talking with a machine, or needs a person: no loop with an auto-responder."""
MOST_SAFETY_TEXTS = 4
SAFETY_HOLDS = timedelta(minutes=15)
"""So soon after one, a second safety text says nothing new (a long message often comes in pieces)."""
WORDS_ASKED_FOR = timedelta(hours=1)
"""Several pictures often come in a text each: words are asked for once."""
HIDES = "unread_words"
"""The reading's word for words nobody could read, which may hide a danger (understanding/handling.py)."""


def answers_to(
    episode: Episode,
    heard: Heard,
    findings: Sequence[Finding],
    circumstances: Circumstances,
    now: datetime,
    *,
    is_anybodys: bool = False,
) -> tuple[Message, ...]:
    """The texts that answer a reply, in the order in which they go; often one, sometimes none.

    is_anybodys: whether it may be about any of several patients who share the phone.
    """
    if heard.is_opt_in or heard.understanding.wants(Intent.OPT_OUT):
        return ()  # the carrier confirms; after a no in the patient's own words we say nothing at all
    if hindrance(circumstances.patient, circumstances.clinic):
        return ()
    wanted = (Kind.ASK_WHOSE,) if is_anybodys and not findings else _wanted(heard, findings)
    if talking(episode.talk, now):
        # A person answers; only what may save a life goes at once, whoever else writes.
        wanted = (Kind.SAFETY,) if _may_be_in_danger(heard) else ()
    kinds = tuple(_allowed(wanted, circumstances, now))
    return tuple(_made(kind, episode, heard, findings, circumstances, now) for kind in kinds)


def _wanted(heard: Heard, findings: Sequence[Finding]) -> Sequence[Kind]:
    understanding = heard.understanding
    again = (_again(heard),) if _may_ask_again(heard) else ()
    if understanding.wants(Intent.WRONG_PERSON):
        return ()
    if _may_be_in_danger(heard):
        return (Kind.SAFETY,)
    if HIDES in understanding.why and _is_only_unclear(findings):
        return (Kind.SAFETY, *again)
    if is_alone(understanding, heard.asked.media_count) and _is_only_unclear(findings):
        return (Kind.ASK_WORDS,)
    if findings:
        return (Kind.FLAGGED,)
    return again if understanding.handling is Handling.CLARIFY else _calm(heard)


def _calm(heard: Heard) -> Sequence[Kind]:
    """Nothing for staff and nothing in doubt: ask for what is still missing, or thank."""
    if rest_of(heard) and _may_ask_again(heard):
        return (Kind.ASK_REST,)
    return (Kind.THANKS,) if heard.is_answer else ()


def can_ask_again(episode: Episode, heard: Heard, circumstances: Circumstances, now: datetime) -> bool:
    """Whether what was not understood may be asked once more; if not, it is for a person at once."""
    if talking(episode.talk, now):
        return False
    may_text = not hindrance(circumstances.patient, circumstances.clinic) and not _is_chatty(circumstances, now)
    return may_text and _may_ask_again(heard)


def can_ask_whose(episode: Episode, heard: Heard, circumstances: Circumstances, now: datetime) -> bool:
    """Whether it may be asked once of whom a reply speaks: where it can wait for that, and names may be said."""
    is_calm = heard.understanding.handling is not Handling.HUMAN and not heard.understanding.intents
    return is_calm and len(circumstances.names) > 1 and can_ask_again(episode, heard, circumstances, now)


def _may_ask_again(heard: Heard) -> bool:
    return heard.is_waited_for and heard.check_in is not None and heard.check_in.clarified_at is None


def _may_be_in_danger(heard: Heard) -> bool:
    is_urgent = any(sign.urgency is Urgency.NOW for sign in heard.understanding.live_signs)
    return is_urgent or heard.understanding.wants(Intent.HELP)


def _is_only_unclear(findings: Sequence[Finding]) -> bool:
    return all(finding.reason is Reason.UNCLEAR for finding in findings)


def _again(heard: Heard) -> Kind:
    return Kind.CLARIFY_LATE if heard.asked.question is Question.LATE_0_1 else Kind.CLARIFY


def _allowed(kinds: Sequence[Kind], circumstances: Circumstances, now: datetime) -> Sequence[Kind]:
    contact = circumstances.contact
    is_chatty = _is_chatty(circumstances, now)
    has_safety = bool(contact.answers(now - SAFETY_HOLDS, Kind.SAFETY))
    many_safety = len(contact.answers(now - DAY, Kind.SAFETY)) >= MOST_SAFETY_TEXTS
    has_asked_words = bool(contact.answers(now - WORDS_ASKED_FOR, Kind.ASK_WORDS))
    is_needless = {Kind.SAFETY: has_safety or many_safety, Kind.ASK_WORDS: has_asked_words or is_chatty}
    return [kind for kind in kinds if not is_needless.get(kind, is_chatty)]


def _is_chatty(circumstances: Circumstances, now: datetime) -> bool:
    return len(circumstances.contact.answers(now - DAY)) >= MOST_ANSWERS


def _made(
    kind: Kind,
    episode: Episode,
    heard: Heard,
    findings: Sequence[Finding],
    circumstances: Circumstances,
    now: datetime,
) -> Message:
    symptoms = rest_of(heard) if kind is Kind.ASK_REST else heard.asked.symptoms
    by = promise(circumstances, findings, now) if kind in {Kind.FLAGGED, Kind.ASK_WORDS} else None
    cause, check_in = heard.message.id, heard.check_in
    return answer(episode, circumstances, kind, cause, now, symptoms=symptoms, by=by, check_in=check_in)


def promise(circumstances: Circumstances, findings: Sequence[Finding], now: datetime) -> datetime:
    """By when staff will have been in touch, by what is most urgent of what was found."""
    urgency = min((finding.urgency for finding in findings), key=lambda each: each.rank, default=Urgency.REVIEW)
    return promised_by(circumstances.clinic, urgency, now)
