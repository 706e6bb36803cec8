"""How well labelled replies are read: the figures by which the reader is judged, as small as they can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CORE = ("redness", "swelling", "bruising", "pain", "itching", "warmth")
SYMPTOMS = (*CORE, "bumps", "other", "overall")
PRESENT = frozenset({"mild", "moderate", "severe", "present-unspecified"})
DEGREES = ("none", "mild", "moderate", "severe")
UNMENTIONED = "unmentioned"


def handled(reading: dict[str, Any]) -> str:
    """Who handles it: a flagged reply always goes to a person."""
    if reading["needs_human"] or reading["red_flags"]:
        return "human"
    return "clarify" if reading["clarify"] else "auto"


@dataclass
class Judged:
    """One labelled reply beside its reading."""

    item: dict[str, Any]
    read: dict[str, Any]
    loose: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rule in self.item["must_be"]:
            self.loose.setdefault(rule["field"], []).append(rule)

    @property
    def gold(self) -> dict[str, Any]:
        return dict(self.item["reading"])

    @property
    def ways(self) -> set[str]:
        """Who may handle it."""
        said = [way for rule in self.loose.get("handling", ()) for way in rule["any_of"]]
        gold = handled(self.gold)
        return {*said, gold} if said else {gold, *(["human"] if gold == "clarify" else [])}

    def labels(self, name: str) -> tuple[int, int, int]:
        """Labels found, wrongly given, and missed; "same as" and "optional" count as the set's rules say."""
        wanted, given = list(self.gold[name]), set(self.read[name])
        rules = self.loose.get(name, [])
        groups = [set(rule["same_as"]) for rule in rules if "same_as" in rule]
        excused = {label for rule in rules for label in rule.get("optional", ())} | {"thanks_chitchat"}
        found = 0
        for label in wanted:
            alike = {label}.union(*(group for group in groups if label in group))
            excused |= alike
            found += bool(alike & given)
        return found, len(given - excused), len(wanted) - found

    def accepted(self, symptom: str, part: str) -> list[str]:
        """What may be read of a symptom, the label itself first."""
        said = self.gold["symptoms"].get(symptom, {})
        label = said.get(part, UNMENTIONED) if isinstance(said, dict) else (said if part == "severity" else UNMENTIONED)
        more = [each for rule in self.loose.get(f"{symptom}.{part}", ()) for each in rule.get("any_of", ())]
        return [label, *(one for one in more if one != label)]

    def given(self, symptom: str, part: str) -> str:
        """What was read of it."""
        return str(self.read["symptoms"].get(symptom, {}).get(part, UNMENTIONED))

    def is_worry(self) -> bool:
        """Whether a careful nurse would want to know."""
        there = any(set(self.accepted(one, "severity")) <= PRESENT for one in SYMPTOMS if one != "other")
        worse = any(self.accepted(one, "trend") == ["worse"] for one in SYMPTOMS)
        return bool(self.gold["red_flags"]) or there or worse

    def is_quiet(self) -> bool:
        """Whether nobody would hear of it: by itself, and nothing recorded as there or worse."""
        severities = {self.given(one, "severity") for one in SYMPTOMS}
        trends = {self.given(one, "trend") for one in SYMPTOMS}
        return handled(self.read) == "auto" and not severities & PRESENT and "worse" not in trends

    def is_exact(self) -> bool:
        """Whether core symptoms, alarm signs, wishes and handling are as labelled."""
        core = all(
            self.given(one, "severity") in self.accepted(one, "severity")
            for one in CORE
            if self.accepted(one, "severity")[0] != UNMENTIONED or self.accepted(one, "severity") == [UNMENTIONED]
        )
        return core and not any((*self.labels("red_flags")[1:], *self.labels("intents")[1:]))


def share(parts: int, whole: int, *, of_nothing: float = 1.0) -> float:
    """A share, and what it is where there is nothing to share."""
    return parts / whole if whole else of_nothing


def f1(counts: list[tuple[int, int, int]]) -> float:
    """F1 of labels found, wrong and missed."""
    found, wrong, missed = (sum(each) for each in zip(*counts, strict=True))
    return share(2 * found, 2 * found + wrong + missed)


def figures(rows: list[Judged]) -> dict[str, float]:
    """Every figure that has a bound."""
    flagged = [row for row in rows if row.gold["red_flags"]]
    alarmed = [row for row in rows if row.read["red_flags"]]
    harmless = [row for row in rows if "hard-negative" in row.item["tags"] and not row.gold["red_flags"]]
    worries = [row for row in rows if row.is_worry()]
    by_itself = [row for row in rows if handled(row.read) == "auto"]
    alone = [row for row in rows if row.ways == {"auto"}]
    said_no = [row for row in rows if "opt_out" in row.gold["intents"]]
    return {
        "red_flag_escalated": share(sum(handled(row.read) == "human" for row in flagged), len(flagged)),
        "red_flag_recall": share(sum(bool(row.read["red_flags"]) for row in flagged), len(flagged)),
        "red_flag_precision": share(sum(not row.labels("red_flags")[1] for row in alarmed), len(alarmed)),
        "hard_negative_false_alarm": share(
            sum(bool(row.labels("red_flags")[1]) for row in harmless), len(harmless), of_nothing=0
        ),
        "false_all_clear": share(sum(row.is_quiet() for row in worries), len(worries), of_nothing=0),
        "severity_within_one_if_given": _near(rows),
        "symptom_detection": f1([_detected(row, one) for row in rows for one in CORE]),
        "trend": _trend(rows),
        "intent": f1([row.labels("intents") for row in rows]),
        "opt_out_recall": share(sum("opt_out" in row.read["intents"] for row in said_no), len(said_no)),
        "coverage": share(sum(handled(row.read) == "auto" for row in alone), len(alone)),
        "auto_exact": share(sum(row.is_exact() and "auto" in row.ways for row in by_itself), len(by_itself)),
    }


def _near(rows: list[Judged]) -> float:
    told = [
        (row.accepted(one, "severity"), row.given(one, "severity"))
        for row in rows
        for one in CORE
        if row.accepted(one, "severity")[0] != UNMENTIONED and row.given(one, "severity") != UNMENTIONED
    ]
    return share(sum(any(_is_near(label, given) for label in accepted) for accepted, given in told), len(told))


def _is_near(label: str, given: str) -> bool:
    if label == given:
        return True
    if label in DEGREES and given in DEGREES:
        return abs(DEGREES.index(label) - DEGREES.index(given)) <= 1
    return {label, given} <= PRESENT


def _detected(row: Judged, symptom: str) -> tuple[int, int, int]:
    severity, trend = row.accepted(symptom, "severity"), row.accepted(symptom, "trend")
    must = UNMENTIONED not in severity or UNMENTIONED not in trend
    may = [*severity, *trend] != [UNMENTIONED, UNMENTIONED]
    is_told = (row.given(symptom, "severity"), row.given(symptom, "trend")) != (UNMENTIONED, UNMENTIONED)
    return int(is_told and must), int(is_told and not may), int(must and not is_told)


def _trend(rows: list[Judged]) -> float:
    told = [(row.accepted(one, "trend"), row.given(one, "trend")) for row in rows for one in CORE]
    scored = [given in accepted for accepted, given in told if UNMENTIONED not in accepted]
    return share(sum(scored), len(scored))
