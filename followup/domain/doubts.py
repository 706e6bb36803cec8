"""Why a reply could not be read with certainty, in words for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WORDS: Mapping[str, str] = {
    "alarm_sign_elsewhere": "a warning sign on another part of the body",
    "alarm_sign_explained": "a warning sign with another explanation",
    "alarm_sign_long_ago": "a warning sign of long ago",
    "alarm_sign_of_another": "a warning sign, perhaps somebody else's",
    "alarm_sign_supposed": "a warning sign, only supposed",
    "degree_of_what": "a degree, but of what?",
    "many_numbers": "many numbers",
    "not_well": "the patient does not feel well",
    "nothing_read": "nothing about the skin",
    "number_above_three": "a number above 3",
    "number_of_what": "a number, but of what?",
    "number_range": "a range of numbers",
    "number_unclear": "an unclear number",
    "numbers_of_what": "numbers, but of what?",
    "one_number_of_two": "one number where two were asked",
    "only_earlier": "only how it was earlier",
    "pair_of_what": "two numbers, but of what?",
    "severe_number_of_what": "a 3, but of what?",
    "still_what": "still, but what?",
    "supposed": "only supposed",
    "ten_or_one_zero": "10, or 1 and 0?",
    "three_numbers": "three numbers where two were asked",
    "too_long": "too long to read",
    "unread_scraps": "small bits that could not be read",
    "unsure": "the patient is not sure",
    "what_has_not_gone": "something has not gone, but what?",
    "yes_to_what": "yes, but to what?",
}
_ABOUT: Mapping[str, str] = {
    "contradiction": "contradicts itself about {}",
    "perhaps_listed": "{} may be denied or not",
}


def in_words(codes: Iterable[str]) -> str:
    """These doubts as one phrase; a code nobody has worded yet is spelt out."""
    return ", ".join(dict.fromkeys(_in_words(code) for code in codes))


def _in_words(code: str) -> str:
    if code in WORDS:
        return WORDS[code]
    kind, _, about = code.partition(":")
    return _ABOUT[kind].format(about) if kind in _ABOUT else code.replace("_", " ").replace(":", " ")
