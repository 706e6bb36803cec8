"""/metrics for Prometheus: what this process counts, and what the database knows when it is asked."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from followup.flows.figures import read_figures
from followup.flows.tokens import holder
from followup.web.api.call import bearer_token
from followup.web.keys import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp.typedefs import Handler
    from prometheus_client.core import Metric

    from followup.flows.figures import Reading

REGISTRY: web.AppKey[CollectorRegistry] = web.AppKey("metrics_registry", CollectorRegistry)
REQUESTS: web.AppKey[Counter] = web.AppKey("metrics_requests", Counter)
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


def add_metrics_routes(app: web.Application) -> None:
    """Adds /metrics; the app has SERVICES and, to count requests, the middleware `count_requests`."""
    registry = CollectorRegistry()
    app[REGISTRY] = registry
    app[REQUESTS] = Counter(
        "followup_http_requests", "Requests answered", ["route", "method", "status"], registry=registry
    )
    app.router.add_get("/metrics", show_metrics)


@web.middleware
async def count_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Counts every answer by its route, never by its URL, which names episodes."""
    status = 500
    try:
        answer = await handler(request)
        status = answer.status
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "none"
        request.app[REQUESTS].labels(route, request.method if resource else "any", str(status)).inc()
    return answer


async def show_metrics(request: web.Request) -> web.Response:
    """Everything, for this machine and for holders of a token that is bound to no clinic."""
    if not await _may_read(request):
        raise web.HTTPForbidden(text="Metrics are for this machine, or for a token of all clinics.\n")
    known = CollectorRegistry()
    known.register(_Collected(await read_figures(request.app[SERVICES])))
    text = generate_latest(request.app[REGISTRY]) + generate_latest(known)
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


async def _may_read(request: web.Request) -> bool:
    presented = bearer_token(request)
    if presented:
        token = await holder(request.app[SERVICES], presented)
        return token is not None and not token.clinic
    return is_this_machine(request)


def is_this_machine(request: web.BaseRequest) -> bool:
    """Whether the caller is a program on this machine, on its own behalf."""
    # A reverse proxy on this machine calls from loopback, too, but for somebody else.
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.remote or "")
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


class _Collected:
    """Figures read from the database, as Prometheus collects them."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterable[Metric]:
        reading, counted = self._reading, self._reading.figures
        yield _counter("followup_inbox_received", "Calls kept, by the door they came in", "door", counted.received)
        yield _gauge("followup_inbox_waiting", "Calls kept and not read yet", "", {"": counted.inbox_waiting})
        yield _gauge("followup_messages_total", "Texts, in and out, by state", "state", counted.messages)
        yield _gauge("followup_flags_active", "Open flags", "urgency", counted.flags_active)
        yield _gauge("followup_episodes", "Episodes", "state", counted.episodes)
        yield _gauge("followup_strays_open", "Strays that wait for staff", "", {"": counted.strays_open})
        yield _gauge("followup_unknown_sends", "Texts whose fate is not known", "", {"": counted.unknown_sends})
        oldest = {"": max(reading.waited.values())}
        yield _gauge("followup_oldest_due_seconds", "How long the oldest due thing has waited", "", oldest)
        yield _gauge("followup_waited_seconds", "How long the oldest of each has waited", "what", reading.waited)
        beat = {} if reading.beat_age is None else {"": reading.beat_age}
        yield _gauge("followup_beat_age_seconds", "How long ago a worker last beat", "", beat)


def _gauge(name: str, says: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=[label] if label else [])
    for value, number in values.items():
        family.add_metric([value] if label else [], number)
    return family


def _counter(name: str, says: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, says, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family
