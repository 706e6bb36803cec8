"""What a patient wants beside reporting symptoms: to be left alone, to be called, an answer, an appointment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.understanding.rules import matches
from followup.domain.understanding.values import Intent, IntentHeard, Span
from followup.domain.understanding.words import Break
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from followup.domain.understanding.rules import Match
    from followup.domain.understanding.spans import Found, Spans
    from followup.domain.understanding.values import Asked
    from followup.domain.vocabulary import Vocabulary

STOP_ALONE = "@stop_alone"
HELP_ALONE = "@help_alone"
STOP_FIRST = "@stop_first"
STOP_IN_CAPITALS = "@stop_in_capitals"
ACKNOWLEDGES = "@acknowledges"
BESIDE_STOP = "@beside_stop"
"""Words beside an opt-out that say no more than it does: what is sent, from where, how often."""
POLITE = "@polite"
COURTESY = "@courtesy"
INVERTS = "@inverts"
"""A verb before its subject makes a question of it: "is paracetamol ok"."""
_SUBJECTS = frozenset({Role.HARMLESS, Role.SITE, Role.PERSON, Role.SYMPTOM})
CALL_ME = "9"
WHOLE = "whole message"
_FEWEST_ASKED = 3
_FEWEST_SET_APART = 2
ANSWERED = (Intent.CALLBACK, Intent.BOOKING, Intent.WRONG_PERSON, Intent.OPT_OUT, Intent.HELP)
"""Wishes that are often put as a question and need no other answer."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Intents heard and the words they read."""

    heard: tuple[IntentHeard, ...]
    words: frozenset[int]
    is_whole: bool = False
    """The whole message is one wish; nothing in it speaks of symptoms."""

    def has(self, intent: Intent) -> bool:
        """Whether the patient wants this."""
        return any(one.intent is intent for one in self.heard)


def keyword(spans: Spans, vocabulary: Vocabulary) -> Intent | None:
    """What the carriers would obey: one word and nothing else."""
    words = spans.words.items
    if len(words) == 1 and not words[0].is_repaired:
        return Intent.CALLBACK if words[0].text == CALL_ME else vocabulary.keywords.get(words[0].text)
    return None


def find_wishes(spans: Spans, vocabulary: Vocabulary, asked: Asked) -> Wishes:
    """Every intent in the reply."""
    found: dict[Intent, list[Match]] = {}
    for intent, rule in vocabulary.intent_rules.worth_trying(spans.keys):
        found.setdefault(Intent(intent), []).extend(match for match in matches(rule, spans) if not match.is_vetoed)
    heard = {
        intent: tuple(spans.words.span(match.first, match.after, match.rule.text) for match in some[:3])
        for intent, some in found.items()
        if some
    }
    words = {place for some in found.values() for match in some for place in match.words}
    served = frozenset(place for one in ANSWERED for match in found.get(one, ()) for place in match.words)
    for intent, span in _others(spans, vocabulary, asked, served):
        heard.setdefault(intent, (span,))
    words |= {0} if _cries_stop(spans) else set()
    words |= spans.covered_by(BESIDE_STOP) | _turns_down(spans) if Intent.OPT_OUT in heard else set()
    whole = any(span.rule == WHOLE for spans_of in heard.values() for span in spans_of)
    intents = tuple(IntentHeard(intent, heard[intent]) for intent in Intent if intent in heard)
    return Wishes(intents, frozenset(range(len(spans.words.items))) if whole else frozenset(words), whole)


def _turns_down(spans: Spans) -> set[int]:
    """As in "no, thanks, no more texts": the no is to our texting, and no answer to what was asked."""
    opens = any(one.first == 0 and one.after == 1 for one in spans.in_role(Role.NO))
    return {0} if opens and len(spans.words.items) > 1 and spans.words.items[1].breaks else set()


def _others(spans: Spans, vocabulary: Vocabulary, asked: Asked, served: frozenset[int]) -> list[tuple[Intent, Span]]:
    others: list[tuple[Intent, Span]] = []
    whole = Span(spans.words.original, WHOLE, 0, len(spans.words.original))
    word = keyword(spans, vocabulary)
    if word is not None:
        others.append((word, whole))
    elif _only(STOP_ALONE, spans) or _cries_stop(spans):
        others.append((Intent.OPT_OUT, whole if _only(STOP_ALONE, spans) else spans.words.span(0, 1, "stop, and more")))
    elif _only(HELP_ALONE, spans):
        others.append((Intent.HELP, whole))
    if asked.media_count:
        others.append((Intent.PHOTO, Span("", f"{asked.media_count} picture(s) attached", 0, 0)))
    asks = question_at(spans)
    if asks is not None and not _is_served(asks, served, spans):
        others.append((Intent.QUESTION, spans.words.span(*asks, "question")))
    return others


