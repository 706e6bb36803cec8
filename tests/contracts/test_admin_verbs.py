"""Tokens, accounts and approvals, as administrators type them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from admin_kit import Machine, make_machine

from followup.store import staff
from kit.hand_clock import MONDAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from followup.store import Store


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return make_machine(tmp_path)


def test_a_token_is_made_shown_once_listed_and_revoked(machine: Machine) -> None:
    token = machine.say("token", "add", "reports", "--clinic", "glow")["token"]
    assert token.startswith("fu_")
    [row] = machine.say("token", "list")
    assert (row["name"], row["clinic"]) == ("reports", "glow")
    assert token not in machine.run("token", "list")
    assert "exists" in machine.run("token", "add", "reports", code=1)
    machine.run("token", "revoke", "reports")
    assert machine.say("token", "list") == []
    assert "no token" in machine.run("token", "revoke", "reports", code=1)
    assert token.encode() not in machine.bytes_on_disk()


def test_an_account_is_invited_by_a_link_and_has_no_password(machine: Machine) -> None:
    link = machine.say("user", "add", "Ada@clinic.example", "--role", "lead", "--clinic", "glow")["link"]
    assert link.startswith("http://127.0.0.1:8080/")
    assert machine.say("user", "list") == [
        {"email": "ada@clinic.example", "name": "", "role": "lead", "clinic": "glow", "state": "invited"}
    ]
    assert "has an account" in machine.run("user", "add", "ada@clinic.example", "--role", "viewer", code=1)
    assert machine.say("user", "reset", "ada@clinic.example")["link"] != link


def test_a_disabled_account_has_no_session_left(machine: Machine) -> None:
    machine.run("user", "add", "ada@clinic.example", "--role", "lead")

    async def sign_in(store: Store) -> None:
        async with store.transaction() as tx:
            account = await staff.account(tx, "ada@clinic.example")
            assert account is not None
            await staff.add_session(tx, "hash", account.id, "csrf", MONDAY)

    async def session(store: Store) -> object:
        async with store.reading() as tx:
            return await staff.session(tx, "hash")

    machine.do(sign_in)
    machine.run("user", "disable", "ADA@clinic.example")
    assert machine.do(session) is None
    assert machine.say("user", "list")[0]["state"] == "disabled"
    assert "is disabled" in machine.run("user", "reset", "ada@clinic.example", code=1)
    assert "no account" in machine.run("user", "disable", "nobody@clinic.example", code=1)


@pytest.mark.parametrize("email", ["ada", "a@b@c", "ada @x", "<a@b>", ""])
def test_what_is_no_address_gets_no_account(machine: Machine, email: str) -> None:
    assert "no e-mail address" in machine.run("user", "add", email, "--role", "lead", code=1)


@pytest.mark.parametrize(("name", "clinic"), [("", ""), ("  ", ""), ("a\nb", ""), ("x" * 201, ""), ("reports", "glo")])
def test_a_token_needs_a_name_and_a_clinic_that_is_there(machine: Machine, name: str, clinic: str) -> None:
    said = machine.run("token", "add", name, "--clinic", clinic, code=1)
    assert "needs a name" in said or 'did you mean "glow"?' in said
    assert machine.say("token", "list") == []
    machine.run("user", "add", "ada@clinic.example", "--role", "lead", "--clinic", "glo", code=1)


def test_a_role_nobody_defined_is_wrong_usage(machine: Machine) -> None:
    machine.run("user", "add", "ada@clinic.example", "--role", "king", code=2)


def test_without_a_schema_verbs_say_what_to_run(machine: Machine) -> None:
    machine.database.unlink()
    assert "followup migrate" in machine.run("token", "list", code=1)
    assert not machine.database.exists()


def test_an_approval_keeps_the_file_and_notices_a_change(machine: Machine) -> None:
    file = machine.directory / "config" / "protocols" / "mesotherapy.toml"
    before = file.read_text(encoding="utf-8").splitlines()
    assert {one["standing"] for one in machine.say("protocol", "approve", "--verify", code=1)} == {"not approved"}

    approve = ("protocol", "approve", "mesotherapy", "--by", 'Dr "Zoë" \\ Byron', "--on", "2026-11-25")
    assert machine.say(*approve)["on"] == "2026-11-25"

    after = file.read_text(encoding="utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 2
    assert changed[0][1].endswith(changed[0][0].partition("#")[2])
    assert machine.run("protocol", "approve", "mesotherapy", "--verify").startswith("mesotherapy 2026.1: approved by")
    file.write_text("\n".join([*after, "# a remark"]), encoding="utf-8", newline="\r\n")
    assert "altered" in machine.run("protocol", "approve", "mesotherapy", "--verify", code=1)
    file.write_text("\n".join(after) + "\n", encoding="utf-8", newline="\r\n")
    machine.run("protocol", "approve", "mesotherapy", "--verify")
    machine.run("protocol", "approve", "mesotherapy", "--by", "Dr Next")
    assert file.read_bytes().count(b"\r\n") == len(after)
    assert file.read_text(encoding="utf-8").splitlines() != after


def test_an_approval_is_written_where_the_file_has_no_line_for_it(machine: Machine) -> None:
    file = machine.directory / "config" / "protocols" / "mesotherapy.toml"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("approved_")]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    machine.run("protocol", "approve", "mesotherapy", "--by", "Dr Ada")
    machine.run("protocol", "approve", "mesotherapy", "--verify")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("mesoterapy", "--by", "Dr Ada"), 'did you mean "mesotherapy"?'),
        (("mesotherapy", "--by", " "), "needs the name"),
        (("mesotherapy", "--by", "a\nb"), "needs the name"),
        (("mesotherapy",), "who approves it"),
        ((), "which protocol"),
        (("nothing", "--verify"), "no protocol"),
    ],
)
def test_an_approval_that_is_none_changes_nothing(machine: Machine, words: Sequence[str], why: str) -> None:
    config = machine.directory / "config"
    before = {file: file.read_bytes() for file in config.rglob("*") if file.is_file()}
    assert why in machine.run("protocol", "approve", *words, code=1)
    assert {file: file.read_bytes() for file in config.rglob("*") if file.is_file()} == before


def test_an_approval_written_in_another_way_is_left_to_a_person(machine: Machine) -> None:
    file = machine.directory / "config" / "protocols" / "mesotherapy.toml"
    text = file.read_text(encoding="utf-8").replace('approved_by = ""', 'approved_by = """\n"""', 1)
    file.write_text(text, encoding="utf-8")
    assert "plain lines" in machine.run("protocol", "approve", "mesotherapy", "--by", "Dr Ada", code=1)
    assert file.read_text(encoding="utf-8") == text


def test_a_record_that_cannot_be_read_is_never_written_over(machine: Machine) -> None:
    record = machine.directory / "config" / "approvals.toml"
    record.write_text("[[approvals]]\nprotocol = 7\nnonsense = true\n", encoding="utf-8")
    assert "record of approvals" in machine.run("protocol", "approve", "mesotherapy", "--by", "Dr Ada", code=1)
    assert "nonsense" in record.read_text(encoding="utf-8")
