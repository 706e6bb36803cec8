"""What would this rule have flagged? A changed protocol over the past episodes of the one it changes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from followup.catalogue.agreement import check_codes, check_known
from followup.catalogue.problems import Problems
from followup.catalogue.protocols import read_protocol, read_written
from followup.domain.replay import Replayed
from followup.domain.replay import replay as judge
from followup.store import protocols

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from followup.catalogue.catalogue import Catalogue
    from followup.catalogue.protocols import ReadProtocol
    from followup.domain.protocol import Protocol
    from followup.store import Store

PAGE = 40
"""Episodes at once: a page is loaded and judged in some ten milliseconds, then others have their turn."""
WRITTEN = Path("protocol.toml")
"""What a protocol that stands in no file is called where its mistakes are told."""


def changed_protocol(file: Path, config: Path) -> Protocol:
    """The protocol of a file of any name, with the codes of this configuration. BadConfigurationError."""
    problems = Problems()
    read = read_protocol(file, problems)
    if read is not None:
        check_codes(read, config, problems)
    return _without_mistakes(read, problems)


def written_protocol(written: bytes, catalogue: Catalogue) -> Protocol:
    """The same of what stands in no file, with the codes of what this process runs with. BadConfigurationError."""
    problems = Problems()
    read = read_written(written, WRITTEN, problems)
    if read is not None:
        spoken = catalogue.vocabularies.values()
        symptoms = {symptom.code for vocabulary in spoken for symptom in vocabulary.symptoms}
        check_known(read, symptoms, {sign.code for vocabulary in spoken for sign in vocabulary.signs}, problems)
    return _without_mistakes(read, problems)


def _without_mistakes(read: ReadProtocol | None, problems: Problems) -> Protocol:
    problems.raise_if_any()
    if read is None:
        raise AssertionError("a file that cannot be read has a problem")
    return read.protocol


async def replay(
    store: Store,
    protocol: Protocol,
    clinics: Sequence[str] | None = None,
    *,
    at_once: int = PAGE,
    is_over: Callable[[], bool] = lambda: False,
) -> Replayed:
    """All past episodes of the protocol with this id, a page at a time. `clinics` None: of every clinic.

    is_over: whether there is no more time; what was found until then is kept.
    """
    total = Replayed(0, 0, {}, {}, ())
    after = ""
    while True:
        async with store.reading() as tx:
            page = await protocols.past(tx, protocol.id, clinics, after, at_once)
        await asyncio.sleep(0)
        total = total.with_more(judge(page, protocol))
        if len(page) < at_once:
            return total
        if is_over():
            return replace(total, is_cut=True)
        after = page[-1].id
