"""How the desk says things: states, urgencies, lengths of time and clock times, in words for a nurse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from followup.domain.episode import EpisodeState
from followup.domain.flag import Reason
from followup.domain.inputs import Act, ContactMade, Outcome
from followup.domain.message import Kind, MessageState
from followup.domain.promises import promised_by
from followup.domain.understanding.values import Urgency
from followup.web.snoozes import SNOOZES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from followup.domain.clinic import Clinic
    from followup.domain.flag import Flag

URGENCIES: Mapping[Urgency, str] = {Urgency.NOW: "Now", Urgency.TODAY: "Today", Urgency.REVIEW: "Review"}
REASONS: Mapping[Reason, str] = {
    Reason.PERSISTING: "Still there",
    Reason.SEVERE: "Severe",
    Reason.WORSENING: "Getting worse",
    Reason.RETURNED: "Came back",
    Reason.ALARM_SIGN: "Alarm sign",
    Reason.ASKED_FOR_CONTACT: "Wants contact",
    Reason.UNCLEAR: "Not understood",
    Reason.SILENT: "Not heard",
    Reason.UNREACHABLE: "Unreachable",
    Reason.OPTED_OUT: "Opted out",
    Reason.NOT_SENT: "Not asked",
    Reason.NEEDS_DETAILS: "Needs details",
}
OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.REASSURED: ("Reassured", "spoke with the patient, nothing more needed"),
    Outcome.ADVISED: ("Advised", "told the patient what to do"),
    Outcome.RECALLED: ("Recalled", "the patient comes in to be seen"),
    Outcome.REFERRED: ("Referred", "sent on to another clinician or emergency care"),
    Outcome.MISTAKEN: ("Mistaken", "should not have been flagged"),
}
CONTACTS: Mapping[ContactMade, str] = {
    ContactMade.MADE: "Contact made",
    ContactMade.TRIED: "Tried, no contact",
    ContactMade.NOT_NEEDED: "No contact needed",
}
ACTS: Mapping[Act, str] = {
    Act.CLAIM: "claim",
    Act.ACKNOWLEDGE: "acknowledgement",
    Act.SNOOZE: "snooze",
    Act.ASSIGN: "handing over",
}
EPISODE_STATES: Mapping[EpisodeState, str] = {
    EpisodeState.PLANNED: "Planned",
    EpisodeState.ACTIVE: "Plan running",
    EpisodeState.ON_HOLD: "Plan on hold",
    EpisodeState.FINISHED: "Plan finished",
    EpisodeState.CANCELLED: "Plan ended early",
}
MESSAGE_STATES: Mapping[MessageState, str] = {
    MessageState.QUEUED: "waiting to go",
    MessageState.ATTEMPTING: "being sent",
    MessageState.UNKNOWN: "may or may not have arrived",
    MessageState.ACCEPTED: "taken by the carrier, delivery not known yet",
    MessageState.SENT: "sent, delivery not known yet",
    MessageState.DELIVERED: "delivered",
    MessageState.FAILED: "not delivered",
    MessageState.WITHDRAWN: "not sent",
    MessageState.RECEIVED: "received",
}
KINDS: Mapping[Kind, str] = {
    Kind.ASK: "Check-in",
    Kind.ASK_LATE: "Late check-in",
    Kind.REMIND: "Reminder",
    Kind.REMIND_LATE: "Reminder of the late check-in",
    Kind.WELCOME: "First information",
    Kind.CONFIRM: "Asked for the right person",
    Kind.THANKS: "Thanks",
    Kind.ASK_REST: "Question for the rest",
    Kind.ASK_WHOSE: "Asked whose answer it is",
    Kind.ASK_WORDS: "Asked for words beside a picture",
    Kind.CLARIFY: "Asked again, since unclear",
    Kind.CLARIFY_LATE: "Asked again, since unclear",
    Kind.FLAGGED: "Promise that staff will look",
    Kind.SAFETY: "Safety text",
    Kind.STAFF: "Written by staff",
    Kind.REPLY: "Patient's reply",
}
SECTIONS: Mapping[str, tuple[str, str]] = {
    "now": ("Now", "cannot wait"),
    "today": ("Today", "before the end of the day"),
    "review": ("Review", "within one working day"),
    "not-heard": ("Not heard", "no reply: nobody knows how these patients are"),
    "not-delivered": ("Not delivered", "the text did not reach the patient, or was not sent"),
    "snoozed": ("Snoozed", "put aside for a while, and still counted above"),
    "needs-details": ("Needs details", "no texts go until somebody puts this right"),
}
DAYS_FROM = timedelta(hours=48)


def hours(length: float) -> str:
    """72.5 hours as "3 d 30 min": whole minutes, days from two days on."""
    minutes = round(abs(length) * 60)
    before = "-" if length < 0 and minutes else ""
    days, rest = divmod(minutes, 24 * 60) if minutes >= DAYS_FROM / timedelta(minutes=1) else (0, minutes)
    parts = [(days, "d"), (rest // 60, "h"), (rest % 60, "min")]
    return before + (" ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min")


def span(length: timedelta) -> str:
    """The same of a length of time."""
    return hours(length.total_seconds() / 3600)


def plain_hours(length: float) -> str:
    """The same in hours alone, as protocols are written: "48 h", "72 h 30 min"."""
    minutes = round(length * 60)
    return (
        " ".join(f"{count} {unit}" for count, unit in ((minutes // 60, "h"), (minutes % 60, "min")) if count) or "0 h"
    )


def ago(at: datetime, now: datetime) -> str:
    """How long since `at`, in its largest unit only."""
    minutes = max(0, int((now - at).total_seconds() // 60))
    for size, unit in ((24 * 60, "d"), (60, "h"), (1, "min")):
        if minutes >= 2 * size or (unit == "min" and minutes):
            return f"{minutes // size} {unit}"
    return "just now"


def promise(flag: Flag, clinic: Clinic, now: datetime) -> str:
    """How long staff still have to keep what the patient was promised, or how long that is overdue."""
    left = (promised_by(clinic, flag.urgency, flag.raised_at) - now).total_seconds() / 3600
    return f"promised in {hours(left)}" if left >= 0 else f"{hours(-left)} over the promise"


def since_treatment(until: datetime, at: datetime) -> float:
    """Hours since the end of treatment, whole ones once there are some: for a glance."""
    length = (at - until).total_seconds() / 3600
    return float(int(length)) if abs(length) >= 1 else length


def clock(at: datetime, zone: ZoneInfo) -> str:
    """As the clinic's wall shows it: "Tue 25 Nov, 14:30"."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def utc(at: datetime) -> str:
    """For programs: RFC 3339."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def words(code: str) -> str:
    """A code as words: "face_lip_tongue_swelling" is "face lip tongue swelling"."""
    return code.replace("_", " ").replace("-", " ")


def sentence(text: str) -> str:
    """The text with a capital in front."""
    return text[:1].upper() + text[1:]


FILTERS: Mapping[str, Callable[..., Any]] = {
    "hours": hours,
    "span": span,
    "plain_hours": plain_hours,
    "ago": ago,
    "since_treatment": since_treatment,
    "clock": clock,
    "promise": promise,
    "utc": utc,
    "words": words,
    "sentence": sentence,
}
WORDS: Mapping[str, Any] = {
    "URGENCIES": URGENCIES,
    "REASONS": REASONS,
    "OUTCOMES": OUTCOMES,
    "CONTACTS": CONTACTS,
    "ACTS": ACTS,
    "SNOOZES": SNOOZES,
    "EPISODE_STATES": EPISODE_STATES,
    "MESSAGE_STATES": MESSAGE_STATES,
    "KINDS": KINDS,
    "SECTIONS": SECTIONS,
}
