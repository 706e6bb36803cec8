"""Flags of one patient's episode that stand together: one reply often raises several, and is one thing to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from followup.domain.inputs import Act
from followup.domain.understanding.values import Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from followup.domain.flag import Flag
    from followup.store.worklist import FlagRow

FOR = "for_"
"""Before an act's name: the form's field that says to which flags the act goes, each as it was seen."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one card of the worklist shows."""

    rows: Sequence[FlagRow]

    @property
    def first(self) -> FlagRow:
        """The most pressing."""
        return self.rows[0]

    @property
    def flags(self) -> Sequence[Flag]:
        """Its flags."""
        return [row.flag for row in self.rows]

    def ends_words(self, place: int) -> bool:
        """Whether the words behind the flag at this place (from 1) are not those behind the next one, too."""
        following = self.flags[place : place + 1]
        return not following or following[0].evidence.said != self.flags[place - 1].evidence.said

    def owners(self, people: Mapping[str, str]) -> str:
        """Who has it, in words."""
        owned = [flag.owner for flag in self.flags if flag.owner]
        names = " and ".join(dict.fromkeys(people.get(owner, owner) for owner in owned))
        if not owned:
            return "Nobody has it yet"
        has = "have" if len(set(owned)) > 1 else "has"
        return (
            f"{names} {has} it" if len(owned) == len(self.rows) else f"{names} {has} {len(owned)} of {len(self.rows)}"
        )


def grouped(rows: Iterable[FlagRow]) -> list[Group]:
    """The rows by episode, each where its first flag stands."""
    found: dict[str, list[FlagRow]] = {}
    for row in rows:
        found.setdefault(row.episode_id, []).append(row)
    return [Group(together) for together in found.values()]


def undone(flags: Iterable[Flag], who: str, wall: datetime) -> tuple[str, int]:
    """Which act this person could take back ("" for none), and for how many seconds yet."""
    acts = [flag.before for flag in flags if flag.before and flag.can_undo(who, wall)]
    left = min((before.until - wall for before in acts), default=None)
    return (acts[0].act.value, int(left.total_seconds())) if left is not None else ("", 0)


def targets(flags: Iterable[Flag], who: str, wall: datetime) -> dict[str, str]:
    """For each act the flags it would change, with the versions they were seen in: what a form carries.

    who: whose form it is, which counts for what can be undone at `wall`, machine time.
    """
    shown = [flag for flag in flags if flag.is_open]
    wanted = {
        Act.CLAIM: [flag for flag in shown if not flag.owner],
        Act.ACKNOWLEDGE: [flag for flag in shown if not flag.acknowledged_by],
        Act.NOTE: shown[:1],
        Act.CLOSE: shown,
        Act.ASSIGN: shown,
        Act.SNOOZE: [flag for flag in shown if flag.urgency is not Urgency.NOW],
        Act.UNDO: [flag for flag in shown if flag.can_undo(who, wall)],
    }
    return {FOR + act: " ".join(f"{flag.id}.{flag.version}" for flag in those) for act, those in wanted.items()}
