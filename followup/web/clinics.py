"""What pages need of the catalogue: names, titles and zones by id, also of what is configured no longer."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from followup.web.keys import SERVICES

if TYPE_CHECKING:
    from aiohttp import web

UTC = ZoneInfo("UTC")


def of_catalogue(request: web.Request) -> dict[str, Any]:
    """`clinics` and `titles` by id as people call them, and each clinic's zone in `zones`.

    `promising`: the clinics themselves, by whose opening hours their promises count.
    """
    catalogue = request.app[SERVICES].catalogue
    return {
        "clinics": {clinic.id: clinic.name for clinic in catalogue.clinics.values()},
        "titles": {protocol.id: protocol.title for protocol in catalogue.protocols.values()},
        "promising": catalogue.clinics,
        "zones": defaultdict(lambda: UTC, {clinic.id: clinic.zone for clinic in catalogue.clinics.values()}),
    }
