"""Looks at every episode that is due: asks, reminds, notes silence, finishes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from followup.domain.decision import Decision
from followup.domain.flag import Reason
from followup.domain.schedule import on_wake
from followup.domain.triage import raise_flag, without_words
from followup.domain.understanding.values import Urgency
from followup.flows.after_restore import must_wait
from followup.flows.circumstances import NotConfiguredError, circumstances_of_many
from followup.flows.mistakes import where
from followup.store import episodes

if TYPE_CHECKING:
    from datetime import datetime

    from followup.domain.circumstances import Circumstances
    from followup.domain.episode import Episode
    from followup.flows.services import Services

TOGETHER = 50
PAUSE = timedelta(minutes=10)
"""Before an episode that we failed to decide is tried again, so that it never stands in the way of the others."""

_log = structlog.get_logger(__name__)


async def wake_episodes(services: Services) -> int:
    """Wakes what is due, a few in each transaction; how many there were. Raises StoreUnavailableError."""
    woken = 0
    if await must_wait(services):
        return woken
    while True:
        together = await _wake_some(services)
        woken += together
        if together < TOGETHER:
            return woken
        services.nudge()  # what these are asked can be sent while the next are looked at


async def _wake_some(services: Services) -> int:
    """One decision is about one episode; that several share a commit is only cheaper."""
    now = services.clock()
    async with services.store.transaction() as tx:
        due = await episodes.take_due_many(tx, now, TOGETHER)
        circumstances = await circumstances_of_many(services, tx, due, now)
        phones: set[tuple[str, str]] = set()
        for episode in due:
            found = circumstances[episode.id]
            if _is_second(found, phones):
                continue  # it has to see the text that the first one of this phone may just have queued
            await episodes.apply(tx, episode, _decide(episode, found, now), at=now)
    return len(due)


def _is_second(found: Circumstances | NotConfiguredError, phones: set[tuple[str, str]]) -> bool:
    """Whether this phone's turn in this transaction was another episode's."""
    if isinstance(found, NotConfiguredError) or not found.patient.phone:
        return False
    phone = (found.clinic.id, found.patient.phone)
    is_second = phone in phones
    phones.add(phone)
    return is_second


def _decide(episode: Episode, found: Circumstances | NotConfiguredError, now: datetime) -> Decision:
    try:
        if isinstance(found, NotConfiguredError):
            raise found  # noqa: TRY301 - told below, with every other reason
        decision = on_wake(episode, found, now)
    except Exception as error:  # noqa: BLE001 - our mistake must not stop the others; its text may quote a patient
        _log.error("wake_failed", episode=episode.id, error=type(error).__qualname__, at=where(error))
        return _put_off(episode, now)
    if not decision.events and decision.wake_at is not None and decision.wake_at <= now:
        _log.error("wake_stuck", episode=episode.id)
        return Decision((), now + PAUSE)
    return decision


def _put_off(episode: Episode, now: datetime) -> Decision:
    """Tried again later; staff know meanwhile that nothing goes on here by itself."""
    if episode.open_flag(Reason.NOT_SENT, "") is not None:
        return Decision((), now + PAUSE)
    finding = without_words(Reason.NOT_SENT, Urgency.TODAY, "the plan stands still: our mistake", now, episode)
    return Decision((raise_flag(episode, finding, now.isoformat(), now),), now + PAUSE)
