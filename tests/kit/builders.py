"""Plain values to decide about: one clinic, one plan, one patient, and whatever a test changes of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from followup.catalogue.problems import Problems
from followup.catalogue.texts import read_texts
from followup.catalogue.vocabularies import read_vocabularies
from followup.domain import events as e
from followup.domain.circumstances import Circumstances, Contact, Sent
from followup.domain.clinic import BookingSource, Clinic, ConsentRule, Hours, SmsRules
from followup.domain.enrolment import planned
from followup.domain.episode import Completion, Episode, EpisodeState, Patient
from followup.domain.evolve import fold
from followup.domain.inputs import Booking, BookingStatus, PatientDetails, Receipt, ReceiptState, Reply
from followup.domain.message import Direction, Kind, Message, MessageState
from followup.domain.protocol import CheckInPlan, ExpectedWindow, Protocol
from followup.domain.schedule import on_wake
from followup.domain.understanding.values import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.domain.decision import Decision
    from followup.domain.vocabulary import Vocabulary
    from followup.domain.wording import Texts

ROOT = Path(__file__).parents[2]
LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TREATED = datetime(2026, 1, 12, 10, 0, tzinfo=UTC)
"""A Monday morning in London's winter, when local time is UTC: the end of treatment unless a test says otherwise."""
PHONE = "+447700900123"
DAYTIME = Hours(dict.fromkeys(range(7), (time(9), time(20))))
ALWAYS = Hours(dict.fromkeys(range(7), (time(0), time(0))))
NO_CAPS = SmsRules("simulator", "+447400123456", per_day=0, per_week=0, min_gap=timedelta(0))
CORE = ("redness", "swelling")
PLANS = (
    CheckInPlan("day-1", 24 * HOUR, CORE),
    CheckInPlan("day-3", 72 * HOUR, CORE),
    CheckInPlan("day-7", 7 * DAY, CORE),
    CheckInPlan("day-28", 28 * DAY, ("nodules_lumps",), Question.LATE_0_1),
)


def after(hours: float) -> datetime:
    """So many hours after the treatment."""
    return TREATED + hours * HOUR


@lru_cache(maxsize=1)
def vocabularies() -> Mapping[str, Vocabulary]:
    """The shipped ones; their mistakes are for tests/contracts to find."""
    return read_vocabularies(ROOT / "config" / "vocabulary", Problems())


@lru_cache(maxsize=1)
def texts() -> Texts:
    """The shipped ones; their mistakes are for tests/contracts to find."""
    return read_texts(ROOT / "templates" / "sms", Problems()).texts


def a_clinic(**changes: Any) -> Clinic:
    """In London, open and texting from nine to eight every day, without caps."""
    clinic = Clinic(
        id="glow",
        name="Glow Clinic",
        zone=LONDON,
        country="GB",
        languages=("en", "es"),
        phone="+442079460000",
        emergency_number="999",
        consent=ConsentRule.EXPLICIT,
        sending_hours=DAYTIME,
        opening_hours=DAYTIME,
        sms=NO_CAPS,
        sources=(BookingSource("native", "native"),),
        services={"meso": "mesotherapy"},
    )
    return replace(clinic, **changes)


def a_protocol(*plans: CheckInPlan, **changes: Any) -> Protocol:
    """Redness and swelling are expected for two days, bruises for a week; asked after 1, 3, 7 and 28 days."""
    windows = {"redness": 48, "swelling": 48, "bruising": 168}
    expected = {name: ExpectedWindow(name, None, hours * HOUR) for name, hours in windows.items()}
    protocol = Protocol("mesotherapy", "Mesotherapy", "1", expected, plans or PLANS)
    return replace(protocol, **changes)


def a_patient(**changes: Any) -> Patient:
    """Has a phone and said yes to texts."""
    return replace(Patient("glow", "native", "P-1", "Zoë", "Hart", PHONE, PHONE, consent="granted"), **changes)


def an_episode(protocol: Protocol | None = None, **changes: Any) -> Episode:
    """Treated for certain, its plan runs and nothing was asked yet."""
    protocol = protocol or a_protocol()
    episode = Episode(
        id=changes.get("id", "episode"),
        clinic="glow",
        source="native",
        booking_id="B-1",
        patient_id="P-1",
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        state=EpisodeState.ACTIVE,
        treated_from=TREATED - HOUR,
        treated_until=TREATED,
        completion=Completion.EXPLICIT,
        opened_at=TREATED - DAY,
        booked_as="runs",
        service_name="meso",
    )
    episode = replace(episode, **changes)
    return episode if "check_ins" in changes else replace(episode, check_ins=planned(episode.id, protocol, TREATED))


