"""A patient's reply: what it reports, what staff must see, where its check-in stands now, and what is said back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.answers import answers_to
from followup.domain.episode import Decision, EpisodeState
from followup.domain.evolve import fold
from followup.domain.flag import Reason
from followup.domain.hearing import choose_episode, hear, is_opt_in, opt_word
from followup.domain.message import Kind
from followup.domain.reports import reports_of
from followup.domain.schedule import next_wake
from followup.domain.triage import Finding, News, find, raise_flag, unclear
from followup.domain.understanding import Handling, Intent, Question, Urgency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import CheckIn, Episode, Report
    from followup.domain.hearing import Heard
    from followup.domain.inputs import Reply
    from followup.domain.vocabulary import Vocabulary

__all__ = ["choose_episode", "on_reply", "opt_word"]


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
    findings = (*_findings(news, heard, others), *_opt_out_findings(news, circumstances))
    found.extend(e.SymptomReported(report) for report in reports)
    found.extend(_wishes(heard, circumstances))
    after = fold(episode, found) or episode
    for finding in findings:
        flag = raise_flag(after, finding, heard.message.id, reply.received_at)
        after = fold(after, [flag]) or after
        found.append(flag)
    found.extend(_steps(after, heard, findings, circumstances, now))
    return Decision(tuple(found), next_wake(fold(episode, found) or episode, circumstances, now))


def _reports(heard: Heard) -> tuple[Report, ...]:
    step = heard.check_in.step if heard.check_in else ""
    return reports_of(heard.understanding, heard.message.id, step, heard.message.at)


def is_of_two_patients(episode: Episode, heard: Heard, others: Sequence[Episode]) -> bool:
    """Whether two patients share this phone and both were asked: whose answer it is, is never guessed."""
    waits_too = any(
        other.patient_id != episode.patient_id and any(check_in.is_waiting for check_in in other.check_ins)
        for other in others
    )
    return heard.is_waited_for and waits_too


def _findings(news: News, heard: Heard, others: Sequence[Episode]) -> tuple[Finding, ...]:
    found = find(news)
    if is_of_two_patients(news.episode, heard, others):
        evidence = news.evidence("two patients share this phone and both were asked")
        return (*found, Finding(Reason.UNCLEAR, Urgency.TODAY, evidence))
    if found or news.understanding.handling is not Handling.CLARIFY:
        return found
    asked_again = heard.check_in is not None and heard.check_in.clarified_at is not None
    return () if heard.is_waited_for and not asked_again else (unclear(news),)


def _opt_out_findings(news: News, circumstances: Circumstances) -> tuple[Finding, ...]:
    """Texts have ended, care has not: staff know, and what the patient writes after it is for a call."""
    had_opted_out = circumstances.patient.opted_out_at is not None
    if is_opt_in(news.understanding.text):
        return ()
    if news.understanding.wants(Intent.OPT_OUT) and not had_opted_out:
        is_open = any(flag.is_open for flag in news.episode.flags)
        urgency = Urgency.TODAY if is_open else Urgency.REVIEW
        return (Finding(Reason.OPTED_OUT, urgency, news.evidence("wants no more texts")),)
    if had_opted_out:
        return (
            Finding(Reason.OPTED_OUT, Urgency.TODAY, news.evidence("wrote after the opt-out: only a call is left")),
        )
    return ()


def _wishes(heard: Heard, circumstances: Circumstances) -> list[e.Event]:
    """What the patient's wishes change at once."""
    message, understanding = heard.message, heard.understanding
    opted_out = circumstances.patient.opted_out_at is not None
    found: list[e.Event] = []
    if is_opt_in(message.body):
        return [e.PatientOptedIn(message.phone, message.at)] if opted_out else []
    if understanding.wants(Intent.OPT_OUT) and not opted_out:
        words = " ".join(
            span.words for one in understanding.intents if one.intent is Intent.OPT_OUT for span in one.spans
        )
        found.append(e.PatientOptedOut(message.phone, message.at, words))
    return found


def _steps(
    episode: Episode, heard: Heard, findings: tuple[Finding, ...], circumstances: Circumstances, now: datetime
) -> list[e.Event]:
    """Where the check-in and the plan stand after the reply, and what is said back."""
    found: list[e.Event] = []
    wants_out = heard.understanding.wants(Intent.OPT_OUT)
    may_answer = not wants_out and circumstances.patient.opted_out_at is None and not is_opt_in(heard.message.body)
    texts = answers_to(episode, heard, findings, circumstances, now) if may_answer else ()
    asks_again = any(text.kind in _AGAIN for text in texts)
    if heard.check_in is not None and heard.is_waited_for:
        found.extend(_check_in_step(heard.check_in, heard, findings, asks_again=asks_again, wants_out=wants_out))
    if heard.understanding.wants(Intent.WRONG_PERSON) and episode.state is EpisodeState.ACTIVE:
        found.append(e.EpisodeHeld("the patient's number is somebody else's"))
    found.extend(e.MessageQueued(text) for text in texts)
    return found


_AGAIN = frozenset({Kind.CLARIFY, Kind.CLARIFY_LATE, Kind.ASK_REST})


def _check_in_step(
    check_in: CheckIn, heard: Heard, findings: tuple[Finding, ...], *, asks_again: bool, wants_out: bool
) -> list[e.Event]:
    at = heard.message.at
    if asks_again:
        return [e.CheckInClarified(check_in.step, at)]
    is_told = bool(heard.understanding.symptoms) or (heard.asked.question is Question.LATE_0_1 and _is_read(heard))
    is_with_a_person = any(finding.reason is not Reason.OPTED_OUT for finding in findings)
    if is_told or is_with_a_person:
        return [e.CheckInAnswered(check_in.step, at)]
    if wants_out and check_in.is_waiting:
        return [e.CheckInDropped(check_in.step, at, "opted out")]
    return []


def _is_read(heard: Heard) -> bool:
    return heard.understanding.handling is Handling.AUTO
