"""Late harm that may have one cause."""

from __future__ import annotations

from datetime import timedelta

from followup.domain.clusters import Harm, LookedInto, Shared, clusters, shared_of
from kit.builders import a_booking, after

WEEKS = timedelta(weeks=6)
LOT = Shared("product", "Filler A, lot 7")
ROOM = Shared("room", "2")


def a_harm(
    patient: str,
    days: float,
    *shared: Shared,
    clinic: str = "glow",
    is_open: bool = True,
    within: timedelta = WEEKS,
) -> Harm:
    return Harm(
        f"flag-{patient}-{days}",
        f"episode-{patient}",
        clinic,
        patient,
        after(24 * days),
        is_open,
        frozenset(shared),
        within,
    )


def seen(*harms: Harm) -> list[tuple[list[str], list[str]]]:
    return [([shared.name for shared in one.shared], [harm.patient for harm in one.harms]) for one in clusters(harms)]


def test_two_patients_who_share_a_lot_are_a_cluster() -> None:
    assert seen(a_harm("A", 0, LOT), a_harm("B", 40, LOT)) == [(["Filler A, lot 7"], ["A", "B"])]


def test_one_patient_twice_is_none() -> None:
    assert seen(a_harm("A", 0, LOT), a_harm("A", 10, LOT)) == []


def test_nothing_in_common_is_none_and_neither_is_another_clinic() -> None:
    assert seen(a_harm("A", 0, LOT), a_harm("B", 1, ROOM)) == []
    assert seen(a_harm("A", 0, LOT), a_harm("B", 1, LOT, clinic="other")) == []
    assert seen(a_harm("A", 0), a_harm("B", 1)) == []


def test_the_last_day_of_the_weeks_still_counts() -> None:
    assert seen(a_harm("A", 0, LOT), a_harm("B", 42, LOT))
    assert seen(a_harm("A", 0, LOT), a_harm("B", 42.1, LOT)) == []
    assert seen(a_harm("A", 0, LOT), a_harm("B", 20, LOT, within=timedelta(days=14))) == []


def test_it_is_told_once_however_much_they_share() -> None:
    found = seen(a_harm("A", 0, LOT, ROOM), a_harm("B", 1, LOT, ROOM))
    assert found == [(["Filler A, lot 7", "2"], ["A", "B"])]


def test_a_room_that_more_patients_share_is_a_cluster_beside_the_lot() -> None:
    found = seen(a_harm("A", 0, LOT, ROOM), a_harm("B", 1, LOT, ROOM), a_harm("C", 2, ROOM))
    assert found == [(["2"], ["A", "B", "C"]), (["Filler A, lot 7"], ["A", "B"])]


def test_it_ends_when_staff_have_closed_all_of_it() -> None:
    assert seen(a_harm("A", 0, LOT, is_open=False), a_harm("B", 1, LOT))
    assert seen(a_harm("A", 0, LOT, is_open=False), a_harm("B", 1, LOT, is_open=False)) == []


def test_of_what_was_used_the_newest_word_counts() -> None:
    facts = (
        a_booking(2, location="Room 2", products=("Filler A", "Filler A, lot 7")),
        a_booking(1, location="Room 1", practitioner="Dr Ada", products=("Filler B",)),
        a_booking(3),
    )
    assert {(one.kind, one.name) for one in shared_of(facts)} == {
        ("room", "Room 2"),
        ("practitioner", "Dr Ada"),
        ("product", "Filler A"),
        ("product", "Filler A, lot 7"),
    }


def test_what_was_looked_into_covers_no_more_than_that() -> None:
    (lot,) = clusters([a_harm("A", 0, LOT), a_harm("B", 1, LOT)])
    (both,) = clusters([a_harm("A", 0, LOT, ROOM), a_harm("B", 1, LOT, ROOM)])
    (three,) = clusters([a_harm("A", 0, LOT), a_harm("B", 1, LOT), a_harm("C", 2, LOT)])
    known = LookedInto(frozenset(lot.flag_ids), frozenset(lot.names))
    assert known.covers(lot)
    assert not known.covers(both)
    assert not known.covers(three)
    assert LookedInto(frozenset(three.flag_ids), frozenset(both.names)).covers(lot)
