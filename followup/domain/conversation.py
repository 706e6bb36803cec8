"""A patient's reply: what it reports, what staff must see, where its check-in stands now, and what is said back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.domain import confirming
from followup.domain import events as e
from followup.domain.answers import answers_to, can_ask_again, can_ask_whose
from followup.domain.deadlines import scheduled
from followup.domain.decision import Decision
from followup.domain.episode import EpisodeState
from followup.domain.evolve import fold
from followup.domain.flag import Evidence, Reason
from followup.domain.hearing import UNANSWERED, can_answer, choose_episode, hear, is_fresh, last_asked, opt_word
from followup.domain.message import Kind
from followup.domain.patient import OPTED_OUT
from followup.domain.picture import is_alone
from followup.domain.reports import reports_of
from followup.domain.schedule import next_wake
from followup.domain.sharing import key_of, sessions_of_late
from followup.domain.triage import Finding, News, find, raise_flag, unclear, without_words
from followup.domain.understanding import Handling, Intent, Urgency
from followup.domain.wishes import LONGEST_WORDS, NumberConfirmed, PatientOptedIn, PatientOptedOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import CheckIn, Episode, Report
    from followup.domain.hearing import Heard
    from followup.domain.inputs import Reply
    from followup.domain.vocabulary import Vocabulary

__all__ = ["choose_episode", "on_reply", "on_wrong_number", "opt_word"]

SAID_WRONG = "says that it is the wrong person"
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
    if confirming.is_answer(episode, circumstances, reply) and not _may_be_anothers_yes(circumstances, others):
        spoken = [vocabularies[language] for language in circumstances.clinic.languages]
        if confirming.says_right(reply.text, spoken):
            confirmed = NumberConfirmed(reply.phone, reply.received_at)
            return Decision((e.ReplyReceived(heard.message, heard.understanding), confirmed), now)
        if confirming.says_wrong(reply.text, spoken):
            return _wrong_person(episode, heard, reply.received_at)
    found: list[e.Event] = [e.ReplyReceived(heard.message, heard.understanding)]
    is_anybodys = is_of_two_patients(episode, heard, others, is_labelled=bool(circumstances.for_whom))
    reports = () if is_anybodys else _reports(heard)
    sessions = sessions_of_late(episode, others, reply.received_at)
    news = News(episode, circumstances.protocol, heard.understanding, reports, reply.received_at, sessions)
    findings = _findings(news, heard, circumstances, now, is_anybodys=is_anybodys)
    found.extend(e.SymptomReported(report) for report in reports)
    found.extend(_wishes(heard, circumstances, reply))
    after = fold(episode, found) or episode
    for finding in findings:
        flag = raise_flag(after, finding, heard.message.id, reply.received_at)
        after = fold(after, [flag]) or after
        found.append(flag)
    found.extend(_steps(after, heard, findings, circumstances, now, is_anybodys=is_anybodys))
    if any(isinstance(event, PatientOptedIn) for event in found):
        return Decision(tuple(found), now)  # what is still due goes on
    return Decision(tuple(found), next_wake(fold(episode, found) or episode, circumstances, now))


def _may_be_anothers_yes(circumstances: Circumstances, others: Sequence[Episode]) -> bool:
    """Whether somebody else who has this phone was asked the same, and has not said it yet."""
    asked = [one for one in circumstances.beside if one.episode.confirm_asked_at is not None]
    waiting = {key_of(one.patient) for one in asked if one.patient.confirmed_phone != one.patient.phone}
    return bool(others) and bool(waiting - {key_of(circumstances.patient)})


def _wrong_person(episode: Episode, heard: Heard, at: datetime) -> Decision:
    """The first text reached somebody else, who said so in a digit or a word."""
    evidence = Evidence(heard.message.body, SAID_WRONG, at, episode.hours_since_treatment(at))
    finding = Finding(Reason.NEEDS_DETAILS, Urgency.TODAY, evidence)
    found: list[e.Event] = [e.ReplyReceived(heard.message, heard.understanding)]
    found.append(raise_flag(episode, finding, heard.message.id, at))
    held = [e.EpisodeHeld(SOMEBODY_ELSES)] if episode.state in _HOLDABLE else []
    return Decision((*found, *held), None)


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


def is_of_two_patients(episode: Episode, heard: Heard, others: Sequence[Episode], *, is_labelled: bool = False) -> bool:
    """Whether a reply may be about another patient of this phone: whose answer it is, is never guessed.

    is_labelled: whether our texts say for whom they are; then only a question that still waits may be meant too.
    """
    at = heard.message.at
    theirs = [other for other in others if other.patient_id != episode.patient_id]
    if heard.check_in is None or not can_answer(heard.check_in, at):
        is_report = bool(heard.understanding.symptoms)
        return is_report and any(other.state is EpisodeState.ACTIVE for other in theirs)
    if not is_labelled and any(_waits_for_its_turn(other, at) for other in theirs):
        return True
    return any(_may_be_meant(last_asked(other, at), at, is_labelled=is_labelled) for other in theirs)


def _waits_for_its_turn(other: Episode, at: datetime) -> bool:
    """Whether its question is due and only waits because this phone has another: a text without a name may be its."""
    return other.state is EpisodeState.ACTIVE and any(one.due_at <= at for one in scheduled(other))


def _may_be_meant(check_in: CheckIn | None, at: datetime, *, is_labelled: bool) -> bool:
    if check_in is None or not is_fresh(check_in, at):
        return False
    return not is_labelled or check_in.state in UNANSWERED


def _findings(
    news: News, heard: Heard, circumstances: Circumstances, now: datetime, *, is_anybodys: bool
) -> tuple[Finding, ...]:
    if heard.is_opt_in:
        return ()
    found = (*find(news), *_opt_out_findings(news, circumstances))
    if is_anybodys and not found and can_ask_whose(news.episode, heard, circumstances, now):
        return ()
    if is_anybodys:
        evidence = news.evidence("two patients share this phone: whose answer it is cannot be said")
        return (*found, Finding(Reason.UNCLEAR, Urgency.TODAY, evidence))
    if found or news.understanding.handling is not Handling.CLARIFY:
        return found
    return () if can_ask_again(news.episode, heard, circumstances, now) else (unclear(news),)


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


def _wishes(heard: Heard, circumstances: Circumstances, reply: Reply) -> list[e.Event]:
    """What the patient's wishes change at once."""
    message, understanding = heard.message, heard.understanding
    opted_out_at = circumstances.patient.opted_out_at
    if heard.is_opt_in:
        is_newer = opted_out_at is not None and opted_out_at < message.at
        return [PatientOptedIn(message.phone, message.at, message.body, reply.sent_to)] if is_newer else []
    # A no again is noted again: a yes in between that reaches us late is older than it, and changes nothing.
    if not understanding.wants(Intent.OPT_OUT) or (opted_out_at is not None and opted_out_at >= message.at):
        return []
    words = message.body.strip()[:LONGEST_WORDS]
    return [PatientOptedOut(message.phone, message.at, words, sender=reply.sent_to)]


