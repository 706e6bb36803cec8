"""Where a text of ours can go from where it is: claimed, attempted, accepted or not known, delivered or not.

The carrier has no idempotency keys, so an attempt is committed before a byte leaves, and a text whose fate is unknown
is looked for before it is sent again (reliability A2).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.domain import events as e
from followup.domain.claim import LEASE, must_wait, on_claim, valid_for
from followup.domain.decision import Decision
from followup.domain.episode import CheckInState, EpisodeState
from followup.domain.flag import Reason
from followup.domain.handover import Attempted, CarrierError, ErrorKind, Handover
from followup.domain.inputs import ReceiptState
from followup.domain.message import Kind, Message, MessageState
from followup.domain.patient import OPTED_OUT, hindrance
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency
from followup.domain.wishes import CARRIER, PatientOptedOut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import Episode
    from followup.domain.inputs import Receipt

__all__ = [
    "LEASE",
    "Attempted",
    "CarrierError",
    "ErrorKind",
    "Handover",
    "must_wait",
    "on_attempt",
    "on_claim",
    "on_lease_over",
    "on_look",
    "on_receipt",
    "on_withdrawn",
    "valid_for",
]

SETTLE = timedelta(minutes=3)
"""How long we wait before the first look: the carrier's list and its receipts may lag."""
BETWEEN_LOOKS = timedelta(seconds=60)
EMPTY_LOOKS = 2
MOST_ROUNDS = 3
FIRST_BACK_OFF, LONGEST_BACK_OFF = timedelta(seconds=5), timedelta(minutes=10)
OURS_BACK_OFF = timedelta(minutes=5)
UNDELIVERED_BACK_OFF = timedelta(hours=2)
"""Care time: until a phone that was off may be on again."""


RANKS: Mapping[MessageState, int] = {
    MessageState.ACCEPTED: 1,
    MessageState.SENT: 2,
    MessageState.DELIVERED: 3,
    MessageState.FAILED: 3,
}
"""What a receipt may raise a text to; it never goes back, and of two final words the first stands."""
STATES: Mapping[ReceiptState, MessageState] = {
    ReceiptState.ACCEPTED: MessageState.ACCEPTED,
    ReceiptState.SENT: MessageState.SENT,
    ReceiptState.DELIVERED: MessageState.DELIVERED,
    ReceiptState.FAILED: MessageState.FAILED,
}


def on_withdrawn(message: Message, episode: Episode, circumstances: Circumstances, now: datetime) -> Decision:
    """A text that was not sent on purpose; a check-in's question that did not go is shown to staff."""
    found: list[e.Event] = [e.MessageSettled(message, MessageState.QUEUED)]
    found.extend(_question_lost(message, episode, circumstances, now))
    return _decided(found, episode, now)


def on_attempt(
    message: Message,
    attempted: Attempted,
    episode: Episode,
    now: datetime,
    wall: datetime,
) -> Decision:
    """What an attempt's end makes of the text, and of its episode where staff must know.

    No news where a receipt was faster: it has proved already that the carrier has, or had, the text.
    """
    is_late_proof = message.state is MessageState.UNKNOWN and attempted.handover is Handover.ACCEPTED
    if message.state is not MessageState.ATTEMPTING and not is_late_proof:
        return Decision((), episode.wake_at)
    if attempted.handover is Handover.ACCEPTED:
        after = replace(message, state=MessageState.ACCEPTED, carrier_id=attempted.carrier_id, settled_at=now)
        return _settled(message, replace(after, hands_off_until=None, error_code=None), episode)
    if attempted.handover is Handover.UNKNOWN:
        return _settled(message, _unknown(message, wall, attempted.detail), episode)
    error = attempted.error
    if attempted.handover is Handover.TRY_LATER or (error and error.kind is ErrorKind.TEMPORARY):
        pause = attempted.after or _back_off(message.attempt)
        return _settled(message, _again(message, attempted.code, wall + pause, ""), episode)
    if error and error.kind is ErrorKind.OURS:
        # Kept, and tried again: an administrator can mend it. The desk shows that texts are held back.
        return _settled(message, _again(message, attempted.code, wall + OURS_BACK_OFF, error.staff_text), episode)
    return _failed(message, attempted.code, error, episode, now)


