"""The small form beside a reply as it is shown and read: was it understood rightly, and if not, what does it mean?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from followup.domain.correction import Correction, mark_of
from followup.domain.understanding.from_json import understanding_of
from followup.domain.understanding.values import Severity, SignState
from followup.flows.correct_reply import signs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from followup.domain.understanding.values import Understanding
    from followup.domain.vocabulary import SignSpec
    from followup.flows.services import Services
    from followup.store.worklist import EpisodePage

RIGHT = "right"
SYMPTOM, SIGN, ANOTHER = "symptom-", "sign-", "another-sign"
YES = "yes"
CORE = ("redness", "swelling", "bruising", "pain", "itching", "warmth")
UNMENTIONED = ""
DEGREES: Mapping[str, str] = {
    UNMENTIONED: "not mentioned",
    Severity.NONE: "none",
    Severity.MILD: "mild",
    Severity.MODERATE: "moderate",
    Severity.SEVERE: "severe",
    Severity.PRESENT: "there, no degree said",
}
"""What can be said of a symptom, as the form offers it."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What one reply's form shows: how it is understood now, and the alarm signs that could be added."""

    seen: str
    symptoms: Mapping[str, str]
    signs: Mapping[str, bool]
    others: Sequence[str]
    degrees: Mapping[str, str]


def offered(page: EpisodePage, services: Services) -> dict[str, Offered]:
    """A form for each reply of this episode that was read, by message."""
    read = {one.message.id: understanding_of(one.understanding) for one in page.messages if one.understanding}
    return {each: _offer(what, signs_of(services, what.language)) for each, what in read.items()}


def _offer(what: Understanding, specs: Mapping[str, SignSpec]) -> Offered:
    symptoms: dict[str, str] = dict.fromkeys(CORE, UNMENTIONED)
    symptoms.update({one.symptom: one.severity or UNMENTIONED for one in what.symptoms})
    signs = {one.sign: one.state is SignState.NOW for one in what.alarm_signs}
    return Offered(mark_of(what), symptoms, signs, [code for code in specs if code not in signs], DEGREES)


def read_correction(form: Mapping[str, str], message_id: str, who: str) -> Correction:
    """What the form says of one reply; 400 for a degree that it does not offer."""
    return Correction(
        message_id=message_id,
        who=who,
        seen=form.get("seen", ""),
        is_right=form.get("act") == RIGHT,
        symptoms=tuple(_symptoms(form)),
        signs=tuple(_signs(form)),
    )


def _symptoms(form: Mapping[str, str]) -> Iterator[tuple[str, Severity | None]]:
    for name, degree in form.items():
        if not name.startswith(SYMPTOM):
            continue
        if degree not in DEGREES:
            raise web.HTTPBadRequest
        yield name.removeprefix(SYMPTOM), Severity(degree) if degree else None


def _signs(form: Mapping[str, str]) -> Iterator[str]:
    for name, said in form.items():
        if name.startswith(SIGN) and said == YES:
            yield name.removeprefix(SIGN)
    if form.get(ANOTHER):
        yield form[ANOTHER]
