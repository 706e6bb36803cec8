"""The sentences of a text: fixed placeholders, filled once, in the patient's language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain.message import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from followup.domain.clinic import Clinic

WRITTEN_BY_PEOPLE = frozenset({Kind.STAFF, Kind.REPLY})
KINDS = tuple(kind for kind in Kind if kind not in WRITTEN_BY_PEOPLE)
"""Every kind that has a template in each language."""

FOR_WHOM = "{clinic}, {who}"
"""How a text that says for whom it is begins, in a language that has no better words."""
MOST_SYMPTOMS = 3
"""Symptoms one text may ask for (care.md B: people stop answering after a few)."""

# Exactly one pair of braces around a lower-case word; anything else, "{{7*7}}" too, is left as it stands.
PLACEHOLDER = re.compile(r"(?<!\{)\{([a-z_]+)\}(?!\})")

_SOON = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class SmallWords:
    """What one language calls the symptoms, and the words that join and count them.

    counts, nones: for one, two and three symptoms ("two digits"; "neither"). weekdays: Monday first.
    for_whom: how the clinic's name opens a text that says for whom it is.
    """

    symptoms: Mapping[str, str]
    joined_by: str
    counts: tuple[str, ...]
    nones: tuple[str, ...]
    weekdays: tuple[str, ...]
    for_whom: str = FOR_WHOM

    def listed(self, symptoms: tuple[str, ...]) -> str:
        """Names joined as in "redness, bruising and swelling". KeyError for a symptom without a name."""
        names = [self.symptoms[symptom] for symptom in symptoms]
        return f" {self.joined_by} ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


@dataclass(frozen=True, slots=True)
class _Facts:
    """All that a placeholder may be filled from."""

    words: SmallWords
    clinic: Clinic
    symptoms: tuple[str, ...]
    by: datetime | None
    at: datetime | None
    who: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything a patient can be told, by language and kind."""

    templates: Mapping[tuple[str, Kind], str]
    words: Mapping[str, SmallWords]

    def render(
        self,
        kind: Kind,
        language: str,
        clinic: Clinic,
        *,
        symptoms: tuple[str, ...] = (),
        by: datetime | None = None,
        at: datetime | None = None,
        who: str = "",
        names: tuple[str, ...] = (),
    ) -> str:
        """The text of this kind. `at` is when it is written: a promise for the same day then shows no weekday.

        who: for whom it is, where others have the same phone; names: those whom it may be about.

        KeyError for a kind, language or symptom that has no words; ValueError for a promise without its time.
        """
        facts = _Facts(self.words[language], clinic, symptoms, by, at, who, names)
        return PLACEHOLDER.sub(lambda found: _filled(found, facts), self.templates[language, kind])


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A text that staff often write, in the clinic's own words."""

    id: str
    title: str
    text: str

    def filled(self, clinic: Clinic, given: str) -> str:
        """As it is offered for this patient; staff change it as they like before it goes."""
        facts = {"clinic": clinic.name, "phone": clinic.phone, "emergency": clinic.emergency_number, "given": given}
        # A patient whose name nobody told is greeted without a gap.
        return re.sub(r"\s+(?=[\s,.!?])", "", PLACEHOLDER.sub(lambda found: facts.get(found[1], found[0]), self.text))


REPLY_PLACEHOLDERS = ("clinic", "phone", "emergency", "given")


def _filled(found: re.Match[str], facts: _Facts) -> str:
    fill = PLACEHOLDERS.get(found[1])
    return fill(facts) if fill else found[0]


def _opening(facts: _Facts) -> str:
    """Who writes and, where that must be said, for whom."""
    if not facts.who:
        return facts.clinic.name
    said = {"clinic": facts.clinic.name, "who": facts.who}
    return PLACEHOLDER.sub(lambda found: said.get(found[1], found[0]), facts.words.for_whom)


def _promised(facts: _Facts) -> str:
    """The promised time on the clinic's clock: "14:30" today, "Tue 09:30" this week, "Tue 24, 09:30" beyond."""
    if facts.by is None:
        raise ValueError("a text that promises a time needs one")
    local = facts.by.astimezone(facts.clinic.zone)
    clock, weekday = f"{local:%H:%M}", facts.words.weekdays[local.weekday()]
    if facts.at is None:
        return f"{weekday} {clock}"
    written_on = facts.at.astimezone(facts.clinic.zone).date()
    if written_on == local.date():
        return clock
    return f"{weekday} {clock}" if local.date() - written_on <= _SOON else f"{weekday} {local.day}, {clock}"


PLACEHOLDERS: Mapping[str, Callable[[_Facts], str]] = {
    "clinic": _opening,
    "phone": lambda facts: facts.clinic.phone,
    "emergency": lambda facts: facts.clinic.emergency_number,
    "names": lambda facts: " / ".join(facts.names),
    "symptoms": lambda facts: facts.words.listed(facts.symptoms),
    "count": lambda facts: facts.words.counts[len(facts.symptoms) - 1],
    "none": lambda facts: facts.words.nones[len(facts.symptoms) - 1],
    "by": _promised,
}