def _again(message: Message, code: int | None, until: datetime, why: str) -> Message:
    return replace(message, state=MessageState.QUEUED, error_code=code, hands_off_until=until, why=why)


def _back_off(attempt: int) -> timedelta:
    doubled: timedelta = FIRST_BACK_OFF * 2 ** min(max(attempt - 1, 0), 10)
    return min(doubled, LONGEST_BACK_OFF)


def _unknown(message: Message, wall: datetime, why: str) -> Message:
    until = wall + SETTLE
    return replace(message, state=MessageState.UNKNOWN, hands_off_until=until, empty_looks=0, error_code=None, why=why)


def on_lease_over(message: Message, wall: datetime) -> Message:
    """An attempt nobody came back from: the text may or may not have gone."""
    if message.state is not MessageState.ATTEMPTING:
        return message
    return _unknown(message, wall, "no word from the attempt")


def on_receipt(
    message: Message,
    receipt: Receipt,
    error: CarrierError | None,
    episode: Episode,
    now: datetime,
    wall: datetime,
) -> Decision:
    """The carrier's word. States only rise; any word at all about our attempt proves that it was accepted."""
    word = STATES[receipt.state] if receipt.state else MessageState.ACCEPTED
    if _is_old_news(message, receipt, word):
        return Decision((), episode.wake_at)
    heard = replace(
        message, carrier_id=message.carrier_id or receipt.carrier_id, hands_off_until=None, settled_at=now, why=""
    )
    if word is not MessageState.FAILED:
        return _settled(message, replace(heard, state=word, error_code=None), episode)
    if error and error.kind is ErrorKind.TEMPORARY and _may_repeat(message, now):
        # It did not arrive, the carrier says so: once more, hours later.
        once_more = _again(heard, receipt.error_code, wall, error.staff_text)
        once_more = replace(once_more, not_before=now + UNDELIVERED_BACK_OFF, settled_at=None, carrier_id=None)
        return _settled(message, replace(once_more, rounds=message.rounds + 1), episode)
    return _failed(heard, receipt.error_code, error, episode, now, was=message.state)


def _is_old_news(message: Message, receipt: Receipt, word: MessageState) -> bool:
    was_never_known = message.state is MessageState.FAILED and message.carrier_id is None
    if not was_never_known and RANKS[word] <= RANKS.get(message.state, 0):
        return True
    is_older = receipt.attempt < message.attempt
    if word is MessageState.FAILED and (message.state is MessageState.QUEUED or is_older):
        return True
    # The attempt it speaks of was refused or undelivered, or the next one is known: only an arrival is news of it.
    is_over = message.error_code is not None and (message.state is MessageState.QUEUED or is_older)
    is_followed = is_older and message.carrier_id is not None
    return (is_over or is_followed) and word is not MessageState.DELIVERED


def _may_repeat(message: Message, now: datetime) -> bool:
    return message.rounds == 0 and now + UNDELIVERED_BACK_OFF < message.useful_until


def on_look(
    message: Message,
    found_carrier_id: str | None,
    episode: Episode,
    now: datetime,
    wall: datetime,
) -> Decision:
    """What a look into the carrier's list says of a text of unknown fate.

    Found: accepted. Not found twice, a minute apart: it may be sent again; after three rounds a person decides.
    """
    if message.state is not MessageState.UNKNOWN:
        return Decision((), episode.wake_at)
    if found_carrier_id:
        found = replace(message, state=MessageState.ACCEPTED, carrier_id=found_carrier_id, settled_at=now, why="")
        return _settled(message, replace(found, hands_off_until=None), episode)
    looked = replace(message, empty_looks=message.empty_looks + 1, hands_off_until=wall + BETWEEN_LOOKS)
    if looked.empty_looks < EMPTY_LOOKS:
        return _settled(message, looked, episode)
    if message.rounds + 1 < MOST_ROUNDS and now < message.useful_until:
        again = replace(looked, state=MessageState.QUEUED, rounds=message.rounds + 1, hands_off_until=None)
        return _settled(message, again, episode)
    lost = replace(looked, state=MessageState.FAILED, why="the carrier never said whether it has it", settled_at=now)
    lost = replace(lost, hands_off_until=None)
    finding = without_words(Reason.NOT_SENT, Urgency.TODAY, f"{message.kind}: {lost.why}", now, episode)
    flag = raise_flag(episode, finding, message.id, now)
    settled = e.MessageSettled(lost, message.state)
    return _decided([settled, flag, *_no_longer_asked(message, episode, lost.why, now)], episode, now)


