"""A reply read from end to end: alarm signs first, then wishes, then symptoms, then what is left over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.understanding.alarm_signs import Alarms, find_alarms
from followup.domain.understanding.clauses import MASKED, read_items
from followup.domain.understanding.handling import decide
from followup.domain.understanding.intents import Wishes, asked_words, find_wishes, only_acknowledges
from followup.domain.understanding.names import is_name
from followup.domain.understanding.numbers import Numbers, read_numbers
from followup.domain.understanding.overall import settle_all_clears
from followup.domain.understanding.readings import Readings, gather
from followup.domain.understanding.spans import Spans, find_spans
from followup.domain.understanding.values import AlarmHeard, Question, SignState, Span, Understanding
from followup.domain.understanding.words import Words, read_words
from followup.domain.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from followup.domain.understanding.clauses import Item
    from followup.domain.understanding.values import Asked
    from followup.domain.vocabulary import Vocabulary

FIGURE = "@figure_of_speech"
LATE_SIGN = "nodules_lumps"
SUPPOSED = "alarm_sign_supposed"
CAN_NOT = ("can_not", "could_not")
SILENT = frozenset({Role.GLUE, Role.HAVING, Role.HARMLESS, Role.DEED, Role.SITE, Role.SELF})
"""Roles of words that say nothing of how much of a symptom there is."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What each reader made of the same words."""

    spans: Spans
    numbers: Numbers
    alarms: Alarms
    wishes: Wishes
    items: tuple[Item, ...]
    figures: frozenset[int]


def read(text: str, vocabulary: Vocabulary, asked: Asked) -> Understanding:
    """What a reply says, each part with its words and rule.

    Never raises for any text. Pure: the same text, vocabulary and question give the same understanding.
    """
    parts = _read_parts(read_words(text, vocabulary), vocabulary, asked)
    signs, expected = _signs(parts, vocabulary, asked)
    says_nothing = parts.wishes.is_whole or (asked.question is not Question.FREE and only_acknowledges(parts.spans))
    readings = Readings() if says_nothing else gather(parts.items, parts.numbers, parts.alarms, asked)
    symptoms = readings.heard(parts.spans.words)
    doubts = set() if says_nothing else readings.doubts | parts.numbers.doubts
    unread = tuple(_unread(parts))
    settled = parts.alarms.settled if readings.tell_all(asked) else frozenset()
    doubts = (doubts | parts.alarms.why) - settled - ({"supposed"} if SUPPOSED in settled else set())
    doubts |= _doubted(parts) | _unable(parts) | ({"too_long"} if parts.spans.words.is_cut else set())
    handling, why = decide(symptoms, signs, parts.wishes.heard, unread, doubts)
    return Understanding(
        text,
        vocabulary.language,
        vocabulary.version,
        asked.question,
        symptoms,
        signs,
        parts.wishes.heard,
        unread,
        handling,
        (*why, *(f"expected_sign:{sign}" for sign in expected)),
    )


def _read_parts(words: Words, vocabulary: Vocabulary, asked: Asked) -> _Read:
    spans = find_spans(words, vocabulary)
    figures = frozenset(
        place for first in spans.places.get(FIGURE, ()) for place in range(first, spans.ends[first][FIGURE][0])
    )
    literal = find_spans(words, vocabulary, figures) if figures else spans
    numbers = read_numbers(literal)
    alarms = find_alarms(literal, numbers, vocabulary, asked)
    wishes = find_wishes(spans, vocabulary, asked)
    named = _symptom_words(spans)
    taken = (
        numbers.taken
        | figures
        | _own_words(alarms, vocabulary, spans)
        | ((wishes.words | _plain(alarms, spans)) - named)
    )
    items = read_items(spans, numbers.severities, taken)
    return _Read(spans, numbers, alarms, wishes, settle_all_clears(items, alarms.denied, asked_words(spans)), figures)


