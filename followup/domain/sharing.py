"""One phone, several plans: of one patient's sessions, or of several patients who share it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from followup.domain.episode import CheckInState, EpisodeState
from followup.domain.segments import is_gsm, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from followup.domain.episode import CheckIn, Episode, Patient

FRESH_FOR = timedelta(hours=4)
"""So long a question waits for its answer before the next one of the same phone may be asked."""
AFTER_REMINDER = timedelta(hours=1)
AFTER_ANSWER = timedelta(minutes=15)
"""Second thoughts come soon after an answer: until then they can be nobody else's."""
OF_LATE = timedelta(days=84)
"""So long after a treatment its late harm may show."""
SAME_VISIT = timedelta(hours=12)

Key = tuple[str, str]
"""A patient's source and id."""


class Naming(StrEnum):
    """How a text may say for whom it is, on a phone that patients share."""

    NEVER = "never"
    INITIAL = "initial"
    FIRST_NAME = "first_name"


@dataclass(frozen=True, slots=True)
class Beside:
    """Another episode of the same phone, and whose it is."""

    episode: Episode
    patient: Patient


def key_of(patient: Patient) -> Key:
    """Who it is, within the clinic."""
    return patient.source, patient.id


def sharers(patient: Patient, beside: Iterable[Beside]) -> tuple[Patient, ...]:
    """The other patients of the phone whose plan runs, each once."""
    running = {key_of(one.patient): one.patient for one in beside if one.episode.state is EpisodeState.ACTIVE}
    return tuple(other for key, other in sorted(running.items()) if key != key_of(patient))


def labels(patients: Sequence[Patient], naming: Naming) -> dict[Key, str]:
    """What a text may call each of them; none at all where that would not tell them apart."""
    for form in _FORMS[naming]:
        called = {key_of(patient): form(patient) for patient in patients}
        counted = Counter(plainly(label) for label in called.values())
        if "" not in counted and max(counted.values(), default=0) == 1:
            return called
    return {}


def _initial(patient: Patient) -> str:
    return _sendable(patient.given[:1]).upper()


def _initials(patient: Patient) -> str:
    return _sendable(patient.given[:1] + patient.family[:1]).upper() if patient.family else ""


def _first_name(patient: Patient) -> str:
    return _sendable(patient.given.split()[0]) if patient.given.split() else ""


def _first_and_initial(patient: Patient) -> str:
    first, last = _first_name(patient), _sendable(patient.family[:1]).upper()
    return f"{first} {last}" if first and last else ""


_FORMS: dict[Naming, tuple[Callable[[Patient], str], ...]] = {
    Naming.NEVER: (),
    Naming.INITIAL: (_initial, _initials),
    Naming.FIRST_NAME: (_first_name, _first_and_initial),
}


def _sendable(name: str) -> str:
    """The name as it makes no text dearer, where it can be written so: "Zoe" for "Zoë"."""
    return "".join(letter if is_gsm(letter) else plain(letter) or letter for letter in name)


def plainly(name: str) -> str:
    """A name as two people may write it: without case and accents."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def label_for(patient: Patient, beside: Iterable[Beside], naming: Naming) -> str:
    """What texts to this patient say for whom they are; "" where the phone is theirs alone, or nothing may be said."""
    others = sharers(patient, beside)
    is_said = bool(others) or patient.phone_is_carers
    return labels((patient, *others), naming).get(key_of(patient), "") if is_said else ""


def free_from(at: datetime, beside: Iterable[Beside]) -> datetime:
    """The first instant from `at` on at which no question to this phone is fresh."""
    asked = (check_in for one in beside for check_in in one.episode.check_ins)
    return max([at, *(until for check_in in asked if (until := fresh_until(check_in)) is not None)])


def fresh_until(check_in: CheckIn) -> datetime | None:
    """Until when an answer to this question is waited for alone; None where none is."""
    if check_in.asked_at is None:
        return None
    if check_in.state is CheckInState.ANSWERED and check_in.answered_at is not None:
        return check_in.answered_at + AFTER_ANSWER
    if not check_in.is_waiting:
        return None
    reminded = check_in.reminded_at + AFTER_REMINDER if check_in.reminded_at else check_in.asked_at
    return max(check_in.asked_at + FRESH_FOR, reminded)


def overtaken(episode: Episode, patient: Patient, beside: Iterable[Beside]) -> bool:
    """Whether a newer session of the same patient asks the questions now.

    What was done in the same visit by another protocol is asked about beside it: its dangers are its own.
    """
    mine = (one.episode for one in beside if key_of(one.patient) == key_of(patient))
    return any(_is_newer(other, episode) for other in mine if other.state is EpisodeState.ACTIVE)


def _is_newer(other: Episode, episode: Episode) -> bool:
    if other.protocol_id != episode.protocol_id:
        return other.treated_until - episode.treated_until >= SAME_VISIT
    return (other.treated_until, other.id) > (episode.treated_until, episode.id)


def sessions_of_late(episode: Episode, others: Iterable[Episode], at: datetime) -> tuple[Episode, ...]:
    """The same patient's other treatments that took place, and not too long ago to matter."""
    whose = (episode.source, episode.patient_id)
    mine = (one for one in others if (one.source, one.patient_id) == whose and one.completion is not None)
    return tuple(one for one in mine if timedelta(0) <= at - one.treated_until <= OF_LATE and not _is_off(one))


def _is_off(episode: Episode) -> bool:
    return episode.state is EpisodeState.CANCELLED and not episode.was_stopped
