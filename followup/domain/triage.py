"""What staff must see, and how soon: one small function for each reason, all in one tuple.

Where a threshold stands, a flag too many is cheaper than one missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.doubts import in_words
from followup.domain.flag import Evidence, Flag, Reason
from followup.domain.ids import derive
from followup.domain.understanding.values import Handling, Intent, Severity, SignState, Trend, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from followup.domain.episode import Episode, Report
    from followup.domain.protocol import Protocol
    from followup.domain.understanding.values import AlarmHeard, Understanding

OVERALL = "overall"
HOUR = timedelta(hours=1)
WISHES = {
    Intent.HELP: Urgency.NOW,  # carriers answer HELP with boilerplate; it may be a cry for help (twilio.md 5)
    Intent.CALLBACK: Urgency.TODAY,
    Intent.QUESTION: Urgency.TODAY,
    Intent.BOOKING: Urgency.REVIEW,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something for staff; `subject` is the symptom or alarm sign it is about, "" for none."""

    reason: Reason
    urgency: Urgency
    evidence: Evidence
    subject: str = ""

    @property
    def label(self) -> str:
        """As protocol examples write it: "persisting: redness"."""
        return f"{self.reason}: {self.subject}" if self.subject else self.reason.value


@dataclass(frozen=True, slots=True)
class News:
    """One reply as triage sees it: the episode as it was before, what was reported in it, what was understood.

    sessions: the same patient's other treatments of late.
    """

    episode: Episode
    protocol: Protocol
    understanding: Understanding
    reports: tuple[Report, ...]
    at: datetime
    sessions: tuple[Episode, ...] = ()

    def evidence(self, rule: str, window: timedelta | None = None) -> Evidence:
        """The whole reply as evidence, with the rule and the numbers."""
        return Evidence(
            said=self.understanding.text,
            rule=rule,
            reported_at=self.at,
            hours_since_treatment=self.episode.hours_since_treatment(self.at),
            window_hours=None if window is None else window / HOUR,
            hours_since_others=tuple(sorted(one.hours_since_treatment(self.at) for one in self.sessions)),
        )

    def before(self, symptom: str) -> tuple[Report, ...]:
        """Earlier reports of a symptom that said how much of it there was, oldest first."""
        known = [one for one in self.episode.reports if one.symptom == symptom and one.severity is not None]
        return tuple(sorted((one for one in known if one.reported_at < self.at), key=lambda one: one.reported_at))


def alarm_sign(news: News) -> Iterator[Finding]:
    """Words that cannot wait. Perhaps denied, or gone again: still for a person, the same day."""
    for sign in news.understanding.alarm_signs:
        words = ", ".join(f'"{words}"' for words in _longest([span.words for span in sign.spans]))
        state = _SIGN_STATES.get(sign.state, "alarm sign, perhaps denied")
        yield Finding(Reason.ALARM_SIGN, urgency_of(sign), news.evidence(f"{state}: {words}"), sign.sign)


def _longest(phrases: Sequence[str]) -> list[str]:
    """Each phrase once, without those that stand inside another."""
    known = list(dict.fromkeys(filter(None, phrases)))
    return [one for one in known if not any(one != other and one in other for other in known)]


_SIGN_STATES = {SignState.NOW: "alarm sign", SignState.RESOLVED: "alarm sign, said to be gone"}


def urgency_of(sign: AlarmHeard) -> Urgency:
    """How soon a person must look at this sign."""
    return sign.urgency if sign.state is SignState.NOW else Urgency.TODAY


def severe(news: News) -> Iterator[Finding]:
    """Severe is for a person at any time."""
    for report in news.reports:
        if report.severity is Severity.SEVERE:
            evidence = news.evidence("severe at any time", news.protocol.window(report.symptom))
            yield Finding(Reason.SEVERE, Urgency.TODAY, evidence, report.symptom)


def persisting(news: News) -> Iterator[Finding]:
    """Reported above none, and the reply arrived after the window; its last instant still counts as expected."""
    since = news.at - news.episode.treated_until
    for report in news.reports:
        window = news.protocol.window(report.symptom)
        if report.symptom == OVERALL or not is_present(report) or since <= window:
            continue
        is_slight = report.severity is Severity.MILD and window > timedelta(0)
        rule = "above none after its window" if window else "never expected after this treatment"
        urgency = Urgency.REVIEW if is_slight else Urgency.TODAY
        yield Finding(Reason.PERSISTING, urgency, news.evidence(rule, window), report.symptom)


def is_present(report: Report) -> bool:
    """Whether the symptom is there; a change without a degree ("the redness is better") says that it is."""
    return report.severity.is_present if report.severity is not None else report.trend is not None


