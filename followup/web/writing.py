"""The form to write to a patient: what it begins with, when the text goes, what it costs, and who is talking now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from followup.domain.message import Kind, MessageState
from followup.domain.patient import hindrance
from followup.domain.review import goes_at, is_urgent
from followup.domain.segments import segments
from followup.domain.talking import BY_ITSELF, QUIET, talking
from followup.flows.circumstances import zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.catalogue.catalogue import Catalogue
    from followup.domain.clinic import Clinic
    from followup.domain.episode import Episode, Patient
    from followup.domain.message import Message
    from followup.domain.protocol import Protocol
    from followup.domain.talking import Talk
    from followup.domain.wording import CannedReply
    from followup.flows.read_pages import Case


def write_values(case: Case, clinic: Clinic | None, catalogue: Catalogue, who: str, now: datetime) -> dict[str, Any]:
    """What the form shows to this person; `goes_at` is None where the text goes at once."""
    episode, patient = case.page.episode, case.page.patient
    messages = [one.message for one in case.page.messages]
    return {
        "held": [one for one in messages if _can_take_back(one, who)],
        "cannot_write": _why_not(patient, clinic, case.protocol),
        "replies": _replies(patient, clinic, catalogue),
        "draft": None,
        "price": clinic.sms.price if clinic else None,
        "goes_at": _goes_at(episode, patient, clinic, now),
        "is_urgent": is_urgent(episode),
        "talk": episode.talk if talking(episode.talk, now) else None,
        "talk_ran_out": _ran_out(episode.talk, now),
        "waiting": _waiting(messages) if talking(episode.talk, now) else 0,
    }


def draft_values(values: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """The same with a text that is not sent yet, a reply that was chosen or what was typed, and its length."""
    chosen = next((text for reply, text in values["replies"] if reply.id == typed.get("reply")), "")
    body = chosen or typed.get("body", "")
    return {**values, "typed": {**typed, "body": body}, "draft": segments(body) if body else None}


def _can_take_back(message: Message, who: str) -> bool:
    is_waiting = message.state is MessageState.QUEUED and not message.attempt
    return message.kind is Kind.STAFF and message.who == who and is_waiting


def _why_not(patient: Patient, clinic: Clinic | None, protocol: Protocol | None) -> str:
    """Why staff cannot text this patient, "" where they can."""
    if clinic is None or protocol is None:
        return "no text can go: its clinic or protocol is no longer in the configuration"
    why = hindrance(patient, clinic)
    return f"no text can go: {why}. Call instead" if why else ""


def _replies(patient: Patient, clinic: Clinic | None, catalogue: Catalogue) -> list[tuple[CannedReply, str]]:
    """What staff often write, in the patient's language and filled in for this patient."""
    if clinic is None:
        return []
    offered = catalogue.replies.get(clinic.language_for(patient.language), ())
    return [(reply, reply.filled(clinic, patient.given)) for reply in offered]


def _goes_at(episode: Episode, patient: Patient, clinic: Clinic | None, now: datetime) -> datetime | None:
    at = goes_at(episode, clinic, zone_of(patient, clinic), now) if clinic else now
    return at if at > now else None


def _ran_out(talk: Talk | None, now: datetime) -> bool:
    """Whether a conversation ended lately without anybody ending it."""
    return talk is not None and talk.how == BY_ITSELF and now < talk.ends_at + 20 * QUIET


def _waiting(messages: Sequence[Message]) -> int:
    """How many texts that were to go wait for the conversation to end."""
    return sum(one.state is MessageState.QUEUED and one.kind.waits_for_hours for one in messages)
