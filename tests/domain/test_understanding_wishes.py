"""What a patient wants beside reporting symptoms."""

from __future__ import annotations

import pytest

from followup.domain.understanding import Asked, Intent, read
from kit.understood import handling, severities, signs, vocabulary, wishes


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop please",
        "Unsubscribe",
        "please dont text me any more",
        "no more messages thanks",
        "take me off your list",
        "stop messaging me",
        "remove my number",
        "i want to opt out",
        "leave me alone",
    ],
)
def test_an_opt_out_is_understood_however_it_is_worded(text: str) -> None:
    assert (wishes(text)[:1], handling(text)) == (["opt_out"], "auto")


@pytest.mark.parametrize(
    "text", ["it wont stop itching", "redness has stopped", "when does the swelling stop", "stop the pain"]
)
def test_stop_as_a_verb_is_no_opt_out(text: str) -> None:
    assert "opt_out" not in wishes(text)


def test_a_misspelling_never_opts_a_patient_out() -> None:
    assert "opt_out" not in wishes("stpo")


def test_the_rest_of_an_opt_out_is_still_read() -> None:
    assert signs("stop texting me, i cant breathe") == ["breathing_difficulty"]
    assert severities("very swollen, stop texting me")["swelling"] == "severe"


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("please call me", "callback_request"),
        ("can someone ring me back?", "callback_request"),
        ("9", "callback_request"),
        ("is it ok to wear makeup", "question"),
        ("can i go swimming?", "question"),
        ("need to move my appointment", "booking"),
        ("wrong number", "wrong_person"),
        ("who is this", "wrong_person"),
        ("help", "help"),
        ("see attached photo", "photo"),
    ],
)
def test_what_needs_a_person_gets_one(text: str, wish: str) -> None:
    assert (wishes(text), handling(text)) == ([wish], "human")


def test_a_picture_is_seen_without_a_word() -> None:
    got = read("", vocabulary(), Asked(media_count=1))
    assert (got.wants(Intent.PHOTO), str(got.handling)) == (True, "human")


def test_thanks_alone_need_nobody() -> None:
    assert (wishes("thank you so much"), handling("thank you so much")) == (["thanks_chitchat"], "auto")
