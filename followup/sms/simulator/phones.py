"""A page of phones: every patient's conversation in bubbles, and a line to type a reply as the patient."""

from __future__ import annotations

from datetime import UTC, tzinfo
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from followup.sms.simulator.account import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from followup.sms.simulator.account import Text

HERE = Path(__file__).parent / "page"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
LONGEST_REPLY = 1600
SIDES = {Direction.INBOUND: "patient", Direction.OUTBOUND: "clinic", Direction.AUTOMATIC: "carrier"}
NOBODY: Mapping[str, str] = MappingProxyType({})
OWN_SITE = frozenset({"same-origin", "none"})


class Phones(Protocol):
    """What the page needs of a simulator."""

    def phones(self) -> list[str]:
        """Every phone, the newest conversation first."""
        ...

    def conversation(self, phone: str) -> list[Text]:
        """Everything on this phone, oldest first."""
        ...

    async def type_reply(self, phone: str, text: str, media: int = 0) -> Text:
        """The patient types."""
        ...


def phone_routes(
    phones: Phones, zone: tzinfo = UTC, names: Mapping[str, str] = NOBODY
) -> Sequence[web.AbstractRouteDef]:
    """The routes of the page, for the simulator's own origin or another app.

    Times are shown in `zone`; `names` says whose a phone is.
    """
    page = PhonePage(phones, zone, names)
    return [
        web.get("/phones", page.show),
        web.post("/phones/reply", page.type_reply),
        web.static("/phones/page", HERE),
    ]


class PhonePage:
    """The handlers of the page."""

    def __init__(self, phones: Phones, zone: tzinfo, names: Mapping[str, str]) -> None:
        self._phones = phones
        environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined)
        environment.globals["name"] = lambda phone: names.get(phone, "")
        environment.globals["side"] = lambda text: SIDES[text.direction]
        environment.globals["clock_time"] = lambda text: text.created_at.astimezone(zone).strftime("%a %d %b, %H:%M")
        self._template = environment.get_template("phones.html")

    async def show(self, request: web.Request) -> web.Response:
        """The list of phones, and one conversation."""
        listed = [(phone, self._phones.conversation(phone)) for phone in self._phones.phones()]
        wanted = request.query.get("phone", listed[0][0] if listed else "")
        html = self._template.render(listed=listed, shown=wanted, conversation=self._phones.conversation(wanted))
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    async def type_reply(self, request: web.Request) -> web.Response:
        """The form: type as the patient, then back to the conversation."""
        if request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITE:
            raise web.HTTPForbidden(text="Type on the page of phones itself")
        form = await request.post()
        phone, text = str(form.get("phone", "")), str(form.get("text", ""))[:LONGEST_REPLY]
        photos = 1 if form.get("photo") else 0
        if phone not in self._phones.phones():
            raise web.HTTPNotFound(text="No such phone")
        if text.strip() or photos:
            await self._phones.type_reply(phone, text, photos)
        where = "/phones?" + urlencode({"phone": phone}) + "#type"
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": where, **HEADERS})
