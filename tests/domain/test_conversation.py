"""What a reply brings about: nothing a patient writes is lost, nobody is texted after a no, danger is never missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain import events as e
from followup.domain.conversation import choose_episode, on_reply, opt_word
from followup.domain.episode import CheckInState, EpisodeState
from followup.domain.message import Kind
from followup.domain.schedule import on_wake
from followup.domain.understanding.values import Handling, Severity
from followup.domain.wishes import PatientOptedIn, PatientOptedOut
from kit.builders import (
    DAY,
    PHONE,
    Lived,
    a_clinic,
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

    from followup.domain.circumstances import Circumstances
    from followup.domain.decision import Decision
    from followup.domain.episode import Episode

ASKED = with_asked(an_episode(), "day-1")
ASKED_LATE = with_asked(an_episode(), "day-28")
AN_HOUR_LATER = after(25)
UNREADABLE = "qwxz vbnm plkj"
BREATHLESS = "I can't breathe"


def replied(
    text: str,
    at: datetime = AN_HOUR_LATER,
    episode: Episode = ASKED,
    around: Circumstances | None = None,
    others: tuple[Episode, ...] = (),
) -> Decision:
    return on_reply(episode, around or circumstances(), a_reply(text, at), vocabularies(), at, others)


def kinds(decision: Decision) -> list[str]:
    return [text.kind.value for text in queued(decision)]


def reported(decision: Decision) -> dict[str, Severity | None]:
    reports = [event.report for event in decision.events if isinstance(event, e.SymptomReported)]
    return {report.symptom: report.severity for report in reports}


# Answers


def test_two_digits_answer_the_open_question_and_are_thanked() -> None:
    decision = replied("2 1")
    assert reported(decision) == {"redness": Severity.MODERATE, "swelling": Severity.MILD}
    assert (kinds(decision), flags(decision)) == (["thanks"], [])
    assert states(decided(ASKED, decision))["day-1"] == "answered"


def test_a_reply_is_judged_by_when_it_arrived_and_not_by_when_it_is_read() -> None:
    asked = with_asked(an_episode(), "day-1")
    in_time = on_reply(asked, circumstances(), a_reply("2 1", after(47)), vocabularies(), after(60))
    assert flags(in_time) == []
    answered = [event for event in in_time.events if isinstance(event, e.CheckInAnswered)]
    assert [event.at for event in answered] == [after(47)]


def test_a_reply_read_after_the_next_question_still_answers_the_one_before() -> None:
    both = with_asked(ASKED, "day-3")
    decision = on_reply(both, circumstances(), a_reply("1 0", after(30)), vocabularies(), after(73))
    answered = states(decided(both, decision))
    assert (answered["day-1"], answered["day-3"]) == ("answered", "asked")


def test_an_answer_after_the_silence_was_noted_counts_and_the_flag_stays() -> None:
    missed = Lived(an_episode(), circumstances()).until(after(49)).episode
    episode = decided(missed, replied("0", after(50), missed))
    assert states(episode)["day-1"] == "answered"
    assert [(flag.reason.value, flag.is_open) for flag in episode.flags] == [("silent", True)]


def test_an_answer_to_a_question_that_the_carrier_thinks_lost_counts() -> None:
    lost = after_events(ASKED, e.CheckInDropped("day-1", after(24.5), "the carrier never said whether it has it"))
    assert states(decided(lost, replied("0", episode=lost)))["day-1"] == "answered"


def test_half_an_answer_is_asked_for_the_other_half_once() -> None:
    story = Lived(ASKED, circumstances())
    story.take(first := replied("redness 1"), after(25))
    assert (kinds(first), states(story.episode)["day-1"]) == (["ask_rest"], "asked")
    rest = replied("2", after(25.1), story.episode, story.circumstances)
    assert reported(rest) == {"swelling": Severity.MODERATE}
    assert (kinds(rest), states(decided(story.episode, rest))["day-1"]) == (["thanks"], "answered")


def test_the_whole_question_asked_again_is_answered_by_two_digits() -> None:
    story = Lived(ASKED, circumstances())
    for text, at in (("1", after(25)), ("2 1", after(25.1))):
        story.take(decision := replied(text, at, story.episode, story.circumstances), at)
    assert reported(decision) == {"redness": Severity.MODERATE, "swelling": Severity.MILD}


def test_second_thoughts_correct_an_answer_in_the_same_few_digits() -> None:
    answered = decided(ASKED, replied("0"))
    again = replied("2 0", after(26), answered)
    assert reported(again)["redness"] is Severity.MODERATE
    assert flags(again) == ["worsening/today: redness"]


def test_a_bare_digit_that_nobody_asked_for_goes_to_a_person() -> None:
    assert flags(replied("1", after(5), an_episode())) == ["unclear/today"]


@pytest.mark.parametrize("text", ["thanks!", "Thank you"])
@pytest.mark.parametrize(("episode", "step", "at"), [(ASKED, "day-1", after(25)), (ASKED_LATE, "day-28", after(673))])
def test_thanks_alone_is_no_answer(text: str, episode: Episode, step: str, at: datetime) -> None:
    decision = replied(text, at, episode)
    assert states(decided(episode, decision))[step] == "asked"
    assert kinds(decision) == []


def test_nothing_new_after_four_weeks_is_an_answer() -> None:
    decision = replied("0", after(673), ASKED_LATE)
    assert (kinds(decision), flags(decision)) == (["thanks"], [])
    assert states(decided(ASKED_LATE, decision))["day-28"] == "answered"


def test_something_new_after_four_weeks_is_for_a_person_the_same_day() -> None:
    assert flags(replied("1", after(673), ASKED_LATE)) == ["alarm_sign/today: nodules_lumps"]


# Not understood


def test_what_is_not_certain_is_asked_again_once_and_then_a_person_has_it() -> None:
    first = replied("1")
    assert (kinds(first), flags(first)) == (["clarify"], [])
    clarified = decided(ASKED, first)
    second = replied("1", after(25.2), clarified)
    assert flags(second) == ["unclear/today"]
    assert "clarify" not in kinds(second)
    assert states(decided(clarified, second))["day-1"] == "answered"


def test_words_that_may_hide_a_danger_reach_a_person_and_the_patient_gets_the_safety_text() -> None:
    first = replied(UNREADABLE)
    assert (kinds(first), flags(first)) == (["safety", "clarify"], ["unclear/today"])
    story = Lived(ASKED, circumstances())
    story.take(first, after(25))
    second = replied(UNREADABLE, after(25.1), story.episode, story.circumstances)
    assert kinds(second) == []
    assert states(decided(story.episode, second))["day-1"] == "answered"


@pytest.mark.parametrize("hindered", [{"consent": "withdrawn"}, {"opted_out_at": after(1)}])
def test_what_cannot_be_asked_again_goes_to_a_person_at_once(hindered: dict[str, object]) -> None:
    decision = replied("1", around=circumstances(patient=a_patient(**hindered)))
    assert kinds(decision) == []
    assert flags(decision) != []


def test_an_auto_responder_gets_few_answers_and_staff_see_it() -> None:
    story = Lived(ASKED, circumstances())
    for minute in range(200):
        at = after(25 + minute / 60)
        text = a_reply(UNREADABLE if minute % 2 else "1", at, f"SM{minute}")
        story.take(on_reply(story.episode, story.circumstances, text, vocabularies(), at), at)
    assert len(story.texts()) <= 10
    assert any(flag.is_open for flag in story.episode.flags)


def test_where_it_may_not_be_asked_again_because_of_too_many_texts_a_person_has_it() -> None:
    chatty = circumstances(sent=[(Kind.THANKS, after(24.5))] * 6)
    assert flags(replied("1", around=chatty)) == ["unclear/today"]


# Danger


@pytest.mark.parametrize("state", list(EpisodeState))
def test_an_alarm_sign_is_for_now_in_every_state_of_the_plan(state: EpisodeState) -> None:
    decision = replied(BREATHLESS, episode=replace(ASKED, state=state))
    assert flags(decision) == ["alarm_sign/now: breathing_difficulty"]
    assert kinds(decision) == ["safety"]


def test_an_alarm_sign_after_a_closed_flag_is_a_flag_of_its_own() -> None:
    flagged = decided(ASKED, replied(BREATHLESS))
    closed = replace(flagged, flags=tuple(replace(flag, state="closed") for flag in flagged.flags))  # type: ignore[arg-type] # any state but open
    again = on_reply(closed, circumstances(), a_reply(BREATHLESS, after(30), "SM2"), vocabularies(), after(30))
    assert flags(again) == ["alarm_sign/now: breathing_difficulty"]


def test_a_repeated_alarm_voids_the_acknowledgement_and_raises_no_second_flag() -> None:
    flagged = decided(ASKED, replied(BREATHLESS))
    seen = after_events(flagged, e.FlagAcknowledged(flagged.flags[0].id, "ana", after(26)))
    [flag] = decided(seen, replied(BREATHLESS, after(27), seen)).flags
    assert (flag.acknowledged_by, flag.times_raised) == ("", 2)


def test_zero_and_an_alarm_sign_in_one_text_is_an_alarm() -> None:
    assert flags(replied(f"0 {BREATHLESS}")) == ["alarm_sign/now: breathing_difficulty"]


def test_an_alarm_sign_in_the_clinics_other_language_is_heard() -> None:
    spanish = circumstances(patient=a_patient(language="es"))
    assert "alarm_sign/now: breathing_difficulty" in flags(replied(BREATHLESS, around=spanish))


def test_an_alarm_sign_is_heard_though_the_rest_is_in_the_patients_own_language() -> None:
    decision = replied("no puedo respirar, and my face is red and swollen since yesterday morning")
    assert "alarm_sign/now: breathing_difficulty" in flags(decision)


def test_the_cry_for_help_that_carriers_answer_themselves_is_for_now() -> None:
    decision = replied("HELP")
    assert (flags(decision), kinds(decision)) == (["asked_for_contact/now"], ["safety"])


def test_a_stranger_holds_the_plan_and_gets_no_more_of_it() -> None:
    for state in (EpisodeState.PLANNED, EpisodeState.ACTIVE):
        decision = replied("wrong number", episode=replace(ASKED, state=state))
        assert (flags(decision), kinds(decision)) == (["needs_details/today"], [])
        assert decided(ASKED, decision).state is EpisodeState.ON_HOLD
        assert decision.wake_at is None


@pytest.mark.parametrize("state", [EpisodeState.FINISHED, EpisodeState.CANCELLED, EpisodeState.ON_HOLD])
def test_a_reply_to_a_plan_that_is_over_is_read_and_judged(state: EpisodeState) -> None:
    decision = replied("2 0", after(73), with_asked(replace(ASKED, state=state), "day-3"))
    assert flags(decision) == ["persisting/today: redness"]


def test_what_is_worrying_after_the_end_opens_the_plan_again_and_thanks_do_not() -> None:
    settled = tuple(replace(one, state=CheckInState.ANSWERED) for one in ASKED.check_ins)
    over = replace(ASKED, state=EpisodeState.FINISHED, check_ins=settled)
    assert decided(over, replied("theres a hard lump now", after(900), over)).state is EpisodeState.ACTIVE
    assert decided(over, replied("thank you so much", after(900), over)).state is EpisodeState.FINISHED


def test_a_picture_is_for_a_person() -> None:
    reply = a_reply("", after(25), media_count=1)
    decision = on_reply(ASKED, circumstances(), reply, vocabularies(), after(25))
    assert "unclear/today" in flags(decision)


# No more texts, and texts again


@pytest.mark.parametrize("word", ["STOP", "stop", "Unsubscribe", "CANCEL", "END", "QUIT"])
def test_a_no_ends_texts_and_is_shown_and_nothing_is_said_back(word: str) -> None:
    decision = replied(word)
    assert [event.phone for event in decision.events if isinstance(event, PatientOptedOut)] == [PHONE]
    assert (queued(decision), flags(decision)) == ([], ["opted_out/review"])
    assert states(decided(ASKED, decision))["day-1"] == "dropped"


def test_a_no_while_a_flag_is_open_is_for_today() -> None:
    flagged = decided(ASKED, replied("3 0"))
    assert flags(replied("STOP", after(26), flagged)) == ["opted_out/today"]


def test_a_no_and_an_alarm_sign_in_one_text_are_both_heard() -> None:
    decision = replied(f"{BREATHLESS}. Please don't text me any more")
    assert flags(decision) == ["alarm_sign/now: breathing_difficulty", "opted_out/today"] or flags(decision) == [
        "alarm_sign/now: breathing_difficulty",
        "opted_out/review",
    ]
    assert queued(decision) == []


@pytest.mark.parametrize("text", ["0", "1", "2 1", UNREADABLE, BREATHLESS, "STOP", "YES", "call me"])
def test_what_a_patient_writes_after_a_no_is_for_a_call_and_never_answered(text: str) -> None:
    opted_out = circumstances(patient=a_patient(opted_out_at=after(24.5)))
    decision = replied(text, around=opted_out)
    assert "opted_out/today" in flags(decision)
    assert queued(decision) == []
    assert not any(isinstance(event, PatientOptedIn) for event in decision.events)


def test_what_was_written_before_a_no_and_is_read_after_it_is_no_message_after_the_no() -> None:
    opted_out = circumstances(patient=a_patient(opted_out_at=after(26)))
    decision = replied("2 1", around=opted_out)
    assert (flags(decision), queued(decision)) == ([], [])


@pytest.mark.parametrize("word", ["START", "start", "Unstop", "START."])
def test_start_after_a_no_resumes_what_is_still_due(word: str) -> None:
    decision = replied(word, around=circumstances(patient=a_patient(opted_out_at=after(24.5))))
    assert [event.at for event in decision.events if isinstance(event, PatientOptedIn)] == [after(25)]
    assert (flags(decision), queued(decision), decision.wake_at) == ([], [], after(25))


def test_a_start_older_than_the_no_changes_nothing() -> None:
    decision = replied("START", around=circumstances(patient=a_patient(opted_out_at=after(26))))
    assert not any(isinstance(event, PatientOptedIn) for event in decision.events)


def test_start_from_somebody_who_never_said_no_troubles_nobody() -> None:
    decision = replied("START")
    assert [type(event) for event in decision.events] == [e.ReplyReceived]


def test_strays_say_no_and_yes_too() -> None:
    words = vocabularies().values()
    assert [opt_word(text, words) for text in ("STOP", "start", "YES", "hello")] == ["out", "in", "", ""]


# Whose it is


def test_a_reply_is_credited_to_the_question_asked_last_before_it_arrived() -> None:
    first, second = replace(ASKED, id="first"), with_asked(an_episode(id="second"), "day-1", at=after(30))
    assert choose_episode([first, second], after(29)) == first
    assert choose_episode([first, second], after(31)) == second


def test_a_question_that_waits_comes_before_one_that_is_answered() -> None:
    waits = replace(ASKED, id="waits")
    answered = with_asked(an_episode(id="answered"), "day-1", at=after(24.5))
    answered = after_events(answered, e.CheckInAnswered("day-1", after(24.6)))
    assert choose_episode([answered, waits], after(25)) == waits


def test_a_question_of_a_plan_that_was_cancelled_waits_no_more() -> None:
    cancelled = replace(ASKED, id="cancelled", state=EpisodeState.CANCELLED)
    newer = with_asked(an_episode(id="newer"), "day-1", at=after(24.5))
    newer = after_events(newer, e.CheckInAnswered("day-1", after(24.6)))
    assert choose_episode([cancelled, newer], after(25)) == newer


def test_without_a_question_the_last_treatment_that_took_place_counts() -> None:
    to_come = an_episode(id="to come", treated_until=after(24 * 7), state=EpisodeState.PLANNED)
    never = an_episode(id="never", treated_until=after(4), state=EpisodeState.CANCELLED)
    long_ago = an_episode(id="long ago", treated_until=after(-24 * 7))
    last = an_episode(id="last")
    assert choose_episode([to_come, never, long_ago, last], after(5)) == last
    assert choose_episode([to_come, never], after(5)) is not None
    assert choose_episode([], after(5)) is None


def test_two_patients_on_one_phone_who_were_both_asked_are_never_guessed() -> None:
    sister = replace(ASKED, id="sister", patient_id="P-2")
    for theirs in (sister, decided(sister, replied("0", after(24.5), sister))):
        decision = replied("2 1", others=(theirs,))
        assert (reported(decision), flags(decision), kinds(decision)) == ({}, ["unclear/today"], ["flagged"])


def test_an_answer_without_a_name_is_not_guessed_while_anothers_question_only_waits_for_its_turn() -> None:
    decision = replied("2 1", others=(an_episode(id="sister", patient_id="P-2"),))
    assert (reported(decision), flags(decision)) == ({}, ["unclear/today"])


def test_an_alarm_sign_from_a_shared_phone_is_for_now_all_the_same() -> None:
    sister = replace(ASKED, id="sister", patient_id="P-2")
    assert "alarm_sign/now: breathing_difficulty" in flags(replied(BREATHLESS, others=(sister,)))


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, id="older", treated_until=after(-24)),
        an_episode(id="sister", patient_id="P-2", check_ins=an_episode().check_ins[1:]),
        after_events(
            with_asked(an_episode(id="sister", patient_id="P-2"), "day-1", at=after(24) - 9 * DAY),
            e.CheckInMissed("day-1", after(24) - 8 * DAY),
        ),
    ],
    ids=["the same patient", "a patient who is to be asked later", "a patient who was asked long ago"],
)
def test_another_episode_of_the_phone_makes_no_doubt_by_itself(other: Episode) -> None:
    assert reported(replied("2 1", others=(other,))) != {}


def test_a_clinic_with_one_language_reads_only_that() -> None:
    english = circumstances(clinic=a_clinic(languages=("en",)), patient=a_patient(language="es"))
    assert kinds(replied("2 1", around=english)) == ["thanks"]


# Whatever happens

WORDS = (
    "0",
    "1",
    "2 1",
    "redness 1",
    "thanks",
    UNREADABLE,
    BREATHLESS,
    "STOP",
    "START",
    "HELP",
    "??",
    "",
    "wrong number",
)


@settings(deadline=None)
@given(
    text=st.sampled_from(WORDS),
    episode=st.sampled_from([ASKED, ASKED_LATE, with_asked(ASKED, "day-3"), an_episode()]),
    state=st.sampled_from(EpisodeState),
    opted_out_at=st.sampled_from([None, after(1), after(10_000)]),
    consent=st.sampled_from([None, "granted", "withdrawn"]),
    sent=st.sampled_from([(), [(Kind.THANKS, after(24.9))] * 9, [(Kind.SAFETY, after(24.9))]]),
    hours=st.sampled_from([25.0, 49.0, 80.0, 673.0, 2000.0]),
)
def test_every_reply_is_understood_or_asked_about_or_with_a_person(
    text: str,
    episode: Episode,
    state: EpisodeState,
    opted_out_at: datetime | None,
    consent: str | None,
    sent: list[tuple[Kind, datetime]],
    hours: float,
) -> None:
    patient = a_patient(opted_out_at=opted_out_at, consent=consent)
    around = circumstances(patient=patient, sent=sent)
    decision = replied(text, after(hours), replace(episode, state=state), around)
    [heard] = [event for event in decision.events if isinstance(event, e.ReplyReceived)]
    is_understood = heard.understanding.handling is Handling.AUTO or text == "START"
    is_asked_again = {"clarify", "clarify_late", "ask_rest"} & set(kinds(decision))
    assert is_understood or is_asked_again or flags(decision)
    if opted_out_at is not None or consent != "granted":
        assert queued(decision) == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*WORDS, "wake"]), st.integers(1, 60 * 48)), max_size=25))
def test_whatever_a_patient_writes_and_whenever_nothing_is_asked_twice_or_sent_after_a_no(
    inputs: list[tuple[str, int]],
) -> None:
    story, now = Lived(an_episode(), circumstances()), after(0)
    for number, (text, minutes) in enumerate(inputs):
        now += timedelta(minutes=minutes)
        decision = on_wake(story.episode, story.circumstances, now)
        if text != "wake":
            story.take(decision, now)
            reply = a_reply(text, now, f"SM{number}")
            decision = on_reply(story.episode, story.circumstances, reply, vocabularies(), now)
        _assert_quiet_after_a_no(story, decision)
        story.take(decision, now)
        _remember_the_patients_wish(story, decision)
    asked = [step for _, _, step in story.texts(Kind.ASK, Kind.ASK_LATE)]
    assert len(asked) == len(set(asked))
    messages = [event.message.id for _, event in story.events if isinstance(event, e.MessageQueued)]
    assert len(messages) == len(set(messages))
    assert len({flag.id for flag in story.episode.flags}) == len(story.episode.flags)


def _assert_quiet_after_a_no(story: Lived, decision: Decision) -> None:
    if story.circumstances.patient.opted_out_at is not None:
        assert queued(decision) == []


def _remember_the_patients_wish(story: Lived, decision: Decision) -> None:
    for event in decision.events:
        if isinstance(event, PatientOptedOut | PatientOptedIn):
            opted_out_at = event.at if isinstance(event, PatientOptedOut) else None
            patient = replace(story.circumstances.patient, opted_out_at=opted_out_at)
            story.circumstances = replace(story.circumstances, patient=patient)
