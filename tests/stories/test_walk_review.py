"""Staff review a flag: from the worklist to a closed review, and nobody overwrites a colleague."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kit.desk import hire
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse, Seen

FRIGHTENED = "1 0 and I can't breathe <script>alert(1)</script>"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A patient who answered her first check-in with an alarm sign."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.hours(24)
        await opened.minutes(5)
        await opened.reply(FRIGHTENED)
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin)
    yield hired
    await hired.close()


@pytest.fixture
async def colleague(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin, "Cal")
    yield hired
    await hired.close()


async def episode_page(story: Story, nurse: Nurse) -> Seen:
    return await nurse.see(f"/episodes/{(await story.episode()).id}")


async def test_the_worklist_says_who_why_in_whose_words_and_since_when(nurse: Nurse) -> None:
    page = await nurse.see("/")
    assert "Ada Byrne" in page.words
    assert "24 h since treatment" in page.words
    assert "Words for breathing difficulty 24 h 5 min after treatment" in page.words
    assert FRIGHTENED in page.words
    assert "<script>alert" not in page.html
    assert "(1 now)" in page.html


async def test_a_flag_is_claimed_acknowledged_noted_and_closed_and_leaves_the_worklist(
    story: Story, nurse: Nurse
) -> None:
    page = await nurse.press(await nurse.see("/"), "/flags/*/acts", act="claim")
    assert "Nia Nurse has it" in page.words
    page = await nurse.press(page, "/flags/*/acts", act="acknowledge")
    assert "seen by Nia Nurse" in page.words
    page = await nurse.press(await episode_page(story, nurse), "/flags/*/acts", act="note", note="rang: no answer")
    assert "rang: no answer" in page.words
    await nurse.press(page, "/flags/*/acts", act="close", outcome="referred", note="sent to A&E")
    assert await story.flags() == []
    page = await episode_page(story, nurse)
    assert "Closed as referred by Nia Nurse" in page.words
    assert "sent to A&E" in page.words
    page = await nurse.press(page, "/flags/*/acts", act="reopen")
    assert await story.flags() == ["alarm_sign: breathing_difficulty"]


async def test_the_second_of_two_is_told_who_was_first_and_loses_nothing_typed(
    story: Story, nurse: Nurse, colleague: Nurse
) -> None:
    old = await episode_page(story, colleague)
    await nurse.press(await episode_page(story, nurse), "/flags/*/acts", act="claim")
    page = await colleague.press(old, "/flags/*/acts", act="close", outcome="advised", note="told her to call 999")
    assert page.status == 409
    assert "Nia Nurse changed this flag first" in page.words
    assert page.forms("/flags/*/acts")[0].fields["note"] == "told her to call 999"
    assert await story.flags() == ["alarm_sign: breathing_difficulty"]
    await colleague.press(page, "/flags/*/acts", act="close", outcome="advised")
    assert await story.flags() == []


async def test_a_note_for_a_flag_that_a_colleague_closed_is_not_lost_either(
    story: Story, nurse: Nurse, colleague: Nurse
) -> None:
    old = await episode_page(story, colleague)
    page = await episode_page(story, nurse)
    await nurse.press(page, "/flags/*/acts", act="close", outcome="referred")
    page = await colleague.press(old, "/flags/*/acts", act="note", note="she has asthma")
    assert page.status == 409
    assert page.forms("/flags/*/acts")[0].fields["note"] == "she has asthma"
    await colleague.press(page, "/flags/*/acts", act="note")
    assert "she has asthma" in (await episode_page(story, nurse)).words


async def test_closing_without_an_outcome_is_refused_and_says_so(story: Story, nurse: Nurse) -> None:
    page = await nurse.press(await episode_page(story, nurse), "/flags/*/acts", act="close", note="fine now")
    assert page.status == 422
    assert "Closing needs an outcome" in page.words
    assert page.forms("/flags/*/acts")[0].fields["note"] == "fine now"


async def test_flags_of_one_patient_are_one_card_and_are_claimed_and_closed_in_one_act(
    story: Story, nurse: Nurse, colleague: Nurse
) -> None:
    await story.reply("3 3 please call me")
    several = len(await story.flags())
    assert several > 2
    page = await nurse.see("/?section=today")
    assert page.html.count("data-case") == 1
    await nurse.press(page, "/flags/acts", act="claim")
    assert f"Nia Nurse has {several - 1} of {several}" not in (await nurse.see("/?section=today")).words
    old = await episode_page(story, colleague)
    page = await nurse.press(
        await episode_page(story, nurse), "/flags/acts", act="close", outcome="recalled", note="at 3"
    )
    assert await story.flags() == []
    assert page.words.count("at 3") == 1
    page = await colleague.press(old, "/flags/acts", act="close", outcome="advised", note="all well")
    assert page.status == 409
    assert "all well" in [form.fields.get("note") for form in page.forms("/flags/*/acts")]


@pytest.mark.parametrize("made_up", ["", "x", "x.y", "x.-1", "x.1"])
async def test_flags_that_somebody_made_up_are_refused(nurse: Nurse, made_up: str) -> None:
    page = await nurse.press(await nurse.see("/"), "/flags/acts", act="claim", for_claim=made_up)
    assert page.status in {400, 404}


async def test_two_who_press_at_once_never_both_win(story: Story, nurse: Nurse, colleague: Nurse) -> None:
    ours, theirs = await episode_page(story, nurse), await episode_page(story, colleague)
    pages = await asyncio.gather(
        nurse.press(ours, "/flags/*/acts", act="close", outcome="advised"),
        colleague.press(theirs, "/flags/*/acts", act="close", outcome="recalled"),
    )
    assert sorted(page.status for page in pages) == [200, 409]


async def test_the_episode_shows_everything_and_what_was_not_understood(story: Story, nurse: Nurse) -> None:
    words = (await episode_page(story, nurse)).words
    assert "Check-in, day-1" in words
    assert "Safety text" in words
    assert "Not understood:" in words
    assert "Redness: mild" in words
    assert "Breathing difficulty" in words
    assert "The treatment took place" in words
    assert "24 h 5 min" in words


async def test_staff_write_to_the_patient(story: Story, nurse: Nurse) -> None:
    page = await nurse.press(
        await episode_page(story, nurse), "/episodes/*/messages", body="Glow Clinic: we ring you now."
    )
    assert story.texts()[-1] != "Glow Clinic: we ring you now."
    await story.minutes(0.2)
    assert story.texts()[-1] == "Glow Clinic: we ring you now."
    assert "we ring you now" in page.words


async def test_after_stop_only_a_call_is_left(story: Story, nurse: Nurse) -> None:
    old = await episode_page(story, nurse)
    await story.reply("STOP")
    page = await nurse.press(old, "/episodes/*/messages", body="Glow Clinic: are you well?")
    assert page.status == 422
    assert "call instead" in page.words
    assert "Call instead" in (await episode_page(story, nurse)).words
    assert "wants no texts" in (await episode_page(story, nurse)).words


async def test_a_search_is_by_name_digits_or_booking_and_never_in_an_address(story: Story, nurse: Nurse) -> None:
    for words in ("byrne", "0001", "B-1"):
        page = await nurse.press(await nurse.see("/"), "/search", words=words)
        assert page.path == "/search"
        assert f"/episodes/{(await story.episode()).id}" in page.html
    assert "Nobody found" in (await nurse.press(await nurse.see("/"), "/search", words="(a+)+$ 100% _")).words


async def test_a_text_from_an_unknown_number_waits_until_somebody_deals_with_it(story: Story, nurse: Nurse) -> None:
    await story.reply("who is this? <b>", phone="+447700900999")
    for path in ("/", "/strays"):
        assert "who is this? <b>" in (await nurse.see(path)).words
    page = await nurse.press(await nurse.see("/strays"), "/strays/*/close")
    assert page.path == "/strays"
    assert "who is this" not in page.words
    assert await story.strays() == []


async def test_silence_is_shown_as_not_heard_and_never_as_fine(story: Story, nurse: Nurse) -> None:
    await story.book(booking="B-2", patient="P-2", phone="+447700900002")
    await story.hours(48)
    page = await nurse.sign_in()
    assert "nobody knows how the patient is" in page.words
    assert "Not heard" in page.words


async def test_mine_and_nobodys_show_only_those(nurse: Nurse) -> None:
    assert "Ada Byrne" in (await nurse.see("/?owner=unowned")).words
    assert "Ada Byrne" not in (await nurse.see("/?owner=mine")).words
    await nurse.press(await nurse.see("/"), "/flags/*/acts", act="claim")
    assert "Ada Byrne" not in (await nurse.see("/?owner=unowned")).words
    assert "Ada Byrne" in (await nurse.see("/?owner=mine&section=now")).words


@pytest.mark.parametrize(
    "query", ["section=else", "owner=else", "section=now&cursor=made-up", "section=now&section=today"]
)
async def test_an_address_somebody_made_up_is_no_mistake_of_ours(nurse: Nurse, query: str) -> None:
    assert (await nurse.see(f"/?{query}")).status in {400, 404}


async def test_looking_is_in_the_journal_once_for_one_look(story: Story, nurse: Nurse) -> None:
    await episode_page(story, nurse)
    await episode_page(story, nurse)
    story.wall.move(minutes=6)
    await episode_page(story, nurse)
    async with story.services.store.reading() as tx:
        from followup.store import worklist

        page = await worklist.episode_page(tx, (await story.episode()).id, None)
    assert page is not None
    assert [line.who for line in page.journal if line.event == "EpisodeSeen"] == [nurse.email] * 2


async def test_a_held_plan_is_resumed_or_ended_by_a_lead_only(story: Story, nurse: Nurse) -> None:
    await story.book("booking.cancelled", status="cancelled", sequence=9, at=story.clock())
    page = await episode_page(story, nurse)
    assert "The plan is on hold" in page.words
    assert page.forms("/episodes/*/plan") == []
    lead = await hire(story.services, story.origin, "Lea", "lead")
    page = await lead.press(await episode_page(story, lead), "/episodes/*/plan", act="resume")
    assert "Plan running" in page.words
    await lead.close()


async def test_a_text_is_taken_back_within_ten_seconds_and_never_leaves(story: Story, nurse: Nurse) -> None:
    page = await nurse.press(await episode_page(story, nurse), "/episodes/*/messages", body="Wrong patient, sorry")
    assert "About to go: Wrong patient" in page.words
    page = await nurse.press(page, "/episodes/*/take-back")
    assert "taken back by whoever wrote it" in page.words
    await story.minutes(5)
    assert "Wrong patient, sorry" not in story.texts()


async def test_a_text_that_left_cannot_be_taken_back(story: Story, nurse: Nurse) -> None:
    old = await nurse.press(await episode_page(story, nurse), "/episodes/*/messages", body="We ring you now.")
    await story.minutes(0.2)
    page = await nurse.press(old, "/episodes/*/take-back")
    assert page.status == 422
    assert "on its way" in page.words


async def test_a_snoozed_flag_stands_below_stays_counted_and_is_back_when_the_patient_writes(
    story: Story, nurse: Nurse
) -> None:
    await story.reply("3 3")
    left = await nurse.press(await nurse.see("/?section=today"), "/flags/acts", act="snooze:4h")
    assert "Ada Byrne" not in left.words
    page = await nurse.see("/")
    assert "Snoozed until" in page.words
    assert "Ada Byrne" in (await nurse.see("/?section=snoozed")).words
    assert "0 today" not in page.words
    await story.reply("hello?")
    assert "Ada Byrne" in (await nurse.see("/?section=today")).words
    assert "Ada Byrne" not in (await nurse.see("/?section=snoozed")).words


async def test_a_snooze_ends_by_itself_and_never_hides_what_cannot_wait(story: Story, nurse: Nurse) -> None:
    await story.reply("3 3")
    await nurse.press(await nurse.see("/?section=today"), "/flags/acts", act="snooze:1h")
    await story.minutes(50)
    assert "Ada Byrne" not in (await nurse.see("/?section=today")).words
    await story.minutes(11)
    assert "Ada Byrne" in (await nurse.see("/?section=today")).words
    urgent = (await nurse.see("/?section=now")).forms("/flags/acts")[0]
    assert "for_snooze" not in urgent.fields


async def test_a_flag_is_given_to_a_colleague_and_only_to_one_who_may_have_it(
    story: Story, nurse: Nurse, colleague: Nurse
) -> None:
    looks = await hire(story.services, story.origin, "Vic", "viewer")
    page = await nurse.press(await nurse.see("/"), "/flags/acts", act="assign", owner=looks.email)
    assert page.status == 422
    page = await nurse.press(await nurse.see("/"), "/flags/acts", act="assign", owner=colleague.email)
    assert "Cal Nurse has it" in page.words
    assert "Ada Byrne" in (await colleague.see("/?owner=mine")).words
    await looks.close()


async def test_an_act_is_undone_for_a_minute_and_no_longer(story: Story, nurse: Nurse) -> None:
    page = await nurse.press(await nurse.see("/"), "/flags/acts", act="acknowledge")
    assert "Undo acknowledgement" in page.words
    page = await nurse.press(page, "/flags/acts", act="undo")
    assert "seen by" not in page.words
    page = await nurse.press(page, "/flags/acts", act="claim")
    story.wall.move(seconds=61)
    assert (await nurse.press(page, "/flags/acts", act="undo")).status == 422
    assert "Undo" not in (await nurse.see("/")).words


async def test_a_closing_says_whether_contact_was_made(story: Story, nurse: Nurse) -> None:
    page = await episode_page(story, nurse)
    page = await nurse.press(page, "/flags/*/acts", act="close", outcome="advised", contact="tried")
    assert "Closed as advised by Nia Nurse" in page.words
    assert "tried, no contact" in page.words


async def test_a_canned_reply_is_filled_in_looked_at_and_then_sent(story: Story, nurse: Nurse) -> None:
    page = await episode_page(story, nurse)
    page = await nurse.press(page, "/episodes/*/messages", act="preview", reply="please_call_us")
    draft = page.forms("/episodes/*/messages")[0].fields["body"]
    assert draft.startswith("Glow Clinic: please call us on +442079460000")
    assert "1 part" in page.words
    page = await nurse.press(page, "/episodes/*/messages", act="send")
    await story.minutes(0.2)
    assert story.texts()[-1] == draft


async def test_a_look_at_a_text_keeps_what_was_typed_and_sends_nothing(story: Story, nurse: Nurse) -> None:
    page = await episode_page(story, nurse)
    page = await nurse.press(page, "/episodes/*/messages", act="preview", body="x" * 161)
    assert "161 characters, 2 parts" in page.words
    await story.minutes(1)
    assert "x" * 161 not in story.texts()
