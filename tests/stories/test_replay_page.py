"""A lead asks what a changed protocol would have flagged: the page, whom it shows, and what it says of mistakes."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from followup.flows.replay import PAGE
from followup.flows.try_protocol import try_protocol
from followup.store import staff
from followup.web.replay import LARGEST
from kit.desk import Nurse, Seen, hire
from kit.native_events import PHONE
from kit.sources import TOP
from kit.story import Story, open_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECOND, THIRD = "+447700900002", "+447700900003"
OTHERS = {"B-2": ("P-2", SECOND), "B-3": ("P-3", THIRD)}
SHIPPED = (TOP / "config/protocols/mesotherapy.toml").read_text(encoding="utf-8")
LONGER = SHIPPED.replace('window = "48h"', 'window = "96h"')
UNPROCESSABLE, TOO_LARGE = 422, 413


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """Three patients whose redness is still there after 72 hours."""
    async with open_story(tmp_path) as opened:
        await opened.book()
        for booking, (patient, phone) in OTHERS.items():
            await opened.book(booking=booking, patient=patient, phone=phone)
        await opened.hours(72.1)
        await opened.reply("redness 2 swelling 0 <b>hm</b>")
        for _, phone in OTHERS.values():
            await opened.reply("2 0", phone)
        yield opened


@pytest.fixture
async def lead(story: Story) -> AsyncIterator[Nurse]:
    hired = await hire(story.services, story.origin, "Lea", "lead")
    yield hired
    await hired.close()


async def close(story: Story, lead: Nurse, phone: str, outcome: str) -> str:
    """Staff close this patient's flag."""
    episode = await story.episode(phone)
    page = await lead.see(f"/episodes/{episode.id}")
    await lead.press(page, "/flags/*/acts", act="close", outcome=outcome)
    return episode.id


async def ask(lead: Nurse, protocol: str | bytes, file: bytes | None = None, **changed: str) -> Seen:
    """The form of the page, sent as a browser sends it."""
    page = await lead.see("/replay")
    form = aiohttp.FormData(default_to_multipart=True)
    [mine] = [one for one in page.forms("/replay") if "csrf" in one.fields]
    for name, value in {**mine.fields, "protocol": protocol, **changed}.items():
        if name != "file":
            form.add_field(name, io.BytesIO(value) if isinstance(value, bytes) else value)
    form.add_field(
        "file", io.BytesIO(file or b""), filename="new.toml" if file else "", content_type="application/octet-stream"
    )
    async with lead.web.post(lead.origin + "/replay", data=form) as answer:
        return Seen(answer.status, answer.url.path, await answer.text(), answer.headers)


async def test_it_says_what_would_be_missed_and_what_would_be_spared(story: Story, lead: Nurse) -> None:
    real = await close(story, lead, PHONE, "recalled")
    await close(story, lead, SECOND, "mistaken")
    page = await ask(lead, LONGER)
    assert page.status == 200
    assert "3 episodes" in page.words
    assert "Still there 3 0 -3" in page.words
    for heading in ("Real, and would be missed 1", "False, and spared 1", "Not reviewed 1", "New None", "reason None"):
        assert heading.replace(" None", " 0 None") in page.words
    missed = page.html.partition("Real, and would be missed")[2].partition("</section>")[0]
    assert f"/episodes/{real}#flag-" in missed
    assert "Ada Byrne" in missed
    assert "redness 2 swelling 0 &lt;b&gt;hm&lt;/b&gt;" in missed
    assert "Recalled" in missed


async def test_the_same_protocol_changes_nothing(lead: Nurse) -> None:
    page = await ask(lead, SHIPPED)
    assert "Still there 3 3 the same" in page.words
    assert "Examples that no longer hold" not in page.words


async def test_a_file_goes_before_the_text_and_is_shown_to_go_on_from(lead: Nurse) -> None:
    page = await ask(lead, "id = ", LONGER.encode())
    assert "Still there 3 0 -3" in page.words
    [form] = [one for one in page.forms("/replay") if "csrf" in one.fields]
    assert form.fields["protocol"].strip() == LONGER.strip()