def _symptom_words(spans: Spans) -> set[int]:
    return {
        place
        for one in spans.found
        if any(meaning.role is Role.SYMPTOM for meaning in one.lexeme.meanings)
        for place in range(one.first, one.after)
    }


def _plain(alarms: Alarms, spans: Spans) -> set[int]:
    """Words of denied signs that say nothing else: the denial itself may go on to a symptom ("no fever or redness")."""
    speaking = {
        place
        for one in spans.found
        if any(meaning.role not in SILENT for meaning in one.lexeme.meanings)
        for place in range(one.first, one.after)
    }
    return set(alarms.denied) - speaking


def _own_words(alarms: Alarms, vocabulary: Vocabulary, spans: Spans) -> set[int]:
    """Words of alarm signs that would say something else as symptoms: "hot" in "hot and shivery" is no warmth."""
    keeps = {symptom for sign in alarms.heard for symptom in _keeps(sign.sign, vocabulary)}
    kept = {
        place
        for one in spans.found
        for meaning in one.lexeme.meanings[:1]
        if meaning.role is not Role.SYMPTOM or meaning.symptom in keeps
        for place in range(one.first, one.after)
        if meaning.role in {Role.SYMPTOM, Role.DEGREE, Role.TREND, Role.NOT_YET}
    }
    return set(alarms.words) - kept


def _keeps(code: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    sign = vocabulary.sign(code)
    return sign.keeps if sign else ()


def _signs(parts: _Read, vocabulary: Vocabulary, asked: Asked) -> tuple[tuple[AlarmHeard, ...], tuple[str, ...]]:
    """Signs to act on, and those this treatment is expected to bring."""
    heard = (*parts.alarms.heard, *_late_sign(parts, vocabulary, asked))
    signs = tuple(one for one in heard if not asked.expects(one))
    return signs, tuple(one.sign for one in heard if asked.expects(one))


def _late_sign(parts: _Read, vocabulary: Vocabulary, asked: Asked) -> Iterator[AlarmHeard]:
    """What "1" (or "yes") says to the question asked weeks on: something new has come."""
    if asked.question is not Question.LATE_0_1 or any(one.sign == LATE_SIGN for one in parts.alarms.heard):
        return
    sign = vocabulary.sign(LATE_SIGN)
    ones = [place for place, value in parts.numbers.severities.items() if value > 0]
    ones += [item.first for item in parts.items[:1] if item.role is Role.YES]
    if sign and ones:
        span = parts.spans.words.span(ones[0], ones[0] + 1, "1 = something new")
        yield AlarmHeard(sign.code, sign.urgency, SignState.NOW, (span,))


def _doubted(parts: _Read) -> set[str]:
    """A sign that something near took the meaning from ("out of breath, love it"), if its words say nothing else."""
    silent = {place for item in parts.items if item.role in SILENT for place in range(item.first, item.after)}
    return {"alarm_sign_doubted"} if any(words <= silent - parts.figures for words in parts.alarms.doubted) else set()


def _unable(parts: _Read) -> set[str]:
    """What she cannot do, if no phrase has read it: said in everyday words it may be a danger ("can't say my name")."""
    starts = {first for key in CAN_NOT for first in parts.spans.places.get(key, ())}
    plain = {item.first for item in parts.items if item.after == item.first + 1 and item.meaning is not MASKED}
    return {"unable"} if starts & plain else set()


def _unread(parts: _Read) -> Iterator[Span]:
    """Words nothing accounts for, as runs."""
    read_already = parts.alarms.words | parts.alarms.denied | parts.wishes.words | parts.figures
    start: int | None = None
    for item in parts.items:
        is_open = item.is_unknown and item.first not in read_already and not is_name(item.first, parts.spans)
        if is_open and start is None:
            start = item.first
        elif not is_open and start is not None:
            yield parts.spans.words.span(start, item.first, "unread")
            start = None
    if start is not None:
        yield parts.spans.words.span(start, len(parts.spans.words.items), "unread")
