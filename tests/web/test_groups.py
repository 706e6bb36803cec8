"""Flags of one episode stand together, and an act reaches those it would change, as they were seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from followup.domain.episode import EpisodeState
from followup.domain.flag import Evidence, Flag, FlagState, Reason
from followup.domain.understanding.values import Urgency
from followup.store.worklist import FlagRow, Shown
from followup.web.groups import Group, grouped, targets

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
PEOPLE = {"nia@glow.example": "Nia", "cal@glow.example": "Cal"}


def a_flag(name: str, said: str = "1 0", **known: object) -> Flag:
    flag = Flag(name, Reason.SEVERE, Urgency.TODAY, "redness", AT, AT, Evidence(said, "severe at any time", AT))
    return replace(flag, **known)  # type: ignore[arg-type] # named parts of a flag


def a_row(flag: Flag, episode: str = "e1") -> FlagRow:
    who = Shown("p1", "native", "Ada Byrne", "+447700900001")
    return FlagRow(flag, episode, "glow", who, "mesotherapy", "", AT, EpisodeState.ACTIVE, None, "")


def test_an_episode_stands_where_its_first_flag_stands() -> None:
    rows = [a_row(a_flag("f1")), a_row(a_flag("f2"), "e2"), a_row(a_flag("f3"))]
    assert [[flag.id for flag in group.flags] for group in grouped(rows)] == [["f1", "f3"], ["f2"]]


def test_an_act_reaches_only_the_flags_it_would_change() -> None:
    flags = [
        a_flag("f1", owner="nia@glow.example", version=3),
        a_flag("f2", acknowledged_by="cal@glow.example"),
        a_flag("f3", state=FlagState.CLOSED),
    ]
    assert targets(flags, "nia@glow.example", AT) == {
        "for_claim": "f2.1",
        "for_acknowledge": "f1.3",
        "for_note": "f1.3",
        "for_close": "f1.3 f2.1",
        "for_assign": "f1.3 f2.1",
        "for_snooze": "f1.3 f2.1",
        "for_undo": "",
    }


def test_the_same_words_are_shown_once() -> None:
    group = Group([a_row(a_flag(f"f{place}", said)) for place, said in enumerate(["1 0", "1 0", "worse", ""])])
    assert [group.ends_words(place) for place in (1, 2, 3, 4)] == [False, True, True, True]


def test_who_has_it_is_said_in_words() -> None:
    def owners(*names: str) -> str:
        rows = [a_row(a_flag(f"f{place}", owner=name and f"{name}@glow.example")) for place, name in enumerate(names)]
        return Group(rows).owners(PEOPLE)

    assert owners("", "") == "Nobody has it yet"
    assert owners("nia", "nia") == "Nia has it"
    assert owners("nia", "") == "Nia has 1 of 2"
    assert owners("nia", "cal") == "Nia and Cal have it"
