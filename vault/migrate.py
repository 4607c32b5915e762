"""Brings a database to the newest form of its tables (Alembic). Safe to run again."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from vault.database import Database

_FOLDER = Path(__file__).parent / "migrations"


def migrate(database: Database) -> None:
    """Applies every missing migration in one transaction; does nothing when there is none.

    Raises:
        Unavailable: the database is locked or full; it is then as it was.
    """
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with database.connection() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
