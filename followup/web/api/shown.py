"""Rows and values as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from followup.domain.flag import Reason
from followup.web.api.answers import (
    CheckInShown,
    EpisodeShown,
    EpisodeSummary,
    EvidenceShown,
    FlagShown,
    MessageShown,
    PatientShown,
    ProtocolShown,
    ReportShown,
    StrayShown,
)

if TYPE_CHECKING:
    from followup.domain.episode import CheckIn, Episode, Patient, Report
    from followup.domain.flag import Flag
    from followup.domain.message import Message
    from followup.store.strays import Stray
    from followup.store.worklist import EpisodePage, EpisodeRow, FlagRow, Shown

ABOUT_SYMPTOMS = frozenset({Reason.SEVERE, Reason.PERSISTING, Reason.WORSENING, Reason.RETURNED})


def patient(row: Shown | Patient) -> PatientShown:
    """Who, without the whole phone."""
    return PatientShown(id=row.id, name=row.name, phone_last4=last4(row.phone))


def last4(phone: str | None) -> str | None:
    """The end of a phone, enough to tell two apart."""
    return phone[-4:] if phone else None


def flag_row(row: FlagRow) -> FlagShown:
    """A flag of the worklist."""
    return flag(row.flag, row.episode_id, row.clinic, patient(row.patient))


def flag(one: Flag, episode_id: str, clinic: str, whose: PatientShown) -> FlagShown:
    """A flag with the episode and patient it belongs to."""
    evidence = one.evidence
    return FlagShown(
        id=one.id,
        episode_id=episode_id,
        clinic=clinic,
        patient=whose,
        reason=one.reason,
        urgency=one.urgency,
        subject=one.subject or None,
        symptom=(one.subject or None) if one.reason in ABOUT_SYMPTOMS else None,
        raised_at=one.raised_at,
        last_raised_at=one.last_raised_at,
        times_raised=one.times_raised,
        evidence=EvidenceShown(
            said=evidence.said,
            rule=evidence.rule,
            reported_at=evidence.reported_at,
            hours_since_treatment=evidence.hours_since_treatment,
            window_hours=evidence.window_hours,
        ),
        state=one.state,
        owner=one.owner or None,
        acknowledged_by=one.acknowledged_by or None,
        acknowledged_at=one.acknowledged_at,
        closed_by=one.closed_by or None,
        closed_at=one.closed_at,
        outcome=one.outcome,
        version=one.version,
    )


def episode_row(row: EpisodeRow) -> EpisodeSummary:
    """An episode in a list."""
    return EpisodeSummary(
        id=row.episode_id,
        clinic=row.clinic,
        booking_id=row.booking_id,
        patient=patient(row.patient),
        state=row.state,
        protocol=ProtocolShown(id=row.protocol_id, version=row.protocol_version),
        treated_until=row.treated_until,
        opened_at=row.opened_at,
    )


def episode_page(page: EpisodePage) -> EpisodeShown:
    """An episode with everything known of it."""
    one, whose = page.episode, patient(page.patient)
    return EpisodeShown(
        id=one.id,
        clinic=one.clinic,
        source=one.source,
        booking_id=one.booking_id,
        patient=whose,
        state=one.state,
        protocol=ProtocolShown(id=one.protocol_id, version=one.protocol_version),
        service_name=one.service_name or None,
        treated_from=one.treated_from,
        treated_until=one.treated_until,
        opened_at=one.opened_at,
        why=one.why or None,
        version=one.version,
        check_ins=tuple(check_in(each) for each in sorted(one.check_ins, key=lambda each: each.due_at)),
        messages=tuple(message(each.message) for each in page.messages),
        reports=tuple(report(each, one) for each in sorted(one.reports, key=lambda each: each.reported_at)),
        flags=tuple(
            flag(each, one.id, one.clinic, whose) for each in sorted(one.flags, key=lambda each: each.raised_at)
        ),
    )


def check_in(one: CheckIn) -> CheckInShown:
    """One planned contact."""
    return CheckInShown(
        id=one.id,
        step=one.step,
        due_at=one.due_at,
        state=one.state,
        asked_at=one.asked_at,
        reminded_at=one.reminded_at,
        answered_at=one.answered_at,
        why=one.why or None,
    )


def message(one: Message) -> MessageShown:
    """One text."""
    return MessageShown(
        id=one.id,
        direction=one.direction,
        kind=one.kind,
        step=one.step or None,
        body=one.body,
        state=one.state,
        at=one.at,
        settled_at=one.settled_at,
        error_code=one.error_code,
        why=one.why or None,
        who=one.who or None,
        media_count=one.media_count,
    )


def report(one: Report, of: Episode) -> ReportShown:
    """One symptom as reported."""
    return ReportShown(
        id=one.id,
        symptom=one.symptom,
        severity=one.severity,
        trend=one.trend,
        reported_at=one.reported_at,
        hours_since_treatment=of.hours_since_treatment(one.reported_at),
        step=one.step or None,
        words=one.words,
        rule=one.rule,
        message_id=one.message_id,
    )


def stray(one: Stray) -> StrayShown:
    """One stray; what a booking system sent is not shown, it may hold anything."""
    known: dict[str, Literal["reply", "outbound"]] = {"reply": "reply", "outbound": "outbound"}
    kind: Literal["reply", "booking", "outbound"] = known.get(one.kind, "booking")
    return StrayShown(
        id=one.id,
        clinic=one.clinic,
        kind=kind,
        why=one.why,
        body=one.body if kind == "reply" else None,
        phone_last4=last4(one.phone),
        at=one.at,
        source=one.source or None,
        booking_id=one.booking_id or None,
    )
