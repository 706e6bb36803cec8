"""Every page of the staff desk, in one table: who may, and what answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from followup.web import (
    account,
    acts,
    acts_together,
    clusters,
    corrections,
    curves,
    episode,
    lead,
    live,
    opt_outs,
    passkeys,
    pictures,
    replay,
    sign_in,
    sounds,
    strays,
    worklist,
)
from followup.web.assets import ASSETS, give_asset, read_assets
from followup.web.headers import add_headers
from followup.web.keys import TEMPLATES
from followup.web.page_errors import page_errors
from followup.web.presence import PRESENCE, Presence
from followup.web.render import ENVIRONMENT, make_environment
from followup.web.seen import SEEN, Seen
from followup.web.sessions import LEAD, REVIEWER, VIEWER
from followup.web.staff_only import Everybody, StaffOnly

if TYPE_CHECKING:
    from aiohttp import web

ID = "[A-Za-z0-9_-]{1,64}"
PAGES = (
    ("GET", "/", StaffOnly(worklist.show_worklist, VIEWER)),
    ("POST", "/search", StaffOnly(worklist.search, VIEWER)),
    ("GET", "/strays", StaffOnly(strays.show_strays, VIEWER)),
    ("POST", f"/strays/{{stray:{ID}}}/close", StaffOnly(strays.close, REVIEWER)),
    ("GET", f"/episodes/{{episode:{ID}}}", StaffOnly(episode.show_episode, VIEWER)),
    ("POST", f"/episodes/{{episode:{ID}}}/messages", StaffOnly(acts.write, REVIEWER)),
    ("POST", f"/episodes/{{episode:{ID}}}/messages/{{message:{ID}}}/take-back", StaffOnly(acts.take_back, REVIEWER)),
    (
        "POST",
        f"/episodes/{{episode:{ID}}}/messages/{{message:{ID}}}/correction",
        StaffOnly(corrections.correct, REVIEWER),
    ),
    ("POST", f"/episodes/{{episode:{ID}}}/opt-out", StaffOnly(opt_outs.record, REVIEWER)),
    ("POST", f"/episodes/{{episode:{ID}}}/talk", StaffOnly(acts.talk, REVIEWER)),
    ("POST", f"/episodes/{{episode:{ID}}}/plan", StaffOnly(acts.decide, LEAD)),
    ("GET", f"/pictures/{{picture:{ID}}}", StaffOnly(pictures.show_picture, VIEWER)),
    ("GET", f"/pictures/{{picture:{ID}}}/small", StaffOnly(pictures.show_small, VIEWER, is_use=False)),
    ("POST", "/clusters", StaffOnly(clusters.looked_into, LEAD)),
    ("POST", "/flags/acts", StaffOnly(acts_together.review_together, REVIEWER)),
    ("POST", f"/flags/{{flag:{ID}}}/acts", StaffOnly(acts.review, REVIEWER)),
    ("GET", "/handover", StaffOnly(lead.show_handover, VIEWER)),
    ("GET", "/figures", StaffOnly(lead.show_figures, LEAD)),
    ("GET", "/figures.csv", StaffOnly(lead.give_csv, LEAD)),
    ("GET", "/figures/curves", StaffOnly(curves.show_curves, LEAD)),
    ("GET", "/figures/curves.csv", StaffOnly(curves.give_csv, LEAD)),
    ("GET", "/replay", StaffOnly(replay.show_replay, LEAD)),
    ("POST", "/replay", StaffOnly(replay.try_changed, LEAD)),
    ("GET", "/journal", StaffOnly(lead.show_journal, LEAD)),
    ("GET", "/events", StaffOnly(live.stream, VIEWER, is_use=False)),
    ("GET", "/account", StaffOnly(account.show_account, VIEWER)),
    ("POST", "/account/second-factor", StaffOnly(account.offer_factor, VIEWER)),
    ("POST", "/account/second-factor/confirm", StaffOnly(account.confirm_factor, VIEWER)),
    ("POST", "/account/second-factor/off", StaffOnly(account.turn_off, VIEWER)),
    ("POST", "/account/passkeys/options", StaffOnly(passkeys.ask_for_new, VIEWER)),
    ("POST", "/account/passkeys", StaffOnly(passkeys.add, VIEWER)),
    ("POST", f"/account/passkeys/{{passkey:{ID}}}/remove", StaffOnly(passkeys.remove, VIEWER)),
    ("POST", f"/account/sessions/{{session:{ID}}}/end", StaffOnly(account.end_session, VIEWER)),
    ("POST", "/account/sign-out-everywhere", StaffOnly(account.sign_out_everywhere, VIEWER)),
    ("POST", "/shortcuts", StaffOnly(sign_in.choose_shortcuts, VIEWER)),
    ("POST", "/sound", StaffOnly(sounds.choose_sound, VIEWER)),
    ("POST", "/sign-out", StaffOnly(sign_in.sign_out, VIEWER)),
    ("GET", "/sign-in", Everybody(sign_in.show_sign_in)),
    ("POST", "/sign-in", Everybody(sign_in.sign_in)),
    ("POST", "/sign-in/code", Everybody(sign_in.give_code)),
    ("POST", "/sign-in/passkey/options", Everybody(passkeys.ask_to_show)),
    ("POST", "/sign-in/passkey", Everybody(passkeys.come_in)),
    ("GET", f"/sign-in/link/{{token:{ID}}}", Everybody(sign_in.show_link)),
    ("POST", f"/sign-in/link/{{token:{ID}}}", Everybody(sign_in.use_link)),
    ("GET", f"/welcome/{{token:{ID}}}", Everybody(sign_in.show_welcome)),
    ("POST", f"/welcome/{{token:{ID}}}", Everybody(sign_in.welcome)),
)


def add_page_routes(app: web.Application) -> None:
    """Adds the desk; the app has SERVICES and TEMPLATES. Headers are said on every answer, errors told on pages."""
    app[ENVIRONMENT] = make_environment(app[TEMPLATES])
    app[ASSETS], app[SEEN], app[live.STREAMS] = read_assets(), Seen(), live.Streams()
    app[PRESENCE] = Presence()
    app[replay.RUNNING] = asyncio.Lock()
    app.middlewares.append(page_errors)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(live.end_streams)
    for method, path, page in PAGES:
        app.router.add_route(method, path, page.answer)
    app.router.add_get("/static/{mark}/{name}", give_asset)
