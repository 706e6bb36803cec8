"""What callers are told when something is wrong: RFC 9457, without a word of what they sent."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from followup.store import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp.typedefs import Handler

    from followup.bookings import Fault

PROBLEM_JSON = "application/problem+json"
PREFIXES = ("/hooks/", "/api/")
RETRY_AFTER_SECONDS = 5

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its name is for ever, its title the same for every occurrence."""

    name: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The stable URI by which programs tell problems apart."""
        return f"urn:followup:problem:{self.name}"


BAD_SIGNATURE = Problem("bad-signature", 401, "The signature is missing, wrong or too old")
FORBIDDEN = Problem("forbidden", 403, "The signature is missing or wrong")
UNKNOWN_SOURCE = Problem("unknown-source", 404, "There is no such source")
CONFLICT = Problem("id-reused", 409, "This id was used before for another body")
TOO_LARGE = Problem("too-large", 413, "The body is too large")
WRONG_TYPE = Problem("wrong-media-type", 415, "The body is of a type that is not read here")
TOO_MANY = Problem("too-many", 429, "Too many calls; try again later")
UNAVAILABLE = Problem("unavailable", 503, "Nothing can be stored now; try again later")
INTERNAL = Problem("internal", 500, "Our mistake; it was noted")
BODY_PROBLEMS: Mapping[int, Problem] = {
    400: Problem("unreadable-body", 400, "The body cannot be read"),
    422: Problem("wrong-content", 422, "The content breaks the contract"),
}


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        problem: Problem,
        detail: str = "",
        *,
        instance: str = "",
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.problem = problem
        self.detail = detail
        self.instance = instance
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        super().__init__(problem.name)

    def answer(self) -> web.Response:
        """The problem as an HTTP answer; empty members are left out."""
        members = {
            "type": self.problem.type,
            "title": self.problem.title,
            "status": self.problem.status,
            "detail": self.detail,
            "instance": self.instance,
            "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in self.errors],
        }
        return web.json_response(
            {name: value for name, value in members.items() if value},
            status=self.problem.status,
            headers=self.headers,
            content_type=PROBLEM_JSON,
        )


@web.middleware
async def problem_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Under /hooks and /api every error is a problem: aiohttp's own, the store's and our mistakes."""
    if not request.path.startswith(PREFIXES):
        return await handler(request)
    try:
        return await handler(request)
    except ProblemError as error:
        return error.answer()
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return _of_http(error).answer()
    except StoreUnavailableError as error:
        _note("store_unavailable", request, error)
        return ProblemError(UNAVAILABLE, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}).answer()
    except Exception as error:  # noqa: BLE001 # a stranger gets no trace; the log gets where, never what
        _note("unexpected_error", request, error)
        return ProblemError(INTERNAL).answer()


def _of_http(error: web.HTTPException) -> ProblemError:
    status = HTTPStatus(error.status)
    kept = {
        name: value for name, value in error.headers.items() if name.lower() not in {"content-type", "content-length"}
    }
    return ProblemError(Problem(status.phrase.lower().replace(" ", "-"), status.value, status.phrase), headers=kept)


def _note(event: str, request: web.Request, error: Exception) -> None:
    # An exception's text may quote what a patient wrote, so only its type and its way are logged.
    resource = request.match_info.route.resource
    _log.error(
        event,
        route=resource.canonical if resource else "",
        error=type(error).__qualname__,
        at=[f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]],
    )
