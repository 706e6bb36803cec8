"""What a decision about one episode is made in: the clinic, the plan, the patient, and what went out lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.sharing import label_for, labels, sharers

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from followup.domain.clinic import Clinic
    from followup.domain.episode import Patient
    from followup.domain.message import Kind
    from followup.domain.protocol import Protocol
    from followup.domain.sharing import Beside, Key
    from followup.domain.wording import Texts


@dataclass(frozen=True, slots=True)
class Sent:
    """One text of ours that went, or is about to go, to a phone. `whose`: the patient it is for, None for anybody."""

    kind: Kind
    at: datetime
    whose: Key | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Our texts to one phone of one clinic in the last week, over all its episodes, oldest first; none withdrawn."""

    sent: tuple[Sent, ...] = ()

    def unasked(self, since: datetime, whose: Key | None = None) -> tuple[datetime, ...]:
        """When check-ins, reminders and welcomes went since then: what nobody asked for. `whose`: to that patient.

        What may have been for anybody counts for each who has the phone.
        """
        return tuple(
            text.at
            for text in self.sent
            if text.kind.waits_for_hours and text.at >= since and (whose is None or text.whose in {None, whose})
        )

    def answers(self, since: datetime, *kinds: Kind) -> tuple[datetime, ...]:
        """When answers to the patient's own texts went since then; of these kinds only, where some are named."""
        return tuple(
            text.at
            for text in self.sent
            if not text.kind.waits_for_hours and text.at >= since and (not kinds or text.kind in kinds)
        )


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Everything beside the episode itself that a decision about it may look at. `zone` is the patient's clock."""

    clinic: Clinic
    protocol: Protocol
    patient: Patient
    texts: Texts
    zone: ZoneInfo
    contact: Contact = Contact()
    beside: tuple[Beside, ...] = ()
    """The other plans that run for this phone: of this patient's other sessions, or of others who share it."""

    @property
    def for_whom(self) -> str:
        """What a text that asks says for whom it is; "" where nobody else has this phone, or nothing may be said."""
        return label_for(self.patient, self.beside, self.clinic.sms.naming)

    @property
    def names(self) -> tuple[str, ...]:
        """What everybody who has this phone may be called in a text, this patient too."""
        return tuple(labels((self.patient, *sharers(self.patient, self.beside)), self.clinic.sms.naming).values())

    @property
    def language(self) -> str:
        """The language we write in to this patient."""
        return self.clinic.language_for(self.patient.language)
