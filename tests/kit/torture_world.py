"""A carrier without a network and patients without patience: everything that happens follows from one seed."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from followup.domain.inputs import Reply
from followup.sms import Accepted, FoundText, Refused, TryLater, Unknown
from followup.sms.simulator.patients import ASKS, ASKS_LATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from followup.sms import Media, OutgoingText, SendOutcome
    from kit.hand_clock import HandClock

OUR_NUMBER = "+447400123456"
LAG = timedelta(seconds=60)
BUSY, REFUSED, ACCEPTED_UNSAID, UNDELIVERED = 0.08, 0.05, 0.10, 0.02
SILENT, FRIGHTENED, STOPS, LOST_ON_THE_WAY = 0.2, 0.04, 0.04, 0.05
ALARM = "I can't breathe"
STOP, START = WISHES = ("STOP", "START")
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Taken:
    """One text of ours that the carrier has."""

    sid: str
    at: datetime
    phone: str
    body: str
    message: str


@dataclass(frozen=True)
class Post:
    """One call of the carrier to us: the door, its key there, and its body."""

    door: str
    key: str
    body: bytes


@dataclass(frozen=True)
class Typed:
    """One text of a patient's, as the carrier has it."""

    sid: str
    at: datetime
    phone: str
    text: str


@dataclass
class World:
    """The carrier's side of the gateway, and everybody's phones. `posts`: what is still on its way to us."""

    clock: HandClock
    random: Random
    taken: list[Taken] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    known_stopped: set[str] = field(default_factory=set)
    texted_after_stop: list[str] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)
    _to: defaultdict[str, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    _later: list[tuple[datetime, int, Typed | Post]] = field(default_factory=list)
    _serials: count[int] = field(default_factory=lambda: count(1))

    async def send(self, text: OutgoingText) -> SendOutcome:
        """The gateway's: one call, which goes as it will."""
        if self._is_blocked(text.phone):
            return Refused(21610, "HTTP 400")
        drawn = self.random.random()
        if drawn < BUSY:
            self.did["busy"] += 1
            return TryLater(20429)
        if drawn < BUSY + REFUSED:
            self.did["refused, unsaid"] += 1
            return Unknown("HTTP 500")
        sid = self._take(text)
        if drawn < BUSY + REFUSED + ACCEPTED_UNSAID:
            self.did["accepted, unsaid"] += 1
            return Unknown("cut")
        return Accepted(sid)

    def _is_blocked(self, phone: str) -> bool:
        """Whether its last word was STOP; noted, where the service knew of it."""
        is_blocked = phone in self.stopped
        if is_blocked and phone in self.known_stopped:
            self.texted_after_stop.append(phone)
        return is_blocked

    async def find(self, phone: str, since: datetime) -> Sequence[FoundText]:
        """The gateway's: our texts to this phone, but for the newest."""
        shown = [one for one in self._to[phone] if since <= one.at <= self.clock() - LAG]
        return [FoundText(one.sid, one.phone, one.body, one.at, "sent", None) for one in shown]

    async def missed(self, sent_to: str, since: datetime) -> Sequence[Reply]:
        """The gateway's: what patients wrote."""
        # Typed in the order of time.
        shown = self.typed[bisect_left(self.typed, since, key=lambda one: one.at) :]
        return [Reply(one.sid, one.phone, sent_to, one.text, 0, one.at) for one in shown]

    @property
    def media(self) -> Media:
        """The gateway's: nobody here sends pictures."""
        raise NotImplementedError

    async def reply_hooks(self, sender: str) -> Sequence[str]:
        """The gateway's: whatever was typed in there."""
        return [sender]

    async def close(self) -> None:
        """The gateway's: nothing is open."""

    def next_at(self) -> datetime | None:
        """When the next thing out there happens."""
        return self._later[0][0] if self._later else None

    def happened(self) -> list[Post]:
        """What has reached our door by now; patients who have made up their minds type."""
        posts = []
        while self._later and self._later[0][0] <= self.clock():
            _, _, what = heapq.heappop(self._later)
            if isinstance(what, Post):
                posts.append(what)
            elif (post := self._type(what)) is not None:
                posts.append(post)
        return posts

    def _take(self, text: OutgoingText) -> str:
        sid = f"SM{next(self._serials):032x}"
        part = text.receipt_url.rpartition("/")[2]
        taken = Taken(sid, self.clock(), text.phone, text.body, part.partition(".")[0])
        self.taken.append(taken)
        self._to[text.phone].append(taken)
        self._report(sid, part, text.phone)
        if ASKS.search(text.body):
            self._make_up_mind(text.phone, is_late=bool(ASKS_LATE.search(text.body)))
        return sid

    def _report(self, sid: str, part: str, phone: str) -> None:
        """Receipts come late, in any order, twice or not at all."""
        last = ("undelivered", "30003") if self.random.random() < UNDELIVERED else ("delivered", "")
        for word, code in (("sent", ""), last):
            times = self.random.choice((0, 1, 1, 1, 2))
            form = urlencode({"MessageSid": sid, "MessageStatus": word, "ErrorCode": code, "To": phone})
            for _ in range(times):
                post = Post(f"sms:simulator:receipt:{part}", f"{sid}:{word}:{code}", form.encode())
                self._plan(timedelta(seconds=self.random.randint(1, 600)), post)

    def _make_up_mind(self, phone: str, *, is_late: bool) -> None:
        drawn = self.random.random()
        if drawn < SILENT:
            return
        digits = "0001123"
        text = f"{self.random.choice(digits)} {self.random.choice(digits)}"
        if is_late:
            text = self.random.choice("0001")
        if drawn < SILENT + FRIGHTENED:
            text = f"{text} and {ALARM}"
        elif drawn < SILENT + FRIGHTENED + STOPS:
            text = STOP
        typed = Typed(f"SM{next(self._serials):032x}", self.clock(), phone, text)
        self._plan(timedelta(minutes=self.random.randint(1, 600)), typed)

    def _plan(self, after: timedelta, what: Typed | Post) -> None:
        heapq.heappush(self._later, (self.clock() + after, next(self._serials), what))

    def _type(self, meant: Typed) -> Post | None:
        if meant.phone in self.stopped and meant.text not in WISHES:
            return None
        typed = Typed(meant.sid, self.clock(), meant.phone, meant.text)
        self.typed.append(typed)
        if typed.text in WISHES:
            (self.stopped.add if typed.text == STOP else self.stopped.discard)(typed.phone)
        if self.random.random() < LOST_ON_THE_WAY:
            self.did["reply lost on the way"] += 1
            return None
        form = {"MessageSid": typed.sid, "From": typed.phone, "To": OUR_NUMBER, "Body": typed.text, "NumMedia": "0"}
        return Post("sms:simulator:reply", typed.sid, urlencode(form).encode())
