"""What every flow is handed: the store, the strangers, the clocks. Passed in, never looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from followup.flows.pace import Pace
from followup.notify import Nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from followup.bookings import Adapter
    from followup.catalogue.catalogue import Catalogue
    from followup.notify import Notifier
    from followup.sms import Gateway, Hooks
    from followup.store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """One running followup. `clock` is care time, `wall` machine time (docs/decisions/0005).

    nudge: there is news, look now rather than at the next beat. hooks, gateways: by the carrier's name.
    ping_url: the dead man's switch, "" for none.
    """

    store: Store
    catalogue: Catalogue
    adapters: Mapping[str, Adapter]
    hooks: Mapping[str, Hooks]
    gateways: Mapping[str, Gateway]
    clock: Callable[[], datetime]
    wall: Callable[[], datetime]
    public_url: str
    secret_key: str = field(repr=False)
    nudge: Callable[[], None]
    pace: Pace = field(default_factory=Pace)
    requires_second_factor: bool = False
    """Whether nobody gets beyond the door of the desk without one."""
    notifier: Notifier = field(default_factory=Nobody)
    ping_url: str = field(repr=False, default="")
