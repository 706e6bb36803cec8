"""How long symptoms last, from replies: honest about silence, and right where the truth is known."""

from __future__ import annotations

import math
import random

import pytest

from followup.domain.recovery import FEWEST, Heard, Quantile, Told, recovery_curve
from followup.domain.turnbull import NEVER

SHAPE, SCALE = 1.5, 60.0
MEDIAN = SCALE * math.log(2) ** (1 / SHAPE)
NEARLY_ALL = SCALE * math.log(20) ** (1 / SHAPE)
CHECK_INS = (24, 48, 72, 168, 336)


def replies(lasts: float, chance: random.Random, answers: float = 0.75, leaves: float = 0.1) -> Heard | None:
    """What a clinic hears of a symptom that lasts so long: late answers, left out ones, and silence for good."""
    there = 0.0
    for due in CHECK_INS:
        if chance.random() > answers:
            continue
        at = due + chance.expovariate(1 / 3)
        if lasts <= at:
            return Heard(there, at)
        there = at
        if chance.random() < leaves:
            break
    return Heard(there, NEVER) if there else None


def clinic(patients: int, seed: int) -> list[Heard]:
    chance = random.Random(seed)  # noqa: S311 - invented patients
    found = [replies(chance.weibullvariate(SCALE, SHAPE), chance) for _ in range(patients)]
    return [one for one in found if one is not None]


def holds(quantile: Quantile | None, truth: float) -> bool:
    return quantile is not None and quantile.low <= truth <= quantile.high


def test_where_the_truth_is_known_it_lies_within_the_bounds() -> None:
    clinics = [recovery_curve(clinic(120, seed)) for seed in range(40)]
    assert sum(holds(one.half, MEDIAN) for one in clinics) >= 36
    assert sum(holds(one.nearly_all, NEARLY_ALL) for one in clinics) >= 36


def test_more_patients_say_it_more_exactly_and_never_more_exactly_than_anybody_answered() -> None:
    few, many = (recovery_curve(clinic(patients, 7)) for patients in (100, 10_000))
    assert few.half is not None
    assert many.half is not None
    assert many.half.high - many.half.low < few.half.high - few.half.low
    assert holds(many.half, MEDIAN)
    assert holds(many.nearly_all, NEARLY_ALL)
    least, greatest = many.still_there(48)
    assert (least + greatest) / 2 == pytest.approx(math.exp(-((48 / SCALE) ** SHAPE)), abs=0.05)
    # Nobody is asked between the answers to day 3 and day 7: when it went in between, nobody can say.
    assert many.nearly_all is not None
    assert many.nearly_all.high >= 168


def test_silence_is_not_taken_for_recovery() -> None:
    """Half of all stop answering while it is there; counted as gone, or left out, they would halve the time."""
    chance = random.Random(3)  # noqa: S311 - invented patients
    lasting = [replies(chance.weibullvariate(SCALE, SHAPE), chance, answers=1.0, leaves=0.5) for _ in range(2_000)]
    curve = recovery_curve([one for one in lasting if one])
    assert curve.told.there_at_last > 400
    assert holds(curve.half, MEDIAN)


def test_it_says_out_of_how_many_and_what_they_told() -> None:
    heard = [*[Heard(0.0, 50.2)] * 5, *[Heard(49.9, 73.0)] * 9, *[Heard(48.1, NEVER)] * 6]
    curve = recovery_curve(heard)
    assert curve.told == Told(all=20, between=9, gone_at_first=5, there_at_last=6)
    assert math.fsum(step.share for step in curve.steps) == pytest.approx(1.0)


def test_of_too_few_nothing_is_said() -> None:
    heard = [Heard(24.0, 48.0)] * (FEWEST - 1)
    assert recovery_curve(heard).half is None
    assert recovery_curve(heard).steps == ()
    assert recovery_curve([*heard, Heard(24.0, 48.0)]).half == Quantile(24.0, 48.0, 24.0, 48.0)
    assert recovery_curve([]).told == Told(0, 0, 0, 0)


def test_what_nobody_reached_while_they_answered_is_said_to_be_later() -> None:
    curve = recovery_curve([*[Heard(0.0, 48.0)] * 12, *[Heard(72.0, NEVER)] * 18])
    assert curve.half is not None
    assert (curve.half.after, curve.half.until) == (72.0, NEVER)
    assert curve.half.high == NEVER
    assert curve.still_there(72.0) == pytest.approx((0.6, 0.6), abs=1e-3)
    assert curve.still_there(1000.0) == pytest.approx((0.0, 0.6), abs=1e-3)


def test_two_answers_within_one_hour_still_leave_an_interval() -> None:
    curve = recovery_curve([Heard(48.1, 48.3)] * FEWEST)
    assert curve.half is not None
    assert (curve.half.after, curve.half.until) == (48.0, 49.0)
