"""What a resource belongs to: a Procedure to its Encounter, an Encounter to its Appointment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.bookings.fhir.bundle import name_of
from followup.bookings.tolerant import Object, object_at, objects_at, within, words

if TYPE_CHECKING:
    from collections.abc import Iterator


def parent_of(resource: Object) -> str:
    """The name of what it belongs to; "" where it stands by itself."""
    if resource.get("resourceType") == "Procedure":
        return _of_kind("Encounter", within(resource, "encounter", "reference"))
    if resource.get("resourceType") == "Encounter":
        return _of_kind("Appointment", within(resource, "appointment", 0, "reference"))
    return ""


def _of_kind(kind: str, reference: object) -> str:
    name = name_of(reference)
    return name if name.startswith(f"{kind}/") else ""


@dataclass(frozen=True, slots=True)
class Chain:
    """A resource, what it belongs to, and so on up; `above` names what its top belongs to and nobody could show us."""

    resources: tuple[Object, ...]
    above: str = ""

    @property
    def focus(self) -> Object:
        """What the notification is about."""
        return self.resources[0]

    @property
    def is_linked(self) -> bool:
        """Whether the focus belongs to another resource."""
        return len(self.resources) > 1 or bool(self.above)

    @property
    def booking_id(self) -> str:
        """The top's name: the same whichever resource of a treatment is spoken of."""
        top = self.resources[-1]
        return self.above or name_of(f"{top.get('resourceType')}/{top.get('id')}")

    def service(self) -> tuple[str | None, str | None]:
        """The code and the words of what is done: as it was booked, else as it was recorded."""
        for resource in reversed(self.resources):
            for concept in _concepts(resource):
                code = words(within(concept, "coding", 0, "code")) or words(concept.get("text"))
                if code:
                    return code, words(concept.get("text")) or words(within(concept, "coding", 0, "display"))
        return None, None


def _concepts(resource: Object) -> Iterator[Object]:
    if resource.get("resourceType") == "Procedure":
        yield object_at(resource, "code")
        return
    for service in (*objects_at(resource, "serviceType"), object_at(resource, "serviceType")):
        yield object_at(service, "concept") or service  # R5 wraps it, since it may name a HealthcareService instead
    if resource.get("resourceType") == "Encounter":
        yield from objects_at(resource, "type")
