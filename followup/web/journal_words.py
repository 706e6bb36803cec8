"""What a journal line means, in words for the timeline.

What a text or a report shows already is left out, and who looked at the page: that is for an audit, not for care.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from followup.domain.episode import Completion
from followup.web.wording import ACTS, CONTACTS, REASONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from followup.store.worklist import JournalLine


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


def _looked_into(body: Mapping[str, Any]) -> Told:
    shared = ", ".join(map(str, body.get("shared", ())))
    title = f"Looked into what {len(body.get('flags', ()))} flags have in common"
    return Told("staff", title, [note for note in (shared, str(body.get("note", ""))) if note])


def _tried(body: Mapping[str, Any]) -> Told:
    before, after = body.get("flags_before", 0), body.get("flags_after", 0)
    note = f"{body.get('protocol', '')} {body.get('version', '')}: {before} flags → {after}"
    return Told("staff", "Tried a changed protocol on what is past", [note])


def with_changes(lines: Iterable[JournalLine]) -> Iterator[JournalLine]:
    """The lines in order, where a plan moved with what stands in it that was not so before: `moved`, its fields."""
    known: dict[str, Any] = {}
    for line in lines:
        plan = line.body.get("episode") if line.event == "EpisodeOpened" else line.body
        if line.event not in {"EpisodeOpened", "EpisodeMoved"} or not isinstance(plan, Mapping):
            yield line
            continue
        said = {name: plan.get(name) for name in _MOVABLE if plan.get(name)}
        changed = [name for name, value in said.items() if known and known.get(name) != value]
        known |= said
        yield replace(line, body={**line.body, "moved": changed})


_MOVABLE = ("treated_until", "treated_from", "protocol_id", "protocol_version", "protocol_digest", "service_name")


def _moved(body: Mapping[str, Any]) -> Told:
    """What moved: the time, the treatment, or only the wording of the protocol that the plan follows."""
    moved, version = set(body.get("moved", ("treated_until",))), str(body.get("protocol_version", ""))
    if moved & {"treated_until", "treated_from"}:
        return Told("plan", "The treatment's time changed")
    if moved & {"protocol_id", "service_name"}:
        named = str(body.get("service_name") or "")
        return Told("plan", "It is another treatment than before", [named] if named else ())
    if moved & {"protocol_version", "protocol_digest"}:
        return Told("plan", "The plan moved to another wording of its protocol", [f"version {version}"])
    return Told("plan", "The booking was read again: the plan is as it was")


def _mentioned(body: Mapping[str, Any]) -> Told:
    return Told("staff", "Mentioned a colleague", [str(email) for email in body.get("mentioned", ())])


def _talk_ended(body: Mapping[str, Any]) -> Told:
    by = "staff" if body.get("who") else "plan"
    return Told(by, "The conversation is over: automatic texts go again", [str(body.get("how", ""))])


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], Told]] = {
    "EpisodeOpened": _plan("Booking read: aftercare planned"),
    "EpisodeMoved": _moved,
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
    "ColleaguesMentioned": _mentioned,
    "MentionRead": _staff("Read the note"),
    "TalkBegun": _staff("Talks with the patient: automatic texts wait"),
    "TalkEnded": _talk_ended,
    "ClusterLookedInto": _looked_into,
    "ProtocolTried": _tried,
    "PictureRefused": _plan("Something the patient sent cannot be shown", "why"),
    "PatientOptedOut": _plan("The patient wants no more texts"),
    "PatientOptedIn": _plan("The patient wants texts again"),
    "NumberConfirmed": _plan("The number was said to be the right one"),
}

_SEEN: Mapping[str, str] = {
    "EpisodeSeen": "Looked at the patient's page",
    "PictureSeen": "Looked at a picture from the patient",
    "StrayClosed": "Dealt with a stray",
}
_KEYS: Mapping[str, str] = {
    "PasskeyAdded": "Added a passkey",
    "PasskeyRemoved": "Removed a passkey",
    "PasskeyRefused": "Showed a passkey that may exist twice",
}
TOLD: Mapping[str, str] = {
    **_SEEN,
    **_KEYS,
    "FlagClaimed": "Claimed the flag",
    "FlagAcknowledged": "Acknowledged the flag",
    "FlagAssigned": "Gave the flag to a colleague",
    "FlagSnoozed": "Snoozed the flag",
    "FlagActUndone": "Took an act back",
    "NoteAdded": "Note",
    "FlagClosed": "Closed the flag",
    "FlagReopened": "Reopened the flag",
    "ColleaguesMentioned": "Mentioned a colleague",
    "MentionRead": "Read a note",
    "TalkBegun": "Took the conversation with the patient",
    "TalkEnded": "Finished the conversation with the patient",
    "MessageQueued": "Wrote to the patient",
    "MessageSettled": "Took a text back",
    "EpisodeCancelled": "Ended the plan",
    "EpisodeReturned": "Let the plan go on",
    "ClusterLookedInto": "Looked into what patients have in common",
    "ProtocolTried": "Tried a changed protocol on what is past",
}
"""What people do, for an audit: each kind of line and how it is called."""


def line_words(event: str, body: Mapping[str, Any]) -> Told:
    """Any line in words, those too that are not for care. A text's own words stand with the patient only."""
    if event in _KEYS:
        return Told("staff", _KEYS[event], [str(body["name"])] if body.get("name") else ())
    if event in _SEEN or event.startswith("Message"):
        return Told("staff", TOLD.get(event, event))
    return tell(event, body) or Told("plan", TOLD.get(event, event))
