"""Turnbull's estimate against what was worked out by hand, published, or follows from other estimates."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.turnbull import CLOSE, NEVER, Interval, estimate, is_rejected

# When the breast of 46 women changed after radiotherapy (Finkelstein and Wolfe 1985, table 1; NEVER: not until then).
RADIOTHERAPY: Counter[Interval] = Counter(
    [
        *((0, 7), (0, 8), (0, 5), (4, 11), (5, 12), (5, 11), (6, 10), (7, 16), (7, 14), (11, 15), (11, 18)),
        *((17, 25), (17, 25), (19, 35), (18, 26), (25, 37), (26, 40), (27, 34), (36, 44), (36, 48), (37, 44)),
        *((time, NEVER) for time in (15, 17, 18, 22, 24, 24, 32, 33, 34, 36, 36, 37, 37, 37, 38, 40, 45)),
        *((46, NEVER),) * 8,
    ]
)
PUBLISHED = {
    (4, 5): 0.0463,
    (6, 7): 0.0334,
    (7, 8): 0.0887,
    (11, 12): 0.0708,
    (24, 25): 0.0926,
    (33, 34): 0.0818,
    (38, 40): 0.1209,
    (46, 48): 0.4656,
}


def shares(counted: Counter[Interval]) -> dict[Interval, float]:
    found = estimate(counted)
    return {place: to - at for place, (at, to) in zip(found.places, pairwise(found.reached), strict=True)}


def test_it_finds_what_was_published_of_a_famous_trial() -> None:
    assert RADIOTHERAPY.total() == 46
    found = {place: share for place, share in shares(RADIOTHERAPY).items() if share > 1e-3}
    assert found == pytest.approx(PUBLISHED, abs=6e-3)


def test_with_exact_ends_and_silence_it_is_kaplan_and_meiers() -> None:
    # Ends at 3, 5, 5, 8; silence after 4 and 6. Of 6 one goes at 3; of the 4 still heard of two go at 5; then the last.
    counted: Counter[Interval] = Counter([(2, 3), (4, 5), (4, 5), (7, 8), (4, NEVER), (6, NEVER)])
    assert shares(counted) == pytest.approx({(2, 3): 1 / 6, (4, 5): 5 / 12, (7, 8): 5 / 12}, abs=2e-3)


def test_with_one_look_at_each_it_is_the_pooled_shares_of_those_looks() -> None:
    # Gone at 10: 2 of 10; at 20: 1 of 10; at 30: 8 of 10. It cannot fall, so 10 and 20 are pooled to 3 of 20.
    counted: Counter[Interval] = Counter()
    for at, gone in ((10.0, 2), (20.0, 1), (30.0, 8)):
        counted[0.0, at] = gone
        counted[at, NEVER] = 10 - gone
    found = estimate(counted)
    by = {until: reached for (_, until), reached in zip(found.places, found.reached[1:], strict=True)}
    assert by == pytest.approx({10: 0.15, 20: 0.15, 30: 0.8, NEVER: 1.0}, abs=5e-3)


def test_all_silent_is_all_later_and_all_gone_at_first_is_all_before() -> None:
    assert shares(Counter({(5.0, NEVER): 3, (9.0, NEVER): 2})) == {(9.0, NEVER): 1.0}
    assert shares(Counter({(0.0, 5.0): 3, (0.0, 9.0): 2})) == {(0.0, 5.0): 1.0}
    assert shares(Counter()) == {}


INTERVALS = st.tuples(st.integers(0, 30), st.one_of(st.integers(1, 20), st.just(NEVER))).map(
    lambda said: (float(said[0]), float(said[0] + said[1]))
)


@settings(max_examples=100, deadline=None)
@given(st.lists(INTERVALS, min_size=1, max_size=40))
def test_no_distribution_is_much_more_likely_whatever_is_observed(seen: list[Interval]) -> None:
    found = estimate(Counter(seen))
    assert found.gap < CLOSE
    assert found.reached[0] == 0.0
    assert found.reached[-1] == 1.0
    assert all(at <= to + 1e-12 for at, to in pairwise(found.reached))


def test_a_share_is_rejected_where_answers_speak_against_it_and_only_there() -> None:
    counted: Counter[Interval] = Counter({(0.0, 24.0): 90, (24.0, NEVER): 10})
    best = estimate(counted).log_likelihood
    assert best == pytest.approx(90 * math.log(0.9) + 10 * math.log(0.1), abs=CLOSE)
    # With half of them gone the log likelihood is 100 log 0.5.
    far = best - 100 * math.log(0.5)
    assert not is_rejected(counted, 24.0, 0.5, best - far - 0.1)
    assert is_rejected(counted, 24.0, 0.5, best - far + 0.1)
    assert not is_rejected(counted, 12.0, 0.5, best - 0.1)
    assert not is_rejected(counted, 48.0, 0.95, best - 0.1)