def _steps(
    episode: Episode,
    heard: Heard,
    findings: tuple[Finding, ...],
    circumstances: Circumstances,
    now: datetime,
    *,
    is_anybodys: bool,
) -> list[e.Event]:
    """Where the check-in and the plan stand after the reply, and what is said back."""
    found: list[e.Event] = []
    texts = answers_to(episode, heard, findings, circumstances, now, is_anybodys=is_anybodys)
    asks_again = any(text.kind in _AGAIN for text in texts)
    if heard.check_in is not None and heard.is_waited_for:
        found.extend(_check_in_step(heard.check_in, heard, findings, asks_again=asks_again))
    if heard.understanding.wants(Intent.WRONG_PERSON) and episode.state in _HOLDABLE:
        found.append(e.EpisodeHeld(SOMEBODY_ELSES))
    found.extend(e.MessageQueued(text) for text in texts)
    return found


_AGAIN = frozenset({Kind.CLARIFY, Kind.CLARIFY_LATE, Kind.ASK_REST, Kind.ASK_WHOSE})
_HOLDABLE = frozenset({EpisodeState.PLANNED, EpisodeState.ACTIVE})


def _check_in_step(
    check_in: CheckIn, heard: Heard, findings: tuple[Finding, ...], *, asks_again: bool
) -> list[e.Event]:
    at = heard.message.at
    if asks_again:
        return [e.CheckInClarified(check_in.step, at)]
    if is_alone(heard.understanding, heard.asked.media_count):
        return []  # a picture is no answer, whoever looks at it: the question stays open
    is_with_a_person = any(finding.reason is not Reason.OPTED_OUT for finding in findings)
    if heard.is_answer or is_with_a_person:
        return [e.CheckInAnswered(check_in.step, at)]
    if heard.understanding.wants(Intent.OPT_OUT) and check_in.is_waiting:
        return [e.CheckInDropped(check_in.step, at, OPTED_OUT)]
    return []
