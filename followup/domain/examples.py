"""A protocol's worked examples, tried: which flags a reply at a time would raise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from followup.domain.episode import Completion, Episode, EpisodeState
from followup.domain.reports import reports_of
from followup.domain.texting import late
from followup.domain.triage import News, find
from followup.domain.understanding import Asked, read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from followup.domain.protocol import Example, Protocol
    from followup.domain.vocabulary import Vocabulary

_TREATED = datetime(2026, 1, 12, 10, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Surprise:
    """An example that raises other flags than it says."""

    example: Example
    raised: tuple[str, ...]


def wrong_examples(protocol: Protocol, vocabularies: Mapping[str, Vocabulary]) -> tuple[Surprise, ...]:
    """The examples that do not hold; one in a language that nobody speaks here cannot be tried."""
    spoken = [example for example in protocol.examples if example.language in vocabularies]
    tried = [Surprise(example, flags_raised(protocol, example, vocabularies[example.language])) for example in spoken]
    return tuple(one for one in tried if one.raised != tuple(sorted(one.example.flags)))


def flags_raised(protocol: Protocol, example: Example, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The flags that this reply raises as the first of its episode: "reason" or "reason: subject", sorted."""
    at = _TREATED + example.at
    episode = _episode(protocol)
    understanding = read(example.reply, vocabulary, _asked(protocol, example, episode.hours_since_treatment(at)))
    reports = reports_of(understanding, "example", "", at)
    found = find(News(episode, protocol, understanding, reports, at))
    return tuple(sorted(finding.label for finding in found))


def _asked(protocol: Protocol, example: Example, hours: float) -> Asked:
    plan = protocol.open_plan(example.at, example.question)
    return Asked(
        example.question,
        plan.ask if plan and not late(plan) else ("redness", "swelling"),
        hours,
        harmless_signs=protocol.harmless_at(example.at),
        harmless_words=protocol.harmless_words,
    )


def _episode(protocol: Protocol) -> Episode:
    return Episode(
        id="example",
        clinic="example",
        source="example",
        booking_id="example",
        patient_id="example",
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        state=EpisodeState.ACTIVE,
        treated_from=None,
        treated_until=_TREATED,
        completion=Completion.EXPLICIT,
        opened_at=_TREATED,
    )
