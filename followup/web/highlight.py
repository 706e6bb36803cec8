"""A reply cut into pieces, so that a page can show what was understood of it in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NOTATION = frozenset("@>!/*?+")
UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a reply; `kind` is "alarm", "symptom", "intent", "unread", or "" for the rest."""

    text: str
    kind: str = ""
    means: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that was understood, or was not, with the rules that read it."""

    kind: str
    words: str
    rules: tuple[str, ...]


def pieces(body: str, understanding: Mapping[str, Any] | None) -> list[Piece]:
    """The whole reply in order; where two parts claim the same words, the graver one has them."""
    if not understanding or understanding.get("text") != body:
        return [Piece(body)]
    found: list[Piece] = []
    at = 0
    for start, end, kind, means in _without_overlaps(understanding):
        if start > at:
            found.append(Piece(body[at:start]))
        found.append(Piece(body[start:end], kind, means))
        at = end
    return [*found, Piece(body[at:])] if at < len(body) else found


def meanings(understanding: Mapping[str, Any] | None) -> list[Meaning]:
    """What was understood, gravest first, and what was not."""
    if not understanding:
        return []
    known = [Meaning(kind, means, _rules(part)) for kind, means, part in _parts(understanding) if kind != UNREAD]
    unread = [str(span["words"]) for span in understanding.get("unread", ())]
    quoted = ", ".join(f"“{words}”" for words in unread)
    return [*known, Meaning(UNREAD, quoted, ())] if unread else known


def _parts(understanding: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for sign in understanding.get("alarm_signs", ()):
        states = {"resolved": ", said to be gone", "possibly_negated": ", perhaps denied"}
        yield "alarm", _plain(sign["sign"]) + states.get(sign["state"], ""), sign
    for heard in understanding.get("symptoms", ()):
        yield "symptom", f"{_plain(heard['symptom'])}: {_degree(heard)}", heard
    for heard in understanding.get("intents", ()):
        yield "intent", _plain(heard["intent"]), heard
    for span in understanding.get("unread", ()):
        yield UNREAD, "not understood", {"because": [span]}


def _degree(heard: Mapping[str, Any]) -> str:
    severity = {"unmentioned": "", "present-unspecified": "there, no degree said"}.get(
        heard["severity"], heard["severity"]
    )
    trend = "" if heard["trend"] == "unmentioned" else heard["trend"]
    return ", ".join(part for part in (severity, trend) if part)


def _rules(part: Mapping[str, Any]) -> tuple[str, ...]:
    """The rules that say something to a person; a pattern of the vocabulary's own notation does not."""
    rules = dict.fromkeys(str(span["rule"]) for span in part["because"])
    return tuple(rule for rule in rules if not NOTATION & set(rule))


def _plain(code: str) -> str:
    return code.replace("_", " ")


def _without_overlaps(understanding: Mapping[str, Any]) -> Sequence[tuple[int, int, str, str]]:
    taken: list[tuple[int, int, str, str]] = []
    for kind, means, part in _parts(understanding):
        for span in part["because"]:
            start, end = int(span["start"]), int(span["end"])
            same = next((one for one in taken if one[:3] == (start, end, kind)), None)
            if same is not None:
                taken[taken.index(same)] = (start, end, kind, f"{same[3]}; {means}")
            elif start < end and all(end <= other[0] or start >= other[1] for other in taken):
                taken.append((start, end, kind, means))
    return sorted(taken)
