"""What every answer says to a browser about itself, streams and errors too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.web.keys import SERVICES

if TYPE_CHECKING:
    from aiohttp import web

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
    "Server": "followup",
}
TWO_YEARS = 63_072_000


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Adds what the handler did not say itself; where we are called over https, browsers are told to stay there."""
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if is_secure(request):
        response.headers.setdefault("Strict-Transport-Security", f"max-age={TWO_YEARS}; includeSubDomains")


def is_secure(request: web.Request) -> bool:
    """Whether staff reach us over https; what stands before us may speak plain http with us."""
    return request.config_dict[SERVICES].public_url.startswith("https://")
