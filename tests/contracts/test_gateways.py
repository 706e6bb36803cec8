"""Every carrier folder: its gateway, against a local carrier that fails in every way we know."""

from __future__ import annotations

import asyncio
import importlib
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import followup.sms
from followup.domain.inputs import Reply
from followup.sms import Accepted, CarrierUnavailableError, Gateway, OutgoingText, Refused, TryLater, Unknown
from followup.sms.simulator import faults
from followup.sms.simulator.simulator import Simulator, make_simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
PHONE = "+447700900123"
SHORT = 0.6
CARRIERS = sorted(path.parent.name for path in Path(followup.sms.__file__).parent.glob("*/gateway.py"))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def carrier(clock: Clock) -> AsyncIterator[Simulator]:
    simulator = make_simulator(clock)
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture(params=CARRIERS)
async def gateway(request: pytest.FixtureRequest, carrier: Simulator) -> AsyncIterator[Gateway]:
    made = make(request.param, carrier.api_url, carrier)
    yield made
    await made.close()


def make(carrier_name: str, api_url: str, carrier: Simulator, **options: Any) -> Gateway:
    module = importlib.import_module(f"followup.sms.{carrier_name}.gateway")
    options = {"time_limit": SHORT, **options}
    made: Gateway = module.make_gateway(carrier.account_sid, carrier.auth_token, api_url, **options)
    return made


def a_text(carrier: Simulator, **changes: Any) -> OutgoingText:
    parts: dict[str, Any] = {
        "sender": carrier.number,
        "phone": PHONE,
        "body": "Glow Clinic: redness now?",
        "receipt_url": "",
        "valid_for": timedelta(hours=2),
    }
    return OutgoingText(**{**parts, **changes})


def test_both_carriers_are_found_by_their_folder() -> None:
    assert CARRIERS == ["simulator", "twilio"]


async def test_a_text_is_accepted_under_the_carriers_id(gateway: Gateway, carrier: Simulator) -> None:
    outcome = await gateway.send(a_text(carrier, body="¿Qué tal? 2/3 & más"))
    assert isinstance(outcome, Accepted)
    (text,) = carrier.texts_to(PHONE)
    assert (text.sid, text.body, text.number) == (outcome.carrier_id, "¿Qué tal? 2/3 & más", carrier.number)


OUTCOMES: dict[str, tuple[faults.Fault, object, int]] = {
    "429 with Retry-After": (faults.BUSY, TryLater(20429, timedelta(seconds=2)), 0),
    "429 without Retry-After": (faults.Fault(status=429, code=20429, takes=False), TryLater(20429, None), 0),
    "bad number": (faults.refused(21211), Refused(21211, "HTTP 400"), 0),
    "credentials": (faults.refused(20003, 401), Refused(20003, "HTTP 401"), 0),
    "queue full": (faults.refused(21611), TryLater(21611), 0),
    "4xx without a code of Twilio's": (faults.refused(400), Unknown("HTTP 400 code 400"), 0),
    "500, not accepted": (faults.REFUSED_500, Unknown("HTTP 500 code 20500"), 0),
    "500, accepted": (faults.ACCEPTED_500, Unknown("HTTP 500 code 20500"), 1),
    "cut, accepted": (faults.ACCEPTED_DROPPED, None, 1),
    "cut, not accepted": (faults.REFUSED_DROPPED, None, 0),
    "too slow, accepted": (faults.slow(30), Unknown("TimeoutError"), 1),
    "bad JSON, accepted": (faults.BAD_JSON, Unknown("JSONDecodeError"), 1),
    "a redirect": (faults.Fault(status=307, code=20500, location="?again"), Unknown("HTTP 307 code 20500"), 1),
}


