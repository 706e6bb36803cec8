"""Templates become answers; whatever they show of a patient is text and nothing else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from followup.web import wording
from followup.web.assets import ASSETS
from followup.web.forms import TOKEN, masked
from followup.web.groups import grouped, targets, undone
from followup.web.keys import SERVICES
from followup.web.presence import PRESENCE
from followup.web.sessions import LEAD, REVIEWER, SESSION, has_shortcuts, has_sound, may

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT: web.AppKey[Environment] = web.AppKey("environment", Environment)
PHONES = "/phones"
"""Only the demo has it."""
COMPRESSED_ASIDE = 16_384
"""Bytes; a page that is longer is compressed in a thread, so that nobody else waits for it."""


def make_environment(templates: Path) -> Environment:
    """Jinja2 over `pages/`, which escapes everything and refuses a name that it was not given."""
    environment = Environment(
        loader=FileSystemLoader(templates / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(wording.FILTERS, grouped=grouped, targets=targets, undone=undone)
    environment.globals.update(wording.WORDS)
    return environment


def show(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """The page, for whoever is signed in."""
    text = request.app[ENVIRONMENT].get_template(template).render(_around(request), **values)
    answer = web.Response(
        text=text, status=status, content_type="text/html", charset="utf-8", zlib_executor_size=COMPRESSED_ASIDE
    )
    answer.enable_compression()
    return answer


def _around(request: web.Request) -> dict[str, Any]:
    session = request.get(SESSION)
    account = session.account if session else None
    return {
        "account": account,
        "may_review": account is not None and may(account, REVIEWER),
        "may_decide": account is not None and may(account, LEAD),
        "csrf_name": TOKEN,
        "csrf": masked(session.csrf, request.app[SERVICES].wall()) if session else "",
        "now": request.app[SERVICES].clock(),
        "wall": request.app[SERVICES].wall(),
        "shortcuts": has_shortcuts(request),
        "sound": has_sound(request),
        "here": request.path,
        "address": request.path_qs if request.method == "GET" else "/",
        "looking": partial(request.app[PRESENCE].others, email=account.email if account else ""),
        "mark": partial(request.app[PRESENCE].mark, email=account.email if account else ""),
        "asset": request.app[ASSETS].address,
        "has_phones": any(resource.canonical == PHONES for resource in request.app.router.resources()),
    }