def _is_served(asks: tuple[int, int], served: frozenset[int], spans: Spans) -> bool:
    """As in "can someone call me?": the sentence that asks is another wish already."""
    start, end = asks
    while start > 0 and spans.words.items[start].breaks is not Break.STOP:
        start -= 1
    while end < len(spans.words.items) and spans.words.items[end].breaks is not Break.STOP:
        end += 1
    return any(start <= place < end for place in served)


def _cries_stop(spans: Spans) -> bool:
    """As in "STOP, it's bleeding": the word first and set apart, by a comma or by being the one in capitals."""
    words = spans.words.items
    if len(words) < _FEWEST_SET_APART or words[0].is_repaired:
        return False
    if STOP_FIRST in spans.ends[0] and words[1].breaks is not Break.NONE:
        return True
    typed = [spans.words.original[word.start : word.end] for word in words]
    return STOP_IN_CAPITALS in spans.ends[0] and typed[0].isupper() and any(one.islower() for one in typed[1:])


def only_acknowledges(spans: Spans) -> bool:
    """As in "ok thank you": that the text has come, and nothing of the skin."""
    answers = any(spans.in_role(role) for role in (Role.YES, Role.NO, Role.NONE))
    return ACKNOWLEDGES in spans.places and not answers and _only(ACKNOWLEDGES, spans)


def _only(name: str, spans: Spans) -> bool:
    """Whether the message is nothing but this wish, said once or often, and politeness."""
    if name not in spans.places or any(word.is_repaired for word in spans.words.items):
        return False
    covered = {
        place
        for key in (name, POLITE)
        for first in spans.places.get(key, ())
        for place in range(first, spans.ends[first][key][0])
    }
    return len(covered) == len(spans.words.items)


def question_at(spans: Spans) -> tuple[int, int] | None:
    """Words of the first sentence that asks something, by its opening or its question mark."""
    count = len(spans.words.items)
    starts = [place for place, word in enumerate(spans.words.items) if not place or word.breaks is Break.STOP]
    for start, end in zip(starts, [*starts[1:], count], strict=False):
        mark = spans.words.items[end].lead if end < count else spans.words.tail
        if "?" in mark and not _is_echo(start, end, spans) and not _is_courtesy(start, end, spans):
            return start, end
    return _asking_words(0, count, spans)


def _asking_words(start: int, end: int, spans: Spans) -> tuple[int, int] | None:
    """The first words between these that open a question."""
    for one in spans.in_role(Role.ASKS):
        if start <= one.first < end and (_opens(one.first, spans) or _goes_on(one, spans)):
            return one.first, one.after
    for first in spans.places.get(INVERTS, ()):
        if start <= first < end - 1 and _opens(first, spans) and _is_subject(first + 1, spans):
            return first, first + 2
    return None


def _goes_on(asking: Found, spans: Spans) -> bool:
    """As in "all good can i wear makeup": right behind an all-clear; a single "which" tells more of it."""
    is_more = asking.after - asking.first > 1
    return is_more and any(one.after == asking.first for one in spans.in_role(Role.ALL_CLEAR))


def _is_subject(first: int, spans: Spans) -> bool:
    """Whether a thing is named here, and not said how it is ("is red", "is skin ok")."""
    is_said = "@predicate" in spans.ends[first] or spans.words.items[first].breaks is not Break.NONE
    return not is_said and any(meaning.role in _SUBJECTS for meaning, _ in spans.role_at(first))


def asked_words(spans: Spans) -> frozenset[int]:
    """Words of the first question's own clause: "ok" in "is this ok" is no answer."""
    asks = question_at(spans)
    if asks is None:
        return frozenset()
    opening = _asking_words(*asks, spans) or asks
    breaks = (place for place in range(opening[1], len(spans.ends)) if spans.words.items[place].breaks)
    return frozenset(range(opening[0], next(breaks, len(spans.ends))))


def _is_echo(start: int, end: int, spans: Spans) -> bool:
    """As in "redness? none": one or two words said back before the answer, or numbers with a doubtful mark."""
    is_short = end - start < _FEWEST_ASKED
    return (is_short and end < len(spans.words.items)) or all(
        spans.words.items[place].text.isdigit() for place in range(start, end)
    )


def _is_courtesy(start: int, end: int, spans: Spans) -> bool:
    """As in "good thanks, you?": asked back out of politeness, and nobody waits for the answer."""
    clears = {one.after for one in spans.in_role(Role.ALL_CLEAR)}
    return any(
        end in spans.ends[place].get(COURTESY, ()) and (place == start or place in clears or _opens(place, spans))
        for place in range(start, end)
    )


def _opens(first: int, spans: Spans) -> bool:
    """Whether a sentence or clause may begin at this word."""
    if first == 0 or spans.words.items[first].breaks is not Break.NONE:
        return True
    if spans.words.items[first - 1].text.isdigit():
        return True
    return any(key in spans.ends[first - 1] for key in ("@and", "@contrast", POLITE))
