"""Reads FHIR R4 subscription notifications, and asks the FHIR server for what they only name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from followup.bookings import Fetch, FetchFailedError
from followup.bookings.fhir.bundle import TREATMENTS, Notification, open_notification
from followup.bookings.fhir.chain import Chain, parent_of
from followup.bookings.fhir.person import patient_ids, read_patient
from followup.bookings.fhir.resources import facts_of
from followup.bookings.signing import is_one_of
from followup.bookings.tolerant import Object, body_name, instant, objects_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.bookings import Adapter, Client, Request
    from followup.domain.inputs import Booking

LOOK_BACK = timedelta(hours=1)
"""What a notification without content may be about."""
MOST = 200


class FhirAdapter:
    """Appointment, Encounter and Procedure of one treatment are one booking: that of the first of them."""

    name = "fhir"
    api_url = ""
    media_types = frozenset({"application/fhir+json", "application/json", ""})

    def is_signed(self, request: Request, secrets: Sequence[str], now: datetime) -> bool:  # noqa: ARG002 - it has no time
        """Whether the header that the Subscription sets holds one of the secrets; it signs nothing."""
        given = request.headers.get(request.setting.header or "authorization", "")
        return is_one_of(given, [form for secret in secrets if secret for form in (secret, f"Bearer {secret}")])

    def key(self, request: Request) -> str | None:
        """Its bytes; None where it names what happened and does not say it."""
        return (
            None
            if any(isinstance(each, Fetch) and each.is_vital for each in self.read(request))
            else body_name(request.body)
        )

    def check(self, request: Request) -> None:
        """Nothing is told to the server; its handshake is an event that does not concern us."""

    def read(self, request: Request) -> Sequence[Booking | Fetch]:
        """The facts of each treatment named, and what is to be fetched; none for a handshake or a heartbeat."""
        notification = open_notification(request.body)
        if notification is None:
            return ()
        if not notification.named:
            return [Fetch("changed", notification.told_at.isoformat() if notification.told_at else "")]
        found = [each for name in notification.named for each in _read(name, notification)]
        return list(dict.fromkeys(found))

    def credentials(self, api_key: str) -> Mapping[str, str]:
        """A bearer token that may read appointments, encounters, procedures and patients."""
        return {"authorization": f"Bearer {api_key}"}

    async def fetch(self, wanted: Fetch, client: Client) -> Sequence[Booking]:
        """A patient; a treatment with all that it belongs to; or whatever changed."""
        if wanted.kind == "changed":
            return await self.missed(client, (instant(wanted.id) or client.asked_at) - LOOK_BACK)
        resource = await client.get(wanted.kind, wanted.id)
        if not isinstance(resource, dict):
            raise FetchFailedError("the FHIR server has no such resource", is_final=True)
        if wanted.kind == "Patient":
            return [read_patient(resource, client.asked_at)]
        return await _resolved(resource, client)

    async def missed(self, client: Client, since: datetime) -> Sequence[Booking]:
        """Every treatment changed since then."""
        facts: list[Booking] = []
        for kind in TREATMENTS:
            query = {"_lastUpdated": f"gt{since.isoformat()}", "_count": str(MOST)}
            for entry in objects_at(await client.get(kind, query=query), "entry"):
                resource = entry.get("resource")
                if isinstance(resource, dict) and resource.get("resourceType") == kind:
                    facts.extend(await _resolved(resource, client))
        return list(dict.fromkeys(facts))


def _read(name: str, notification: Notification) -> Sequence[Booking | Fetch]:
    """What is said of one resource, as far as all that it belongs to is in the bundle."""
    kind, _, its_id = name.partition("/")
    resource = notification.resources.get(name)
    if resource is None:
        return [Fetch(kind, its_id)]
    if kind == "Patient":
        return [read_patient(resource, notification.told_at)]
    chain, missing = [resource], parent_of(resource)
    while missing and (above := notification.resources.get(missing)) and len(chain) < len(TREATMENTS):
        chain.append(above)
        missing = parent_of(above)
    if missing:
        return [Fetch(kind, its_id)]
    people: list[Booking | Fetch] = []
    for patient in patient_ids(resource):
        held = notification.resources.get(f"Patient/{patient}")
        people.append(read_patient(held, notification.told_at) if held else Fetch("Patient", patient, is_vital=False))
    return [*people, *facts_of(Chain(tuple(chain)), notification.told_at)]


async def _resolved(resource: Object, client: Client) -> list[Booking]:
    """A treatment's facts and its patients, with all that it belongs to asked for."""
    chain, missing = [resource], parent_of(resource)
    while missing and len(chain) < len(TREATMENTS):
        kind, _, its_id = missing.partition("/")
        above = await client.get(kind, its_id)
        if not isinstance(above, dict):
            break
        chain.append(above)
        missing = parent_of(above)
    people = [await client.get("Patient", patient) for patient in patient_ids(resource)]
    told = [read_patient(person, client.asked_at) for person in people if isinstance(person, dict)]
    return [*told, *facts_of(Chain(tuple(chain), missing or ""), client.asked_at)]


ADAPTER: Adapter = FhirAdapter()
