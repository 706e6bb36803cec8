"""Who is in the demo: invented patients, what was done to them, and who they are at heart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.sms.simulator.patients import PERSONAS, Answer, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

LONGEST_AGO, SHORTEST_AGO = timedelta(hours=23, minutes=54), timedelta(hours=20)
FEWEST_FOR_ALL = len(PERSONAS)

# Every persona is there from the twelfth patient on; most patients are well, as in life.
BILL = (
    *("frightened", "well", "slow", "wrong number", "worsening", "spanish", "stop", "chatty", "forgetful", "silent"),
    *("late lump", "polite stop", "well", "well", "slow", "well", "chatty", "spanish", "well", "forgetful"),
    *("well", "well", "worsening", "well", "chatty", "well", "slow", "well", "silent", "well"),
    *("spanish", "well", "late lump", "well", "forgetful", "well", "well", "chatty", "well", "well"),
)
GIVEN = ("Ada", "Bea", "Carys", "Dora", "Efe", "Fern", "Gwen", "Hana", "Iris", "Joan", "Kit", "Lena", "Mona", "Nia")
GIVEN_SPANISH = ("Lucía", "Inés", "Marta", "Pilar")
FAMILY = ("Abbott", "Byrne", "Cole", "Dale", "Evans", "Frost", "Grant", "Hale", "Ives", "Jarvis", "Kemp")
FAMILY_SPANISH = ("Gil", "Ramos", "Vega")
SERVICES = (("meso-face", "Mesotherapy, face"), ("meso-face", "Mesotherapy, face"), ("meso-body", "Mesotherapy, body"))
UNMAPPED = ("hydra-facial", "Hydra facial")


@dataclass(frozen=True, slots=True)
class Member:
    """One invented patient. Phones are from the range that Ofcom keeps for drama."""

    number: int
    persona: str
    given: str
    family: str
    treated_until: datetime
    has_consented: bool = True
    service: tuple[str, str] = SERVICES[0]

    @property
    def phone(self) -> str:
        """E.164."""
        return f"+447700900{self.number:03d}"

    @property
    def language(self) -> str:
        """What the booking says."""
        return PERSONAS[self.persona].language


def make_cast(patients: int, start: datetime) -> Sequence[Member]:
    """The first patients of the bill, treated yesterday, so that the first check-ins fall due just after `start`.

    One has not agreed to texts and one had a treatment the clinic has no protocol for, if there are enough.
    """
    members = [_member(index, patients, start) for index in range(patients)]
    if patients > FEWEST_FOR_ALL:
        members[-1] = replace(members[-1], has_consented=False)
    if patients > FEWEST_FOR_ALL + 1:
        members[-2] = replace(members[-2], service=UNMAPPED)
    return members


def answering(cast: Sequence[Member], clock: Callable[[], datetime]) -> Callable[[str, str], Answer | None]:
    """What the patient with this phone types to this text, by the demo's clock."""
    by_phone = {member.phone: member for member in cast}

    def ask(phone: str, text: str) -> Answer | None:
        member = by_phone.get(phone)
        if member is None:
            return None
        return answer(PERSONAS[member.persona], text, (clock() - member.treated_until).days, member.number)

    return ask


def _member(index: int, patients: int, start: datetime) -> Member:
    persona = BILL[index % len(BILL)]
    is_spanish = PERSONAS[persona].language == "es"
    given, family = (GIVEN_SPANISH, FAMILY_SPANISH) if is_spanish else (GIVEN, FAMILY)
    ago = LONGEST_AGO - (LONGEST_AGO - SHORTEST_AGO) * index / max(patients - 1, 1)
    return Member(
        number=index + 1,
        persona=persona,
        given=given[index % len(given)],
        family=family[index % len(family)],
        treated_until=start - ago,
        service=SERVICES[index % len(SERVICES)],
    )
