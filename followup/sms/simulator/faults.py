"""What goes wrong, and when: a plan that tests write and the simulator follows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Fault:
    """How one create call goes; the default goes well.

    takes: the message exists afterwards. delay: real seconds before the answer. drops: the connection is cut instead
    of an answer. garbled: the answer is not JSON. code: Twilio's, for an answer that is an error.
    """

    status: int = 201
    code: int | None = None
    takes: bool = True
    delay: float = 0.0
    drops: bool = False
    garbled: bool = False
    retry_after: int | None = None
    location: str = ""


FINE = Fault()
BUSY = Fault(status=429, code=20429, takes=False, retry_after=2)
REFUSED_500 = Fault(status=500, code=20500, takes=False)
ACCEPTED_500 = Fault(status=500, code=20500)
ACCEPTED_DROPPED = Fault(drops=True)
REFUSED_DROPPED = Fault(drops=True, takes=False)
BAD_JSON = Fault(garbled=True)


def slow(seconds: float) -> Fault:
    """Accepted at once, answered late."""
    return Fault(delay=seconds)


def refused(code: int, status: int = 400) -> Fault:
    """A definite no with this code."""
    return Fault(status=status, code=code, takes=False)


@dataclass(frozen=True, slots=True)
class Receipts:
    """How the status callbacks of one message come; the default is `sent`, then `delivered`.

    early: before the create call is answered. times: how often each is posted.
    """

    final: str = "delivered"
    code: int | None = None
    times: int = 1
    is_reversed: bool = False
    are_lost: bool = False
    early: bool = False


DELIVERED = Receipts()
NONE = Receipts(are_lost=True)
REVERSED = Receipts(is_reversed=True)
EARLY = Receipts(early=True)


def undelivered(code: int) -> Receipts:
    """`sent`, then `undelivered` with this code."""
    return Receipts(final="undelivered", code=code)


class Faults:
    """The plan of one simulator. Queued items are used up first; `choose` may decide all others, else all goes well.

    list_lag: a new message shows in lists only this much later, by the simulator's clock.
    """

    def __init__(self) -> None:
        self.list_lag = timedelta(0)
        self.choose: Callable[[str, str], Fault | None] | None = None
        self.choose_receipts: Callable[[str, str], Receipts | None] | None = None
        self._sends: deque[Fault] = deque()
        self._receipts: deque[Receipts] = deque()

    def next_sends(self, *faults: Fault) -> None:
        """The next create calls go like this, one each."""
        self._sends.extend(faults)

    def next_receipts(self, *receipts: Receipts) -> None:
        """The next accepted messages are reported like this, one each."""
        self._receipts.extend(receipts)

    def for_send(self, phone: str, body: str) -> Fault:
        """How this create call goes."""
        if self._sends:
            return self._sends.popleft()
        return (self.choose(phone, body) if self.choose else None) or FINE

    def for_receipts(self, phone: str, body: str) -> Receipts:
        """How the callbacks of this accepted message come."""
        if self._receipts:
            return self._receipts.popleft()
        return (self.choose_receipts(phone, body) if self.choose_receipts else None) or DELIVERED