async def test_examples_that_no_longer_hold_are_named(lead: Nurse) -> None:
    page = await ask(lead, LONGER)
    assert "Examples that no longer hold" in page.words
    assert "raises nothing, and the file says persisting: redness" in page.words


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[expected.redness]", "[expected.rednes]", 'there is no symptom "rednes", did you mean "redness"?'),
        ('version = "', 'versoin = "', "versoin"),
        ('id = "mesotherapy"', "id = ", "not TOML"),
        ('window = "48h"', 'window = "' + "999999d" * 2000 + '"', "a length of time is written"),
        ('window = "48h"', "window = " + "[" * 20_000, "TOML"),
    ],
)
async def test_mistakes_are_shown_with_their_line_and_the_text_is_kept(
    lead: Nurse, old: str, new: str, said: str
) -> None:
    changed = SHIPPED.replace(old, new, 1)
    page = await ask(lead, changed)
    assert page.status == UNPROCESSABLE
    line = 1 + changed[: changed.index(new)].count("\n")
    alert = " ".join(page.html.partition('role="alert"')[2].partition("</ul>")[0].split())
    assert said in alert.replace("&#34;", '"')
    assert f"Line {line if '[[' not in new else 1}<" in alert or "not TOML" in alert
    [form] = [one for one in page.forms("/replay") if "csrf" in one.fields]
    assert form.fields["protocol"].strip() == changed.strip()


async def test_a_protocol_nobody_follows_says_so(lead: Nurse) -> None:
    page = await ask(lead, SHIPPED.replace('id = "mesotherapy"', 'id = "other"'))
    assert "No episode has followed a protocol called “other” yet" in page.words


async def test_what_is_not_a_protocol_is_refused_before_it_is_read(lead: Nurse) -> None:
    assert (await ask(lead, "#" * (LARGEST + 1))).status == TOO_LARGE
    assert (await ask(lead, "", b"#" * (LARGEST + 1))).status == TOO_LARGE
    assert (await ask(lead, b"\xff\xfe")).status == UNPROCESSABLE
    assert (await ask(lead, SHIPPED, csrf="made-up")).status == 403
    assert (await lead.send("/replay", {"protocol": SHIPPED})).status == 400
    assert (await lead.send("/replay", {}, **{"Sec-Fetch-Site": "cross-site"})).status == 403


async def test_only_leads_try_and_each_sees_their_own_clinic_only(story: Story) -> None:
    nurse = await hire(story.services, story.origin)
    other = await hire(story.services, story.origin, "Olga", "lead", "other")
    assert (await nurse.see("/replay")).status == 403
    page = await ask(other, LONGER)
    assert "No episode has followed" in page.words
    assert "Ada Byrne" not in page.html
    await nurse.close()
    await other.close()


async def test_the_journal_says_that_it_was_tried(lead: Nurse) -> None:
    await ask(lead, LONGER)
    words = (await lead.see("/journal?event=ProtocolTried")).words
    assert "Tried a changed protocol on what is past" in words
    assert "6 flags → 3" in words


async def test_it_begins_with_the_protocol_as_it_is_now(lead: Nurse) -> None:
    page = await lead.see("/replay?protocol=mesotherapy")
    [form] = [one for one in page.forms("/replay") if "csrf" in one.fields]
    assert form.fields["protocol"].strip() == SHIPPED.strip()
    assert (await lead.see("/replay?protocol=made-up")).status == 200


async def test_two_at_once_do_not_slow_the_desk_down(lead: Nurse) -> None:
    pages = await asyncio.gather(*(ask(lead, LONGER) for _ in range(4)))
    assert {page.status for page in pages} <= {200, 429}
    for page in pages:
        assert ("Still there 3 0" in page.words) == (page.status == 200)
        assert ("Somebody else is trying a protocol" in page.words) == (page.status == 429)


async def test_when_there_is_no_more_time_what_was_found_is_shown_as_a_part(story: Story, lead: Nurse) -> None:
    async with story.services.store.reading() as tx:
        account: Any = await staff.account(tx, lead.email)
    for number in range(PAGE):
        await story.book(booking=f"C-{number}", patient=f"C-{number}", phone=f"+4477009{number:05}")
    trial = await try_protocol(story.services, account, LONGER.encode(), is_over=lambda: True)
    assert (trial.found.is_cut, trial.found.episodes) == (True, PAGE)
