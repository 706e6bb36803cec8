"""A picture is for a person: it answers nothing, calms nothing, and asks for words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from followup.domain import events as e
from followup.domain.conversation import on_reply
from followup.domain.inputs import Act, Outcome, ReviewAct
from followup.domain.message import Kind
from followup.domain.picture import (
    LEASE,
    MOST,
    MOST_TRIES,
    PAUSES,
    Picture,
    PictureState,
    on_deleted,
    on_failed,
    on_kept,
    on_refused,
    on_take,
    wanted,
)
from followup.domain.review import Refusal, on_review
from followup.domain.understanding.values import Urgency
from followup.domain.wishes import PatientOptedOut
from kit.builders import (
    a_reply,
    after,
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
    from followup.domain.decision import Decision
    from followup.domain.episode import Episode

ASKED = with_asked(an_episode(), "day-1")
WALL = after(25)


def sent(text: str = "", at: float = 25, episode: Episode = ASKED, **around: Any) -> Decision:
    reply = a_reply(text, after(at), f"MM{at}", media_count=1)
    return on_reply(episode, circumstances(**around), reply, vocabularies(), after(at))


def a_picture() -> Picture:
    reply = a_reply("", after(25), "MM1", media_count=1, media=("https://carrier.example/1",))
    [picture] = wanted(reply, "twilio", "glow", "episode", "reply", WALL)
    return picture


@pytest.mark.parametrize("text", ["", "picture attached", "see photo", "thanks", "Photo attached, thank you!", "..."])
def test_a_picture_alone_goes_to_a_person_asks_for_words_once_and_leaves_the_question_open(text: str) -> None:
    decision = sent(text)
    assert flags(decision) == ["unclear/today"]
    assert [message.kind for message in queued(decision)] == [Kind.ASK_WORDS]
    assert states(decided(ASKED, decision))["day-1"] == "asked"


def test_the_words_that_follow_are_read_as_the_answer() -> None:
    episode = decided(ASKED, sent())
    answered = on_reply(episode, circumstances(), a_reply("1 0", after(26), "SM2"), vocabularies(), after(26))
    assert states(decided(episode, answered))["day-1"] == "answered"


def test_words_beside_a_picture_are_read_as_without_it_and_a_person_looks_all_the_same() -> None:
    decision = sent("1 0")
    assert flags(decision) == ["unclear/today"]
    assert [message.kind for message in queued(decision)] == [Kind.FLAGGED]
    assert states(decided(ASKED, decision))["day-1"] == "answered"


def test_words_that_hide_something_are_still_asked_about_beside_a_picture() -> None:
    decision = sent("blorp zindle")
    assert [message.kind for message in queued(decision)] == [Kind.SAFETY, Kind.CLARIFY]


def test_a_second_picture_soon_after_is_for_the_same_person_and_asks_for_nothing_again() -> None:
    episode = decided(ASKED, sent())
    again = sent("", 25.5, episode, sent=[(Kind.ASK_WORDS, after(25))])
    assert queued(again) == []
    assert [type(event) for event in again.events if not isinstance(event, e.ReplyReceived)] == [e.FlagRepeated]
    later = sent("", 27, episode, sent=[(Kind.ASK_WORDS, after(25))])
    assert [message.kind for message in queued(later)] == [Kind.ASK_WORDS]


def test_a_picture_makes_nothing_less_urgent_and_closes_nothing() -> None:
    danger = a_reply("I can't breathe", after(25))
    urgent = decided(ASKED, on_reply(ASKED, circumstances(), danger, vocabularies(), WALL))
    before = {flag.id: flag for flag in urgent.flags}
    after_picture = decided(urgent, sent("", 26, urgent))
    for flag in after_picture.flags:
        if flag.id in before:
            assert (flag.urgency, flag.is_open) == (before[flag.id].urgency, True)
    assert any(flag.urgency is Urgency.NOW and flag.is_open for flag in after_picture.flags)


def test_a_no_beside_a_picture_is_a_no() -> None:
    decision = sent("STOP")
    assert queued(decision) == []
    assert any(isinstance(event, PatientOptedOut) for event in decision.events)


def test_each_picture_of_a_text_is_wanted_once_and_no_more_than_a_phone_can_send() -> None:
    reply = a_reply("", after(25), "MM1", media_count=500, media=("https://carrier.example/1",))
    found = list(wanted(reply, "twilio", "glow", "episode", "reply", WALL))
    assert len({one.id for one in found}) == len(found) == MOST
    assert [one.address for one in found[:2]] == ["https://carrier.example/1", ""]
    assert found == list(wanted(reply, "twilio", "glow", "episode", "reply", WALL))


def test_what_fails_is_tried_again_after_growing_pauses_and_then_refused_with_the_reason() -> None:
    picture, waits = a_picture(), []
    while picture.state is PictureState.WANTED:
        picture = on_take(picture, WALL)
        assert picture.due_at == WALL + LEASE
        picture = on_failed(picture, "the carrier is away", WALL)
        waits.append(picture.due_at - WALL)
    assert tuple(waits[: len(PAUSES)]) == PAUSES
    assert (len(waits), set(waits[len(PAUSES) : -1])) == (MOST_TRIES, {PAUSES[-1]})
    assert (picture.state, picture.why, picture.is_kept) == (PictureState.REFUSED, "the carrier is away", False)


def test_what_will_never_do_is_refused_at_once() -> None:
    assert on_failed(on_take(a_picture(), WALL), "a video", WALL, is_final=True).state is PictureState.REFUSED


def test_what_is_kept_is_then_deleted_at_the_carrier_and_shown_even_where_that_fails() -> None:
    kept = on_kept(on_take(a_picture(), WALL), "https://carrier.example/2", (800, 600), "mark", WALL)
    assert (kept.state, kept.tries, kept.due_at, kept.address) == (
        PictureState.KEPT,
        0,
        WALL,
        "https://carrier.example/2",
    )
    assert on_deleted(kept).state is PictureState.OURS
    left = on_failed(on_take(kept, WALL), "not allowed", WALL, is_final=True)
    assert (left.state, left.is_kept) == (PictureState.LEFT, True)


def test_staff_are_told_anew_only_where_nobody_has_it_any_more() -> None:
    refused = on_failed(on_take(a_picture(), WALL), "it is a video", WALL, is_final=True)
    open_one = decided(ASKED, sent())
    assert on_refused(open_one, refused, after(26)) is None
    [flag] = open_one.flags
    closing = on_review(
        open_one, ReviewAct(flag.id, Act.CLOSE, "nia", flag.version, outcome=Outcome.ADVISED), after(25.5)
    )
    assert not isinstance(closing, Refusal)
    raised = on_refused(decided(open_one, closing), refused, after(26))
    assert isinstance(raised, e.FlagRaised)
    assert raised.flag.urgency is Urgency.TODAY
    assert "it is a video" in raised.flag.evidence.rule
    assert raised.flag.raised_at - after(26) == timedelta(0)
