"""A reply heard: whose it is, which question it answers, and what it says in the language it was written in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.episode import CheckInState
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
        return self.check_in is not None and self.check_in.state in {CheckInState.ASKED, CheckInState.MISSED}


def choose_episode(episodes: Sequence[Episode], received_at: datetime) -> Episode | None:
    """The episode a reply from this phone is credited to: the one whose question was asked last before it arrived.

    Without any question asked, the one whose treatment is the most recent; None where the phone has no episode.
    """
    if not episodes:
        return None

    def order(episode: Episode) -> tuple[bool, datetime]:
        asked = _last_asked(episode, received_at)
        is_asked = asked is not None and asked.asked_at is not None
        return is_asked, asked.asked_at if asked and asked.asked_at else episode.treated_until

    return max(episodes, key=order)


def _last_asked(episode: Episode, received_at: datetime) -> CheckIn | None:
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
    check_in = _last_asked(episode, reply.received_at)
    asked = _asked(episode, circumstances, check_in, reply)
    understanding = _best_reading(reply.text, circumstances, vocabularies, asked)
    return Heard(_message(episode, reply, check_in), check_in, asked, understanding)


def _asked(episode: Episode, circumstances: Circumstances, check_in: CheckIn | None, reply: Reply) -> Asked:
    plan = circumstances.protocol.plan(check_in.step) if check_in else None
    is_open = plan is not None and check_in is not None and _can_answer(check_in, reply.received_at)
    return Asked(
        question=plan.question if plan and is_open else Question.FREE,
        symptoms=plan.ask if plan and is_open and not late(plan) else ("redness", "swelling"),
        hours_since_treatment=episode.hours_since_treatment(reply.received_at),
        media_count=reply.media_count,
        harmless_signs=circumstances.protocol.harmless_signs,
    )


def _can_answer(check_in: CheckIn, received_at: datetime) -> bool:
    is_recent = check_in.asked_at is not None and received_at - check_in.asked_at <= SECOND_THOUGHTS
    return check_in.state in {CheckInState.ASKED, CheckInState.MISSED} or is_recent


def _best_reading(
    text: str, circumstances: Circumstances, vocabularies: Mapping[str, Vocabulary], asked: Asked
) -> Understanding:
    """The patient's language first; another of the clinic's only where it leaves fewer words unread."""
    first = read(text, vocabularies[circumstances.language], asked)
    if first.handling is Handling.AUTO:
        return first
    others = [language for language in circumstances.clinic.languages if language != circumstances.language]
    readings = [first, *(read(text, vocabularies[language], asked) for language in others)]
    return min(readings, key=_left_over)


def _left_over(understanding: Understanding) -> int:
    return sum(span.end - span.start for span in understanding.unread)


def _message(episode: Episode, reply: Reply, check_in: CheckIn | None) -> Message:
    return Message(
        id=derive(episode.clinic, "reply", reply.carrier_id),
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
