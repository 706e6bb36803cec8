"""Facts of a booking system, folded as the service folds them, with nothing but the domain: no store, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from followup.bookings import Setting
from followup.catalogue.booking_mappings import mapping_of
from followup.domain.enrolment import Enrolment, on_booking
from followup.domain.episode import EpisodeState, Patient
from followup.domain.evolve import fold
from followup.domain.inputs import BookingStatus
from followup.domain.patient import with_details
from kit.builders import a_clinic, a_protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from followup.domain.clinic import Clinic
    from followup.domain.episode import Episode
    from followup.domain.inputs import Booking
    from followup.domain.protocol import Protocol

NOW = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)


def setting_of(written: Mapping[str, Any]) -> Setting:
    """How a source is set up, as a sample writes it."""
    said = dict(written)
    if "zone" in said:
        said["zone"] = ZoneInfo(said["zone"])
    if "statuses" in said:
        said["statuses"] = {word: BookingStatus(status) for word, status in said["statuses"].items()}
    if "mapping" in said:
        said["mapping"] = mapping_of(said["mapping"])
    return Setting(**said)


@dataclass
class Desk:
    """What is known of one source's bookings, and the episodes that follow from it."""

    now: datetime = NOW
    facts: dict[tuple[str, str], list[Booking]] = field(default_factory=dict)
    people: dict[str, Patient] = field(default_factory=dict)
    episodes: dict[tuple[str, str], Episode] = field(default_factory=dict)
    clinic: Clinic = field(default_factory=a_clinic)
    protocol: Protocol = field(default_factory=a_protocol)

    def hear(self, told: Iterable[Booking]) -> None:
        """One call's facts, in their order."""
        for fact in told:
            self._meet(fact)
            known = self.facts.setdefault((fact.id, fact.patient.id), [])
            if fact.id and fact not in known:
                known.append(fact)
                self._decide_all()

    def _meet(self, fact: Booking) -> None:
        if fact.patient.id:
            person = self.people.get(fact.patient.id, Patient("glow", "source", fact.patient.id))
            self.people[fact.patient.id] = with_details(person, fact.patient, fact.patient.phone, fact.updated_at)

    def _decide_all(self) -> None:
        for booking, person in list(self.facts):
            if booking and person:
                self._decide(booking, person)

    def _decide(self, booking: str, person: str) -> None:
        enrolment = Enrolment(
            clinic=self.clinic,
            source="source",
            booking_id=booking,
            facts=[*self.facts[booking, person], *self.facts.get((booking, ""), [])],
            superseded_by=self._successor(booking),
            protocol=None,
            episode=self.episodes.get((booking, person)),
            patient=self.people[person],
        )
        if enrolment.state.service_id:
            enrolment = replace(enrolment, protocol=self.protocol)
        after = fold(enrolment.episode, on_booking(enrolment, self.now).events)
        if after is not None:
            self.episodes[booking, person] = after

    def _successor(self, booking: str) -> str | None:
        found = [fact for facts in self.facts.values() for fact in facts if fact.supersedes == booking]
        return max(found, key=lambda fact: (fact.updated_at, fact.id)).id if found else None

    def plans(self) -> list[tuple[object, ...]]:
        """What each episode has come to: its state, its times, its check-ins and its flags."""
        return sorted(
            (
                booking,
                person,
                episode.state.value,
                str(episode.treated_until),
                # Of a plan that is off it only tells how far it had got before we heard.
                "" if episode.state is EpisodeState.CANCELLED else str(episode.completion),
                planned(episode),
                sorted(flag.id for flag in episode.flags),
            )
            for (booking, person), episode in self.episodes.items()
        )


def planned(episode: Episode) -> tuple[tuple[str, str], ...]:
    """Its check-ins that are still to come, with their times."""
    return tuple((one.step, one.due_at.isoformat()) for one in episode.check_ins if one.state.value == "scheduled")
