"""Alembic migrations: the only way the tables change."""
