"""The worklist by clinic, treatment and reason: without a script, and never so that what cannot wait is missed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from followup.domain import events as e
from followup.domain.decision import Decision
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.understanding.values import Urgency
from followup.store import episodes, patients, strays
from followup.store.strays import Stray
from kit.builders import a_patient, an_episode
from kit.desk import hire
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from kit.desk import Nurse, Seen

GLOW, SHINE = "glow", "shine"


async def flagged(story: Story, family: str, treatment: str, *flags: Flag, clinic: str = GLOW) -> None:
    """A patient of that name, treated so, with these flags."""
    one = a_patient(id=family, family=family, clinic=clinic)
    new = an_episode(id=family, patient_id=family, clinic=clinic, protocol_id=treatment, booking_id=family)
    told: tuple[e.Event, ...] = (e.EpisodeOpened(new), *map(e.FlagRaised, flags))
    async with story.services.store.transaction() as tx:
        await patients.save(tx, one)
        await episodes.apply(tx, None, Decision(told, None), at=story.clock())


def a_flag(story: Story, name: str, urgency: Urgency, reason: Reason, minutes: int = 10) -> Flag:
    at = story.clock() - timedelta(minutes=minutes)
    return Flag(name, reason, urgency, "redness", at, at, Evidence("red", "a rule", at), waits_since=at)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """Two clinics, two treatments, and something of everything."""
    async with open_story(tmp_path) as opened:
        now, today, review = Urgency.NOW, Urgency.TODAY, Urgency.REVIEW
        await flagged(opened, "Abel", "mesotherapy", a_flag(opened, "f1", now, Reason.ALARM_SIGN))
        await flagged(opened, "Bell", "lip_filler", a_flag(opened, "f2", now, Reason.SEVERE))
        await flagged(opened, "Cole", "lip_filler", a_flag(opened, "f3", today, Reason.SEVERE))
        await flagged(opened, "Dean", "mesotherapy", a_flag(opened, "f4", review, Reason.SILENT))
        await flagged(opened, "Eden", "lip_filler", a_flag(opened, "f5", today, Reason.UNCLEAR), clinic=SHINE)
        async with opened.services.store.transaction() as tx:
            for name, clinic in (("s1", GLOW), ("s2", SHINE)):
                await strays.add(tx, Stray(name, clinic, "reply", "no treatment", f"at {clinic}", None, opened.clock()))
        yield opened


@pytest.fixture
async def nurse(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin)
    yield hired
    await hired.close()


def names(page: Seen) -> list[str]:
    """Whose cards there are, from top to bottom."""
    return re.findall(r"data-open>Zoë (\w+)<", page.html)


async def filtered(nurse: Nurse, page: Seen, **chosen: str) -> Seen:
    """The form of the page sent with these choices, as a browser without a script does."""
    assert page.forms("/")
    asked = "&".join(f"{name}={chosen.get(name, '')}" for name in ("clinic", "treatment", "reason"))
    return await nurse.see(f"/?{asked}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Abel", "Bell", "Cole", "Eden", "Dean"]),
        ("?treatment=lip_filler", ["Bell", "Cole", "Eden"]),
        ("?reason=severe", ["Bell", "Cole"]),
        ("?clinic=shine", ["Eden"]),
        ("?clinic=glow&treatment=lip_filler&reason=severe", ["Bell", "Cole"]),
        ("?section=today&treatment=lip_filler", ["Cole", "Eden"]),
        ("?section=not-heard&reason=severe", []),
        ("?section=now&owner=unowned&reason=alarm_sign", ["Abel"]),
        ("?owner=mine&treatment=lip_filler", []),
    ],
)
async def test_only_what_was_asked_for_is_shown_whatever_goes_together(
    nurse: Nurse, query: str, found: list[str]
) -> None:
    page = await nurse.see(f"/{query}")
    assert page.status == 200
    assert names(page) == found


async def test_a_form_without_a_script_leads_to_an_address_that_holds_only_what_was_chosen(nurse: Nurse) -> None:
    page = await filtered(nurse, await nurse.see("/"), treatment="lip_filler")
    async with nurse.web.get(nurse.origin + "/?clinic=&treatment=lip_filler&reason=&section=today") as answer:
        assert str(answer.url).removeprefix(nurse.origin) == "/?section=today&treatment=lip_filler"
    assert names(page) == ["Bell", "Cole", "Eden"]
    assert 'value="lip_filler" selected' in page.html


async def test_what_cannot_wait_outside_a_filter_is_said_with_a_way_to_it(nurse: Nurse) -> None:
    page = await nurse.see("/?treatment=lip_filler")
    assert "1 that cannot wait is outside this filter" in page.words
    assert "nobody has it yet" in page.words
    assert 'class="banner wrong outside"' in page.html
    assert '<a href="/?section=now">Show it' in page.html
    assert names(await nurse.see("/?section=now")) == ["Abel", "Bell"]
    assert "2 that cannot wait are outside this filter" in (await nurse.see("/?section=today&owner=mine")).words
    assert "outside this filter" not in (await nurse.see("/")).words
    assert "outside this filter" not in (await nurse.see("/?section=today")).words


async def test_an_urgent_flag_that_a_colleague_has_is_said_all_the_same_but_not_as_nobodys(
    story: Story, nurse: Nurse
) -> None:
    colleague = await hire(story.services, story.origin, "Cal")
    await colleague.press(await colleague.see("/?reason=alarm_sign"), "/flags/acts", act="claim")
    await colleague.close()
    words = (await nurse.see("/?owner=unowned&treatment=lip_filler")).words
    assert "1 that cannot wait is outside this filter ." in words
    assert (
        "2 that cannot wait are outside this filter , nobody has 1 of them yet"
        in (await nurse.see("/?owner=mine")).words
    )


async def test_it_counts_what_it_shows_of_what_there_is_and_can_be_taken_away(nurse: Nurse) -> None:
    page = await nurse.see("/?section=today&treatment=lip_filler&reason=severe")
    assert "1 of 2 flags here" in page.words
    assert "Take the filter away" in page.words
    assert 'href="/?section=today">Take' in page.html
    page = await nurse.see("/?treatment=lip_filler")
    assert "3 of 5 flags" in page.words
    assert "1 of 2 now" in page.words
    assert "2 today" in page.words
    assert "0 of 1 not heard" in page.words
    assert "2 strays" in page.words
    assert "flags Take the filter away" not in (await nurse.see("/")).words


async def test_an_empty_list_says_that_others_are_hidden(nurse: Nurse) -> None:
    words = (await nurse.see("/?treatment=lip_filler&reason=alarm_sign")).words
    assert "0 of 5 flags" in words
    assert "Nothing that cannot wait with this filter; 2 are hidden by it." in words
    assert "Nothing here with this filter; 2 are hidden by it." in words
    assert "hidden" not in (await nurse.see("/")).words


async def test_a_filter_of_something_that_ends_stays_and_says_so(nurse: Nurse) -> None:
    page = await nurse.see("/?reason=unclear")
    left = await nurse.press(page, "/flags/acts", act="close:advised", contact="made")
    assert names(left) == []
    assert "Not understood (0)" in left.words
    assert "0 of 4 flags" in left.words


async def test_strays_belong_to_no_treatment_so_only_a_clinic_hides_them(nurse: Nurse) -> None:
    words = (await nurse.see("/?treatment=lip_filler&reason=severe")).words
    assert "at glow" in words
    assert "at shine" in words
    words = (await nurse.see("/?clinic=shine")).words
    assert "at glow" not in words
    assert "at shine" in words
    assert "1 of 2 strays" in words


async def test_an_act_and_the_next_page_keep_the_filter(story: Story, nurse: Nurse) -> None:
    for number in range(55):
        flag = a_flag(story, f"m{number:02}", Urgency.REVIEW, Reason.WORSENING, minutes=100 + number)
        await flagged(story, f"M{number:02}", "lip_filler" if number % 11 else "mesotherapy", flag)
    page = await nurse.see("/?treatment=lip_filler&reason=worsening")
    seen = names(page)
    assert "50 of 55 to review" in page.words
    assert "50 of 60 flags" in page.words
    [more] = re.findall(r'href="(/\?section=review&amp;[^"]+cursor=[^"]+)"', page.html)
    page = await nurse.see(more.replace("&amp;", "&"))
    assert "treatment=lip_filler&amp;reason=worsening" in more
    assert not set(names(page)) & set(seen)
    assert len(names(page)) + len(seen) == 50
    address = "/?section=review&treatment=lip_filler&reason=worsening"
    async with nurse.web.post(
        nurse.origin + "/flags/acts", data={**(await nurse.see(address)).forms("/flags/acts")[0].fields, "act": "claim"}
    ) as answer:
        assert answer.status == 200
        assert str(answer.url).removeprefix(nurse.origin).partition("#")[0] == address


async def test_only_clinics_that_somebody_may_see_can_be_chosen_and_named(story: Story) -> None:
    own = await hire(story.services, story.origin, "Gil", "reviewer", GLOW)
    page = await own.see("/")
    assert 'name="clinic"' not in page.html
    assert "Eden" not in page.html
    assert "shine" not in page.html
    assert "Not understood (" not in page.words
    assert (await own.see("/?clinic=shine")).status == 404
    assert names(await own.see("/?clinic=glow&treatment=lip_filler")) == ["Bell", "Cole"]
    await own.close()


async def test_everybody_can_choose_only_among_what_waits(nurse: Nurse) -> None:
    page = await nurse.see("/?treatment=lip_filler")
    options = re.findall(r'<option value="([\w-]+)"[^>]*>([^<]+)</option>', page.html.partition("cases")[0])
    assert options == [
        ("glow", "Glow Clinic (2)"),
        ("shine", "shine (1)"),
        ("lip_filler", "Lip filler (3)"),
        ("mesotherapy", "Mesotherapy (2)"),
        ("alarm_sign", "Alarm sign (0)"),
        ("silent", "Not heard (0)"),
        ("unclear", "Not understood (1)"),
        ("severe", "Severe (2)"),
    ]


@pytest.mark.parametrize("query", ["reason=tired", "clinic=a%20b", "treatment=%3Cb%3E", "treatment=" + "x" * 65])
async def test_a_filter_somebody_made_up_is_not_there(nurse: Nurse, query: str) -> None:
    assert (await nurse.see(f"/?{query}")).status == 404


async def test_what_was_put_aside_is_filtered_too(story: Story, nurse: Nurse) -> None:
    later = story.clock() + timedelta(hours=4)
    for name, treatment in (("Fern", "lip_filler"), ("Gray", "mesotherapy")):
        flag = a_flag(story, name, Urgency.TODAY, Reason.UNCLEAR)
        await flagged(story, name, treatment, replace(flag, snoozed_until=later, snoozed_by=nurse.email))
    page = await nurse.see("/?section=snoozed&treatment=mesotherapy")
    assert names(page) == ["Gray"]
    assert "1 of 2 flags here" in page.words
