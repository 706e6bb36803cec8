"""Nothing is committed that belongs to one machine, that should be secret, or that a later reader would trip over."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from kit.sources import Module, modules, read_committed

if TYPE_CHECKING:
    from collections.abc import Iterator

# Written in pieces, so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.~}])/(?:ro" + r"ot|ho" + r"me/[a-z]\w*|wo" + r"rk|Us" + r"ers/\w+|opt/py" + r"pi)/[\w.]")
REGISTRY = re.compile(
    r"index-" + r"url\b(?!$)(?=[ =]+\S*:)|https?://[^\s/]*(?:py" + r"pi|python" + r"hosted|npm" + r"js)[^\s/]*"
)
SECRET = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIV"
    r"ATE KEY|\bAKI"
    r"A[0-9A-Z]{16}\b|\bgh[pousr]_"
    r"[A-Za-z0-9]{30,}|\bsk_li"
    r"ve_\w{16,}|\bxox[abp]-"
    r"\d{6,}"
)
# Twilio's and Standard Webhooks' keys: in tests, samples and examples they are invented.
KEY = re.compile(r"\bwhs" + r"ec_[A-Za-z0-9+/]{24,}|\b(?:AC|SK)" + r"[0-9a-f]{32}\b")
INVENTED = re.compile(r"^(?:tests|benchmarks|docs)/|/samples/|^README\.md$|/NOTES\.md$|\.example\.env$")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b(?!: \w+ \w+ \w+)")
CODE = re.compile(r"\.(?:py|sh|js|css|html|toml|txt)$|^(?:Makefile|scripts/|\.ci/)")


def unclean(path: str, text: str) -> list[str]:
    """Each line of a committed file that should not be there, and why."""
    return [
        f"{path}:{number}: {why}" for number, line in enumerate(text.splitlines(), 1) for why in _reasons(path, line)
    ]


def _reasons(path: str, line: str) -> Iterator[str]:
    if MACHINE.search(line):
        yield "a path of one machine"
    if REGISTRY.search(line):
        yield "a package registry's address"
    if SECRET.search(line) or (KEY.search(line) and not INVENTED.search(path)):
        yield "looks like a secret"
    if CODE.search(path) and UNFINISHED.search(line):
        yield "unfinished, without saying what is missing"


def traps(module: Module) -> list[str]:
    """Calls and imports that run, and hurt later."""
    return [f"{module.path}:{line}: {why}" for line, why in sorted(_traps(module))]


def _traps(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield from ((node.lineno, why) for why in _call_traps(node))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            if {"pickle", "marshal", "shelve"} & {name.partition(".")[0] for name in names}:
                yield node.lineno, "pickle runs what it reads"


def _call_traps(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    keywords = {keyword.arg for keyword in call.keywords}
    if name in {"utcnow", "utcfromtimestamp"}:
        yield f"{name}() makes a naive datetime"
    if name == "now" and not call.args and "tz" not in keywords and ast.unparse(call.func).endswith("datetime.now"):
        yield "datetime.now() without a zone is naive"
    if keywords & {"max_retries", "pool_connections"}:
        # The SMS POST must not be repeated by a library, and the SDK's own HTTP client is not the one in use.
        yield "a library's own retries or pool"


def _planted(text: str) -> Module:
    return Module("followup.sms.planted", "followup/sms/planted.py", text)


def test_committed_files_are_clean() -> None:
    assert [line for path, text in read_committed() for line in unclean(path, text)] == []


def test_no_call_is_a_trap() -> None:
    assert [line for module in modules() for line in traps(module)] == []


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("cd /ro" + "ot/followup", "a path of one machine"),
        ("see /wo" + "rk/main", "a path of one machine"),
        ("--index-" + "url https://packages.example/simple", "a package registry's address"),
        ("https://files.python" + "hosted.org/x", "a package registry's address"),
        ("-----BEGIN RSA PRIV" + "ATE KEY-----", "looks like a secret"),
        ("TOKEN = 'AC" + "0123456789abcdef" * 2 + "'", "looks like a secret"),
        ("# TO" + "DO", "unfinished, without saying what is missing"),
        ("# FIX" + "ME later", "unfinished, without saying what is missing"),
    ],
)
def test_an_unclean_line_is_found(line: str, why: str) -> None:
    assert unclean("followup/planted.py", line) == [f"followup/planted.py:1: {why}"]


def test_clean_lines_pass() -> None:
    lines = (
        "GET /worklist/1\n~/.cache/ms\n# TO" + "DO: ask Twilio for the price of a segment\nhttps://example.org/root/x"
    )
    assert unclean("followup/planted.py", lines) == []
    assert unclean("tests/planted.py", "SECRET = 'whs" + "ec_" + "A" * 32 + "'") == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from pickle import loads",
        "at = datetime.utcnow()",
        "at = datetime.now()",
        "at = dt.datetime.now()",
        "Client(sid, token, max_retries=3)",
        "AsyncTwilioHttpClient(pool_connections=True)",
    ],
)
def test_a_trap_is_found(text: str) -> None:
    assert len(traps(_planted(text))) == 1


def test_a_clock_with_a_zone_is_no_trap() -> None:
    assert traps(_planted("at = datetime.now(UTC)\nlater = datetime.now(tz=UTC)\nnow = services.clock.now()")) == []
