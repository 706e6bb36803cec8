"""Two patients on one phone: one question at a time, each answer its own patient's, and a wrong number stops both."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from kit.own_config import config_with
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from followup.domain.episode import Episode

HOUR = timedelta(hours=1)


async def booked(story: Story) -> None:
    """Anna and Ben have one phone and were treated at the same time."""
    await story.book(given="Anna")
    await story.book(booking="B-2", patient="P-2", given="Ben")


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        await booked(opened)
        yield opened


async def of(story: Story, booking: str) -> Episode:
    return next(one for one in await story.episodes() if one.booking_id == booking)


async def asked_at(story: Story) -> list[timedelta]:
    """When questions first went to this phone, counted from the first of them."""
    found = sorted(
        one.asked_at for episode in await story.episodes() for one in episode.check_ins if one.asked_at is not None
    )
    return [at - found[0] for at in found]


async def first_asked(story: Story) -> tuple[Episode, Episode]:
    """Day 1 comes: the episode that was asked first, and the one that waits."""
    await story.hours(24.1)
    one, other = await story.episodes()
    return (one, other) if one.check_ins[0].asked_at else (other, one)


def degrees(episode: Episode) -> dict[str, str]:
    return {one.symptom: one.severity.value for one in episode.reports if one.severity}


async def test_a_question_waits_while_anothers_is_fresh_and_goes_soon_after_its_answer(story: Story) -> None:
    await first_asked(story)
    await story.hours(1.5)
    assert await asked_at(story) == [timedelta(0)]
    await story.reply("1 0")
    await story.minutes(20)
    first, second = await asked_at(story)
    assert second - first >= HOUR


async def test_where_nobody_answers_it_goes_four_hours_after_the_one_before(story: Story) -> None:
    await first_asked(story)
    await story.hours(3.8)
    assert len(await asked_at(story)) == 1
    await story.hours(0.4)
    assert (await asked_at(story))[1] == 4 * HOUR


async def test_a_question_that_waits_too_long_is_dropped_and_shown(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, min_gap='"13h"')) as story:
        await booked(story)
        _, waits = await first_asked(story)
        await story.hours(13)
        [check_in, *_] = (await of(story, waits.booking_id)).check_ins
        assert check_in.state == "dropped"
        assert "not_sent" in await story.flags()


async def test_the_text_says_for_whom_it_is_by_a_letter(story: Story) -> None:
    first, _ = await first_asked(story)
    letter = "A" if first.booking_id == "B-1" else "B"
    assert story.texts()[-1].startswith(f"Glow Clinic for {letter}: redness")


@pytest.mark.parametrize(("allowed", "opening"), [("first_name", "Glow Clinic for Anna:"), ("never", "Glow Clinic:")])
async def test_how_a_text_names_a_patient_is_the_clinics_choice(tmp_path: Path, allowed: str, opening: str) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, for_whom=f'"{allowed}"')) as story:
        await booked(story)
        await story.hours(24 + 5)
        assert any(text.startswith(opening) for text in story.texts())


async def test_a_phone_that_one_patient_has_alone_is_told_no_name(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, for_whom='"first_name"')) as story:
        await story.book(given="Anna")
        await story.book("booking.cancelled", booking="B-2", patient="P-2", given="Ben")
        await story.hours(24.1)
        assert story.texts()[-1].startswith("Glow Clinic: redness")


async def test_an_answer_to_the_only_question_that_waits_is_its_patients(story: Story) -> None:
    first, waits = await first_asked(story)
    await story.reply("1 0")
    await story.hours(2)
    await story.reply("2 1")
    assert degrees(await of(story, first.booking_id)) == {"redness": "mild", "swelling": "none"}
    assert degrees(await of(story, waits.booking_id)) == {"redness": "moderate", "swelling": "mild"}
    assert await story.flags() == []


@pytest.mark.parametrize(
    "text",
    ["A1 0 B0 0", "A 1 0 B 0 0", "a: 1 0  b: 0 0", "Anna 1 0, Ben 0 0", "ANNA: 1 0\nBen: 0 0", "B 0 0 and A 1 0"],
)
async def test_a_reply_that_names_both_is_credited_to_each(story: Story, text: str) -> None:
    await first_asked(story)
    await story.hours(4.5)
    thanked = len(story.texts())
    await story.reply(text)
    assert degrees(await of(story, "B-1")) == {"redness": "mild", "swelling": "none"}
    assert degrees(await of(story, "B-2")) == {"redness": "none", "swelling": "none"}
    assert [one.check_ins[0].state.value for one in await story.episodes()] == ["answered", "answered"]
    assert len(story.texts()) == thanked + 1
    assert await story.flags() == []


async def test_a_name_in_front_credits_the_other_patient_than_the_one_asked_last(story: Story) -> None:
    first, waits = await first_asked(story)
    await story.hours(4.5)
    name = "Anna" if first.booking_id == "B-1" else "Ben"
    await story.reply(f"{name} 1 1")
    assert degrees(await of(story, first.booking_id)) == {"redness": "mild", "swelling": "mild"}
    assert degrees(await of(story, waits.booking_id)) == {}


async def test_what_may_be_about_either_is_asked_once_and_then_for_a_person(story: Story) -> None:
    await first_asked(story)
    await story.hours(4.5)
    await story.reply("1 0")
    assert story.texts()[-1].startswith("Glow Clinic: thank you. Who is this about: ")
    assert "A / B?" in story.texts()[-1] or "B / A?" in story.texts()[-1]
    assert await story.flags() == []
    await story.reply("1 0")
    assert await story.flags() == ["unclear"]
    assert [degrees(one) for one in await story.episodes()] == [{}, {}]


async def test_whoever_then_says_the_name_is_credited(story: Story) -> None:
    await first_asked(story)
    await story.hours(4.5)
    await story.reply("1 0")
    await story.reply("B 1 0")
    assert degrees(await of(story, "B-2")) == {"redness": "mild", "swelling": "none"}
    assert await story.flags() == []


async def test_where_no_name_may_be_said_a_person_decides_at_once(tmp_path: Path) -> None:
    async with open_story(tmp_path, config=config_with(tmp_path, for_whom='"never"')) as story:
        await booked(story)
        await story.hours(24 + 4.5)
        await story.reply("1 0")
        assert await story.flags() == ["unclear"]
        assert [degrees(one) for one in await story.episodes()] == [{}, {}]


@pytest.mark.parametrize("text", ["Anna 1 0 and Ben can't breathe", "Ben is fine but my face is going blue, Anna 0 0"])
async def test_an_alarm_sign_beside_names_is_seen_at_once_and_never_lost_between_them(story: Story, text: str) -> None:
    await first_asked(story)
    await story.hours(4.5)
    await story.reply(text)
    flags = await story.flags()
    assert any(flag.startswith("alarm_sign") for flag in flags)
    assert "999" in story.texts()[-1]


@pytest.mark.parametrize("text", ["Anna and Ben 1 0", "both fine, Anna 0 0", "A 1 0 B 0 0 A 2 0", "Anna? 1 0 Ben"])
async def test_names_that_leave_a_doubt_are_never_guessed_at(story: Story, text: str) -> None:
    await first_asked(story)
    await story.hours(4.5)
    await story.reply(text)
    assert [degrees(one) for one in await story.episodes()] == [{}, {}]
    assert "unclear" in await story.flags() or "Who is this about" in story.texts()[-1]


async def test_severe_words_that_may_be_eithers_are_for_a_person_without_asking_back(story: Story) -> None:
    await first_asked(story)
    await story.hours(4.5)
    await story.reply("3 3")
    assert "unclear" in await story.flags()
    assert "Who is this about" not in story.texts()[-1]


async def test_a_wrong_number_holds_the_plan_of_everybody_with_that_phone(story: Story) -> None:
    await story.hours(24.5)
    await story.reply("wrong number")
    assert [one.state for one in await story.episodes()] == ["on_hold", "on_hold"]
    assert await story.flags() == ["needs_details", "needs_details"]
    told = len(story.texts())
    await story.hours(24 * 8)
    assert len(story.texts()) == told


async def test_a_plan_that_is_over_is_not_held_by_a_wrong_number(story: Story) -> None:
    await story.book("booking.cancelled", "B-2", patient="P-2", sequence=9)
    states = {one.booking_id: one.state for one in await story.episodes()}
    await story.hours(24.5)
    await story.reply("wrong number")
    after = {one.booking_id: one.state for one in await story.episodes()}
    assert after == {"B-1": "on_hold", "B-2": states["B-2"]}
