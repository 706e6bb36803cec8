"""Twilio's Message API over HTTP, as far as the SDK uses it."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from aiohttp import web

from followup.sms.simulator.account import API_VERSION, Account, Refusal, Text, as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.sms.simulator.faults import Fault, Faults

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LARGEST_PAGE = 1000
DEFAULT_PAGE = 50

UNAUTHENTICATED = Refusal(401, 20003, "Authenticate")
NOT_FOUND = Refusal(404, 20404, "The requested resource was not found")
NOT_CHANGEABLE = Refusal(400, 20001, "Only an empty Body may be written")
WENT_WRONG = "It went wrong on purpose"


def signed_in(account_sid: str, auth_token: str, handler: Handler) -> Handler:
    """The handler, for whoever has the account's credentials."""

    async def checked(request: web.Request) -> web.StreamResponse:
        if _credentials(request) != (account_sid, auth_token):
            return refused(UNAUTHENTICATED)
        if request.match_info["account"] != account_sid:
            return refused(NOT_FOUND)
        return await handler(request)

    return checked


class Sender(Protocol):
    """What happens to a message the account took."""

    async def before_answer(self, text: Text) -> None:
        """Receipts that overtake the answer."""
        ...

    def after_answer(self, text: Text) -> None:
        """Receipts as usual, and what the patient does."""
        ...


class MessageApi:
    """The handlers of one account."""

    def __init__(self, account: Account, auth_token: str, faults: Faults, sender: Sender) -> None:
        self.creates = 0
        """How many create calls came, whatever became of them."""
        self._account = account
        self._auth_token = auth_token
        self._faults = faults
        self._sender = sender

    def routes(self) -> list[web.RouteDef]:
        """Every URL of the API in one table."""
        root = f"/{API_VERSION}/Accounts/{{account}}"
        one = root + "/Messages/{sid:[A-Z]{2}[0-9a-f]{32}}.json"
        return [
            web.get(root + ".json", self._signed_in(self._show_account)),
            web.post(root + "/Messages.json", self._signed_in(self._create)),
            web.get(root + "/Messages.json", self._signed_in(self._list)),
            web.get(one, self._signed_in(self._fetch)),
            web.post(one, self._signed_in(self._update)),
            web.delete(one, self._signed_in(self._delete)),
        ]

    def _signed_in(self, handler: Handler) -> Handler:
        return signed_in(self._account.sid, self._auth_token, handler)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self.creates += 1
        form = await _form(request)
        fault = self._faults.for_send(form.get("To", ""), form.get("Body", ""))
        text = self._account.create(form) if fault.takes else None
        if isinstance(text, Refusal):
            return refused(text)
        if text is not None:
            await self._sender.before_answer(text)
        if fault.delay:
            await asyncio.sleep(fault.delay)
        answer = _created(fault, text, self._account.sid)
        if fault.drops:
            cut(request)
        else:
            with suppress(ConnectionError):  # a caller that is gone does not take the text back
                await answer.prepare(request)
                await answer.write_eof()
        if text is not None:
            self._sender.after_answer(text)
        return answer

    async def _list(self, request: web.Request) -> web.StreamResponse:
        size = min(_number(request.query.get("PageSize"), DEFAULT_PAGE), LARGEST_PAGE)
        page = _number(request.query.get("Page"), 0)
        found = self._account.listed(request.query, self._faults.list_lag)
        shown = found[page * size : (page + 1) * size]
        wanted = {name: value for name, value in request.query.items() if name in {"To", "From", "PageSize"}}
        here = f"/{API_VERSION}/Accounts/{self._account.sid}/Messages.json?"
        following = here + urlencode({**wanted, "Page": page + 1}) if found[(page + 1) * size :] else None
        body = {
            "messages": [as_json(text, self._account.sid) for text in shown],
            "page": page,
            "page_size": size,
            "uri": here + urlencode({**wanted, "Page": page}),
            "next_page_uri": following,
        }
        return web.json_response(body)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        text = self._account.find(request.match_info["sid"])
        return refused(NOT_FOUND) if text is None else web.json_response(as_json(text, self._account.sid))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        text = self._account.find(request.match_info["sid"])
        if text is None:
            return refused(NOT_FOUND)
        if (await _form(request)).get("Body") != "":
            return refused(NOT_CHANGEABLE)
        text.body = ""
        return web.json_response(as_json(text, self._account.sid))

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        text = self._account.find(request.match_info["sid"])
        if text is None:
            return refused(NOT_FOUND)
        self._account.delete(text)
        return web.Response(status=204)

    async def _show_account(self, request: web.Request) -> web.StreamResponse:
        del request
        return web.json_response({"sid": self._account.sid, "friendly_name": "Simulator", "status": "active"})


def _created(fault: Fault, text: Text | None, account_sid: str) -> web.Response:
    """The answer to a create call as the fault wants it."""
    if fault.garbled:
        return web.Response(status=fault.status, text="<html>", content_type="application/json")
    if fault.code is not None or text is None:
        answer = refused(Refusal(fault.status, fault.code or 20500, WENT_WRONG))
        if fault.retry_after is not None:
            answer.headers["Retry-After"] = str(fault.retry_after)
        if fault.location:
            answer.headers["Location"] = fault.location
        return answer
    return web.json_response(as_json(text, account_sid), status=fault.status)


def cut(request: web.Request) -> None:
    """Cuts the connection."""
    if request.transport is not None:
        request.transport.abort()


def refused(refusal: Refusal) -> web.Response:
    """An answer that says no as Twilio does."""
    return web.json_response(refusal.as_json(), status=refusal.status)


async def _form(request: web.Request) -> Mapping[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _number(given: str | None, default: int) -> int:
    return int(given) if given and given.isdecimal() else default


def _credentials(request: web.Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        user, colon, password = b64decode(encoded, validate=True).decode().partition(":")
    except (Base64Error, UnicodeDecodeError):
        return None
    return (user, password) if scheme.lower() == "basic" and colon else None
