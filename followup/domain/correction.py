"""What staff correct in what was understood of a reply: the reports change, and triage looks at them again."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from followup.domain.corrected import ReportCorrected, UnderstandingCorrected
from followup.domain.decision import Decision
from followup.domain.evolve import fold
from followup.domain.ids import derive
from followup.domain.reports import reports_of
from followup.domain.review import Refusal
from followup.domain.triage import News, find, raise_flag
from followup.domain.understanding.values import AlarmHeard, Handling, Severity, SignState, Span, SymptomHeard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from followup.domain import events as e
    from followup.domain.episode import Episode, Patient, Report
    from followup.domain.message import Message
    from followup.domain.protocol import Protocol
    from followup.domain.triage import Finding
    from followup.domain.understanding.values import Understanding
    from followup.domain.vocabulary import SignSpec

BY_STAFF = "corrected by staff"
SEEN = "seen_by_staff"
"""Why a reply that was corrected needs nobody any more."""
LONG_NUMBER = re.compile(r"\+?\d(?:[\s().-]?\d){6,}")
MAIL = re.compile(r"[^\s,;]+@[^\s,;]+")


@dataclass(frozen=True, slots=True)
class Correction:
    """What one person of the staff says a reply means.

    seen: the mark of the understanding they looked at. is_right: it was understood rightly, and the rest is empty.
    symptoms: how much of each; None for one the reply does not mention; one left out stays as it was understood.
    signs: the alarm signs that it reports.
    """

    message_id: str
    who: str
    seen: str
    is_right: bool = False
    symptoms: tuple[tuple[str, Severity | None], ...] = ()
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """A reply that was read: the message, what was understood, whose it is and by which protocol it was judged."""

    message: Message
    understanding: Understanding
    protocol: Protocol
    patient: Patient


def mark_of(understanding: Understanding) -> str:
    """Names what was understood, so that an act on it says what its author had seen."""
    symptoms = (f"{one.symptom}={one.severity}/{one.trend}" for one in understanding.symptoms)
    signs = (f"{one.sign}:{one.state}" for one in understanding.alarm_signs)
    return derive(str(understanding.handling), *symptoms, *signs)


def on_correction(
    episode: Episode, told: Read, correction: Correction, signs: Mapping[str, SignSpec], now: datetime
) -> Decision | Refusal:
    """The reply as staff understand it. New findings raise flags; nothing closes by itself."""
    if correction.seen != mark_of(told.understanding):
        return Refusal("a colleague corrected this reply first", version=1)
    unknown = next((code for code in correction.signs if code not in signs), None)
    if unknown is not None:
        return Refusal(f'there is no alarm sign "{unknown}"')
    right = _right(told.understanding, correction, signs)
    example = without_identity(told.message.body, told.patient)
    hours = episode.hours_since_treatment(told.message.at)
    found: list[e.Event] = [
        UnderstandingCorrected(told.message.id, told.understanding, right, example, hours, correction.who, now)
    ]
    reports = reports_of(right, told.message.id, told.message.step, told.message.at)
    found.extend(ReportCorrected(report) for report in _changed(episode, told.message.id, reports))
    for finding in _new_findings(episode, told, right, reports):
        after = fold(episode, found) or episode
        found.append(raise_flag(after, finding, derive(told.message.id, BY_STAFF), now))
    return Decision(tuple(found), episode.wake_at)


def _right(was: Understanding, correction: Correction, signs: Mapping[str, SignSpec]) -> Understanding:
    seen = replace(was, unread=(), handling=Handling.AUTO, why=(SEEN,))
    if correction.is_right:
        return seen
    said = {one.symptom: one.severity for one in was.symptoms} | dict(correction.symptoms)
    symptoms = tuple(_heard(code, severity, was) for code, severity in said.items())
    symptoms = tuple(one for one in symptoms if one.severity is not None or one.trend is not None)
    return replace(seen, symptoms=symptoms, alarm_signs=tuple(_sign(signs[code], was) for code in correction.signs))


def _heard(code: str, severity: Severity | None, was: Understanding) -> SymptomHeard:
    """Whatever changes stays where the symptom stays; where it goes, that goes with it."""
    known = next((one for one in was.symptoms if one.symptom == code), None)
    if known is not None and known.severity is severity:
        return known
    trend = known.trend if known is not None and severity is not None and severity.is_present else None
    return SymptomHeard(code, severity, trend, _by_staff(known.spans if known else ()))


def _sign(spec: SignSpec, was: Understanding) -> AlarmHeard:
    known = next((one for one in was.alarm_signs if one.sign == spec.code), None)
    if known is not None and known.state is SignState.NOW:
        return known
    return AlarmHeard(spec.code, spec.urgency, SignState.NOW, _by_staff(known.spans if known else ()))


def _by_staff(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The same words, where there were any, and who says what they mean."""
    return tuple(replace(span, rule=BY_STAFF) for span in spans) or (Span("", BY_STAFF, 0, 0),)


def _changed(episode: Episode, message_id: str, reports: tuple[Report, ...]) -> Iterator[Report]:
    """Reports that are other than they were; one that is no longer made stays, and says nothing."""
    was = {one.symptom: one for one in episode.reports if one.message_id == message_id}
    for report in reports:
        known = was.pop(report.symptom, None)
        if known is None or (known.severity, known.trend) != (report.severity, report.trend):
            yield report
    for gone in was.values():
        if gone.severity is not None or gone.trend is not None:
            yield replace(gone, severity=None, trend=None, rule=BY_STAFF)


def _new_findings(episode: Episode, told: Read, right: Understanding, reports: tuple[Report, ...]) -> Iterator[Finding]:
    """What staff must see of the corrected reply and could not see of it before, or not as urgently."""
    message = told.message
    old = tuple(one for one in episode.reports if one.message_id == message.id)
    known = {one.label: one.urgency for one in find(News(episode, told.protocol, told.understanding, old, message.at))}
    for finding in find(News(episode, told.protocol, right, reports, message.at)):
        before = known.get(finding.label)
        if before is None or finding.urgency.rank < before.rank:
            evidence = replace(finding.evidence, rule=f"{finding.evidence.rule} ({BY_STAFF})")
            yield replace(finding, evidence=evidence)


def without_identity(text: str, patient: Patient) -> str:
    """The words without the patient's names, long numbers and mail addresses: an example must name nobody."""
    said = LONG_NUMBER.sub("[number]", MAIL.sub("[address]", text))
    names = sorted({name for part in (patient.given, patient.family) for name in part.split()}, key=len, reverse=True)
    for name in names:
        said = re.sub(rf"\b{re.escape(name)}\b", "[name]", said, flags=re.IGNORECASE)
    return said
