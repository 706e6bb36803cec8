"""`followup doctor --deep` asks the carrier where patients' replies go, through the real SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from followup.flows.doctor_running import ask_around
from followup.sms.simulator.numbers import Hook
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from followup.flows.doctor import Finding

SERVICE = "MG" + "0" * 31 + "1"
CODE = "60777"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with open_story(tmp_path) as opened:
        yield opened


async def replies(story: Story, sender: str = "") -> Finding:
    """What is found of the clinic's replies; with another sender in its file."""
    services, clinic = story.services, story.services.catalogue.clinics["glow"]
    if sender:
        texting = replace(clinic, sms=replace(clinic.sms, sender=sender))
        services = replace(services, catalogue=replace(services.catalogue, clinics={"glow": texting}))
    found = {finding.name: finding async for finding in ask_around(services)}
    return found["replies to glow"]


def ours(story: Story) -> str:
    gateway = story.services.catalogue.clinics["glow"].sms.gateway
    return f"{story.services.public_url.rstrip('/')}/hooks/sms/{gateway}/reply"


async def test_replies_that_come_to_us_are_fine(story: Story) -> None:
    for more in ("", "#rc=3&rp=all"):
        story.simulator.reply_url = ours(story) + more
        assert ((await replies(story)).grade, (await replies(story)).todo) == ("ok", "")


async def test_replies_that_go_elsewhere_are_found_with_what_to_do(story: Story) -> None:
    for url, said in (("https://old.example/sms", "https://old.example/sms"), ("", "nobody")):
        story.simulator.reply_url = url
        found = await replies(story)
        assert (found.grade, found.said.endswith(said)) == ("fail", True)
        assert f"{ours(story)}#rc=3&rp=all with HTTP POST" in found.todo


async def test_a_sender_that_the_account_does_not_have_is_found(story: Story) -> None:
    for sender in ("+447400000999", CODE, SERVICE):
        found = await replies(story, sender)
        assert (found.grade, sender in found.said, "glow's file" in found.todo) == ("fail", True, True)


async def test_an_address_that_is_called_by_get_is_no_use(story: Story) -> None:
    story.simulator.numbers.numbers["+447400000111"] = Hook(ours(story), "GET")
    assert (await replies(story, "+447400000111")).said.endswith(f"GET {ours(story)}")


async def test_an_application_decides_before_the_number(story: Story) -> None:
    numbers = story.simulator.numbers
    numbers.applications["AP1"] = Hook("https://other.example/app")
    numbers.numbers["+447400000111"] = Hook(ours(story), application="AP1")
    assert (await replies(story, "+447400000111")).said.endswith("https://other.example/app")
    numbers.applications["AP1"].url = ours(story)
    assert (await replies(story, "+447400000111")).grade == "ok"


async def test_short_codes_and_messaging_services_are_asked_too(story: Story) -> None:
    numbers = story.simulator.numbers
    numbers.numbers |= {CODE: Hook(ours(story)), "+447400000111": Hook(ours(story)), "+447400000112": Hook("")}
    assert (await replies(story, CODE)).grade == "ok"
    numbers.services[SERVICE] = Hook(ours(story))
    assert (await replies(story, SERVICE)).grade == "ok"
    numbers.services[SERVICE] = ["+447400000111"]
    assert (await replies(story, SERVICE)).grade == "ok"
    numbers.services[SERVICE] = ["+447400000111", "+447400000112"]
    assert (await replies(story, SERVICE)).said.endswith("nobody")
