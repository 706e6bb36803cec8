"""Where pictures may be fetched from: the carrier's API with credentials, its own store without, and nowhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from followup.domain.picture import PAUSES
from followup.sms import MediaError
from followup.sms.simulator.account import MediaFile
from followup.sms.simulator.simulator import make_simulator
from followup.sms.twilio.media import MOST_HOPS, PublicOnly, TwilioMedia
from kit.hand_clock import HandClock
from kit.photographs import a_photograph

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from followup.sms.simulator.account import Text
    from followup.sms.simulator.simulator import Simulator

PHONE = "+447700900123"
STORES = (
    "https://mms.twiliocdn.com/ACx/abc?Expires=1&Signature=x",
    "https://media.twiliocdn.com/x",
    "https://media.us1.twilio.com/x",
    "https://s3-external-1.amazonaws.com/media.twiliocdn.com/ACx/abc",
    "/stored/elsewhere",
)
APIS = ("https://api.twilio.com/x", "https://api.dublin.ie1.twilio.com/x", "https://API.TWILIO.com/x")
STRANGERS = (
    "http://api.twilio.com/x",
    "https://api.twilio.com:8443/x",
    "https://api.twilio.com@evil.example/x",
    "https://user:word@api.twilio.com/x",
    "https://api.twilio.com.evil.example/x",
    "https://eviltwilio.com/x",
    "https://mms.twiliocdn.com/x",
    "https://s3-external-1.amazonaws.com/media.twiliocdn.com/x",
    "https://api.twilio.com:99999/x",
    "https://[::1/x",
    "ftp://api.twilio.com/x",
    "//api.twilio.com/x",
    "",
)


@pytest.fixture
async def carrier() -> AsyncIterator[Simulator]:
    simulator = make_simulator(HandClock())
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def media(carrier: Simulator) -> AsyncIterator[TwilioMedia]:
    made = TwilioMedia(carrier.account_sid, carrier.auth_token, carrier.api_url)
    yield made
    await made.close()


async def sent(carrier: Simulator, *files: bytes) -> Text:
    return await carrier.type_reply(PHONE, "", files=[MediaFile(file) for file in files], deliveries=0)


@pytest.mark.parametrize("address", APIS)
def test_credentials_may_go_to_the_carriers_api(address: str) -> None:
    assert TwilioMedia("AC1", "token", None)._is_api(address)


@pytest.mark.parametrize("address", STRANGERS)
async def test_credentials_go_nowhere_else(address: str) -> None:
    media = TwilioMedia("AC1", "token", None)
    for call in (media.fetch, media.delete):
        with pytest.raises(MediaError, match="not the carrier's") as refused:
            await call(address)
        assert refused.value.most_tries == 1


@pytest.mark.parametrize("address", APIS)
async def test_a_carrier_of_ones_own_gets_its_credentials_and_twilio_does_not(address: str) -> None:
    media = TwilioMedia("AC1", "token", "http://127.0.0.1:9")
    with pytest.raises(MediaError, match="not the carrier's"):
        await media.fetch(address)


@pytest.mark.parametrize("location", STORES)
def test_the_carrier_may_lead_on_to_its_own_store(location: str) -> None:
    media = TwilioMedia("AC1", "token", None)
    assert re.match(r"https://", media._led_to("https://api.twilio.com/x", location))


async def test_what_the_carrier_lists_is_fetched_and_deleted_once(carrier: Simulator, media: TwilioMedia) -> None:
    files = [a_photograph("PNG"), a_photograph()]
    text = await sent(carrier, *files)
    addresses = await media.addresses(text.sid)
    assert [await media.fetch(address) for address in addresses] == files
    assert carrier.media.strangers == []
    await media.delete(addresses[0])
    await media.delete(addresses[0])
    assert await media.addresses(text.sid) == addresses[1:]
    with pytest.raises(MediaError, match="does not have it") as gone:
        await media.fetch(addresses[0])
    assert 1 < gone.value.most_tries < len(PAUSES)


async def test_with_wrong_credentials_nothing_is_given_and_it_is_worth_asking_again(carrier: Simulator) -> None:
    text = await sent(carrier, a_photograph())
    media = TwilioMedia(carrier.account_sid, "wrong", carrier.api_url)
    address = f"{carrier.api_url}/2010-04-01/Accounts/{carrier.account_sid}/Messages/{text.sid}/Media/ME{0:032x}"
    for call in (media.addresses(text.sid), media.fetch(address), media.delete(address)):
        with pytest.raises(MediaError, match="refuses our credentials") as refused:
            await call
        assert refused.value.most_tries > len(PAUSES)
    await media.close()


async def test_an_id_that_is_none_of_the_carriers_is_not_asked_for(media: TwilioMedia) -> None:
    with pytest.raises(MediaError):
        await media.addresses("../../../Accounts")


async def test_nobody_is_led_in_circles(carrier: Simulator, media: TwilioMedia) -> None:
    from followup.sms.simulator.media import MediaFault

    text = await sent(carrier, a_photograph())
    [address] = await media.addresses(text.sid)
    here = address.removeprefix(carrier.api_url)
    carrier.media.next_calls(*[MediaFault(location=here)] * MOST_HOPS)
    with pytest.raises(MediaError):
        await media.fetch(address)
    assert carrier.media.fetched == []


async def test_a_name_that_leads_into_the_machines_own_network_leads_nowhere() -> None:
    names = PublicOnly("own.example")
    with pytest.raises(OSError, match="no public address"):
        await names.resolve("localhost", 443)
    assert await PublicOnly("localhost").resolve("localhost", 443)
    await names.close()
