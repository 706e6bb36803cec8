"""What other systems are told, and when it is tried again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from followup.domain import events as e
from followup.domain.evolve import fold
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.inputs import Outcome
from followup.domain.outbound import (
    LEASE,
    MOST_FAILING,
    WAITS,
    Announced,
    Delivery,
    DeliveryState,
    Endpoint,
    OutboundRule,
    announcements,
    on_answer,
    on_claim,
    on_not_taken,
    on_taken,
)
from followup.domain.understanding.values import Urgency
from kit.builders import an_episode
from kit.hand_clock import MONDAY

EVERYTHING = OutboundRule("https://one.example/hook", frozenset(Announced), ("whsec_x",))
OPENINGS = OutboundRule("https://two.example/hook", frozenset({Announced.EPISODE_OPENED}))
SAID = "it hurts so much, call me on 07700 900123"
FLAG = Flag(
    "f1",
    Reason.SEVERE,
    Urgency.TODAY,
    "redness",
    MONDAY,
    MONDAY,
    Evidence(SAID, "degree", MONDAY),
    owner="nia@x.example",
)
CLOSED = e.FlagClosed("f1", "nia@x.example", MONDAY, Outcome.ADVISED, "her phone was off")


def told(*events: e.Event, rules: tuple[OutboundRule, ...] = (EVERYTHING,)) -> list[Delivery]:
    after = fold(an_episode(), events)
    assert after is not None
    return list(announcements(rules, after, events, at=MONDAY, wall=MONDAY))


def a_delivery() -> Delivery:
    [delivery] = told(e.FlagRaised(FLAG))
    return delivery


def test_each_endpoint_is_told_what_it_asked_for() -> None:
    opened = e.EpisodeOpened(an_episode())
    both = told(opened, e.FlagRaised(FLAG), rules=(EVERYTHING, OPENINGS))
    assert [(one.kind.value, one.endpoint) for one in both] == [
        ("episode.opened", EVERYTHING.endpoint),
        ("episode.opened", OPENINGS.endpoint),
        ("flag.raised", EVERYTHING.endpoint),
    ]
    assert len({one.id for one in both}) == 3


def test_a_closed_flag_is_told_with_its_outcome_and_no_word_name_or_phone() -> None:
    raised, closed = told(e.FlagRaised(FLAG), CLOSED)
    said = json.loads(closed.body)
    assert (said["type"], said["timestamp"]) == (
        "flag.closed",
        "2026-11-23T10:00:00Z".replace("10:00", f"{MONDAY:%H:%M}"),
    )
    assert said["data"]["flag"]["outcome"] == "advised"
    assert json.loads(raised.body)["data"]["flag"]["outcome"] is None
    assert said["data"]["episode"]["booking_id"] == an_episode().booking_id
    for hidden in ("hurts", "07700", "nia@", "phone was off", "Ada"):
        assert hidden not in raised.body + closed.body


def test_a_plan_that_ends_early_is_finished_too_and_says_how() -> None:
    [finished] = told(e.EpisodeCancelled("stopped by nia@x.example"))
    assert finished.kind is Announced.EPISODE_FINISHED
    assert json.loads(finished.body)["data"]["episode"]["state"] == "cancelled"
    assert "nia" not in finished.body


def test_what_is_not_announced_makes_no_delivery() -> None:
    assert told(e.CheckInAsked("day-1", MONDAY)) == []


def test_it_is_tried_eight_times_with_growing_pauses_and_then_given_up() -> None:
    delivery, wall, pauses = a_delivery(), MONDAY, []
    while delivery.state is DeliveryState.WAITING:
        delivery = on_claim(delivery, wall)
        assert delivery.due_at == wall + LEASE
        delivery = on_not_taken(delivery, "it answered 500", wall)
        pauses.append(delivery.due_at - wall)
        wall = delivery.due_at
    assert (delivery.state, delivery.tries) == (DeliveryState.GIVEN_UP, len(WAITS))
    assert pauses[:-1] == list(WAITS[1:])


def test_what_was_taken_is_settled() -> None:
    taken = on_taken(on_claim(a_delivery(), MONDAY), MONDAY)
    assert (taken.state, taken.settled_at) == (DeliveryState.DELIVERED, MONDAY)


def test_an_endpoint_that_fails_for_five_days_is_disabled_and_one_answer_counts_from_anew() -> None:
    failing = on_answer(Endpoint("glow", "x"), "it answered 500", MONDAY)
    assert failing.failing_since == MONDAY
    almost = MONDAY + MOST_FAILING - timedelta(seconds=1)
    assert on_answer(failing, "it answered 500", almost).disabled_at is None
    assert on_answer(failing, "", almost) == Endpoint("glow", "x")
    over = MONDAY + MOST_FAILING
    disabled = on_answer(failing, "it answered 500", over)
    assert disabled == replace(failing, disabled_at=over)


def test_an_endpoint_that_is_gone_is_disabled_at_once() -> None:
    assert on_answer(Endpoint("glow", "x"), "it answered 410", MONDAY, is_gone=True).disabled_at == MONDAY