def with_asked(episode: Episode, *steps: str, at: datetime | None = None) -> Episode:
    """The episode with these check-ins asked when they fell due, or at `at`."""
    for step in steps:
        check_in = episode.check_in(step)
        assert check_in is not None
        episode = after_events(episode, e.CheckInAsked(step, at or check_in.due_at))
    return episode


def after_events(episode: Episode, *events: e.Event) -> Episode:
    """The episode after these events."""
    folded = fold(episode, events)
    assert folded is not None
    return folded


def decided(episode: Episode, decision: Decision) -> Episode:
    """The episode after a decision."""
    return after_events(episode, *decision.events)


def circumstances(**changes: Any) -> Circumstances:
    """That clinic, plan and patient; nothing was texted lately. `sent`: kinds and times of texts that were."""
    sent = Contact(tuple(Sent(kind, at) for kind, at in changes.pop("sent", ())))
    found = Circumstances(a_clinic(), a_protocol(), a_patient(), texts(), LONDON, sent)
    return replace(found, **changes)


def a_booking(order: int, status: BookingStatus | None = None, **changes: Any) -> Booking:
    """A fact, the `order`-th by its source; ends at TREATED and was said `order` minutes after one the day before."""
    fact = Booking(
        id="B-1",
        patient=PatientDetails("P-1", phone=PHONE),
        updated_at=TREATED - DAY + timedelta(minutes=order),
        sequence=order,
        status=status,
        starts_at=TREATED - HOUR,
        ends_at=TREATED,
        service_id="meso",
    )
    return replace(fact, **changes)


def a_reply(text: str, at: datetime, carrier_id: str = "SM1", **changes: Any) -> Reply:
    """From the patient's phone to the clinic's number."""
    return replace(Reply(carrier_id, PHONE, "+447400123456", text, 0, at), **changes)


def a_message(kind: Kind = Kind.ASK, **changes: Any) -> Message:
    """Day 1's question, queued as it fell due and of use until the evening."""
    message = Message(
        id="message",
        clinic="glow",
        episode_id="episode",
        direction=Direction.OUT,
        kind=kind,
        step="day-1",
        phone=PHONE,
        body="How is your skin?",
        state=MessageState.QUEUED,
        at=after(24),
        not_before=after(24),
        useful_until=after(36),
    )
    return replace(message, **changes)


def a_receipt(
    state: ReceiptState | None, code: int | None = None, attempt: int = 1, carrier_id: str = "SM9"
) -> Receipt:
    """The carrier's word on one attempt of that text."""
    raw = state.value if state else "odd"
    return Receipt("message", attempt, carrier_id, state, raw, code, after(24))


@dataclass(slots=True)
class Lived:
    """An episode as time passes: looked at whenever it wants to be, its texts counted as sent."""

    episode: Episode
    circumstances: Circumstances
    events: list[tuple[datetime, e.Event]] = field(default_factory=list)

    def until(self, end: datetime, start: datetime = TREATED) -> Lived:
        """Wakes it from `start` until `end`; fails where a look asks for another one at once."""
        now = start
        while now <= end:
            decision = on_wake(self.episode, self.circumstances, now)
            self.take(decision, now)
            if decision.wake_at is None:
                break
            assert decision.wake_at > now, "it would never sleep"
            now = decision.wake_at
        return self

    def take(self, decision: Decision, now: datetime) -> None:
        """Applies a decision."""
        self.episode = decided(self.episode, decision)
        self.events.extend((now, event) for event in decision.events)
        sent = tuple(Sent(text.kind, text.at) for text in queued(decision))
        contact = Contact((*self.circumstances.contact.sent, *sent))
        self.circumstances = replace(self.circumstances, contact=contact)

    def texts(self, *kinds: Kind) -> list[tuple[datetime, Kind, str]]:
        """When which text was queued for which step."""
        found = [(at, event.message) for at, event in self.events if isinstance(event, e.MessageQueued)]
        return [(at, text.kind, text.step) for at, text in found if not kinds or text.kind in kinds]


def queued(decision: Decision) -> list[Message]:
    """The texts a decision sends on their way."""
    return [event.message for event in decision.events if isinstance(event, e.MessageQueued)]


def flags(decision: Decision) -> list[str]:
    """The flags a decision raises, as "reason/urgency: subject"."""
    raised = [event.flag for event in decision.events if isinstance(event, e.FlagRaised)]
    return [f"{one.reason}/{one.urgency}" + (f": {one.subject}" if one.subject else "") for one in raised]


def states(episode: Episode) -> dict[str, str]:
    """Where each check-in stands."""
    return {check_in.step: check_in.state.value for check_in in episode.check_ins}