def worsening(news: News) -> Iterator[Finding]:
    """Said to get worse, or more of it than in the report before."""
    for report in news.reports:
        earlier = news.before(report.symptom)
        rose = _rose(earlier[-1], report) if earlier else False
        if report.trend is Trend.WORSE or (rose and not _came_back(earlier, report)):
            rule = "said to be worse" if report.trend is Trend.WORSE else f"{_degree(earlier[-1])} before, now more"
            evidence = news.evidence(rule, news.protocol.window(report.symptom))
            yield Finding(Reason.WORSENING, Urgency.TODAY, evidence, report.symptom)


def returned(news: News) -> Iterator[Finding]:
    """There, then gone, and there again."""
    for report in news.reports:
        if _came_back(news.before(report.symptom), report):
            evidence = news.evidence("back after it was gone", news.protocol.window(report.symptom))
            yield Finding(Reason.RETURNED, Urgency.TODAY, evidence, report.symptom)


def _rose(before: Report, now: Report) -> bool:
    was, is_now = before.severity, now.severity
    if was is None or is_now is None:
        return False
    if was is Severity.NONE:
        return is_now.is_present
    return was.digit is not None and is_now.digit is not None and is_now.digit > was.digit


def _came_back(earlier: tuple[Report, ...], now: Report) -> bool:
    was_there = any(is_present(one) for one in earlier)
    return was_there and earlier[-1].severity is Severity.NONE and is_present(now)


def _degree(report: Report) -> str:
    return report.severity.value if report.severity else "less"


def asked_for_contact(news: News) -> Iterator[Finding]:
    """Wants a person: the most urgent of the wishes counts."""
    wishes = [(WISHES[one.intent], one) for one in news.understanding.intents if _wants_person(one.intent)]
    if wishes:
        urgency, wish = min(wishes, key=lambda pair: pair[0].rank)
        yield Finding(Reason.ASKED_FOR_CONTACT, urgency, news.evidence(f"asks for a person: {wish.intent}"))


def _wants_person(intent: Intent) -> bool:
    return intent in WISHES


def wrong_person(news: News) -> Iterator[Finding]:
    """The text reached somebody else: the plan waits until staff have the right number."""
    if news.understanding.wants(Intent.WRONG_PERSON):
        yield Finding(Reason.NEEDS_DETAILS, Urgency.TODAY, news.evidence("says it is the wrong person"))


def picture(news: News) -> Iterator[Finding]:
    """A picture is for a person to look at; it never makes anything less urgent."""
    if news.understanding.wants(Intent.PHOTO):
        yield Finding(Reason.UNCLEAR, Urgency.TODAY, news.evidence("sent a picture"))


RULES: tuple[Callable[[News], Iterator[Finding]], ...] = (
    alarm_sign,
    severe,
    worsening,
    returned,
    persisting,
    asked_for_contact,
    wrong_person,
    picture,
)


def find(news: News) -> tuple[Finding, ...]:
    """Everything in a reply that staff must see; whatever only a person can read is unclear."""
    found = tuple(finding for rule in RULES for finding in rule(news))
    return found or tuple(unread(news))


def unread(news: News) -> Iterator[Finding]:
    """For a person, and no other rule says why: words nobody accounted for, or a doubt."""
    if news.understanding.handling is Handling.HUMAN:
        yield unclear(news)


def unclear(news: News) -> Finding:
    """Could not be read with certainty."""
    words = ", ".join(f'"{span.words}"' for span in news.understanding.unread)
    rule = f"not understood: {words}" if words else "not certain: " + in_words(news.understanding.why)
    return Finding(Reason.UNCLEAR, Urgency.TODAY, news.evidence(rule))


def without_words(reason: Reason, urgency: Urgency, rule: str, at: datetime, episode: Episode) -> Finding:
    """A finding that no reply brought: silence, a text that did not go, details that are missing."""
    hours = episode.hours_since_treatment(at)
    return Finding(reason, urgency, Evidence("", rule, at, hours))


def raise_flag(episode: Episode, finding: Finding, cause: str, at: datetime) -> e.FlagRaised | e.FlagRepeated:
    """A new flag, or one more time the one that is open about the same. `cause`: the id of what raised it."""
    known = episode.open_flag(finding.reason, finding.subject)
    if known is not None:
        return e.FlagRepeated(known.id, finding.urgency, finding.evidence, at)
    flag_id = derive(episode.id, "flag", finding.reason, finding.subject, cause)
    while episode.flag(flag_id) is not None:
        flag_id = derive(flag_id, "again")  # that one is closed: a flag of its own, not the old one
    return e.FlagRaised(Flag(flag_id, finding.reason, finding.urgency, finding.subject, at, at, finding.evidence))
