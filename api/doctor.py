"""What this machine gives the vault, and what it costs where it gives less. Today: the jail of the decoder."""

import base64
import logging

from ocr.errors import DecoderDown, UnsuitableFile
from ocr.jail.layers import ALL, HOLDS, WITHOUT, Layer
from ocr.sanitise import sanitise, warm_up

_log = logging.getLogger("vault.doctor")

# One white point, as a PNG.
_SMALLEST = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"
)


def examine() -> tuple[str, ...]:
    """One line for each layer of the jail: whether it holds, what it is for, and what it costs to lack it.

    Raises:
        DecoderDown: papers cannot be decoded here at all.
    """
    held = warm_up()
    try:
        decodes = len(list(sanitise(_SMALLEST))) == 1
    except UnsuitableFile:
        decodes = False
    if not decodes:
        raise DecoderDown("the decoder starts, and cannot decode: its jail does not fit this machine")
    return described(held)


def described(held: Layer) -> tuple[str, ...]:
    """The lines of `examine` where these layers hold."""
    return tuple(_line(layer, holds=layer in held) for layer in ALL)


def warn_of_missing_layers(held: Layer | None = None) -> None:
    """Logs each layer of the jail that this machine does not give; asks it, if nobody says which hold.

    Raises:
        DecoderDown: papers cannot be decoded here at all.
    """
    for layer in ALL & ~(warm_up() if held is None else held):
        _log.warning("the decoder's jail lacks %s: %s", _named(layer), WITHOUT[layer])


def _line(layer: Layer, *, holds: bool) -> str:
    if holds:
        return f"holds  {_named(layer):<13} {HOLDS[layer]}"
    return f"LACKS  {_named(layer):<13} {HOLDS[layer]}. Without it: {WITHOUT[layer]}"


def _named(layer: Layer) -> str:
    return str(layer.name).lower().replace("_", " ")
