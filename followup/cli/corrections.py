"""`followup corrections`: replies that staff said the meaning of, as examples ready to be reviewed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from followup.cli.ending import told_plainly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from followup.store import Store
    from followup.store.corrections import Proposed

Clinic = Annotated[str, typer.Option("--clinic", help="Only this clinic's.")]
Language = Annotated[str, typer.Option("--lang", help="Only replies in this language.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
UNMENTIONED = "unmentioned"
CLEANED = "# Names the booking system knows and long numbers are taken out; read each for others before you keep it."


def corrections(
    clinic: Clinic = "",
    language: Language = "",
    as_json: AsJson = False,  # noqa: FBT002 - typer reads a flag as a bool parameter
) -> None:
    """List the replies that staff corrected, as [[examples]] to review for a language's examples.toml.

    What was read stands in a comment above what is right. Without names, phones, or who corrected it.

    Example: followup corrections --lang en > proposed.toml
    """
    with told_plainly():
        from followup.cli.opened import known_clinic, with_store

        wanted = known_clinic(clinic)
        found = with_store(lambda store: _proposed(store, wanted, language))
    if as_json:
        typer.echo(json.dumps([_example(one) for one in found], ensure_ascii=False))
        return
    for line in (CLEANED, *(line for one in found for line in _toml(one))):
        typer.echo(line)


async def _proposed(store: Store, clinic: str, language: str) -> Sequence[Proposed]:
    from followup.store.corrections import proposed

    async with store.reading() as tx:
        return await proposed(tx, clinic, language)


def _example(one: Proposed) -> dict[str, object]:
    return {
        "language": one.language,
        "reply": one.text,
        "hours": one.hours,
        "question": one.question,
        "was": one.was,
        "right": one.right,
    }


def _toml(one: Proposed) -> Iterator[str]:
    was = "as it is" if one.was == one.right else "; ".join(_meaning(one.was))
    yield f"\n# {one.language}; read: {was}"
    yield "[[examples]]"
    yield f"reply = {_quoted(one.text)}"
    yield f"hours = {one.hours:g}"
    yield f"question = {_quoted(one.question)}"
    yield from _meaning(one.right)


def _meaning(reading: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterator[str]:
    for key, part in (("symptoms", "severity"), ("trends", "trend")):
        said = {code: one[part] for code, one in reading["symptoms"].items() if one[part] != UNMENTIONED}
        if said or key == "symptoms":
            pairs = ", ".join(f"{code} = {_quoted(value)}" for code, value in said.items())
            yield f"{key} = {{ {pairs} }}" if pairs else f"{key} = {{}}"
    signs = ", ".join(_quoted(sign) for sign in sorted(reading["red_flags"]))
    yield f"signs = [{signs}]"


def _quoted(text: str) -> str:
    """A TOML string; JSON's are, but for one character that TOML wants written out."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def add_to(main: typer.Typer) -> None:
    """Make this verb part of the command line."""
    main.command()(corrections)
