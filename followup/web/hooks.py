"""The doors for strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.web.booking_door import LIMIT, greet, receive_booking
from followup.web.rate import RateLimit
from followup.web.sms_door import receive_receipt, receive_reply

if TYPE_CHECKING:
    from aiohttp import web


def add_hook_routes(app: web.Application, booking_limit: RateLimit | None = None) -> None:
    """Adds every door; the app has SERVICES and the middleware `problem_errors`."""
    app[LIMIT] = booking_limit or RateLimit(per_second=100, burst=1000)
    app.router.add_post("/hooks/bookings/{source}", receive_booking)
    app.router.add_head("/hooks/bookings/{source}", greet)
    app.router.add_post("/hooks/sms/{gateway}/reply", receive_reply)
    app.router.add_post("/hooks/sms/{gateway}/receipt/{message:[A-Za-z0-9._~-]{1,128}}", receive_receipt)