def _decided(found: Sequence[e.Event], episode: Episode, now: datetime) -> Decision:
    """A check-in that is settled now lets the plan go on at once."""
    is_settled = any(isinstance(event, e.CheckInDropped) for event in found)
    return Decision(tuple(found), now if is_settled else episode.wake_at)


def _settled(before: Message, after: Message, episode: Episode) -> Decision:
    return Decision((e.MessageSettled(after, before.state),), episode.wake_at)


def _failed(
    message: Message,
    code: int | None,
    error: CarrierError | None,
    episode: Episode,
    now: datetime,
    *,
    was: MessageState | None = None,
) -> Decision:
    """It will not arrive. That patient is in more need of a person, not less."""
    why = error.staff_text if error else "the carrier gives no reason"
    failed = replace(message, state=MessageState.FAILED, error_code=code, why=why, settled_at=now, hands_off_until=None)
    found: list[e.Event] = [e.MessageSettled(failed, was or message.state)]
    if error and error.kind is ErrorKind.OPTED_OUT:
        found.append(PatientOptedOut(message.phone, now, "the carrier says so", CARRIER))
        finding = without_words(Reason.OPTED_OUT, Urgency.TODAY, why, now, episode)
    elif error and error.kind is ErrorKind.OURS:
        finding = without_words(Reason.NOT_SENT, Urgency.TODAY, why, now, episode)
    else:
        finding = without_words(Reason.UNREACHABLE, Urgency.TODAY, why, now, episode)
    found.append(raise_flag(episode, finding, message.id, now))
    found.extend(_no_longer_asked(message, episode, why, now))
    return _decided(found, episode, now)


def _no_longer_asked(message: Message, episode: Episode, why: str, now: datetime) -> list[e.Event]:
    """A question that did not arrive was never asked: unreachable is not silent."""
    check_in = episode.check_in(message.step)
    if not message.kind.opens_question or check_in is None or check_in.state not in _HELD_FOR_ASKED:
        return []
    return [e.CheckInDropped(check_in.step, now, why)]


_HELD_FOR_ASKED = frozenset({CheckInState.ASKED, CheckInState.MISSED})
"""A carrier may be out of reach for so long that nobody answers what never left."""


def _is_followed(episode: Episode, step: str) -> bool:
    """Whether staff count on this question: its plan runs, or ended with a silence that is none."""
    check_in = episode.check_in(step)
    is_missed = check_in is not None and check_in.state is CheckInState.MISSED
    return episode.state is EpisodeState.ACTIVE or (episode.state is EpisodeState.FINISHED and is_missed)


def _question_lost(message: Message, episode: Episode, circumstances: Circumstances, now: datetime) -> list[e.Event]:
    """A question that was withdrawn: shown, once for an opt-out, and not where the whole plan stands still."""
    if message.kind is Kind.STAFF:
        finding = without_words(Reason.NOT_SENT, Urgency.TODAY, f"written by staff: {message.why}", now, episode)
        return [raise_flag(episode, finding, message.id, now)]
    dropped = _no_longer_asked(message, episode, message.why, now)
    if not dropped or not _is_followed(episode, message.step):
        return dropped
    opted_out = hindrance(circumstances.patient, circumstances.clinic) == OPTED_OUT
    if opted_out and any(flag.reason is Reason.OPTED_OUT for flag in episode.flags):
        return dropped
    reason = Reason.OPTED_OUT if opted_out else Reason.NOT_SENT
    finding = without_words(reason, Urgency.TODAY, f"{message.step} was not asked: {message.why}", now, episode)
    return [*dropped, raise_flag(episode, finding, message.id, now)]