@pytest.mark.parametrize(("fault", "outcome", "taken"), OUTCOMES.values(), ids=OUTCOMES)
async def test_every_fault_has_one_outcome_and_one_post(
    gateway: Gateway, carrier: Simulator, fault: faults.Fault, outcome: object, taken: int
) -> None:
    carrier.faults.next_sends(fault)
    began = time.monotonic()
    got = await gateway.send(a_text(carrier))
    assert time.monotonic() - began < SHORT + 1
    assert got == outcome if outcome is not None else isinstance(got, Unknown)
    assert (carrier.creates, len(carrier.texts_to(PHONE))) == (1, taken)


async def test_after_any_fault_the_same_gateway_sends_again(gateway: Gateway, carrier: Simulator) -> None:
    for fault, _, _ in OUTCOMES.values():
        carrier.faults.next_sends(fault)
        await gateway.send(a_text(carrier))
    assert isinstance(await gateway.send(a_text(carrier)), Accepted)
    assert carrier.creates == len(OUTCOMES) + 1


@pytest.mark.parametrize("name", CARRIERS)
async def test_a_refused_connection_can_be_tried_again_at_once(carrier: Simulator, name: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    gateway = make(name, nobody, carrier)
    assert await gateway.send(a_text(carrier)) == TryLater(None)
    with pytest.raises(CarrierUnavailableError):
        await gateway.find(PHONE, NOON)
    await gateway.close()


@pytest.mark.parametrize("name", CARRIERS)
async def test_a_name_that_is_not_in_dns_can_be_tried_again(carrier: Simulator, name: str) -> None:
    gateway = make(name, "http://no-such-host.invalid", carrier, time_limit=10.0)
    assert await gateway.send(a_text(carrier)) == TryLater(None)
    await gateway.close()


@pytest.mark.parametrize("name", CARRIERS)
async def test_waiting_for_a_free_connection_is_bounded_and_nothing_left_us(carrier: Simulator, name: str) -> None:
    carrier.faults.next_sends(faults.slow(30))
    gateway = make(name, carrier.api_url, carrier, connections=1)
    first = asyncio.create_task(gateway.send(a_text(carrier)))
    await asyncio.sleep(0.1)
    assert await gateway.send(a_text(carrier)) == TryLater(None)
    assert await first == Unknown("TimeoutError")
    assert carrier.creates == 1
    await gateway.close()


async def test_a_gateway_is_made_without_a_loop_and_closed_without_a_call(carrier: Simulator) -> None:
    gateway = await asyncio.to_thread(make, "twilio", carrier.api_url, carrier)
    await gateway.close()


@pytest.mark.parametrize(
    ("valid_for", "seconds"), [(timedelta(0), 1), (timedelta(hours=2), 7200), (timedelta(days=3), 36_000)]
)
async def test_the_validity_period_stays_within_what_twilio_takes(
    gateway: Gateway, carrier: Simulator, monkeypatch: pytest.MonkeyPatch, valid_for: timedelta, seconds: int
) -> None:
    forms: list[dict[str, str]] = []
    create = carrier._account.create

    def note(form: dict[str, str]) -> Any:
        forms.append(form)
        return create(form)

    # The account sees the form; nothing else shows what was asked for.
    monkeypatch.setattr(carrier._account, "create", note)
    assert isinstance(await gateway.send(a_text(carrier, valid_for=valid_for)), Accepted)
    assert forms[0]["ValidityPeriod"] == str(seconds)


async def test_a_messaging_service_sends_instead_of_a_number(gateway: Gateway, carrier: Simulator) -> None:
    assert isinstance(await gateway.send(a_text(carrier, sender="MG" + "a" * 32)), Accepted)
    assert carrier.texts_to(PHONE)[0].service == "MG" + "a" * 32


async def test_find_lists_our_texts_to_this_phone_since_then(
    gateway: Gateway, carrier: Simulator, clock: Clock
) -> None:
    await gateway.send(a_text(carrier, body="too old"))
    clock.now += timedelta(minutes=10)
    await gateway.send(a_text(carrier, body="day 1"))
    await gateway.send(a_text(carrier, phone="+447700900999", body="another phone"))
    await carrier.type_reply(PHONE, "2 0")
    await carrier.settle()
    (found,) = await gateway.find(PHONE, clock.now + timedelta(microseconds=900))
    assert (found.body, found.phone, found.created_at) == ("day 1", PHONE, clock.now)
    assert (found.raw_state, found.error_code) == ("delivered", None)
    assert found.carrier_id == carrier.texts_to(PHONE)[1].sid


async def test_find_sees_why_a_text_was_not_delivered(gateway: Gateway, carrier: Simulator) -> None:
    carrier.faults.next_receipts(faults.undelivered(30005))
    await gateway.send(a_text(carrier))
    await carrier.settle()
    (found,) = await gateway.find(PHONE, NOON)
    assert (found.raw_state, found.error_code) == ("undelivered", 30005)


async def test_find_sees_a_text_only_after_the_carriers_lag(gateway: Gateway, carrier: Simulator, clock: Clock) -> None:
    carrier.faults.list_lag = timedelta(seconds=30)
    await gateway.send(a_text(carrier))
    assert await gateway.find(PHONE, NOON) == []
    clock.now += timedelta(seconds=30)
    assert len(await gateway.find(PHONE, NOON)) == 1


async def test_find_follows_every_page(gateway: Gateway, carrier: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    # Fewer to a page than the real 200, so that a few texts make several pages.
    monkeypatch.setattr("followup.sms.twilio.gateway.PAGE_SIZE", 3)
    for day in range(10):
        await gateway.send(a_text(carrier, body=f"day {day}"))
    found = await gateway.find(PHONE, NOON)
    assert [text.body for text in found] == [f"day {day}" for day in reversed(range(10))]


async def test_missed_lists_replies_with_their_own_time(gateway: Gateway, carrier: Simulator, clock: Clock) -> None:
    await gateway.send(a_text(carrier))
    lost = await carrier.type_reply(PHONE, "2 0 ", media=2, deliveries=0)
    clock.now += timedelta(hours=3)
    (reply,) = await gateway.missed(carrier.number, NOON - timedelta(hours=48))
    assert reply == Reply(lost.sid, PHONE, carrier.number, "2 0 ", 2, NOON)
    assert await gateway.missed(carrier.number, NOON + timedelta(hours=1)) == []


async def test_missed_finds_replies_to_a_messaging_service(gateway: Gateway, carrier: Simulator) -> None:
    service = "MG" + "b" * 32
    await gateway.send(a_text(carrier, sender=service))
    await carrier.type_reply(PHONE, "0", deliveries=0)
    await carrier.type_reply("+447700900999", "not to the service", deliveries=0)
    (reply,) = await gateway.missed(service, NOON)
    assert (reply.phone, reply.text) == (PHONE, "0")


@pytest.mark.parametrize("name", CARRIERS)
async def test_wrong_credentials_are_refused_and_say_so(carrier: Simulator, name: str) -> None:
    module = importlib.import_module(f"followup.sms.{name}.gateway")
    gateway = module.make_gateway(carrier.account_sid, "wrong", carrier.api_url)
    assert await gateway.send(a_text(carrier)) == Refused(20003, "HTTP 401")
    with pytest.raises(CarrierUnavailableError):
        await gateway.missed(carrier.number, NOON)
    await gateway.close()


async def test_listing_something_that_is_not_json_is_unavailable_not_a_crash(carrier: Simulator) -> None:
    gateway = make("twilio", carrier.api_url + "/phones?x=", carrier)
    with pytest.raises(CarrierUnavailableError):
        await gateway.find(PHONE, NOON)
    await gateway.close()


async def test_no_phone_and_no_words_reach_the_log(
    gateway: Gateway, carrier: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    carrier.faults.next_sends(faults.FINE, faults.ACCEPTED_500, faults.refused(21211))
    for _ in range(3):
        outcome = await gateway.send(a_text(carrier))
        assert PHONE not in repr(outcome)
    await gateway.find(PHONE, NOON)
    await gateway.missed(carrier.number, NOON)
    assert PHONE[1:] not in caplog.text
    assert "Glow" not in caplog.text
