"""A reply is shown whole, with what was understood marked in its own words."""

from __future__ import annotations

from typing import Any

from followup.web.highlight import Piece, meanings, pieces


def understood(text: str, **parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"text": text, "symptoms": [], "alarm_signs": [], "intents": [], "unread": [], **parts}


def span(text: str, words: str) -> dict[str, Any]:
    start = text.index(words)
    return {"words": words, "rule": f"rule: {words}", "start": start, "end": start + len(words)}


def symptom(text: str, words: str, severity: str = "mild", trend: str = "unmentioned") -> dict[str, Any]:
    return {"symptom": "redness", "severity": severity, "trend": trend, "because": [span(text, words)]}


def sign(text: str, words: str, state: str = "now") -> dict[str, Any]:
    return {"sign": "breathing_difficulty", "urgency": "now", "state": state, "because": [span(text, words)]}


def test_the_pieces_are_the_whole_reply() -> None:
    text = "a bit red, wobbly"
    found = pieces(text, understood(text, symptoms=[symptom(text, "red")], unread=[span(text, "wobbly")]))
    assert "".join(piece.text for piece in found) == text
    assert [(piece.text, piece.kind) for piece in found if piece.kind] == [("red", "symptom"), ("wobbly", "unread")]


def test_an_alarm_sign_has_the_words_that_a_symptom_claims_too() -> None:
    text = "red and cannot breathe"
    parts = understood(text, symptoms=[symptom(text, "cannot breathe")], alarm_signs=[sign(text, "breathe")])
    assert [(piece.text, piece.kind) for piece in pieces(text, parts) if piece.kind] == [("breathe", "alarm")]


def test_two_meanings_of_the_same_words_are_both_told() -> None:
    text = "0"
    parts = understood(text, symptoms=[symptom(text, "0", "none"), {**symptom(text, "0", "none"), "symptom": "pain"}])
    assert pieces(text, parts) == [Piece("0", "symptom", "redness: none; pain: none")]


def test_an_understanding_of_another_text_marks_nothing() -> None:
    assert pieces("now erased", understood("1 0", symptoms=[symptom("1 0", "1")])) == [Piece("now erased")]
    assert pieces("1 0", None) == [Piece("1 0")]


def test_what_was_not_understood_is_said_last_and_plainly() -> None:
    text = "banana and 1"
    told = meanings(understood(text, symptoms=[symptom(text, "1")], unread=[span(text, "banana")]))
    assert [(one.kind, one.words) for one in told] == [("symptom", "redness: mild"), ("unread", "“banana”")]
    assert meanings(None) == []


def test_a_sign_that_may_be_denied_is_not_told_as_there() -> None:
    text = "breathe fine"
    [told] = meanings(understood(text, alarm_signs=[sign(text, "breathe", "possibly_negated")]))
    assert told.words == "breathing difficulty, perhaps denied"


def test_degree_and_trend_are_told_together() -> None:
    text = "red, worse"
    [told] = meanings(understood(text, symptoms=[symptom(text, "red", "present-unspecified", "worse")]))
    assert told.words == "redness: there, no degree said, worse"
