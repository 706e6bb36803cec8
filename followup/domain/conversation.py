"""A patient's reply: what it reports, what staff must see, where its check-in stands now, and what is said back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.answers import answers_to, can_ask_again
from followup.domain.decision import Decision
from followup.domain.episode import EpisodeState
from followup.domain.evolve import fold
from followup.domain.flag import Reason
from followup.domain.hearing import can_answer, choose_episode, hear, is_fresh, last_asked, opt_word
from followup.domain.message import Kind
from followup.domain.patient import OPTED_OUT
from followup.domain.reports import reports_of
from followup.domain.schedule import next_wake
from followup.domain.triage import Finding, News, find, raise_flag, unclear, without_words
from followup.domain.understanding import Handling, Intent, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import CheckIn, Episode, Report
    from followup.domain.hearing import Heard
    from followup.domain.inputs import Reply
    from followup.domain.vocabulary import Vocabulary

__all__ = ["choose_episode", "on_reply", "on_wrong_number", "opt_word"]

SOMEBODY_ELSES = "the patient's number is somebody else's"


def on_reply(
    episode: Episode,
    circumstances: Circumstances,
    reply: Reply,
    vocabularies: Mapping[str, Vocabulary],
    now: datetime,
    others: Sequence[Episode] = (),
) -> Decision:
    """Everything one reply brings about. It is judged by when it arrived, not by when we read it."""
    heard = hear(episode, circumstances, reply, vocabularies)
    found: list[e.Event] = [e.ReplyReceived(heard.message, heard.understanding)]
    reports = () if is_of_two_patients(episode, heard, others) else _reports(heard)
    news = News(episode, circumstances.protocol, heard.understanding, reports, reply.received_at)
    findings = _findings(news, heard, circumstances, others, now)
    found.extend(e.SymptomReported(report) for report in reports)
    found.extend(_wishes(heard, circumstances))
    after = fold(episode, found) or episode
    for finding in findings:
        flag = raise_flag(after, finding, heard.message.id, reply.received_at)
        after = fold(after, [flag]) or after
        found.append(flag)
    found.extend(_steps(after, heard, findings, circumstances, now))
    if any(isinstance(event, e.PatientOptedIn) for event in found):
        return Decision(tuple(found), now)  # what is still due goes on
    return Decision(tuple(found), next_wake(fold(episode, found) or episode, circumstances, now))


def on_wrong_number(other: Episode, cause: str, now: datetime) -> Decision:
    """Another plan of a phone that turned out to be somebody else's: it is held too, and staff correct the number."""
    if other.state not in _HOLDABLE:
        return Decision((), other.wake_at)
    rule = f"plan on hold: {SOMEBODY_ELSES}, as a reply to another text said"
    finding = without_words(Reason.NEEDS_DETAILS, Urgency.TODAY, rule, now, other)
    return Decision((e.EpisodeHeld(SOMEBODY_ELSES), raise_flag(other, finding, cause, now)), None)


def _reports(heard: Heard) -> tuple[Report, ...]:
    step = heard.check_in.step if heard.check_in else ""
    return reports_of(heard.understanding, heard.message.id, step, heard.message.at)


def is_of_two_patients(episode: Episode, heard: Heard, others: Sequence[Episode]) -> bool:
    """Whether two patients share this phone and both were asked: whose answer it is, is never guessed."""
    at = heard.message.at
    asked = [last_asked(other, at) for other in others if other.patient_id != episode.patient_id]
    may_be_theirs = any(check_in is not None and is_fresh(check_in, at) for check_in in asked)
    return heard.check_in is not None and can_answer(heard.check_in, at) and may_be_theirs


def _findings(
    news: News, heard: Heard, circumstances: Circumstances, others: Sequence[Episode], now: datetime
) -> tuple[Finding, ...]:
    if heard.is_opt_in:
        return ()
    found = (*find(news), *_opt_out_findings(news, circumstances))
    if is_of_two_patients(news.episode, heard, others):
        evidence = news.evidence("two patients share this phone and both were asked")
        return (*found, Finding(Reason.UNCLEAR, Urgency.TODAY, evidence))
    if found or news.understanding.handling is not Handling.CLARIFY:
        return found
    return () if can_ask_again(heard, circumstances, now) else (unclear(news),)


def _opt_out_findings(news: News, circumstances: Circumstances) -> Iterator[Finding]:
    """Texts have ended, care has not: staff know, and what the patient writes after it is for a call."""
    opted_out_at = circumstances.patient.opted_out_at
    if opted_out_at is not None and opted_out_at < news.at:
        evidence = news.evidence("wrote after the opt-out: only a call is left")
        yield Finding(Reason.OPTED_OUT, Urgency.TODAY, evidence)
    elif opted_out_at is None and news.understanding.wants(Intent.OPT_OUT):
        is_open = any(flag.is_open for flag in news.episode.flags)
        urgency = Urgency.TODAY if is_open else Urgency.REVIEW
        yield Finding(Reason.OPTED_OUT, urgency, news.evidence("wants no more texts"))


def _wishes(heard: Heard, circumstances: Circumstances) -> list[e.Event]:
    """What the patient's wishes change at once."""
    message, understanding = heard.message, heard.understanding
    opted_out_at = circumstances.patient.opted_out_at
    if heard.is_opt_in:
        is_newer = opted_out_at is not None and opted_out_at < message.at
        return [e.PatientOptedIn(message.phone, message.at)] if is_newer else []
    if not understanding.wants(Intent.OPT_OUT) or opted_out_at is not None:
        return []
    words = [span.words for one in understanding.intents if one.intent is Intent.OPT_OUT for span in one.spans]
    return [e.PatientOptedOut(message.phone, message.at, " ".join(words))]


def _steps(
    episode: Episode, heard: Heard, findings: tuple[Finding, ...], circumstances: Circumstances, now: datetime
) -> list[e.Event]:
    """Where the check-in and the plan stand after the reply, and what is said back."""
    found: list[e.Event] = []
    texts = answers_to(episode, heard, findings, circumstances, now)
    asks_again = any(text.kind in _AGAIN for text in texts)
    if heard.check_in is not None and heard.is_waited_for:
        found.extend(_check_in_step(heard.check_in, heard, findings, asks_again=asks_again))
    if heard.understanding.wants(Intent.WRONG_PERSON) and episode.state in _HOLDABLE:
        found.append(e.EpisodeHeld(SOMEBODY_ELSES))
    found.extend(e.MessageQueued(text) for text in texts)
    return found


_AGAIN = frozenset({Kind.CLARIFY, Kind.CLARIFY_LATE, Kind.ASK_REST})
_HOLDABLE = frozenset({EpisodeState.PLANNED, EpisodeState.ACTIVE})


def _check_in_step(
    check_in: CheckIn, heard: Heard, findings: tuple[Finding, ...], *, asks_again: bool
) -> list[e.Event]:
    at = heard.message.at
    if asks_again:
        return [e.CheckInClarified(check_in.step, at)]
    is_with_a_person = any(finding.reason is not Reason.OPTED_OUT for finding in findings)
    if heard.is_answer or is_with_a_person:
        return [e.CheckInAnswered(check_in.step, at)]
    if heard.understanding.wants(Intent.OPT_OUT) and check_in.is_waiting:
        return [e.CheckInDropped(check_in.step, at, OPTED_OUT)]
    return []
