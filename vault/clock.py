"""The one place that looks at the wall clock, so that expiry is one question with one answer."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment as an aware UTC datetime."""


def wall_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
