"""Which hours of a recovery its chart shows: all of them, or a part that a link names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SHORTEST, FURTHEST = 6, 9_999
"""Hours: less than so many are not shown, and nothing beyond so many."""
LATELY = 48
STEPS = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 672)
MOST_TICKS = 9


@dataclass(frozen=True, slots=True)
class Span:
    """From one hour after the treatment to a later one."""

    first: int
    last: int

    @property
    def hours(self) -> int:
        """How long it is."""
        return self.last - self.first

    @property
    def query(self) -> str:
        """How a link names it."""
        return f"?from={self.first}&to={self.last}"

    def ticks(self) -> Sequence[int]:
        """Hours to write below it: few enough to be read, at round numbers."""
        step = next((each for each in STEPS if self.hours <= each * MOST_TICKS), STEPS[-1])
        return range(-(-self.first // step) * step, self.last + 1, step)


@dataclass(frozen=True, slots=True)
class View:
    """A part of the time that can be chosen; no span for the whole."""

    label: str
    span: Span | None
    is_shown: bool = False

    @property
    def query(self) -> str:
        """What stands behind the page's address for it."""
        return self.span.query if self.span else ""


def read_span(query: Mapping[str, str]) -> Span | None:
    """The part of the time that an address names; None for the whole, and for what is no part."""
    first, last = query.get("from", ""), query.get("to", "")
    if not (first.isascii() and first.isdecimal() and last.isascii() and last.isdecimal()):
        return None
    if len(first) > len(str(FURTHEST)) or len(last) > len(str(FURTHEST)):
        return None
    span = Span(int(first), int(last))
    return span if span.hours >= SHORTEST else None


def views(shown: Span | None, end: float, passed: float) -> list[View]:
    """What can be chosen. end: the chart's last hour; passed: hours since the treatment."""
    parts = [("Whole time", None), *_parts(end, passed)]
    found = [View(label, span, span == shown) for label, span in parts]
    return [*found, *(View(label, span) for label, span in _around(shown))] if shown else found


def _parts(end: float, passed: float) -> Iterator[tuple[str, Span]]:
    yield "First day", Span(0, 24)
    yield "First 3 days", Span(0, 72)
    if end > 7 * 24:
        yield "First week", Span(0, 168)
    if passed > 2 * LATELY:
        yield "Last 2 days", Span(int(passed) - LATELY, int(passed) + 1)


def _around(shown: Span) -> Iterator[tuple[str, Span]]:
    half = shown.hours // 2
    if shown.first > 0:
        back = min(half, shown.first)
        yield "Earlier", Span(shown.first - back, shown.last - back)
    if shown.last + half <= FURTHEST:
        yield "Later", Span(shown.first + half, shown.last + half)
    if half >= SHORTEST:
        quarter = shown.hours // 4
        yield "Closer", Span(shown.first + quarter, shown.first + quarter + half)
    if shown.hours * 2 <= FURTHEST:
        first = max(0, shown.first - half)
        yield "Wider", Span(first, first + shown.hours * 2)
