"""A file is read in one sitting, a function at one glance, and both are named after what they are about."""

from __future__ import annotations

import ast

from kit.sources import Module, modules

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc", "lib"}


def too_long(module: Module) -> list[str]:
    """The file, if it is too long, and each function in it that is, counted without its docstring."""
    lines = len(module.text.splitlines())
    found = [f"{module.path}: {lines} lines"] if lines > LONGEST_FILE else []
    functions = (node for node in ast.walk(module.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return found + [
        f"{module.path}:{node.lineno}: {node.name} has {length} lines"
        for node in functions
        if (length := _length(node)) > LONGEST_FUNCTION
    ]


def is_nameless(path: str) -> bool:
    """Whether a folder or file on this path has a name that says nothing of what is in it."""
    return any(part.removesuffix(".py").strip("_") in SAYS_NOTHING for part in path.split("/"))


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    spans = node.end_lineno or node.lineno
    first = node.body[0]
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if ast.get_docstring(node) else 0
    return spans - node.lineno + 1 - docstring


def test_files_and_functions_are_short() -> None:
    assert [line for module in modules() for line in too_long(module)] == []


def test_names_say_what_is_inside() -> None:
    assert [module.path for module in modules() if is_nameless(module.path)] == []


def test_a_long_file_and_a_long_function_are_found() -> None:
    body = "\n".join(["def f() -> None:", '    """Two', '    lines."""', *["    x = 1"] * 40])
    assert too_long(Module("followup.a", "followup/a.py", body)) == ["followup/a.py:1: f has 41 lines"]
    assert too_long(Module("followup.a", "followup/a.py", "x = 1\n" * 301)) == ["followup/a.py: 301 lines"]


def test_a_name_that_says_nothing_is_found() -> None:
    assert is_nameless("followup/web/utils.py")
    assert is_nameless("followup/common/dates.py")
    assert not is_nameless("followup/web/worklist.py")
