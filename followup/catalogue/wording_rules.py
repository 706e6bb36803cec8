"""What every text to a patient must keep to, ours and a clinic's own (care.md B; twilio.md 5 and 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.catalogue.problems import nearest
from followup.domain.message import Kind
from followup.domain.segments import plain, segments
from followup.domain.wording import PLACEHOLDER, PLACEHOLDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Mistake = tuple[str, str]
"""The words it is about, and what is wrong with them."""

_SYMPTOM_WORDS = frozenset({"symptoms", "count", "none"})
_EVERYWHERE = frozenset({"clinic", "phone", "emergency"})
_ABOUT_SYMPTOMS = (Kind.ASK, Kind.REMIND, Kind.ASK_REST, Kind.CLARIFY)
_PROMISES = (Kind.FLAGGED, Kind.ASK_WORDS)
_MAY_HOLD: Mapping[Kind, frozenset[str]] = {
    **dict.fromkeys(_ABOUT_SYMPTOMS, _EVERYWHERE | _SYMPTOM_WORDS),
    **dict.fromkeys(_PROMISES, _EVERYWHERE | {"by"}),
    Kind.ASK_WHOSE: _EVERYWHERE | {"names"},
}
_MUST_HOLD: Mapping[Kind, Mapping[str, str]] = {
    **{kind: {"symptoms": "what is asked"} for kind in _ABOUT_SYMPTOMS},
    **{kind: {"by": "by when somebody looks"} for kind in _PROMISES},
    Kind.SAFETY: {"emergency": "the emergency number"},
    Kind.ASK_WHOSE: {"names": "whom it may be about"},
}
_A_PERSON = {"phone": "how to reach a person"}

# What carriers take as a command when it is the whole message. STOP may stand in a stop notice and nowhere else.
_COMMANDS = "STOP|STOPALL|UNSUBSCRIBE|CANCEL|END|QUIT|REVOKE|OPTOUT|START|YES|UNSTOP|HELP|INFO"
_SHOUTED = re.compile(rf"\b({_COMMANDS})\b")
_ASKED_FOR = re.compile(
    r"\b(?:reply|respond|send|text|answer|type|responda|conteste|env[ií]e|mande|escriba)\s+(?:with\s+|con\s+)?[\"']?"
    rf"({_COMMANDS})\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://\S*|\bwww\.\S+", re.IGNORECASE)
_BRACES = re.compile(r"\{+\s*([A-Za-z_]\w*)\s*\}+")

# The service collects and routes; whether something is normal is for a person to say (care.md 0.6, D2).
_REASSURANCES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "normal", "fine", "don't worry", "do not worry", "no need to worry", "nothing to worry", "all good",
        "to be expected",
    ),
    "es": ("normal", "no se preocupe", "no te preocupes", "tranquilo", "tranquila", "todo bien", "nada grave"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Template:
    text: str
    kind: Kind
    language: str
    stop_notices: Sequence[str]
    never_say: Sequence[str]


def mistakes_in(
    text: str, kind: Kind, language: str, stop_notices: Sequence[str], never_say: Sequence[str]
) -> Iterator[Mistake]:
    """Everything a template of this kind does that it must not, with the words to point at."""
    template = _Template(text.replace("\u2019", "'"), kind, language, stop_notices, never_say)
    if not text:
        yield "", "has no words"
        return
    for rule in _RULES:
        yield from rule(template)
    if mistake := dear(text):
        yield segments(text).offending[0], mistake


def dear(text: str) -> str:
    """What needlessly makes a text UCS-2 and so costs two to three times as much; "" where nothing does.

    A script that GSM-7 lacks (Cyrillic, Chinese) cannot be helped and is no mistake.
    """
    instead = {character: plain(character) for character in segments(text).offending}
    if not instead or None in instead.values():
        return ""
    advice = ", ".join(f'"{better}" for "{character}"' if better else f'nothing for "{character}"'
                       for character, better in instead.items())  # fmt: skip
    return f"makes the text two to three times as dear (not in GSM-7): write {advice}"


def _clinic_first(template: _Template) -> Iterator[Mistake]:
    if not template.text.startswith("{clinic}"):
        yield template.text[:8], 'should begin with "{clinic}", so that the patient knows who writes'


def _known_placeholders(template: _Template) -> Iterator[Mistake]:
    may_hold = _MAY_HOLD.get(template.kind, _EVERYWHERE)
    for found in _BRACES.finditer(template.text):
        name = found[1]
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{each}}}" for each in sorted(may_hold))
            yield found[0], f'unknown placeholder "{found[0]}"{nearest(name, PLACEHOLDERS)} (known here: {known})'
        elif not PLACEHOLDER.fullmatch(found[0]):
            yield found[0], f'"{found[0]}" is written "{{{name}}}"'
        elif name not in may_hold:
            yield found[0], f'"{found[0]}" is not known when a text of the kind "{template.kind}" is written'


def _needed_placeholders(template: _Template) -> Iterator[Mistake]:
    held = {found[1] for found in PLACEHOLDER.finditer(template.text)}
    for name, what in {**_MUST_HOLD.get(template.kind, {}), **_A_PERSON}.items():
        if name not in held:
            yield "", f'does not say {what}: "{{{name}}}" is missing'


def _no_commands(template: _Template) -> Iterator[Mistake]:
    text = template.text
    for notice in template.stop_notices:
        text = text.replace(notice, "")
    for word in dict.fromkeys(found[1] for each in (_SHOUTED, _ASKED_FOR) for found in each.finditer(text)):
        yield word, f'"{word}" is a command to the carrier and never reaches us as an answer: offer digits instead'


def _no_reassurance(template: _Template) -> Iterator[Mistake]:
    for phrase in (*_REASSURANCES.get(template.language, ()), *template.never_say):
        if found := re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", template.text, re.IGNORECASE):
            yield found[0], f'"{found[0]}" reassures: only a person may, having looked'


def _no_links(template: _Template) -> Iterator[Mistake]:
    for found in _LINK.finditer(template.text):
        yield found[0], f'"{found[0]}" is a link: carriers filter them and patients should not trust them'


_RULES: tuple[Callable[[_Template], Iterator[Mistake]], ...] = (
    _clinic_first,
    _known_placeholders,
    _needed_placeholders,
    _no_commands,
    _no_reassurance,
    _no_links,
)
