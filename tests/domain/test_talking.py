"""While a person talks with a patient automatic texts wait; then what is stale is dropped and the rest planned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from followup.domain import events as e
from followup.domain.claim import on_claim
from followup.domain.conversation import on_reply
from followup.domain.decision import Decision
from followup.domain.episode import EpisodeState
from followup.domain.flag import Reason
from followup.domain.inputs import Act, Outcome, ReviewAct
from followup.domain.message import Kind, MessageState
from followup.domain.review import (
    PlanAct,
    Refusal,
    TalkAct,
    on_plan,
    on_review,
    on_talk,
    take_back,
    write_to_patient,
)
from followup.domain.talking import BY_ITSELF, CASE_CLOSED, FINISHED, LASTS, QUIET, Talk, TalkBegun, TalkEnded, talking
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency
from kit.builders import (
    HOUR,
    LONDON,
    Lived,
    a_clinic,
    a_message,
    a_patient,
    a_reply,
    after,
    after_events,
    an_episode,
    circumstances,
    decided,
    flags,
    queued,
    states,
    vocabularies,
    with_asked,
)

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.episode import Episode

MINUTE = timedelta(minutes=1)
WALL = after(1000)


def done(decision: Decision | Refusal) -> Decision:
    assert isinstance(decision, Decision)
    return decision


def written(episode: Episode, at: datetime, who: str = "ana") -> Episode:
    return decided(episode, done(write_to_patient(episode, circumstances(), "How are you?", who, at)))


def lived(episode: Episode, start: datetime, end: datetime) -> Lived:
    return Lived(episode, circumstances()).until(end, start)


def replied(episode: Episode, text: str, at: datetime) -> Decision:
    return on_reply(episode, circumstances(), a_reply(text, at), vocabularies(), at)


def claimed(episode: Episode, kind: Kind, now: datetime, made_at: datetime) -> tuple[MessageState, datetime]:
    text = a_message(kind, at=made_at, not_before=made_at, useful_until=made_at + 24 * HOUR)
    judged = on_claim(text, a_patient(), a_clinic(), LONDON, EpisodeState.ACTIVE, now, WALL, episode.talk)
    return judged.state, judged.not_before


def test_a_check_in_that_falls_due_in_a_conversation_waits_for_it_and_an_hour_longer() -> None:
    episode = written(an_episode(), after(23.9))
    assert talking(episode.talk, after(24))
    life = lived(episode, after(23.9), after(27))
    assert life.texts(Kind.ASK) == []
    life.take(done(on_talk(life.episode, TalkAct.END, "ana", after(27))), after(27))
    life.until(after(30), after(27))
    assert life.texts(Kind.ASK) == [(after(28), Kind.ASK, "day-1")]


def test_a_reminder_waits_too() -> None:
    asked = with_asked(an_episode(), "day-1")
    free = lived(asked, after(24), after(40)).texts(Kind.REMIND)
    assert len(free) == 1
    kept = lived(written(asked, free[0][0] - MINUTE), free[0][0] - MINUTE, free[0][0] + HOUR)
    assert kept.texts(Kind.REMIND) == []


def test_it_ends_by_itself_four_hours_after_the_last_word_and_what_was_due_follows() -> None:
    life = lived(written(an_episode(), after(23)), after(23), after(30))
    ended = [(at, event.how) for at, event in life.events if isinstance(event, TalkEnded)]
    assert ended == [(after(27), BY_ITSELF)]
    assert life.texts(Kind.ASK) == [(after(27), Kind.ASK, "day-1")]


def test_every_word_of_either_side_keeps_it_going() -> None:
    episode = written(an_episode(), after(23))
    episode = decided(episode, replied(episode, "thanks", after(26)))
    assert episode.talk is not None
    assert episode.talk.ends_at == after(26) + LASTS
    episode = written(episode, after(29), "ben")
    assert (episode.talk and episode.talk.who, episode.talk and episode.talk.ends_at) == ("ben", after(29) + LASTS)


def test_what_grew_stale_meanwhile_is_dropped_and_shown_with_the_cause() -> None:
    episode = after_events(an_episode(), TalkBegun("ana", after(23)))
    for hours in range(24, 37, 3):  # the patient writes, so it goes on
        episode = decided(episode, replied(episode, "thanks", after(hours)))
    life = lived(episode, after(36), after(41))
    dropped = [event for _, event in life.events if isinstance(event, e.CheckInDropped)]
    assert [(event.step, "conversation" in event.why) for event in dropped] == [("day-1", True)]
    assert [flag.reason for flag in life.episode.flags] == [Reason.NOT_SENT]


def test_no_two_questions_come_within_an_hour_of_each_other_after_it() -> None:
    asked_elsewhere = ((Kind.ASK, after(71.8)),)  # another treatment of the same patient
    over = after_events(an_episode(), TalkBegun("ana", after(70)), TalkEnded("ana", after(70.7), FINISHED))
    over = with_asked(over, "day-1")
    life = Lived(over, circumstances(sent=asked_elsewhere)).until(after(75), after(70.7))
    assert life.texts(Kind.ASK) == [(after(71.8) + QUIET, Kind.ASK, "day-3")]


def test_a_reply_in_a_conversation_is_read_and_flagged_but_nothing_answers_by_itself() -> None:
    talk = written(with_asked(an_episode(), "day-1"), after(25))
    calm, unclear = replied(talk, "1 0", after(25.2)), replied(talk, "hm the blarg wobbles", after(25.2))
    assert queued(calm) == queued(unclear) == []
    assert flags(calm) == []
    assert [flag.partition("/")[0] for flag in flags(unclear)] == ["unclear"]
    assert states(decided(talk, calm))["day-1"] == "answered"


def test_the_safety_text_for_an_alarm_sign_goes_all_the_same() -> None:
    talk = written(with_asked(an_episode(), "day-1"), after(25))
    heard = replied(talk, "I can't breathe", after(25.2))
    assert [text.kind for text in queued(heard)] == [Kind.SAFETY]
    assert flags(heard) == ["alarm_sign/now: breathing_difficulty"]


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (Kind.ASK, MessageState.QUEUED),
        (Kind.REMIND, MessageState.QUEUED),
        (Kind.WELCOME, MessageState.QUEUED),
        (Kind.CLARIFY, MessageState.WITHDRAWN),
        (Kind.THANKS, MessageState.WITHDRAWN),
        (Kind.SAFETY, MessageState.ATTEMPTING),
        (Kind.STAFF, MessageState.ATTEMPTING),
    ],
)
def test_a_text_that_was_about_to_go_when_somebody_began_to_write(kind: Kind, state: MessageState) -> None:
    talk = written(an_episode(), after(25))
    assert claimed(talk, kind, after(25.01), made_at=after(24.99))[0] is state


def test_a_question_that_waited_goes_an_hour_after_the_end_and_an_answer_made_later_at_once() -> None:
    over = decided(
        written(an_episode(), after(25)), done(on_talk(written(an_episode(), after(25)), TalkAct.END, "ana", after(26)))
    )
    assert claimed(over, Kind.ASK, after(26.1), made_at=after(24.9)) == (MessageState.QUEUED, after(27))
    assert claimed(over, Kind.ASK, after(27), made_at=after(24.9))[0] is MessageState.ATTEMPTING
    assert claimed(over, Kind.THANKS, after(26.1), made_at=after(26.1))[0] is MessageState.ATTEMPTING


def flagged(episode: Episode, *reasons: Reason) -> Episode:
    for reason in reasons:
        finding = without_words(reason, Urgency.TODAY, "why", after(25), episode)
        episode = after_events(episode, raise_flag(episode, finding, reason, after(25)))
    return episode


def test_it_ends_with_the_last_open_flag_of_the_case_and_not_before() -> None:
    episode = written(flagged(an_episode(), Reason.SILENT, Reason.UNREACHABLE), after(25))
    first, second = (ReviewAct(flag.id, Act.CLOSE, "ben", 1, Outcome.ADVISED) for flag in episode.flags)
    episode = decided(episode, done(on_review(episode, first, after(25.5))))
    assert talking(episode.talk, after(25.5))
    closed = done(on_review(episode, second, after(25.6)))
    assert TalkEnded("ben", after(25.6), CASE_CLOSED) in closed.events
    assert closed.wake_at == after(25.6)
    assert not talking(decided(episode, closed).talk, after(25.6))


def test_it_ends_with_the_plan() -> None:
    episode = written(an_episode(), after(25))
    assert not talking(decided(episode, done(on_plan(episode, PlanAct.STOP, "lea", after(26)))).talk, after(26))


def test_a_text_that_is_taken_back_was_no_conversation() -> None:
    begun = done(write_to_patient(an_episode(), circumstances(), "Hm", "ana", after(23.99)))
    [text] = queued(begun)
    episode = decided(an_episode(), begun)
    episode = decided(episode, done(take_back(text, episode, "ana", after(23.991))))
    assert not talking(episode.talk, after(23.992))
    assert lived(episode, after(23.992), after(24)).texts(Kind.ASK) == [(after(24), Kind.ASK, "day-1")]


def test_a_text_taken_back_within_a_conversation_leaves_it_on() -> None:
    episode = decided(an_episode(), done(on_talk(an_episode(), TalkAct.BEGIN, "ana", after(23))))
    begun = done(write_to_patient(episode, circumstances(), "Hm", "ana", after(23.5)))
    episode = decided(episode, begun)
    episode = decided(episode, done(take_back(queued(begun)[0], episode, "ana", after(23.6))))
    assert talking(episode.talk, after(24))


def test_a_colleague_takes_it_over_and_nobody_ends_what_is_not_on() -> None:
    episode = after_events(an_episode(), TalkBegun("ana", after(23)))
    assert isinstance(on_talk(episode, TalkAct.BEGIN, "ana", after(24)), Refusal)
    taken = decided(episode, done(on_talk(episode, TalkAct.BEGIN, "ben", after(24))))
    assert taken.talk == Talk("ben", since=after(23), last_word_at=after(24))
    assert isinstance(on_talk(an_episode(), TalkAct.END, "ana", after(24)), Refusal)
    assert isinstance(on_talk(episode, TalkAct.END, "ana", after(23) + LASTS), Refusal)
