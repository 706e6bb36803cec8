"""The account's numbers, short codes and Messaging Services, and where what patients write to them is posted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from followup.sms.simulator.account import API_VERSION
from followup.sms.simulator.api import NOT_FOUND, refused, signed_in

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Hook:
    """Where a sender's texts go; `application`: they go where that says, whatever stands here."""

    url: str
    method: str = "POST"
    application: str = ""


@dataclass
class NumberApi:
    """What the account has: `numbers` beside its own one, `applications`, and `services`, whose numbers may decide."""

    account_sid: str
    auth_token: str
    own: Callable[[], tuple[str, str]]
    numbers: dict[str, Hook] = field(default_factory=dict)
    applications: dict[str, Hook] = field(default_factory=dict)
    services: dict[str, Hook | list[str]] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """Every URL of them in one table."""
        root = f"/{API_VERSION}/Accounts/{{account}}"
        return [
            web.get(root + "/IncomingPhoneNumbers.json", self._signed_in(self._list_numbers)),
            web.get(root + "/SMS/ShortCodes.json", self._signed_in(self._list_codes)),
            web.get(root + "/Applications/{sid}.json", self._signed_in(self._fetch_application)),
            web.get("/v1/Services", self._list_services),
            web.get("/v1/Services/{sid}/PhoneNumbers", self._list_of_service),
        ]

    def _signed_in(self, handler: Any) -> Any:
        return signed_in(self.account_sid, self.auth_token, handler)

    def _held(self) -> dict[str, Hook]:
        number, url = self.own()
        return {number: Hook(url), **self.numbers}

    async def _list_numbers(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("PhoneNumber", "")
        found = [_number(name, hook) for name, hook in self._held().items() if name.startswith("+") and wanted in name]
        return web.json_response({"incoming_phone_numbers": found})

    async def _list_codes(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("ShortCode", "")
        held = self._held().items()
        found = [{**_number(name, hook), "short_code": name} for name, hook in held if name == wanted]
        return web.json_response({"short_codes": found})

    async def _fetch_application(self, request: web.Request) -> web.StreamResponse:
        hook = self.applications.get(request.match_info["sid"])
        return web.json_response(_number("", hook)) if hook else refused(NOT_FOUND)

    async def _list_services(self, _request: web.Request) -> web.StreamResponse:
        found = [_service(sid, hook) for sid, hook in self.services.items()]
        return web.json_response({"services": found, "meta": {"key": "services"}})

    async def _list_of_service(self, request: web.Request) -> web.StreamResponse:
        held = self.services.get(request.match_info["sid"], [])
        names = held if isinstance(held, list) else []
        found = [{"sid": f"PN{place:032x}", "phone_number": name} for place, name in enumerate(names)]
        return web.json_response({"phone_numbers": found, "meta": {"key": "phone_numbers"}})


def _number(name: str, hook: Hook) -> dict[str, Any]:
    application = hook.application or None
    return {"phone_number": name, "sms_url": hook.url, "sms_method": hook.method, "sms_application_sid": application}


def _service(sid: str, hook: Hook | list[str]) -> dict[str, Any]:
    if isinstance(hook, list):
        return {"sid": sid, "use_inbound_webhook_on_number": True}
    return {"sid": sid, "inbound_request_url": hook.url, "inbound_method": hook.method}
