"""A reply heard: whose it is, which question it answers, and what it says in the language it was written in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.episode import CheckInState, EpisodeState
from followup.domain.ids import derive
from followup.domain.message import Direction, Kind, Message, MessageState
from followup.domain.reports import missing
from followup.domain.texting import late
from followup.domain.understanding import Asked, Handling, Intent, Question, Understanding, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import CheckIn, Episode
    from followup.domain.inputs import Reply
    from followup.domain.vocabulary import Vocabulary

SECOND_THOUGHTS = timedelta(hours=24)
"""For this long after a question its answer may be corrected in the same few digits."""
UNANSWERED = frozenset({CheckInState.ASKED, CheckInState.MISSED, CheckInState.DROPPED})
"""Of a check-in that was asked: a question that did not arrive, by the carrier's word, may arrive all the same."""
OPT_IN = frozenset({"start", "unstop"})
"""What carriers take as a yes to texts again. Not "yes", which may answer something else."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply as far as it is understood: the message, the check-in it belongs to, what it says."""

    message: Message
    check_in: CheckIn | None
    asked: Asked
    understanding: Understanding

    @property
    def is_waited_for(self) -> bool:
        """Whether its check-in is still without an answer, be it a late one."""
        return self.check_in is not None and self.check_in.state in UNANSWERED

    @property
    def is_opt_in(self) -> bool:
        """Whether it is the carriers' word for texts again."""
        return is_opt_in(self.message.body)

    @property
    def is_answer(self) -> bool:
        """Whether it says how the skin is: "thanks" alone does not."""
        is_read_late = self.asked.question is Question.LATE_0_1 and self.understanding.handling is Handling.AUTO
        return bool(self.understanding.symptoms) or (is_read_late and not self.understanding.intents)


def choose_episode(episodes: Sequence[Episode], received_at: datetime) -> Episode | None:
    """The episode a reply from this phone is credited to: one whose question waited for an answer as it arrived.

    Of several the one asked last; where none waits, the one asked last of all; where none was asked, the one treated
    last before it arrived. None where the phone has no episode.
    """

    def order(episode: Episode) -> tuple[bool, bool, datetime]:
        asked = last_asked(episode, received_at)
        if asked is None or asked.asked_at is None:
            return (False, *_by_treatment(episode, received_at))
        return True, asked.is_waiting and episode.state is not EpisodeState.CANCELLED, asked.asked_at

    return max(episodes, key=order, default=None)


def _by_treatment(episode: Episode, received_at: datetime) -> tuple[bool, datetime]:
    """A treatment that took place before one that is to come or never will; then the nearest in time."""
    is_over = episode.treated_until <= received_at and episode.state is not EpisodeState.CANCELLED
    return is_over, received_at - abs(episode.treated_until - received_at)


def last_asked(episode: Episode, received_at: datetime) -> CheckIn | None:
    """The check-in that was asked last before a reply arrived."""
    asked = [one for one in episode.check_ins if one.asked_at is not None and one.asked_at <= received_at]
    return max(asked, key=lambda one: one.asked_at or received_at) if asked else None


def opt_word(text: str, vocabularies: Iterable[Vocabulary]) -> str:
    """What a text asks of us, in a word: "out" is no more texts, "in" is texts again, "" is neither."""
    if is_opt_in(text):
        return "in"
    wants_out = any(read(text, vocabulary, Asked()).wants(Intent.OPT_OUT) for vocabulary in vocabularies)
    return "out" if wants_out else ""


def is_opt_in(text: str) -> bool:
    """Whether the whole text is the carriers' word for texts again."""
    return text.strip().strip(".!").lower() in OPT_IN


def hear(episode: Episode, circumstances: Circumstances, reply: Reply, vocabularies: Mapping[str, Vocabulary]) -> Heard:
    """The reply as a message with its understanding, read against the question it answers."""
    check_in = last_asked(episode, reply.received_at)
    asked = _asked(episode, circumstances, check_in, reply)
    understanding = _best_reading(reply.text, circumstances, vocabularies, asked)
    return Heard(_message(episode, reply, check_in), check_in, asked, understanding)


