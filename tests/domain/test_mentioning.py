"""@name in a note: who is meant, and until when the flag is marked for them."""

from __future__ import annotations

from typing import Any

import pytest

from followup.domain.decision import Decision
from followup.domain.flag import Reason
from followup.domain.inputs import Act, Outcome, ReviewAct
from followup.domain.mentioning import Colleague, mentioned_in
from followup.domain.review import Refusal, on_review
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency
from kit.builders import after, after_events, an_episode, decided

NIA, CAL = Colleague("nia@glow.example", "Nia Nurse"), Colleague("cal.d@glow.example", "Cal Doctor")
ZOE = Colleague("z@glow.example", "Zoë O'Neil-Roe")
NIA_TOO = Colleague("nia.l@glow.example", "Nia Lead")
ALL = (NIA, CAL, ZOE)
FINDING = without_words(Reason.SILENT, Urgency.REVIEW, "why", after(49), an_episode())
FLAGGED = after_events(an_episode(), raise_flag(an_episode(), FINDING, "x", after(49)))
FLAG = FLAGGED.flags[0]


@pytest.mark.parametrize(
    ("note", "meant"),
    [
        ("@nia please ring her", (NIA,)),
        ("please, @Nia.", (NIA,)),
        ("@NiaNurse and (@cal)", (NIA, CAL)),
        ("@cal.d: @cal twice", (CAL,)),
        ("@cal.d@glow.example, see above", (CAL,)),
        ("@Zoë, @zoëoneilroe", (ZOE,)),
        ("written to nia@glow.example", ()),
        ("back @ 3, or @14:00, or @", ()),
        ("nobody", ()),
    ],
)
def test_a_name_is_a_first_name_a_whole_one_or_an_e_mail(note: str, meant: tuple[Colleague, ...]) -> None:
    assert mentioned_in(note, ALL) == tuple(one.email for one in meant)


def test_a_name_of_nobody_is_said_with_the_names_there_are() -> None:
    said = 'nobody here is called "@nai"; there are @NiaNurse, @CalDoctor, @ZoëONeilRoe'
    assert mentioned_in("@nai please", ALL) == said


def test_a_name_of_two_people_is_asked_back() -> None:
    said = mentioned_in("@nia please", (NIA, NIA_TOO))
    assert said == '"@nia" could be several people: write @nia@glow.example or @nia.l@glow.example'
    assert mentioned_in("@nialead please", (NIA, NIA_TOO)) == (NIA_TOO.email,)


def done(decision: Decision | Refusal) -> Decision:
    assert isinstance(decision, Decision)
    return decision


NOTE = ReviewAct(FLAG.id, Act.NOTE, "ana", 1, note="@ben @cal", mentioned=("ben", "cal"))
MENTIONED = decided(FLAGGED, done(on_review(FLAGGED, NOTE, after(50))))
VERSION = MENTIONED.flags[0].version


def acted(act: Act, who: str, **more: Any) -> Decision | Refusal:
    return on_review(MENTIONED, ReviewAct(FLAG.id, act, who, VERSION, **more), after(51))


def still_mentioned(act: Act, who: str, **more: Any) -> tuple[str, ...]:
    return decided(MENTIONED, done(acted(act, who, **more))).flags[0].mentioned


@pytest.mark.parametrize("act", [Act.READ, Act.CLAIM, Act.ACKNOWLEDGE])
def test_whoever_is_mentioned_sees_it_until_they_do_something_with_the_flag(act: Act) -> None:
    assert MENTIONED.flags[0].mentioned == ("ben", "cal")
    assert still_mentioned(act, "ben") == ("cal",)


def test_what_somebody_else_does_leaves_it_marked() -> None:
    assert still_mentioned(Act.CLAIM, "dee") == ("ben", "cal")


def test_a_closed_flag_mentions_nobody_any_more_and_nobody_can_be_mentioned_there() -> None:
    assert still_mentioned(Act.CLOSE, "dee", outcome=Outcome.ADVISED) == ()
    assert isinstance(acted(Act.CLOSE, "ben", outcome=Outcome.ADVISED, mentioned=("cal",)), Refusal)


def test_only_who_is_mentioned_can_have_read_it() -> None:
    assert isinstance(acted(Act.READ, "dee"), Refusal)


def test_neither_a_mention_nor_its_reading_puts_off_when_the_next_contact_is_told() -> None:
    read = decided(MENTIONED, done(acted(Act.READ, "ben"))).flags[0]
    assert FLAG.waits_since == MENTIONED.flags[0].waits_since == read.waits_since == after(49)
