"""The simulator is close enough to Twilio for Twilio's own SDK, and hard enough on us."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from followup.sms import Accepted, OutgoingText, Refused
from followup.sms.simulator import faults
from followup.sms.simulator.gateway import make_gateway
from followup.sms.simulator.opt_outs import START_WORDS, STOP_WORDS, Automatic
from followup.sms.simulator.patients import Answer
from followup.sms.simulator.phones import phone_routes
from followup.sms.simulator.simulator import Simulator, make_simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from multidict import MultiMapping

    from followup.sms import Gateway

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
PHONE = "+447700900123"


@dataclass
class Ours:
    """A service that notes what is posted to it."""

    url: str = ""
    status: int = 204
    got: list[tuple[str, MultiMapping[Any], str]] = field(default_factory=list)
    heard_reply: asyncio.Event = field(default_factory=asyncio.Event)

    def states(self) -> list[str]:
        return [form["MessageStatus"] for _, form, _ in self.got if "MessageStatus" in form]


@pytest.fixture
async def ours() -> AsyncIterator[Ours]:
    ours = Ours()

    async def take(request: web.Request) -> web.Response:
        form = MultiDict(await request.post())
        ours.got.append((str(request.url), form, request.headers["X-Twilio-Signature"]))
        if "Body" in form:
            ours.heard_reply.set()
        return web.Response(status=ours.status)

    app = web.Application()
    app.router.add_post("/{anything:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ours.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield ours
    await runner.cleanup()


@pytest.fixture
async def carrier(ours: Ours) -> AsyncIterator[Simulator]:
    simulator = make_simulator(lambda: NOON, reply_url=ours.url + "/hooks/sms/simulator/reply?a=1#rc=3")
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def gateway(carrier: Simulator) -> AsyncIterator[Gateway]:
    made = make_gateway(carrier.account_sid, carrier.auth_token, carrier.api_url)
    yield made
    await made.close()


def a_text(carrier: Simulator, ours: Ours, **changes: Any) -> OutgoingText:
    parts: dict[str, Any] = {
        "sender": carrier.number,
        "phone": PHONE,
        "body": "Glow Clinic: redness now?",
        "receipt_url": ours.url + "/receipt/abc.1",
        "valid_for": timedelta(hours=1),
    }
    return OutgoingText(**{**parts, **changes})


async def test_its_signatures_pass_the_sdks_validator(gateway: Gateway, carrier: Simulator, ours: Ours) -> None:
    await gateway.send(a_text(carrier, ours))
    await carrier.settle()
    await carrier.type_reply(PHONE, " 2 0 ¿sí? & más\r\n", media=1)
    assert len(ours.got) == 3
    validator = RequestValidator(carrier.auth_token)
    for url, form, signature in ours.got:
        assert validator.validate(url, form, signature)
        assert not RequestValidator("another").validate(url, form, signature)
    reply = ours.got[-1][1]
    assert (reply["Body"], reply["NumMedia"], reply["FromCity"]) == (" 2 0 ¿sí? & más\r\n", "1", "")


async def test_receipts_are_sent_then_delivered_and_tell_it_in_the_list(
    gateway: Gateway, carrier: Simulator, ours: Ours
) -> None:
    outcome = await gateway.send(a_text(carrier, ours))
    await carrier.settle()
    assert ours.states() == ["sent", "delivered"]
    assert {form["MessageSid"] for _, form, _ in ours.got} == {
        outcome.carrier_id if isinstance(outcome, Accepted) else ""
    }
    assert ours.got[0][0] == ours.url + "/receipt/abc.1"
    assert (await gateway.find(PHONE, NOON))[0].raw_state == "delivered"


async def test_with_a_messaging_service_queued_comes_first(gateway: Gateway, carrier: Simulator, ours: Ours) -> None:
    await gateway.send(a_text(carrier, ours, sender="MG" + "c" * 32))
    await carrier.settle()
    assert ours.states() == ["queued", "sent", "delivered"]


@pytest.mark.parametrize(
    ("receipts", "states"),
    [
        (faults.NONE, []),
        (faults.REVERSED, ["delivered", "sent"]),
        (faults.Receipts(times=2), ["sent", "sent", "delivered", "delivered"]),
        (faults.undelivered(30003), ["sent", "undelivered"]),
    ],
)
async def test_receipts_can_be_lost_reversed_doubled_and_bad(
    gateway: Gateway, carrier: Simulator, ours: Ours, receipts: faults.Receipts, states: list[str]
) -> None:
    carrier.faults.next_receipts(receipts)
    await gateway.send(a_text(carrier, ours))
    await carrier.settle()
    assert ours.states() == states


async def test_receipts_can_overtake_the_answer_that_never_came(
    gateway: Gateway, carrier: Simulator, ours: Ours
) -> None:
    carrier.faults.next_sends(faults.ACCEPTED_DROPPED)
    carrier.faults.next_receipts(faults.EARLY)
    assert not isinstance(await gateway.send(a_text(carrier, ours)), Accepted)
    assert ours.states() == ["sent", "delivered"]


@pytest.mark.parametrize("word", [*sorted(STOP_WORDS), "stop", " Stop\n"])
async def test_a_stop_word_blocks_answers_and_is_posted_to_us(
    gateway: Gateway, carrier: Simulator, ours: Ours, word: str
) -> None:
    await gateway.send(a_text(carrier, ours))
    await carrier.type_reply(PHONE, word)
    assert ours.got[-1][1]["Body"].strip() == word.strip()
    assert await gateway.send(a_text(carrier, ours)) == Refused(21610, "HTTP 400")
    assert carrier.conversation(PHONE)[-1].body == Automatic.STOPPED.value
    assert len(carrier.texts_to(PHONE)) == len(await gateway.find(PHONE, NOON)) == 1
    await carrier.type_reply(PHONE, word)
    assert [text.body for text in carrier.conversation(PHONE)].count(Automatic.STOPPED.value) == 1
    assert isinstance(await gateway.send(a_text(carrier, ours, phone="+447700900999")), Accepted)
    assert isinstance(await gateway.send(a_text(carrier, ours, sender="+447400999999")), Accepted)


@pytest.mark.parametrize("word", sorted(START_WORDS))
async def test_a_start_word_unblocks(gateway: Gateway, carrier: Simulator, ours: Ours, word: str) -> None:
    await gateway.send(a_text(carrier, ours))
    await carrier.type_reply(PHONE, "STOP")
    await carrier.type_reply(PHONE, word)
    assert carrier.conversation(PHONE)[-1].body == Automatic.STARTED.value
    assert isinstance(await gateway.send(a_text(carrier, ours)), Accepted)


async def test_yes_of_somebody_who_never_stopped_is_an_ordinary_reply(
    gateway: Gateway, carrier: Simulator, ours: Ours
) -> None:
    await gateway.send(a_text(carrier, ours))
    for body in ("YES", "stop please", "has it stopped?", "please HELP"):
        typed = await carrier.type_reply(PHONE, body)
        assert carrier.conversation(PHONE)[-1] is typed
    await carrier.type_reply(PHONE, "help")
    assert carrier.conversation(PHONE)[-1].body == Automatic.HELP.value


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": "07700900123"}, 21211),
        ({"phone": ""}, 21604),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"sender": ""}, 21603),
        ({"sender": "Glow"}, 21212),
        ({"receipt_url": "https://under_score.example/x"}, 21609),
        ({"phone": "+15005550009"}, 21614),
    ],
)
async def test_what_twilio_refuses_it_refuses(
    gateway: Gateway, carrier: Simulator, ours: Ours, changes: dict[str, str], code: int
) -> None:
    assert await gateway.send(a_text(carrier, ours, **changes)) == Refused(code, "HTTP 400")


async def test_a_message_can_be_fetched_emptied_and_deleted_by_the_sdk(
    gateway: Any, carrier: Simulator, ours: Ours
) -> None:
    outcome = await gateway.send(a_text(carrier, ours))
    messages = gateway._client.messages
    assert (await messages(outcome.carrier_id).fetch_async()).body == "Glow Clinic: redness now?"
    assert not (await messages(outcome.carrier_id).update_async(body="")).body
    assert await messages(outcome.carrier_id).delete_async()
    assert carrier.conversation(PHONE) == []
    assert (await gateway._client.api.v2010.accounts(carrier.account_sid).fetch_async()).status == "active"


async def test_a_lost_reply_is_kept_by_the_carrier_and_a_doubled_one_has_one_id(
    gateway: Gateway, carrier: Simulator, ours: Ours
) -> None:
    await carrier.type_reply(PHONE, "0", deliveries=0)
    assert ours.got == []
    await carrier.type_reply(PHONE, "1", deliveries=2)
    assert len({form["MessageSid"] for _, form, _ in ours.got}) == 1
    assert [reply.text for reply in await gateway.missed(carrier.number, NOON)] == ["1", "0"]


async def test_a_webhook_that_fails_is_not_tried_again(gateway: Gateway, carrier: Simulator, ours: Ours) -> None:
    ours.status = 503
    await gateway.send(a_text(carrier, ours))
    await carrier.settle()
    assert [post.status for post in carrier.posts] == [503, 503]


async def test_patients_answer_by_their_script_at_the_speed_of_the_clock(ours: Ours) -> None:
    asked: list[tuple[str, str]] = []

    def answering(phone: str, body: str) -> Answer:
        asked.append((phone, body))
        return Answer("1 0", timedelta(minutes=6), media=1)

    carrier = make_simulator(lambda: NOON, reply_url=ours.url + "/reply", answering=answering, speed=3600)
    await carrier.start()
    gateway = make_gateway(carrier.account_sid, carrier.auth_token, carrier.api_url)
    await gateway.send(a_text(carrier, ours))
    await asyncio.wait_for(ours.heard_reply.wait(), 5)
    assert asked == [(PHONE, "Glow Clinic: redness now?")]
    assert (ours.got[-1][1]["Body"], ours.got[-1][1]["From"]) == ("1 0", PHONE)
    await gateway.close()
    await carrier.stop()


async def test_the_page_of_phones_shows_bubbles_and_takes_a_reply(
    gateway: Gateway, carrier: Simulator, ours: Ours
) -> None:
    await gateway.send(a_text(carrier, ours, body="<script>alert(1)</script> & 2 > 1"))
    await carrier.settle()
    async with aiohttp.ClientSession(carrier.api_url) as browser:
        async with browser.get("/phones") as answer:
            html = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 2 &gt; 1" in html
        assert not any(bad in html for bad in ("<script>alert", "style="))
        assert "unsafe" not in policy
        form = {"phone": PHONE, "text": "it is <b>red</b>", "photo": "1"}
        async with browser.post("/phones/reply", data=form) as answer:
            assert "it is &lt;b&gt;red&lt;/b&gt;" in await answer.text()
        for name in ("phones.css", "phones.js"):
            assert (await browser.get("/phones/page/" + name)).status == 200
    assert (ours.got[-1][1]["Body"], ours.got[-1][1]["NumMedia"]) == ("it is <b>red</b>", "1")


async def test_only_the_page_itself_may_type_and_only_on_its_phones(
    gateway: Gateway, carrier: Simulator, ours: Ours
) -> None:
    await gateway.send(a_text(carrier, ours))
    async with aiohttp.ClientSession(carrier.api_url) as browser:
        form = {"phone": PHONE, "text": "1"}
        async with browser.post("/phones/reply", data=form, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
            assert answer.status == 403
        async with browser.post("/phones/reply", data={"phone": "+1", "text": "1"}) as answer:
            assert answer.status == 404
    assert len(carrier.conversation(PHONE)) == 1


async def test_the_page_can_stand_in_another_app_and_say_whose_a_phone_is(
    gateway: Gateway, carrier: Simulator, ours: Ours
) -> None:
    await gateway.send(a_text(carrier, ours))
    app = web.Application()
    app.add_routes(phone_routes(carrier, ZoneInfo("Asia/Tokyo"), {PHONE: "Ada <Abbott>"}))
    async with TestClient(TestServer(app)) as browser:
        html = await (await browser.get("/phones")).text()
    assert "Ada &lt;Abbott&gt;" in html
    assert "Sun 22 Nov, 21:00" in html
