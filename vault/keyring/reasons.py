"""Why a keyring cannot be used goes to the log: people are told to try again later, operators must know more."""

import logging
from typing import TypeVar

from vault.errors import KeyringUnavailable

_log = logging.getLogger("vault.keyring")

E = TypeVar("E", bound=KeyringUnavailable)


def logged(error: E) -> E:
    """`error`, once its words are in the log: always ours, never what a server or a library wrote."""
    _log.warning("%s", error)
    return error
