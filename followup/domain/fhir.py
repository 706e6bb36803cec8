"""One episode as FHIR R4: a collection of Patient, EpisodeOfCare, Communication, Observation and Flag."""

from __future__ import annotations

import uuid
from datetime import UTC
from typing import TYPE_CHECKING, Any

from followup.domain.episode import EpisodeState
from followup.domain.flag import FlagState
from followup.domain.ids import derive
from followup.domain.message import Direction, MessageState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from followup.domain.episode import Episode, Patient, Report
    from followup.domain.flag import Flag
    from followup.domain.message import Message

Json = dict[str, Any]
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
OURS = "urn:followup"
"""Our own codes and ids: nobody else's system has them."""

_EPISODE_STATES = {EpisodeState.ON_HOLD: "onhold"}
_FLAG_STATES = {FlagState.ACTIVE: "active", FlagState.CLOSED: "inactive", FlagState.MISTAKEN: "entered-in-error"}
_MESSAGE_STATES = {
    MessageState.QUEUED: "preparation",
    MessageState.ATTEMPTING: "in-progress",
    MessageState.UNKNOWN: "unknown",
    MessageState.ACCEPTED: "in-progress",
    MessageState.SENT: "in-progress",
    MessageState.DELIVERED: "completed",
    MessageState.FAILED: "not-done",
    MessageState.WITHDRAWN: "not-done",
    MessageState.RECEIVED: "completed",
}


def episode_bundle(episode: Episode, patient: Patient, messages: Iterable[Message], *, at: datetime) -> Json:
    """Everything known of the episode; `at` is when the bundle was made."""
    resources = [
        _patient(patient),
        _episode(episode),
        *(_communication(message) for message in messages),
        *(_observation(episode, report) for report in episode.reports),
        *(_flag(episode, flag) for flag in episode.flags),
    ]
    who = {"reference": _name("Patient", patient.clinic, patient.source, patient.id)}
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _written(at),
        "entry": [_entry(_with_patient(resource, who)) for resource in resources],
    }


def _entry(resource: Json) -> Json:
    name = resource.pop("_name")
    return {"fullUrl": name, "resource": {**resource, "id": name.removeprefix("urn:uuid:")}}


def _with_patient(resource: Json, who: Json) -> Json:
    """`_who`: the members in which this resource names the patient; what is absent is left out."""
    members = resource.pop("_who", {})
    said = {**resource, **{member: [who] if is_list else who for member, is_list in members.items()}}
    return {member: value for member, value in said.items() if value not in (None, "", [], {})}


def _patient(patient: Patient) -> Json:
    name = {"text": patient.name, "family": patient.family, "given": [patient.given] if patient.given else []}
    language = {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": patient.language}]}, "preferred": True}
    return {
        "_name": _name("Patient", patient.clinic, patient.source, patient.id),
        "resourceType": "Patient",
        "identifier": _identifier(f"patient:{patient.clinic}:{patient.source}", patient.id),
        "name": [{part: value for part, value in name.items() if value}] if patient.name else [],
        "telecom": [{"system": "sms", "value": patient.phone}] if patient.phone else [],
        "communication": [language] if patient.language else [],
    }


def _episode(episode: Episode) -> Json:
    booking = _identifier(f"booking:{episode.clinic}:{episode.source}", episode.booking_id)
    return {
        "_name": _name("EpisodeOfCare", episode.id),
        "_who": {"patient": False},
        "resourceType": "EpisodeOfCare",
        "identifier": [*_identifier("episode", episode.id), *booking],
        "status": _EPISODE_STATES.get(episode.state, episode.state.value),
        "type": [_concept("protocol", episode.protocol_id, episode.service_name)],
        "period": {"start": _written(episode.treated_until)},
        "managingOrganization": {"display": episode.clinic},
    }


def _communication(message: Message) -> Json:
    is_in = message.direction is Direction.IN
    left = message.state not in {MessageState.QUEUED, MessageState.WITHDRAWN, MessageState.FAILED}
    return {
        "_name": _name("Communication", message.id),
        "_who": {"subject": False, **({"sender": False} if is_in else {"recipient": True})},
        "resourceType": "Communication",
        "identifier": _identifier("message", message.id),
        "status": _MESSAGE_STATES[message.state],
        "statusReason": {"text": message.why} if message.why and not is_in else None,
        "category": [_concept("message-kind", message.kind.value)],
        # The vocabulary that R4 was published with has no word for an SMS.
        "medium": [{**_coded(f"{TERMINOLOGY}/v3-ParticipationMode", "WRITTEN"), "text": "SMS"}],
        "about": [{"reference": _name("EpisodeOfCare", message.episode_id)}],
        "sent": _written(message.attempted_at or message.at) if left else None,
        "received": _written(message.at) if is_in else None,
        "payload": [{"contentString": message.body}] if message.body.strip() else [],
    }


def _observation(episode: Episode, report: Report) -> Json:
    trend = (
        [{"code": {"text": "trend"}, "valueCodeableConcept": _concept("trend", report.trend)}] if report.trend else []
    )
    return {
        "_name": _name("Observation", report.id),
        "_who": {"subject": False, "performer": True},
        "resourceType": "Observation",
        "identifier": [*_identifier("report", report.id), *_identifier("episode", episode.id)],
        "status": "final",
        "category": [_coded(f"{TERMINOLOGY}/observation-category", "survey")],
        "code": _concept("symptom", report.symptom),
        "effectiveDateTime": _written(report.reported_at),
        "valueCodeableConcept": _concept("severity", report.severity) if report.severity else None,
        "component": trend,
        "note": [{"text": report.words}] if report.words.strip() else [],
    }


def _flag(episode: Episode, flag: Flag) -> Json:
    period = {"start": _written(flag.raised_at), "end": _written(flag.closed_at) if flag.closed_at else None}
    about = f"{flag.reason.value}: {flag.subject}" if flag.subject else flag.reason.value
    outcome = _identifier("outcome", flag.outcome.value) if flag.outcome else []
    return {
        "_name": _name("Flag", flag.id),
        "_who": {"subject": False},
        "resourceType": "Flag",
        "identifier": [*_identifier("flag", flag.id), *_identifier("episode", episode.id), *outcome],
        "status": _FLAG_STATES[flag.state],
        "category": [_concept("urgency", flag.urgency.value)],
        "code": _concept("reason", flag.reason.value, about),
        "period": {name: at for name, at in period.items() if at},
    }


def _concept(kind: str, code: str, text: str = "") -> Json:
    return {**_coded(f"{OURS}:{kind}", code), "text": text or str(code)}


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": str(code)}]}


def _identifier(kind: str, value: str) -> list[Json]:
    return [{"system": f"{OURS}:{kind}", "value": value}]


def _name(kind: str, *parts: str) -> str:
    return f"urn:uuid:{uuid.UUID(derive('fhir', kind, *parts))}"


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
