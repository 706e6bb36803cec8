"""By what the worklist can be sifted, and what it then says of itself: in words for a nurse."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from followup.domain.flag import Reason
from followup.flows.sifting import PARTS, Sieve
from followup.web.wording import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from followup.flows.read_pages import Desk
    from followup.flows.sifting import Sifted


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the worklist, and which flags of it. An address with it holds nothing of a patient."""

    section: str = ""
    owner: str = ""
    clinic: str = ""
    treatment: str = ""
    reason: str = ""
    cursor: str = ""

    def link(self, **changes: str) -> str:
        """The address of another view, from its beginning."""
        given = {name: value for name, value in {**asdict(self), "cursor": "", **changes}.items() if value}
        return "/" + (f"?{urlencode(given)}" if given else "")

    def sieve(self, email: str) -> Sieve:
        """What is asked for, by whoever has this e-mail."""
        return Sieve(
            owner={"mine": email, "unowned": ""}.get(self.owner),
            mentioned=email if self.owner == "mentions" else "",
            clinic=self.clinic,
            treatment=self.treatment,
            reason=Reason(self.reason) if self.reason else None,
        )


@dataclass(frozen=True, slots=True)
class Option:
    """One that can be chosen, and how many flags would be shown."""

    code: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Choice:
    """By one thing: its name, what there is, and what was chosen."""

    name: str
    options: Sequence[Option]
    chosen: Option | None


@dataclass(frozen=True, slots=True)
class Total:
    """How many wait in one section, and how many of these are shown."""

    name: str
    all: int
    shown: int


def choices(sifted: Sifted, view: View, clinics: Mapping[str, str], titles: Mapping[str, str]) -> list[Choice]:
    """What there is to choose from: only what waits, and nothing where that is all alike."""
    reasons = {reason.value: words for reason, words in REASONS.items()}
    asked = (("clinic", view.clinic, clinics), ("treatment", view.treatment, titles), ("reason", view.reason, reasons))
    found = [_choice(name, chosen, labels, sifted.choices(name)) for name, chosen, labels in asked]
    return [each for each in found if len(each.options) > 1 or each.chosen]


def _choice(name: str, chosen: str, labels: Mapping[str, str], numbers: Mapping[str, int]) -> Choice:
    options = sorted((Option(code, labels.get(code, code), number) for code, number in numbers.items()), key=_by_label)
    return Choice(name, options, next((each for each in options if each.code == chosen), None))


def _by_label(option: Option) -> str:
    return option.label.casefold()


def totals(desk: Desk) -> list[Total]:
    """What the worklist counts above its list."""
    sections = [Total(name, desk.sifted.of(name), desk.sifted.shown(name)) for name in PARTS]
    return [*sections, Total("strays", desk.counts.strays, desk.strays_shown)]
