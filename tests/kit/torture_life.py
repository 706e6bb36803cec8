"""Lives of the real service that may be ended at any moment, forked from a process that has everything imported.

Run as `python -m kit.torture_life`: one order a line on stdin, one answer a line on stdout. A life is what
`followup serve`, `web` or `worker` runs, only less patient: its lease and its waits are seconds instead of minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import followup.app as composing
from followup import worker
from followup.catalogue.catalogue import read_catalogue
from followup.cli.running import run
from followup.domain import claim, delivery
from followup.settings import read_settings
from followup.sms.twilio import gateway

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.catalogue.catalogue import Catalogue
    from followup.settings import Settings
    from followup.sms import Gateway

READY = ("sqlalchemy.dialects.sqlite.aiosqlite", "sqlalchemy.dialects.postgresql.asyncpg", "followup.sms.twilio.hooks")


def hurry(seconds: Mapping[str, float]) -> None:
    """Makes the service of this process less patient; the order of the waits stays that of the real one."""
    claim.LEASE = timedelta(seconds=seconds["lease"])
    delivery.SETTLE = timedelta(seconds=seconds["settle"])
    delivery.BETWEEN_LOOKS = timedelta(seconds=seconds["between_looks"])
    delivery.FIRST_BACK_OFF = timedelta(seconds=seconds["back_off"])
    composing._gateway = partial(_gateway, seconds["time_limit"])
    worker.LOOK = 1
    worker.RECONCILE = int(seconds["reconcile"])


def _gateway(time_limit: float, _name: str, settings: Settings) -> Gateway:
    """The simulator's gateway is Twilio's, and so is this one."""
    return gateway.make_gateway(
        str(settings.twilio_account_sid), settings.auth_tokens[0], settings.twilio_api_url, time_limit=time_limit
    )


@cache
def _catalogue(config: str, templates: str, secret: str) -> Catalogue:
    return read_catalogue(Path(config), Path(templates), {"GLOW_BOOKING_SECRET": secret})


def _get_ready(environment: Mapping[str, str]) -> None:
    """Everything that does not change from life to life is done once, before the first."""
    for name in READY:
        import_module(name)
    names = ("FOLLOWUP_CONFIG", "FOLLOWUP_TEMPLATES", "GLOW_BOOKING_SECRET")
    catalogue = _catalogue(*(environment[name] for name in names))
    vars(composing)["read_configuration"] = lambda *_: catalogue


def _live(order: Mapping[str, Any]) -> None:
    """One life, until it is told to stop or killed."""
    environment = order["environment"]
    if order["send"]:
        module, _, name = order["send"].partition(":")
        vars(worker)["send_messages"] = getattr(import_module(module), name)
    asyncio.run(run(read_settings(environment), environment, frozenset(order["parts"])))


def _fork(order: Mapping[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        log = os.open(order["log"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        for stream in (0, 1, 2):
            os.dup2(log, stream)
        _live(order)
    except BaseException:  # noqa: BLE001 - a fork must never come back into its parent's code
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    """Orders: ready, fork, wait. End of input ends the process; its children are whoever started it to end."""
    for line in sys.stdin:
        order = json.loads(line)
        match order["do"]:
            case "ready":
                hurry(order["seconds"])
                _get_ready(order["environment"])
                answer = 0
            case "fork":
                answer = _fork(order)
            case _:
                answer = os.waitstatus_to_exitcode(os.waitpid(order["pid"], 0)[1])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
