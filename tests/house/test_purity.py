"""The domain is handed what it needs: it reads no clock, waits for nothing, draws nothing and says nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from kit.sources import Module, modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

READS_A_CLOCK = {"now", "today", "utcnow", "time_ns", "monotonic", "perf_counter"}
TOUCHES_THE_WORLD = {"open", "print", "input", "exec", "eval", "__import__", "getenv"}
DRAWN = {"uuid1", "uuid4", "urandom"}  # uuid5 is derived from what it names
IMPURE_MODULES = {
    *{"asyncio", "concurrent", "io", "logging", "multiprocessing", "os", "pathlib", "pickle", "random", "secrets"},
    *{"shutil", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib"},
}
WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.AsyncFunctionDef)
# Where the machine's clocks are named; everybody else is handed one.
NAMES_CLOCKS = ("followup.app", "followup.demo")
MACHINE_CLOCKS = {"datetime.now", "datetime.today", "date.today", "time.time", "time.time_ns"}


def impurities(module: Module) -> list[str]:
    """What in this module is not a function of what it was given."""
    return [f"{module.path}:{line}: {what}" for line, what in sorted(_found(module.tree))]


def clock_reads(module: Module) -> list[str]:
    """Where the module reads the machine's calendar clock, or hands it on, by itself."""
    return [
        f"{module.path}:{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and _last_two(node) in MACHINE_CLOCKS
    ]


def _found(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, WAITS):
            yield node.lineno, "waits"
        elif isinstance(node, ast.Call) and (name := _called(node)) in READS_A_CLOCK | TOUCHES_THE_WORLD:
            yield node.lineno, f"{name}("
        elif isinstance(node, (ast.Name, ast.Attribute)) and _last(node) in DRAWN:
            yield node.lineno, f"{_last(node)} is drawn"
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            yield node.lineno, "changes what outlives it"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((node.lineno, f"import {name}") for name in _imported(node) if name in IMPURE_MODULES | DRAWN)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterable[str]:
    names = [alias.name for alias in node.names]
    if isinstance(node, ast.Import):
        return [name.partition(".")[0] for name in names]
    return [] if node.level else [(node.module or "").partition(".")[0], *(name for name in names if name in DRAWN)]


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _last(node: ast.Name | ast.Attribute) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def _last_two(node: ast.Attribute) -> str:
    value = node.value
    owner = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    return f"{owner}.{node.attr}"


def _domain(text: str) -> Module:
    return Module("followup.domain.planted", "followup/domain/planted.py", text)


@pytest.mark.parametrize("module", [m for m in modules() if m.name.startswith("followup.domain")], ids=lambda m: m.name)
def test_the_domain_is_pure(module: Module) -> None:
    assert impurities(module) == []


def test_the_machine_clock_is_named_in_one_place() -> None:
    elsewhere = [module for module in modules() if not module.name.startswith(NAMES_CLOCKS)]
    assert [read for module in elsewhere for read in clock_reads(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "started = datetime.now(UTC)",
        "day = date.today()",
        "async def f() -> None: ...",
        "async def f() -> None:\n    await g()",
        "words = open('words')",
        "print('hello')",
        "import random",
        "from random import choice",
        "def f() -> None:\n    import logging",
        "key = uuid4()",
        "key = uuid.uuid4()",
        "make_key = uuid.uuid4",
        "from uuid import uuid4",
        "def f() -> None:\n    global seen",
    ],
)
def test_an_impure_line_is_found(text: str) -> None:
    assert impurities(_domain(text)) != []


def test_a_pure_module_passes() -> None:
    text = "import re\nfrom uuid import uuid5\ndef due(now: object) -> object:\n    return uuid5(HOUSE, later(now))"
    assert impurities(_domain(text)) == []


def test_a_machine_clock_is_found_even_when_it_is_only_handed_on() -> None:
    text = "clock = dt.datetime.now\nread = lambda: datetime.now(UTC)"
    assert len(clock_reads(_domain(text))) == 2
