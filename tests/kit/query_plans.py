"""What SQLite does for each statement of ours: by an index, or by reading a table from end to end."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.util import await_only

from followup.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

GROWS = frozenset(
    {
        *("booking_facts", "check_ins", "deliveries", "episodes", "flags", "inbox", "journal", "messages", "notices"),
        *("opt_out_ledger", "opt_outs", "patients", "pictures", "reports", "strays"),
    }
)
"""Tables with a row for each patient, or more."""
SHORT = frozenset(
    str(index.name)
    for table in metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
)
"""Indexes of the rows only that something is still to be done with: they stay short however many there were."""
_SCAN = re.compile(r"SCAN (?P<table>\w+)(?: USING (?:COVERING )?INDEX (?P<index>\w+))?")
_READS = ("SELECT", "UPDATE", "DELETE", "WITH")


@contextmanager
def end_to_end() -> Iterator[dict[str, list[str]]]:
    """Fills, while it is open, with the statements that read a table that grows from end to end, and how."""
    found: dict[str, list[str]] = {}
    seen: set[str] = set()

    def look(connection: Any, _cursor: Any, sql: str, values: Any, _context: Any, many: bool) -> None:  # noqa: FBT001
        if sql in seen or not sql.lstrip().startswith(_READS):
            return
        seen.add(sql)
        driver = connection.connection.driver_connection
        asked, given = f"EXPLAIN QUERY PLAN {sql}", values[0] if many else values
        plan = await_only(driver.do(lambda: driver.inner.execute(asked, given).fetchall()))
        if steps := [step for *_, step in plan if _is_long(step, sql)]:
            found[sql] = steps

    event.listen(Engine, "after_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(Engine, "after_cursor_execute", look)


def _is_long(step: str, sql: str) -> bool:
    scan = _SCAN.match(step)
    if scan is None or scan["index"] in SHORT:
        return False
    named = re.search(rf"\b(\w+) AS {scan['table']}\b", sql)
    return (named[1] if named else scan["table"]) in GROWS
