"""One appointment's life as each booking system would tell it, made from the adapters' own samples."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from followup import bookings
from followup.bookings import Request
from kit.booking_facts import setting_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(bookings.__path__[0])
TIMES = {
    "booked": ("2026-11-20T11:00:00Z", "2026-12-01T09:00:00Z", "2026-12-01T09:45:00Z"),
    "rescheduled": ("2026-11-22T11:00:00Z", "2026-12-02T14:30:00Z", "2026-12-02T15:15:00Z"),
    "rescheduled again": ("2026-11-24T11:00:00Z", "2026-12-03T08:00:00Z", "2026-12-03T08:45:00Z"),
    "completed": ("2026-12-03T08:45:00Z", "2026-12-03T08:00:00Z", "2026-12-03T08:45:00Z"),
    "cancelled": ("2026-12-03T11:00:00Z", "2026-12-03T08:00:00Z", "2026-12-03T08:45:00Z"),
    "no-show": ("2026-12-03T12:00:00Z", "2026-12-03T08:00:00Z", "2026-12-03T08:45:00Z"),
}
"""When each thing was said, and the appointment's start and end by then; Rome is an hour ahead."""


def sample_body(system: str, name: str) -> Any:
    """What a sample's request holds."""
    return json.loads((ROOT / system / "samples" / f"{name}.http").read_bytes().partition(b"\n\n")[2])


def sample_request(system: str, name: str, body: Any = None) -> Request:
    """A sample's request; with another body, if one is given."""
    path = ROOT / system / "samples" / f"{name}.http"
    head, _, raw = path.read_bytes().partition(b"\n\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    setting = setting_of(json.loads(path.with_suffix(".json").read_text()).get("setting", {}))
    return Request(headers, raw if body is None else json.dumps(body).encode(), setting)


def _local(at: str) -> str:
    """In Rome in winter, as Easy!Appointments writes it."""
    return f"{at[:10]} {int(at[11:13]) + 1:02}{at[13:19]}"


def _calcom(what: str) -> Request:
    said, start, end = TIMES[what]
    if what == "completed":
        row = {**sample_body("calcom", "completed"), "uid": "cal-3", "startTime": start, "endTime": end}
        return sample_request("calcom", "completed", row)
    if what == "no-show":
        event = {**sample_body("calcom", "no_show"), "createdAt": said}
        event["payload"]["bookingUid"] = "cal-3"
        return sample_request("calcom", "no_show", event)
    event = {**sample_body("calcom", "cancelled" if what == "cancelled" else "booked"), "createdAt": said}
    uid = {"booked": 1, "rescheduled": 2}.get(what, 3)
    event["payload"] |= {"uid": f"cal-{uid}", "startTime": start, "endTime": end}
    if what.startswith("rescheduled"):
        event["triggerEvent"] = "BOOKING_RESCHEDULED"
        event["payload"]["rescheduleUid"] = f"cal-{uid - 1}"
    return sample_request("calcom", "booked", event)


def _square(what: str) -> Request:
    said, start, _ = TIMES[what]
    event = sample_body("square", "booked")
    words = {"cancelled": "CANCELLED_BY_SELLER", "no-show": "NO_SHOW"}
    event["data"]["object"]["booking"] |= {
        "version": list(TIMES).index(what),
        "updated_at": said,
        "start_at": start,
        "status": words.get(what, "ACCEPTED"),
    }
    return sample_request("square", "booked", {**event, "event_id": what})


def _easyappointments(what: str) -> Request:
    said, start, end = TIMES[what]
    event = sample_body("easyappointments", "booked")
    words = {"cancelled": "Cancelled", "no-show": "No-show", "completed": "Completed", "booked": "Booked"}
    event["payload"] |= {
        "update_datetime": _local(said),
        "start_datetime": _local(start),
        "end_datetime": _local(end),
        "status": words.get(what, "Rescheduled"),
    }
    return sample_request("easyappointments", "booked", event)


def _calendly(what: str) -> Request:
    said, start, end = TIMES[what]
    number = {"booked": 1, "rescheduled": 2}.get(what, 3)

    def uri(which: int) -> str:
        return f"https://api.calendly.com/scheduled_events/EVT{which}/invitees/INV{which}"

    if what == "no-show":
        event = {**sample_body("calendly", "no_show"), "created_at": said}
        event["payload"]["invitee"] = uri(number)
        return sample_request("calendly", "no_show", event)
    name = "cancelled" if what == "cancelled" else "booked"
    event = {**sample_body("calendly", name), "created_at": said}
    event["payload"]["uri"] = uri(number)
    event["payload"]["scheduled_event"] |= {"start_time": start, "end_time": end}
    if what.startswith("rescheduled"):
        event["payload"]["old_invitee"] = uri(number - 1)
    return sample_request("calendly", name, event)


def _calendly_old(what: str) -> Request:
    """The other half of a reschedule: the old invitee is cancelled."""
    event = {**sample_body("calendly", "rescheduled.old"), "created_at": TIMES[what][0]}
    number = {"rescheduled": 1, "rescheduled again": 2}[what]
    names = [f"https://api.calendly.com/scheduled_events/EVT{each}/invitees/INV{each}" for each in (number, number + 1)]
    event["payload"] |= {"uri": names[0], "new_invitee": names[1]}
    return sample_request("calendly", "rescheduled.old", event)


def _mapped(what: str) -> Request:
    said, start, end = TIMES[what]
    words = {"booked": "Confirmed", "completed": "Done", "cancelled": "Cancelled by client", "no-show": "DNA"}
    number = {"booked": 1, "rescheduled": 2}.get(what, 3)
    event = {**sample_body("mapped", "booked"), "id": what, "sent_at": said}
    event["appointment"] |= {"ref": f"V-{number}", "state": words.get(what, "Moved"), "from": start, "to": end}
    if what.startswith("rescheduled"):
        event["appointment"]["moved_from"] = f"V-{number - 1}"
    return sample_request("mapped", "booked", event)


def _fhir(what: str) -> Request:
    said, start, end = TIMES[what]
    words = {"cancelled": "cancelled", "no-show": "noshow"}
    event = copy.deepcopy(sample_body("fhir", "completed.encounter" if what == "completed" else "booked"))
    resource = event["entry"][1]["resource"]
    resource["meta"] = {"lastUpdated": said}
    if what == "completed":
        resource["period"] = {"start": start, "end": end}
    else:
        resource |= {"status": words.get(what, "booked"), "start": start, "end": end}
    return sample_request("fhir", "booked", event)


LIVES: Mapping[str, tuple[Callable[[str], Request], tuple[str, ...]]] = {
    "calcom": (_calcom, ("completed",)),
    "square": (_square, ()),
    "easyappointments": (_easyappointments, ("completed",)),
    "calendly": (_calendly, ()),
    "mapped": (_mapped, ("completed",)),
    "fhir": (_fhir, ("completed",)),
}
"""How each system tells a life, and what it says beside booked, moved, cancelled and not shown up."""


def life(system: str, end: str) -> list[Request]:
    """Booked, moved twice, completed where the system says so, and in the end cancelled, not shown up or nothing."""
    tell, more = LIVES[system]
    told = [tell(what) for what in ("booked", "rescheduled", "rescheduled again", *more)]
    if system == "calendly":
        told += [_calendly_old("rescheduled"), _calendly_old("rescheduled again")]
    return [*told, tell(end)] if end else told
