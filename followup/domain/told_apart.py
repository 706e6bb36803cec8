"""A reply that says of whom it speaks, on a phone that patients share: "A 1 0, B 0", "Anna 1, Ben 0"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from followup.domain.events import MessageQueued
from followup.domain.hearing import choose_episode
from followup.domain.message import Kind
from followup.domain.sharing import key_of
from followup.domain.understanding import Asked, Intent, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from followup.domain.decision import Decision
    from followup.domain.episode import Episode, Patient
    from followup.domain.events import Event
    from followup.domain.inputs import Reply
    from followup.domain.sharing import Key
    from followup.domain.vocabulary import Vocabulary

MOST_PATIENTS = 6
"""More on one phone is no family: a person reads what is written there."""
_AROUND = " \t\r\n,;:/|&+=.-\u2013\u2014"
_OWNERS = "(?:['\u2019]s)?"


@dataclass(frozen=True, slots=True)
class Part:
    """What a reply says of one patient, and the episode it is credited to."""

    episode: Episode
    reply: Reply


def told_apart(
    reply: Reply,
    episodes: Sequence[Episode],
    people: Sequence[Patient],
    vocabularies: Iterable[Vocabulary],
    joiners: Iterable[str] = (),
) -> tuple[Part, ...]:
    """Each patient's part of a reply that names them; none where it does not, or where any doubt is left.

    joiners: words such as "and" that may stand between two parts.
    """
    whose = {key_of(person): [one for one in episodes if _is_of(one, person)] for person in people}
    if reply.media_count or not 1 < len([mine for mine in whose.values() if mine]) <= MOST_PATIENTS:
        return ()
    said = split(reply.text, people, joiners)
    if not said or not _is_whole(reply.text, list(said.values()), vocabularies):
        return ()
    chosen = [(choose_episode(whose[key], reply.received_at), text) for key, text in said.items()]
    if any(episode is None for episode, _ in chosen):
        return ()
    return tuple(
        Part(episode, replace(reply, text=text, part="" if place == 0 else str(place + 1)))
        for place, (episode, text) in enumerate(chosen)
        if episode is not None
    )


def answered_once(decisions: Sequence[Decision]) -> list[Decision]:
    """These decisions about the parts of one text, with one answer to whoever wrote it: the one that matters most.

    What asks says for whom it asks, and is none of them.
    """
    texts = [event.message for each in decisions for event in each.events if isinstance(event, MessageQueued)]
    answers = sorted((text for text in texts if text.kind in _ANSWERS), key=lambda text: _ANSWERS.index(text.kind))
    left_out = {text.id for text in answers[1:]}

    def stays(event: Event) -> bool:
        return not (isinstance(event, MessageQueued) and event.message.id in left_out)

    return [replace(each, events=tuple(filter(stays, each.events))) for each in decisions]


_ANSWERS = (Kind.SAFETY, Kind.FLAGGED, Kind.THANKS)


def _is_of(episode: Episode, person: Patient) -> bool:
    return (episode.source, episode.patient_id) == key_of(person)


def _is_whole(text: str, parts: Sequence[str], vocabularies: Iterable[Vocabulary]) -> bool:
    """Whether nothing gets lost between the parts: no alarm sign that stands across, no wish of the one who writes."""
    for vocabulary in vocabularies:
        whole = read(text, vocabulary, Asked())
        if any(heard.intent is not Intent.THANKS for heard in whole.intents):
            return False
        apart = {sign.sign for part in parts for sign in read(part, vocabulary, Asked()).alarm_signs}
        if not {sign.sign for sign in whole.alarm_signs} <= apart:
            return False
    return True


def split(text: str, people: Sequence[Patient], joiners: Iterable[str] = ()) -> Mapping[Key, str]:
    """By patient, the words after their name or letter.

    Nothing where words stand before the first name, none after one, or a name stands twice.
    """
    text = unicodedata.normalize("NFC", text)
    called = _called(people)
    found = list(_names(called).finditer(_flat(text))) if called else []
    if not found or text[: found[0].start()].strip(_AROUND):
        return {}
    ends = [*(one.start() for one in found[1:]), len(text)]
    named = [called[one["name"] or one["letter"]] for one in found]
    said = [(key, text[one.end() : end]) for key, one, end in zip(named, found, ends, strict=True)]
    parts = {key: _trimmed(words, joiners) for key, words in said}
    return parts if len(parts) == len(said) and all(parts.values()) else {}


def _called(people: Sequence[Patient]) -> Mapping[str, Key]:
    """Whom each name or letter means; what could mean two of them means nobody."""
    meant: dict[str, set[Key]] = {}
    for person in people:
        first, last = _flat(person.given.strip()), _flat(person.family.strip())
        forms = {first, *first.split()[:1], f"{first} {last}", f"{first} {last[:1]}", first[:1], first[:1] + last[:1]}
        for form in {form.strip() for form in forms} - {""}:
            meant.setdefault(form, set()).add(key_of(person))
    return {form: next(iter(keys)) for form, keys in meant.items() if len(keys) == 1}


def _names(called: Mapping[str, Key]) -> re.Pattern[str]:
    """Every name as a word of its own; a letter or two only where digits follow: "a bit red" names nobody."""
    longest_first = sorted(called, key=len, reverse=True)
    words = "|".join(re.escape(name) for name in longest_first if len(name) > _LETTERS)
    letters = "|".join(re.escape(name) for name in longest_first if len(name) <= _LETTERS)
    by_name = rf"(?<![^\W\d_])(?P<name>{words or '(?!)'}){_OWNERS}(?![^\W\d_])"
    by_letter = rf"(?<![^\W\d_])(?P<letter>{letters or '(?!)'})(?=[ ]?[:=.\-]?\s{{0,2}}\d)"
    return re.compile(f"{by_name}|{by_letter}")


_LETTERS = 2


def _flat(text: str) -> str:
    """Without case and accents, each character in its place."""
    return "".join(unicodedata.normalize("NFD", letter)[0].lower()[:1] or letter for letter in text)


def _trimmed(words: str, joiners: Iterable[str]) -> str:
    words = words.strip(_AROUND)
    for joiner in joiners:
        words = re.sub(rf"(?:^|\s+){re.escape(joiner)}$", "", words, flags=re.IGNORECASE).strip(_AROUND)
    return words
