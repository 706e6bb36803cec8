"""When a page cannot be shown: what is wrong, in plain words, and where to go from there."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from followup.store import StoreUnavailableError
from followup.store.cursors import BadCursorError
from followup.web.problems import PREFIXES, RETRY_AFTER_SECONDS
from followup.web.render import show
from followup.web.staff_only import IS_PAGE

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

ERROR = 400
UNAVAILABLE = 503
_log = structlog.get_logger(__name__)


@web.middleware
async def page_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error of a page is a page: aiohttp's own, the store's and our mistakes."""
    if request.path.startswith(PREFIXES):
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < ERROR or not _is_ours(request):
            raise
        return show(request, "error.html", status=error.status, code=error.status)
    except BadCursorError:
        return show(request, "error.html", status=ERROR, code=ERROR)
    except StoreUnavailableError:
        _log.error("store_unavailable", route=_route(request))
        answer = show(request, "error.html", status=UNAVAILABLE, code=UNAVAILABLE)
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    except Exception as error:  # noqa: BLE001 - staff get a page without a trace; the log gets where, never what
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        where = [f"{frame.filename}:{frame.lineno}" for frame in frames]
        _log.error("unexpected_error", route=_route(request), error=type(error).__qualname__, at=where)
        return show(request, "error.html", status=500, code=500)


def _is_ours(request: web.Request) -> bool:
    return IS_PAGE in request or request.match_info.http_exception is not None


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""