def _asked(episode: Episode, circumstances: Circumstances, check_in: CheckIn | None, reply: Reply) -> Asked:
    plan = circumstances.protocol.plan(check_in.step) if check_in else None
    is_open = plan is not None and check_in is not None and can_answer(check_in, reply.received_at)
    is_combined = plan is not None and is_open and not late(plan)
    symptoms = _still_asked(episode, circumstances, check_in, plan.ask) if plan and check_in and is_combined else ()
    protocol = circumstances.protocol
    return Asked(
        question=plan.question if plan and is_open else Question.FREE,
        symptoms=symptoms or ("redness", "swelling"),
        hours_since_treatment=episode.hours_since_treatment(reply.received_at),
        media_count=reply.media_count,
        harmless_signs=protocol.harmless_at(reply.received_at - episode.treated_until),
        harmless_words=protocol.harmless_words,
    )


def _still_asked(
    episode: Episode, circumstances: Circumstances, check_in: CheckIn, asked: tuple[str, ...]
) -> tuple[str, ...]:
    """What our last text asked: everything, or only the rest of a first answer that told a part."""
    since = check_in.clarified_at
    if since is None or check_in.state not in UNANSWERED or not circumstances.contact.answers(since, Kind.ASK_REST):
        return asked
    told = {report.symptom for report in episode.reports if report.step == check_in.step}
    return tuple(symptom for symptom in asked if symptom not in told) or asked


def can_answer(check_in: CheckIn, received_at: datetime) -> bool:
    """Whether a reply that arrived then may answer this question, or correct its answer."""
    return check_in.state in UNANSWERED or is_fresh(check_in, received_at)


def is_fresh(check_in: CheckIn, received_at: datetime) -> bool:
    """Whether its question is waiting for an answer, or was asked so lately that more may be said to it."""
    is_recent = check_in.asked_at is not None and received_at - check_in.asked_at <= SECOND_THOUGHTS
    return check_in.is_waiting or is_recent


def _best_reading(
    text: str, circumstances: Circumstances, vocabularies: Mapping[str, Vocabulary], asked: Asked
) -> Understanding:
    """The patient's language first; another of the clinic's where it hears an alarm sign, or reads more words."""
    first = read(text, vocabularies[circumstances.language], asked)
    if first.handling is Handling.AUTO:
        return first
    others = [language for language in circumstances.clinic.languages if language != circumstances.language]
    readings = [first, *(read(text, vocabularies[language], asked) for language in others)]
    return min(readings, key=_doubt)


def _doubt(understanding: Understanding) -> tuple[bool, int]:
    left_over = sum(span.end - span.start for span in understanding.unread)
    return not understanding.live_signs, left_over


def _message(episode: Episode, reply: Reply, check_in: CheckIn | None) -> Message:
    return Message(
        id=derive(episode.clinic, "reply", reply.carrier_id, *filter(None, [reply.part])),
        clinic=episode.clinic,
        episode_id=episode.id,
        direction=Direction.IN,
        kind=Kind.REPLY,
        step=check_in.step if check_in else "",
        phone=reply.phone,
        body=reply.text,
        state=MessageState.RECEIVED,
        at=reply.received_at,
        not_before=reply.received_at,
        useful_until=reply.received_at,
        carrier_id=reply.carrier_id,
        media_count=reply.media_count,
    )


def rest_of(heard: Heard) -> tuple[str, ...]:
    """Asked symptoms that a certain reply said nothing of."""
    is_asked = heard.is_waited_for and heard.asked.question is Question.COMBINED_0_3
    return missing(heard.asked.symptoms, heard.understanding) if is_asked and heard.understanding.symptoms else ()
