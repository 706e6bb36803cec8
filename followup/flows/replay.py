"""What would this rule have flagged? A changed protocol over the past episodes of the one it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.catalogue.agreement import check_codes
from followup.catalogue.problems import Problems
from followup.catalogue.protocols import read_protocol
from followup.domain.replay import Replayed
from followup.domain.replay import replay as judge
from followup.store import protocols

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from followup.domain.protocol import Protocol
    from followup.store import Store

PAGE = 500


def changed_protocol(file: Path, config: Path) -> Protocol:
    """The protocol of a file of any name, with the codes of this configuration. BadConfigurationError."""
    problems = Problems()
    read = read_protocol(file, problems)
    if read is not None:
        check_codes(read, config, problems)
    problems.raise_if_any()
    if read is None:
        raise AssertionError("a file that cannot be read has a problem")
    return read.protocol


async def replay(
    store: Store, protocol: Protocol, clinics: Sequence[str] | None = None, *, at_once: int = PAGE
) -> Replayed:
    """All past episodes of the protocol with this id, a page at a time. `clinics` None: of every clinic."""
    total = Replayed(0, 0, {}, {}, ())
    after = ""
    while True:
        async with store.reading() as tx:
            page = await protocols.past(tx, protocol.id, clinics, after, at_once)
        total = total.with_more(judge(page, protocol))
        if len(page) < at_once:
            return total
        after = page[-1].id
