"""A note that names a colleague: they see it on the desk and are told off-screen; a name of nobody is said at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from followup.domain.clinic import MENTIONED
from followup.domain.inputs import Act, ReviewAct
from followup.flows.notify_staff import notify_staff
from followup.flows.review_flag import review_flag
from followup.store.worklist import FlagRow
from kit.desk import hire
from kit.native_events import PHONE
from kit.pager import open_pager, telling
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse, Seen

ACTS = "/flags/*/acts"
NONE = timedelta(0)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A patient who wants to be called."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        await opened.hours(24)
        await opened.reply("please call me back")
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


async def case(story: Story, nurse: Nurse) -> Seen:
    return await nurse.see(f"/episodes/{(await story.episode()).id}")


async def test_a_colleague_sees_the_mark_on_the_worklist_and_in_its_filter_until_they_have_read_it(
    story: Story, nurse: Nurse, colleague: Nurse
) -> None:
    page = await nurse.press(await case(story, nurse), ACTS, act="note", note="@cal could you ring her?")
    assert "Not read yet by Cal Nurse" in page.words
    assert "Mentioned a colleague Tue 24 Nov, 10:00 Nia Nurse Cal Nurse" in page.words
    assert "A note mentions you" not in (await nurse.see("/")).words
    assert "Ada Byrne" not in (await nurse.see("/?owner=mentions")).words
    desk = await colleague.see("/")
    assert "A note mentions you" in desk.words
    assert "Mentions you (1)" in desk.words
    assert "Ada Byrne" in (await colleague.see("/?owner=mentions")).words
    page = await colleague.press(await case(story, colleague), ACTS, act="read")
    assert "A note mentions you" not in page.words
    assert "Read the note" in page.words
    assert "Ada Byrne" not in (await colleague.see("/?owner=mentions")).words


async def test_a_name_of_nobody_here_is_said_at_once_and_the_note_is_not_lost(
    story: Story, nurse: Nurse, colleague: Nurse
) -> None:
    elsewhere = await hire(story.services, story.origin, "Eve", clinic="elsewhere")
    await elsewhere.close()
    for name in ("nobody", "eve"):
        page = await nurse.press(await case(story, nurse), ACTS, act="note", note=f"@{name} please")
        assert page.status == 422
        assert f'Nobody here is called "@{name}"; there are @CalNurse, @NiaNurse' in page.words
        assert f"@{name} please" in [form.fields.get("note") for form in page.forms(ACTS)]
    assert colleague.email == "cal@glow.example"
    assert "Note" not in [entry for entry in (await case(story, nurse)).words.split(" · ") if entry == "Note"]


async def test_whoever_is_mentioned_is_told_off_screen_without_a_word_of_the_patient(story: Story) -> None:
    await (await hire(story.services, story.origin, "Cal")).close()
    async with open_pager() as pager:
        rule = pager.rule(NONE, "cals-phone", urgency=MENTIONED)
        other = pager.rule(NONE, "nias-phone", urgency=MENTIONED)
        services = telling(
            story.services, replace(rule, person="cal@glow.example"), replace(other, person="nia@glow.example")
        )
        [flag] = await story.flag_values()
        note = ReviewAct(flag.id, Act.NOTE, "nia@glow.example", flag.version, note="@cal Ada wants a call")
        assert isinstance(await review_flag(services, flag.id, note, None), FlagRow)
        assert await notify_staff(services) == 1
        assert await notify_staff(services) == 0
        [(contact, title, body)] = pager.heard
    assert (contact, title) == ("cals-phone", "Glow Clinic: a note mentions cal@glow.example")
    for secret in ("Ada", "Byrne", PHONE, "call"):
        assert secret not in title + body.replace("colleague", "")


async def test_the_first_rule_of_an_old_installation_tells_of_all_that_waits_at_once_and_then_of_what_is_new(
    story: Story,
) -> None:
    for number in range(3):
        phone = f"+44770090011{number}"
        await story.book(booking=f"C-{number}", patient=f"Q-{number}", phone=phone)
        await story.reply("please call me back", phone)
    await story.hours(1)
    async with open_pager() as pager:
        services = telling(story.services, pager.rule(NONE, "nurse", urgency="today"))
        assert await notify_staff(services) == 1
        assert pager.titles == [("nurse", "Glow Clinic: today, 4 flags already waiting")]
        await story.hours(1)
        assert await notify_staff(services) == 0
        await story.reply("please call me back", "+447700900111")  # an older flag is raised again
        await story.book(booking="C-9", patient="Q-9", phone="+447700900119")
        await story.reply("please call me back", "+447700900119")
        await notify_staff(services)
        assert pager.titles[1:] == [("nurse", "Glow Clinic: today, asked for contact")] * 2
        # Without the rule, and with it again: what waits by then is told of together once more.
        await notify_staff(telling(services))
        await story.hours(1)
        await notify_staff(services)
        assert pager.titles[3:] == [("nurse", "Glow Clinic: today, 5 flags already waiting")]
