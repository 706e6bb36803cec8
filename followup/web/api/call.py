"""One call of the API: who calls, what they ask, and what they are answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from followup.bookings import RejectedError
from followup.bookings.native.strict_json import read_json
from followup.flows.tokens import holder
from followup.store.cursors import BadCursorError
from followup.web.api.refusals import NOT_FOUND, OTHER_CLINIC, REPEATED, bad_cursor, no_token, not_valid
from followup.web.bodies import read_body
from followup.web.keys import SERVICES
from followup.web.problems import BODY_PROBLEMS, WRONG_TYPE, ProblemError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from followup.flows.services import Services

Query = TypeVar("Query")
Body = TypeVar("Body")
Clinics = tuple[str, ...] | None
JSON = "application/json"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `clinics`: None for all of them."""

    name: str
    clinics: Clinics

    @property
    def who(self) -> str:
        """The name the journal knows them by."""
        return f"token:{self.name}"

    def narrowed(self, clinic: str) -> Clinics:
        """Which clinics a list is about, where the caller asks for one ("" for no matter which)."""
        if clinic and self.clinics is not None and clinic not in self.clinics:
            raise ProblemError(OTHER_CLINIC)
        return (clinic,) if clinic else self.clinics


ANYBODY = Caller("", ())


@dataclass(frozen=True, slots=True)
class Call(Generic[Query, Body]):
    """What a handler is given: everything read and checked."""

    services: Services
    caller: Caller
    path: Mapping[str, str]
    query: Query
    body: Body


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the API's table: it serves, and it describes itself."""

    method: str
    path: str
    handle: Callable[[Call[Any, Any]], Awaitable[BaseModel | Mapping[str, Any]]]
    summary: str
    answer: type[BaseModel] | None
    status: HTTPStatus = HTTPStatus.OK
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    refuses: tuple[HTTPStatus, ...] = field(default=())
    is_public: bool = False

    async def serve(self, request: web.Request) -> web.Response:
        """Who, what, do it, say it."""
        services = request.app[SERVICES]
        if any("\x00" in part for part in request.match_info.values()):
            raise ProblemError(NOT_FOUND)
        caller = ANYBODY if self.is_public else await _caller(services, request)
        query = _query(request, self.query)
        body = await _body(request, self.body) if self.body else None
        try:
            found = await self.handle(Call(services, caller, request.match_info, query, body))
        except BadCursorError:
            raise bad_cursor() from None
        return _answer(found, self.status)


async def _caller(services: Services, request: web.Request) -> Caller:
    presented = bearer_token(request)
    token = await holder(services, presented) if presented else None
    if token is None:
        if presented:
            resource = request.match_info.route.resource
            _log.warning("token_refused", route=resource.canonical if resource else "")
        raise no_token(presented=bool(presented))
    return Caller(token.name, (token.clinic,) if token.clinic else None)


def bearer_token(request: web.Request) -> str:
    """What stands behind "Bearer", "" for nothing."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _query(request: web.Request, model: type[BaseModel] | None) -> BaseModel | None:
    given = request.query
    if len(set(given)) < len(given):
        raise ProblemError(REPEATED)
    # "?urgency=" is a form's way to leave a field out.
    said = {name: value for name, value in given.items() if value}
    return _checked(lambda: (model or _Nothing).model_validate(said))


async def _body(request: web.Request, model: type[BaseModel]) -> BaseModel:
    if request.content_type != JSON:
        raise ProblemError(WRONG_TYPE, "The body has to be application/json")
    raw = await read_body(request)
    try:
        read_json(raw)
    except RejectedError as error:
        raise ProblemError(BODY_PROBLEMS[error.status], error.title, errors=error.faults) from None
    return _checked(lambda: model.model_validate_json(raw, strict=True))


class _Nothing(BaseModel, extra="forbid"):
    """The query of a route that has none."""


def _checked(read: Callable[[], BaseModel]) -> BaseModel:
    try:
        return read()
    except ValidationError as error:
        raise not_valid(error) from None


def _answer(found: BaseModel | Mapping[str, Any], status: HTTPStatus) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    if isinstance(found, BaseModel):
        return web.Response(text=found.model_dump_json(), status=status, headers=headers, content_type=JSON)
    return web.json_response(found, status=status, headers=headers)
