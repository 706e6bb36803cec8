"""Settings come from the environment, or from files it names; every mistake is told at once, and no secret with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from followup.settings import BadSettingsError, Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

KEY = "k" * 40


def test_an_empty_environment_has_every_default() -> None:
    settings = read_settings({})
    assert (settings.database_url, settings.port, settings.host) == ("sqlite:///followup.db", 8080, "127.0.0.1")
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.secret_key is None
    assert settings.auth_tokens == ()


def test_an_empty_value_counts_as_none() -> None:
    assert read_settings({"PORT": "", "FOLLOWUP_PUBLIC_URL": " "}) == read_settings({})


def test_the_public_address_follows_the_port_unless_it_is_given() -> None:
    assert read_settings({"PORT": "9000"}).public_url == "http://127.0.0.1:9000"
    given = {"PORT": "9000", "FOLLOWUP_PUBLIC_URL": "https://aftercare.example/"}
    assert read_settings(given).public_url == "https://aftercare.example"


@pytest.mark.parametrize("name", ["FOLLOWUP_SECRET_KEY", "TWILIO_AUTH_TOKEN", "DATABASE_URL"])
def test_a_secret_may_stand_in_a_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret"
    file.write_text("sqlite:///from-a-file-of-its-own.db\n", encoding="utf-8")
    settings = read_settings({f"{name}_FILE": str(file)})
    held = {
        "FOLLOWUP_SECRET_KEY": settings.secret_key and settings.secret_key.get_secret_value(),
        "TWILIO_AUTH_TOKEN": settings.auth_tokens[0] if settings.auth_tokens else None,
        "DATABASE_URL": settings.database_url,
    }
    assert held[name] == "sqlite:///from-a-file-of-its-own.db"


def test_several_tokens_are_read_while_they_are_rotated() -> None:
    assert read_settings({"TWILIO_AUTH_TOKEN": "new, old,"}).auth_tokens == ("new", "old")


def test_every_mistake_is_told_at_once_and_no_secret_with_it(tmp_path: Path) -> None:
    wrong = {
        "PORT": "eighty",
        "DATABASE_URL": "mysql://somebody:hunter2@host/name",
        "FOLLOWUP_PUBLIC_URL": "https://aftercare.example/app",
        "FOLLOWUP_SECRET_KEY": "hunter2",
        "FOLLOWUP_LOG_FORMAT": "xml",
        "FOLLOWUP_PUBLIC_ULR": "https://aftercare.example",
        "TWILIO_AUTH_TOKEN_FILE": str(tmp_path / "nowhere"),
        "TWILIO_API_URL": "127.0.0.1:9",
    }
    with pytest.raises(BadSettingsError) as told:
        read_settings(wrong)
    assert {mistake.split()[0] for mistake in told.value.mistakes} == set(wrong)
    assert "did you mean FOLLOWUP_PUBLIC_URL?" in str(told.value)
    assert "hunter2" not in str(told.value)


def test_settings_cannot_be_changed_and_show_no_secret() -> None:
    settings = read_settings({"FOLLOWUP_SECRET_KEY": KEY, "TWILIO_AUTH_TOKEN": "hunter2"})
    assert "hunter2" not in repr(settings)
    assert KEY not in repr(settings)
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_names_that_are_nobodys_mistake_pass() -> None:
    assert isinstance(read_settings({"FOLLOWUP_TEST_REQUIRE": "browser", "FOLLOWUP_NOTHING_LIKE_IT": "1"}), Settings)
