"""What the worklist says of a filter: how much it shows and hides, and what else there is to choose."""

from __future__ import annotations

import pytest

from followup.domain.flag import Reason
from followup.domain.understanding.values import Urgency
from followup.flows.sifting import Sieve, Sifted
from followup.store.worklist import Counts, Tally
from followup.web.sieve import Option, View, choices

NIA = "nia@glow.example"
CLINICS, TITLES = {"glow": "Glow", "shine": "Shine"}, {"lips": "Lip filler", "peel": "Chemical peel"}


def tally(
    what: str, urgency: Urgency, reason: Reason, number: int, *, mine: int | None = None, asleep: bool = False
) -> Tally:
    """So many flags of "clinic/treatment", nobody's but for those that are `mine`, which are then asked for."""
    clinic, _, treatment = what.partition("/")
    free, theirs = number - (mine or 0), number if mine is None else mine
    return Tally(clinic, treatment, urgency, reason, asleep, number, free, theirs, free if mine is None else 0)


EVERY = [
    tally("glow/lips", Urgency.NOW, Reason.ALARM_SIGN, 2),
    tally("glow/peel", Urgency.NOW, Reason.SILENT, 1),
    tally("glow/peel", Urgency.TODAY, Reason.SEVERE, 3),
    tally("shine/lips", Urgency.REVIEW, Reason.SILENT, 4),
    tally("shine/lips", Urgency.REVIEW, Reason.NOT_SENT, 5, asleep=True),
    tally("shine/peel", Urgency.TODAY, Reason.NEEDS_DETAILS, 6),
    tally("shine/peel", Urgency.REVIEW, Reason.UNCLEAR, 7),
]


def test_without_a_filter_everything_is_counted_and_nothing_hidden() -> None:
    sifted = Sifted(Sieve(), EVERY)
    assert sifted.counts(8) == Counts(3, 3, 7, 4, 5, 6, 8)
    assert sifted.shown("") == sifted.of("") == 28
    assert sifted.hidden_now == (0, 0)
    assert not sifted.sieve.is_on


@pytest.mark.parametrize(
    ("sieve", "shown", "hidden"),
    [
        (Sieve(clinic="shine"), (0, 0, 7, 4, 5, 6, 5), (3, 3)),
        (Sieve(treatment="peel"), (1, 3, 7, 0, 0, 6, 0), (2, 2)),
        (Sieve(reason=Reason.SILENT), (1, 0, 0, 4, 0, 0, 0), (2, 2)),
        (Sieve(clinic="glow", treatment="lips"), (2, 0, 0, 0, 0, 0, 0), (1, 1)),
        (Sieve(clinic="glow", treatment="peel", reason=Reason.SILENT), (1, 0, 0, 0, 0, 0, 0), (2, 2)),
        (Sieve(clinic="nowhere"), (0, 0, 0, 0, 0, 0, 0), (3, 3)),
    ],
)
def test_a_filter_counts_what_it_shows_and_says_what_cannot_wait_outside_it(
    sieve: Sieve, shown: tuple[int, ...], hidden: tuple[int, int]
) -> None:
    sifted = Sifted(sieve, EVERY)
    names = ("now", "today", "review", "not-heard", "not-delivered", "needs-details", "snoozed")
    assert tuple(map(sifted.shown, names)) == shown
    assert tuple(map(sifted.of, names)) == (3, 3, 7, 4, 5, 6, 5)
    assert sifted.hidden_now == hidden
    assert sieve.is_on


def test_a_colleagues_urgent_flag_is_hidden_by_mine_and_said_apart_from_nobodys() -> None:
    urgent = [
        tally("glow/lips", Urgency.NOW, Reason.SEVERE, 3, mine=1),
        tally("glow/peel", Urgency.NOW, Reason.SEVERE, 1, mine=0),
    ]
    assert Sifted(Sieve(owner=NIA), urgent).hidden_now == (3, 3)
    assert Sifted(Sieve(owner=NIA, treatment="peel"), urgent).hidden_now == (4, 3)


def test_what_can_be_chosen_is_what_waits_with_how_much_it_would_show_all_else_as_it_is() -> None:
    view = View(treatment="peel", reason="silent")
    by = {one.name: one for one in choices(Sifted(view.sieve(NIA), EVERY), view, CLINICS, TITLES)}
    assert by["clinic"].options == [Option("glow", "Glow", 1), Option("shine", "Shine", 0)]
    assert by["treatment"].options == [Option("peel", "Chemical peel", 1), Option("lips", "Lip filler", 4)]
    assert by["treatment"].chosen == Option("peel", "Chemical peel", 1)
    assert {one.code: one.number for one in by["reason"].options if one.number} == {
        "severe": 3,
        "silent": 1,
        "unclear": 7,
        "needs_details": 6,
    }
    assert by["clinic"].chosen is None


def test_what_is_all_alike_is_no_choice_and_what_was_chosen_stays_one_when_nothing_is_left_of_it() -> None:
    assert [one.name for one in choices(Sifted(Sieve(), EVERY[:1]), View(), CLINICS, TITLES)] == []
    view = View(treatment="gone")
    [choice] = choices(Sifted(view.sieve(NIA), EVERY[:1]), view, CLINICS, TITLES)
    assert choice.chosen == Option("gone", "gone", 0)
    assert choice.options == [Option("gone", "gone", 0), Option("lips", "Lip filler", 2)]


def test_nobody_sees_another_clinic_by_naming_it() -> None:
    assert Sieve(clinic="shine").narrowed(("glow",)) == ()
    assert Sieve(clinic="glow").narrowed(("glow",)) == ("glow",)
    assert Sieve(clinic="shine").narrowed(None) == ("shine",)
    assert Sieve().narrowed(("glow",)) == ("glow",)


def test_an_address_carries_the_filter_from_view_to_view_and_no_page_of_another_one() -> None:
    view = View("review", "mine", "glow", "peel", "severe", "next")
    assert view.link() == "/?section=review&owner=mine&clinic=glow&treatment=peel&reason=severe"
    assert view.link(cursor="more").endswith("&cursor=more")
    assert view.link(section="", owner="", clinic="", treatment="", reason="") == "/"
