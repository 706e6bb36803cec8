"""Group commit: whatever arrives while one commit is on its way to the disk shares the next."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from followup.store.errors import StoreUnavailableError
from followup.store.received import Kept, NewItem, put

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from followup.store.transaction import Transaction

MOST_AT_ONCE = 128


class Keeper:
    """Keeps items for many callers at once; each hears only after its own is on the disk."""

    def __init__(self, transaction: Callable[[], AbstractAsyncContextManager[Transaction]]) -> None:
        self._transaction = transaction
        self._waiting: deque[tuple[NewItem, asyncio.Future[Kept]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def keep(self, new: NewItem) -> Kept:
        """Kept for good, or StoreUnavailableError. A caller that stops waiting hinders nobody."""
        told: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
        self._waiting.append((new, told))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write(), name="followup-keep")
        return await told

    async def close(self) -> None:
        """Waits until nothing waits."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _write(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
            await self._write_batch(batch)

    async def _write_batch(self, batch: list[tuple[NewItem, asyncio.Future[Kept]]]) -> None:
        try:
            async with self._transaction() as tx:
                kept = await put(tx, [new for new, _ in batch])
        except StoreUnavailableError as error:
            _refuse(batch, error)
        except Exception as error:  # noqa: BLE001 - ours or an item's; whoever waits is told, and the others go on
            if len(batch) == 1:
                _refuse(batch, error)
                return
            # One of them is at fault; it must not cost the others their place.
            for each in batch:
                await self._write_batch([each])
        except BaseException:
            _refuse(batch, StoreUnavailableError("stopping"))
            raise
        else:
            for (_, told), verdict in zip(batch, kept, strict=True):
                if not told.done():
                    told.set_result(verdict)


def _refuse(batch: list[tuple[NewItem, asyncio.Future[Kept]]], error: Exception) -> None:
    for _, told in batch:
        if not told.done():
            told.set_exception(StoreUnavailableError(str(error)) if isinstance(error, StoreUnavailableError) else error)
