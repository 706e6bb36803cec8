"""What a journal line means, in words for the timeline.

What a text or a report shows already is left out, and who looked at the page: that is for an audit, not for care.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from followup.domain.episode import Completion
from followup.web.wording import ACTS, CONTACTS, REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the journal as the timeline shows it."""

    kind: str
    title: str
    notes: Sequence[str] = ()


def tell(event: str, body: Mapping[str, Any]) -> Told | None:
    """The line in words; None for what is not told, and for a kind that an older or newer version wrote."""
    words = _WORDS.get(event)
    return words(body) if words else None


def _plan(title: str, *notes: str) -> Callable[[Mapping[str, Any]], Told]:
    """A title with the step in it; notes are names of fields."""

    def told(body: Mapping[str, Any]) -> Told:
        kept = [str(body[note]) for note in notes if body.get(note)]
        return Told("plan", title.format(step=body.get("step", "")), kept)

    return told


def _staff(title: str) -> Callable[[Mapping[str, Any]], Told]:
    def told(body: Mapping[str, Any]) -> Told:
        outcome = f" as {body['outcome']}" if body.get("outcome") else ""
        said = (_contact(body), str(body.get("note") or ""))
        return Told("staff", title + outcome, [note for note in said if note])

    return told


def _contact(body: Mapping[str, Any]) -> str:
    return next((words for code, words in CONTACTS.items() if code == body.get("contact")), "")


def _undone(body: Mapping[str, Any]) -> Told:
    act = next((words for code, words in ACTS.items() if code == body.get("undone")), "act")
    return Told("staff", f"Took the {act} back")


def _completed(body: Mapping[str, Any]) -> Told:
    is_said = body.get("completion") == Completion.EXPLICIT
    how = "The booking system said so." if is_said else "Its end passed, and the booking system said nothing else."
    return Told("plan", "The treatment took place", [how])


def _raised(body: Mapping[str, Any]) -> Told:
    flag = body.get("flag") or body
    return Told("flag-event", f"Flag: {_about(flag)}", _rule(flag))


def _repeated(body: Mapping[str, Any]) -> Told:
    return Told("flag-event", "The same flag again", _rule(body))


def _about(flag: Mapping[str, Any]) -> str:
    reason = next((words.lower() for code, words in REASONS.items() if code == flag.get("reason")), "")
    subject = str(flag.get("subject") or "").replace("_", " ")
    return ", ".join(part for part in (reason, subject) if part)


def _rule(flag: Mapping[str, Any]) -> Sequence[str]:
    rule = (flag.get("evidence") or {}).get("rule", "")
    return [str(rule)] if rule else ()


def _corrected(body: Mapping[str, Any]) -> Told:
    """What staff changed in what was understood, from what to what."""
    was, right = _meaning(body.get("was") or {}), _meaning(body.get("right") or {})
    if was == right:
        return Told("staff", "Said that the reply was understood rightly")
    changed = [name for name in dict.fromkeys([*was, *right]) if was.get(name) != right.get(name)]
    notes = [f"{name}: {was.get(name, 'not mentioned')} → {right.get(name, 'not mentioned')}" for name in changed]
    return Told("staff", "Corrected what was understood", notes)


def _meaning(understanding: Mapping[str, Any]) -> dict[str, str]:
    symptoms = {_plain(one["symptom"]): _plain(one["severity"]) for one in understanding.get("symptoms", ())}
    signs = {f"alarm sign {_plain(one['sign'])}": _plain(one["state"]) for one in understanding.get("alarm_signs", ())}
    return {**symptoms, **signs}


def _plain(code: str) -> str:
    return {"now": "reported", "unmentioned": "no degree said"}.get(code, code.replace("_", " "))


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], Told]] = {
    "EpisodeOpened": _plan("Booking read: aftercare planned"),
    "EpisodeMoved": _plan("The treatment's time changed"),
    "TreatmentCompleted": _completed,
    "EpisodeHeld": _plan("Plan put on hold", "why"),
    "EpisodeCancelled": _plan("Plan ended early", "why"),
    "EpisodeReturned": _plan("Plan goes on"),
    "EpisodeFinished": _plan("Plan finished"),
    "CheckInAnswered": _plan("{step} answered"),
    "CheckInMissed": _plan("{step} not answered"),
    "CheckInDropped": _plan("{step} not asked", "why"),
    "UnderstandingCorrected": _corrected,
    "FlagRaised": _raised,
    "FlagRepeated": _repeated,
    "StaffNotified": _plan("Staff told of a flag off-screen"),
    "FlagClaimed": _staff("Claimed the flag"),
    "FlagAcknowledged": _staff("Acknowledged the flag"),
    "FlagAssigned": _staff("Gave the flag to a colleague"),
    "FlagSnoozed": _staff("Snoozed the flag"),
    "FlagActUndone": _undone,
    "NoteAdded": _staff("Note"),
    "FlagClosed": _staff("Closed the flag"),
    "FlagReopened": _staff("Reopened the flag"),
    "PatientOptedOut": _plan("The patient wants no more texts"),
    "PatientOptedIn": _plan("The patient wants texts again"),
}

_SEEN: Mapping[str, str] = {"EpisodeSeen": "Looked at the patient's page", "StrayClosed": "Dealt with a stray"}
TOLD: Mapping[str, str] = {
    **_SEEN,
    "FlagClaimed": "Claimed the flag",
    "FlagAcknowledged": "Acknowledged the flag",
    "FlagAssigned": "Gave the flag to a colleague",
    "FlagSnoozed": "Snoozed the flag",
    "FlagActUndone": "Took an act back",
    "NoteAdded": "Note",
    "FlagClosed": "Closed the flag",
    "FlagReopened": "Reopened the flag",
    "MessageQueued": "Wrote to the patient",
    "MessageSettled": "Took a text back",
    "EpisodeCancelled": "Ended the plan",
    "EpisodeReturned": "Let the plan go on",
}
"""What people do, for an audit: each kind of line and how it is called."""


def line_words(event: str, body: Mapping[str, Any]) -> Told:
    """Any line in words, those too that are not for care. A text's own words stand with the patient only."""
    if event in _SEEN or event.startswith("Message"):
        return Told("staff", TOLD.get(event, event))
    return tell(event, body) or Told("plan", TOLD.get(event, event))
