"""A patient's no to texts that staff heard: on the telephone, at the desk, in a letter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from followup.domain.decision import Decision
from followup.domain.flag import Reason
from followup.domain.patient import NO_PHONE
from followup.domain.review import Refusal
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency
from followup.domain.wishes import CARRIER, LONGEST_WORDS, PatientOptedOut

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain import events as e
    from followup.domain.episode import Episode, Patient


def record_opt_out(episode: Episode, patient: Patient, words: str, who: str, now: datetime) -> Decision | Refusal:
    """No more texts to this phone. What is open stays open, and asks for a call; only the patient's START resumes."""
    said = words.strip()
    if not said:
        return Refusal("say how the patient put it, and where")
    if len(said) > LONGEST_WORDS:
        return Refusal(f"say it in at most {LONGEST_WORDS} characters")
    if patient.phone is None:
        return Refusal(f"no text goes anyway: {NO_PHONE}")
    if patient.opted_out_at is not None:
        return Refusal("this phone wants no texts already")
    found: list[e.Event] = [PatientOptedOut(patient.phone, now, said, who)]
    if any(flag.is_open for flag in episode.flags):
        finding = without_words(
            Reason.OPTED_OUT, Urgency.TODAY, "wants no more texts: only a call is left", now, episode
        )
        found.append(raise_flag(episode, finding, f"{who} {now.isoformat()}", now))
    return Decision(tuple(found), now)


def from_sender(decision: Decision, sender: str) -> Decision:
    """The decision with the sender that the carrier refused named in it, where the carrier tells of a no."""
    found = tuple(
        replace(event, sender=sender) if isinstance(event, PatientOptedOut) and event.by == CARRIER else event
        for event in decision.events
    )
    return replace(decision, events=found)
