"""How log lines look, and what may stand in them: event names, ids, counts and places; never a patient."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, cast

# Where structlog finds rich, it loads it for tracebacks that are never printed here: four megabytes of every process.
# None is the import system's own way to say "not there".
_modules = cast("dict[str, Any]", sys.modules)
_rich = {name: _modules[name] for name in ("rich",) if name in _modules}
_modules["rich"] = None
import structlog  # noqa: E402 - see above

del _modules["rich"]
_modules.update(_rich)

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import TextIO

    Line = MutableMapping[str, Any]

ALLOWED = frozenset(
    {
        *("event", "level", "timestamp", "logger"),
        *("adapter", "asked", "at", "attempt", "clinic", "code", "door", "episode", "error", "gateway", "host", "item"),
        *(
            "job",
            "message",
            "method",
            "outcome",
            "phone",
            "port",
            "problems",
            "replies",
            "resolved",
            "route",
            "seconds",
        ),
        *("status", "tries", "url", "version"),
    }
)
"""Every key a line may have; anything else is left out, and its name noted."""
QUIET = {
    "twilio": logging.WARNING,  # logs URLs, and these name phones
    "alembic": logging.WARNING,
    "apscheduler": logging.ERROR,  # warns each second of a beat that is still at work
    "aiohttp.access": logging.CRITICAL,
}
"""Libraries that say more than we want."""
LONGEST = 200


def set_up_logs(log_format: str | None, *, level: int = logging.INFO, out: TextIO | None = None) -> None:
    """Text on a terminal, else JSON, unless asked for by name; on stderr."""
    out = out or sys.stderr
    is_text = log_format == "text" or (log_format is None and out.isatty())
    shared = (
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        only_allowed,
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    rendered = structlog.dev.ConsoleRenderer(colors=out.isatty()) if is_text else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, rendered],
            foreign_pre_chain=[*shared[:-1], of_a_library, only_allowed],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, lowest in QUIET.items():
        logging.getLogger(name).setLevel(max(lowest, level))


def only_allowed(_logger: object, _method: str, line: Line) -> Line:
    """Drops what nobody allowed, so that a careless word in the code is not a patient's words in a log."""
    extra = sorted(name for name in line if name not in ALLOWED and not name.startswith("_"))
    for name in extra:
        del line[name]
    return line


def of_a_library(_logger: object, _method: str, line: Line) -> Line:
    """A library's line: its first words and the kind of its error, since the rest may quote what was being read."""
    said = str(line.get("event", "")).partition("\n")[0]
    line["event"] = said[:LONGEST]
    record: logging.LogRecord | None = line.get("_record")
    if record is not None and record.exc_info and record.exc_info[0]:
        line["error"] = record.exc_info[0].__qualname__
        record.exc_info, record.exc_text = None, None
    return line
