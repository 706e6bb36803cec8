"""What a protocol would have flagged in an episode that is past: its reports under other windows.

Only what was reported can be judged again: a question that was never asked has no answer here, and words that the
protocol of then took as harmless raised nothing that could be looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

from followup.domain.flag import FlagState, Reason
from followup.domain.triage import News, persisting, returned, severe, worsening
from followup.domain.understanding.values import AlarmHeard, Asked, Question, SignState, Span, Understanding, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from followup.domain.episode import Episode, Report
    from followup.domain.flag import Flag
    from followup.domain.inputs import Outcome
    from followup.domain.protocol import Protocol
    from followup.domain.triage import Finding

RULES = (severe, worsening, returned, persisting)
JUDGED = frozenset({Reason.SEVERE, Reason.WORSENING, Reason.RETURNED, Reason.PERSISTING})
"""What follows from reports and windows alone; other flags stay as they were, but signs the protocol now expects."""
_QUOTED = re.compile(r'"([^"]*)"')
_NO_END = datetime.max.replace(tzinfo=UTC)


class Fate(StrEnum):
    """What becomes of a flag under the other protocol."""

    KEPT = "kept"
    MISSED = "missed"
    """It was real, and nothing else would have brought that reply before a person."""
    SEEN_OTHERWISE = "seen otherwise"
    """It was real, and the same reply would be flagged for another reason."""
    SPARED = "spared"
    """It was a mistake, and would not be raised."""
    UNREVIEWED = "not reviewed"
    """It would not be raised, and nobody has said yet whether it was real."""
    ADDED = "added"
    """It was not raised then, and would be."""


@dataclass(frozen=True, slots=True)
class Case:
    """One flag and its fate. `flag_id`: "" for one that would be new."""

    episode_id: str
    clinic: str
    fate: Fate
    reason: Reason
    subject: str
    urgency: Urgency
    raised_at: datetime
    hours_since_treatment: float
    said: str
    flag_id: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """All past episodes of a protocol, as they were and as they would be. `check_ins`: how many were asked.

    is_cut: there was no time for all of them. They are taken in the order of their ids, so by chance.
    """

    episodes: int
    check_ins: int
    before: Mapping[Reason, int]
    after: Mapping[Reason, int]
    changes: tuple[Case, ...]
    is_cut: bool = False

    def with_more(self, more: Replayed) -> Replayed:
        """Both together."""
        return Replayed(
            self.episodes + more.episodes,
            self.check_ins + more.check_ins,
            Counter(self.before) + Counter(more.before),
            Counter(self.after) + Counter(more.after),
            (*self.changes, *more.changes),
            self.is_cut or more.is_cut,
        )

    def of(self, fate: Fate) -> tuple[Case, ...]:
        """The changes of this kind."""
        return tuple(case for case in self.changes if case.fate is fate)

    def per_hundred(self, flags: int) -> float:
        """So many flags for each hundred check-ins."""
        return 100 * flags / self.check_ins if self.check_ins else 0.0

    def by_reason(self) -> tuple[tuple[Reason, int, int], ...]:
        """Flags of each reason as it was and as it would be, the most frequent first."""
        reasons = sorted({*self.before, *self.after}, key=lambda reason: (-self.before.get(reason, 0), reason))
        return tuple((reason, self.before.get(reason, 0), self.after.get(reason, 0)) for reason in reasons)


def replay(episodes: Iterable[Episode], protocol: Protocol) -> Replayed:
    """These episodes under this protocol, taken together."""
    before: Counter[Reason] = Counter()
    after: Counter[Reason] = Counter()
    changes: list[Case] = []
    seen = asked = 0
    for episode in episodes:
        seen += 1
        asked += sum(check_in.asked_at is not None for check_in in episode.check_ins)
        cases = replayed(episode, protocol)
        before.update(flag.reason for flag in episode.flags)
        after.update(case.reason for case in cases if case.fate in _RAISED)
        changes.extend(case for case in cases if case.fate is not Fate.KEPT)
    return Replayed(seen, asked, before, after, tuple(changes))


_RAISED = frozenset({Fate.KEPT, Fate.ADDED})


def replayed(episode: Episode, protocol: Protocol) -> tuple[Case, ...]:
    """The fate of each of its flags under this protocol, and the flags that would be new."""
    found = findings(episode, protocol)
    kept = [flag for flag in episode.flags if _stays(episode, flag, protocol, found)]
    cases = [_of_flag(episode, flag, kept, found) for flag in episode.flags]
    return (*cases, *_added(episode, found))


def findings(episode: Episode, protocol: Protocol) -> tuple[Finding, ...]:
    """What the reports of each reply would have raised, oldest first."""
    reports = sorted(episode.reports, key=lambda one: (one.reported_at, one.message_id))
    replies = (tuple(group) for _, group in groupby(reports, key=lambda one: (one.reported_at, one.message_id)))
    return tuple(finding for reply in replies for rule in RULES for finding in rule(_news(episode, protocol, reply)))


def _news(episode: Episode, protocol: Protocol, reports: tuple[Report, ...]) -> News:
    said = "; ".join(dict.fromkeys(report.words for report in reports if report.words))
    return News(episode, protocol, Understanding(said, "", "", Question.FREE), reports, reports[0].reported_at)


def _stays(episode: Episode, flag: Flag, protocol: Protocol, found: tuple[Finding, ...]) -> bool:
    if flag.reason is Reason.ALARM_SIGN:
        return not _is_expected(episode, flag, protocol)
    return flag.reason not in JUDGED or any(_is_of(flag, finding) for finding in found)


def _is_expected(episode: Episode, flag: Flag, protocol: Protocol) -> bool:
    """Whether the protocol expects this sign, then, in these words."""
    asked = Asked(
        harmless_signs=protocol.harmless_at(flag.last_raised_at - episode.treated_until),
        harmless_words=protocol.harmless_words,
    )
    spans = tuple(Span(words, "", 0, 0) for words in _QUOTED.findall(flag.evidence.rule))
    return bool(spans) and asked.expects(AlarmHeard(flag.subject, flag.urgency, SignState.NOW, spans))


def _is_of(flag: Flag, finding: Finding) -> bool:
    """Whether the finding would have raised this flag, or repeated it while it was open."""
    until = flag.closed_at or _NO_END
    return flag.is_about(finding.reason, finding.subject) and flag.raised_at <= finding.evidence.reported_at <= until


def _of_flag(episode: Episode, flag: Flag, kept: list[Flag], found: tuple[Finding, ...]) -> Case:
    fate = Fate.KEPT if flag in kept else _fate_of_lost(flag, kept, found)
    return Case(
        episode_id=episode.id,
        clinic=episode.clinic,
        fate=fate,
        reason=flag.reason,
        subject=flag.subject,
        urgency=flag.urgency,
        raised_at=flag.raised_at,
        hours_since_treatment=episode.hours_since_treatment(flag.raised_at),
        said=flag.evidence.said,
        flag_id=flag.id,
        outcome=flag.outcome,
    )


def _fate_of_lost(flag: Flag, kept: list[Flag], found: tuple[Finding, ...]) -> Fate:
    if flag.state is not FlagState.CLOSED:
        return Fate.SPARED if flag.state is FlagState.MISTAKEN else Fate.UNREVIEWED
    # Of that very reply: what is raised days later comes too late for the patient.
    by_finding = any(finding.evidence.reported_at == flag.raised_at for finding in found)
    by_flag = any(other.raised_at == flag.raised_at for other in kept)
    return Fate.SEEN_OTHERWISE if by_finding or by_flag else Fate.MISSED


def _added(episode: Episode, found: tuple[Finding, ...]) -> Iterator[Case]:
    """Each once: while it is open, the same again is the same flag."""
    told: set[str] = set()
    for finding in found:
        is_known = any(_is_of(flag, finding) for flag in episode.flags)
        if is_known or finding.label in told:
            continue
        told.add(finding.label)
        yield Case(
            episode_id=episode.id,
            clinic=episode.clinic,
            fate=Fate.ADDED,
            reason=finding.reason,
            subject=finding.subject,
            urgency=finding.urgency,
            raised_at=finding.evidence.reported_at,
            hours_since_treatment=episode.hours_since_treatment(finding.evidence.reported_at),
            said=finding.evidence.said,
        )
