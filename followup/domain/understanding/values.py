"""What we made of a reply: each part with the words and the rule behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How strong a symptom is, on the 0-3 scale of injection-site diaries (care.md A5)."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    PRESENT = "present-unspecified"
    """Said to be there, without a degree."""

    @property
    def is_present(self) -> bool:
        """Whether the symptom is there at all."""
        return self is not Severity.NONE

    @property
    def digit(self) -> int | None:
        """0 to 3 as a patient would type it; None where no degree was said."""
        return _DIGITS.get(self)

    @staticmethod
    def from_digit(digit: int) -> Severity:
        """Severity for 0 to 3; ValueError otherwise."""
        if not 0 <= digit <= 3:  # noqa: PLR2004 - the scale itself
            message = f"a severity is 0 to 3, not {digit}"
            raise ValueError(message)
        return _SCALE[digit]


_SCALE = (Severity.NONE, Severity.MILD, Severity.MODERATE, Severity.SEVERE)
_DIGITS = {severity: digit for digit, severity in enumerate(_SCALE)}


class Trend(StrEnum):
    """How a symptom moves compared with before."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


class Intent(StrEnum):
    """What a patient wants, beside reporting symptoms."""

    OPT_OUT = "opt_out"
    HELP = "help"
    CALLBACK = "callback_request"
    QUESTION = "question"
    BOOKING = "booking"
    WRONG_PERSON = "wrong_person"
    THANKS = "thanks_chitchat"
    PHOTO = "photo"


class Urgency(StrEnum):
    """How long staff may take: at once, the same day, within one working day."""

    NOW = "now"
    TODAY = "today"
    REVIEW = "review"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return _URGENCIES.index(self)


_URGENCIES = (Urgency.NOW, Urgency.TODAY, Urgency.REVIEW)


class Question(StrEnum):
    """What the text asked, and so how bare numbers are read."""

    COMBINED_0_3 = "combined_0_3"
    """One digit 0-3 per asked symptom, in order; a single 0 means none of them."""
    LATE_0_1 = "late_0_1"
    """Weeks on: 0 nothing new, 1 a new lump, sore or colour change."""
    FREE = "free"
    """No numbers were offered."""


class Handling(StrEnum):
    """Who handles the reply: the service alone, the patient once more, or a person."""

    AUTO = "auto"
    CLARIFY = "clarify"
    HUMAN = "human"


class SignState(StrEnum):
    """Whether an alarm sign is reported as there, as gone again, or perhaps denied."""

    NOW = "now"
    RESOLVED = "resolved"
    POSSIBLY_NEGATED = "possibly_negated"


@dataclass(frozen=True, slots=True)
class Span:
    """Words of the reply, as typed, with their place (offsets into the original text) and the rule that read them."""

    words: str
    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SymptomHeard:
    """One symptom: its severity, its trend, or both; None means not mentioned."""

    symptom: str
    severity: Severity | None
    trend: Trend | None
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class AlarmHeard:
    """One alarm sign, searched for in the whole text whatever else it says."""

    sign: str
    urgency: Urgency
    state: SignState
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class IntentHeard:
    """One thing the patient wants."""

    intent: Intent
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader may know beside the text.

    symptoms: the asked symptoms, in the order their digits come.
    harmless_signs: alarm signs that are expected after this treatment (protocol).
    harmless_words: pairs of such a sign and the beginning of a word; a sign that has some is expected in them alone.
    """

    question: Question = Question.FREE
    symptoms: tuple[str, ...] = ("redness", "swelling")
    hours_since_treatment: float | None = None
    media_count: int = 0
    harmless_signs: frozenset[str] = frozenset()
    harmless_words: frozenset[tuple[str, str]] = frozenset()

    def expects(self, heard: AlarmHeard) -> bool:
        """Whether this treatment is expected to bring this sign, in all the words it was heard in."""
        beginnings = tuple(word for sign, word in self.harmless_words if sign == heard.sign)
        said = [span.words.lower().split() for span in heard.spans]
        is_said_so = all(any(word.startswith(beginnings) for word in words) for words in said)
        return heard.sign in self.harmless_signs and (not beginnings or is_said_so)


@dataclass(frozen=True, slots=True)
class Understanding:
    """A reply as understood; `why` says in short codes what decided the handling."""

    text: str
    language: str
    vocabulary_version: str
    question: Question
    symptoms: tuple[SymptomHeard, ...] = ()
    alarm_signs: tuple[AlarmHeard, ...] = ()
    intents: tuple[IntentHeard, ...] = ()
    unread: tuple[Span, ...] = ()
    handling: Handling = Handling.CLARIFY
    why: tuple[str, ...] = field(default=())

    def wants(self, intent: Intent) -> bool:
        """Whether the patient wants this."""
        return any(heard.intent is intent for heard in self.intents)

    @property
    def live_signs(self) -> tuple[AlarmHeard, ...]:
        """Alarm signs that are not reported as gone."""
        return tuple(sign for sign in self.alarm_signs if sign.state is not SignState.RESOLVED)
