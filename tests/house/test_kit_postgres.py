"""The kit's PostgreSQL gives every test an empty database that no other test sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    from kit.postgres import PrivatePostgres

pytestmark = pytest.mark.postgres


async def test_a_url_opens_with_asyncpg(postgres_url: str) -> None:
    assert postgres_url.startswith("postgresql://")
    engine = create_async_engine(postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE flags (id int)"))
        assert (await connection.execute(text("SELECT count(*) FROM flags"))).scalar_one() == 0
    await engine.dispose()


def test_each_database_is_empty_and_its_own(postgres: PrivatePostgres) -> None:
    one, other = postgres.new_database(), postgres.new_database()
    postgres.run_sql("CREATE TABLE flags (id int)", url=one)
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert (postgres.run_sql(tables, url=one), postgres.run_sql(tables, url=other)) == ("1\n", "0\n")
    postgres.drop_database(one)
    postgres.drop_database(other)
    with pytest.raises(RuntimeError, match="does not exist"):
        postgres.run_sql("SELECT 1", url=one)
