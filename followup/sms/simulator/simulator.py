"""The simulator as a whole: an account behind Twilio's API, receipts, phones, patients who answer."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

from aiohttp import web

from followup.sms.simulator.account import Account, Direction, MediaFile, Text
from followup.sms.simulator.api import MessageApi
from followup.sms.simulator.faults import Faults
from followup.sms.simulator.media import MediaApi, sample_picture
from followup.sms.simulator.numbers import NumberApi
from followup.sms.simulator.phones import phone_routes
from followup.sms.simulator.webhooks import Form, Poster, receipt_form, reply_form

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from datetime import datetime

    from followup.sms.simulator.faults import Receipts
    from followup.sms.simulator.patients import Answer
    from followup.sms.simulator.webhooks import Post

ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "simulated-auth-token"  # noqa: S105 - opens nothing but the simulator
NUMBER = "+447400123456"


def make_simulator(
    clock: Callable[[], datetime],
    *,
    account_sid: str = ACCOUNT_SID,
    auth_token: str = AUTH_TOKEN,
    number: str = NUMBER,
    reply_url: str = "",
    answering: Callable[[str, str], Answer | None] | None = None,
    speed: float = 1.0,
    name: str = "",
) -> Simulator:
    """A simulator that dates messages by `clock`.

    `answering(phone, body)` says what the patient types and how much later; `speed` shortens that wait. `name` keeps
    the sids of several simulators apart.
    """
    account = Account(account_sid, number, clock, name)
    return Simulator(account, auth_token, reply_url=reply_url, answering=answering, speed=speed)


class Simulator:
    """A local Twilio. `reply_url` is where patients' texts are posted; `faults` is the plan of what goes wrong."""

    def __init__(
        self,
        account: Account,
        auth_token: str,
        *,
        reply_url: str,
        answering: Callable[[str, str], Answer | None] | None,
        speed: float,
    ) -> None:
        self.account_sid = account.sid
        self.auth_token = auth_token
        self.number = account.number
        self.reply_url = reply_url
        self.faults = Faults()
        self.receipt_pause = 0.0
        self.api_url = ""
        self._account = account
        self._answering = answering
        self._speed = speed
        self._api = MessageApi(account, auth_token, self.faults, self)
        self.media = MediaApi(account, auth_token)
        self.numbers = NumberApi(account.sid, auth_token, lambda: (account.number, self.reply_url))
        self._poster = Poster(auth_token)
        self._plans: dict[str, Receipts] = {}
        self._posting: set[asyncio.Task[None]] = set()
        self._thinking: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one, and `api_url` then names it."""
        app = web.Application()
        app.add_routes([*self._api.routes(), *self.media.routes(), *self.numbers.routes(), *phone_routes(self)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.api_url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening; what patients were about to type is forgotten."""
        tasks = self._posting | self._thinking
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._poster.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def type_reply(
        self,
        phone: str,
        text: str,
        media: int = 0,
        *,
        files: Sequence[MediaFile] = (),
        to: str | None = None,
        deliveries: int = 1,
    ) -> Text:
        """A patient types: kept by the account, then posted to us `deliveries` times (0: lost on the way).

        files: what comes with it; else `media` sample pictures.
        """
        kept = self._account.receive(phone, text, files or _samples(media), to)
        form = reply_form(kept, self.account_sid, f"{self.api_url}/2010-04-01/Accounts/{self.account_sid}/Messages")
        for _ in range(deliveries):
            await self._poster.post(self.reply_url, form)
        return kept

    def texts_to(self, phone: str) -> list[Text]:
        """Our texts on this phone, oldest first, without the carrier's own opt-out answers."""
        return [text for text in self.conversation(phone) if text.direction is Direction.OUTBOUND]

    def conversation(self, phone: str) -> list[Text]:
        """Everything on this phone, oldest first."""
        return self._account.conversation(phone)

    def phones(self) -> list[str]:
        """Every phone that has a conversation, the newest first."""
        return self._account.phones()

    @property
    def posts(self) -> Sequence[Post]:
        """Every webhook that went out."""
        return self._poster.posts

    @property
    def creates(self) -> int:
        """How many create calls came, whatever became of them."""
        return self._api.creates

    async def settle(self) -> None:
        """Wait until every receipt on its way has been posted; not for patients who still think."""
        while self._posting:
            await asyncio.gather(*self._posting)

    async def before_answer(self, text: Text) -> None:
        """Receipts that overtake the answer to the create call."""
        plan = self._plans[text.sid] = self.faults.for_receipts(text.phone, text.body)
        if plan.early:
            await self._report(text, plan)

    def after_answer(self, text: Text) -> None:
        """Receipts as usual, then the patient reads it."""
        _spawn(self._posting, self._deliver(text))

    async def _deliver(self, text: Text) -> None:
        plan = self._plans.pop(text.sid)
        if not plan.early:
            await self._report(text, plan)
        if self._answering is not None and plan.final == "delivered":
            answer = self._answering(text.phone, text.body)
            if answer is not None:
                _spawn(self._thinking, self._think(text, answer))

    async def _report(self, text: Text, plan: Receipts) -> None:
        steps = [("sent", None), (plan.final, plan.code)]
        if text.service:
            steps.insert(0, ("queued", None))
        forms: list[Form] = []
        for status, code in steps:
            self._account.report(text, status, code)
            forms.append(receipt_form(text, self.account_sid, status, code))
        if plan.are_lost or not text.receipt_url:
            return
        for form in reversed(forms) if plan.is_reversed else forms:
            for _ in range(plan.times):
                await self._poster.post(text.receipt_url, form)
            await asyncio.sleep(self.receipt_pause)

    async def _think(self, text: Text, answer: Answer) -> None:
        await asyncio.sleep(answer.after.total_seconds() / self._speed)
        await self.type_reply(text.phone, answer.text, answer.media)


@cache
def _samples(number: int) -> Sequence[MediaFile]:
    return [MediaFile(sample_picture(), "image/png")] * number


def _spawn(tasks: set[asyncio.Task[None]], work: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
