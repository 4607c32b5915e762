"""The doctor: each layer of the decoder's jail, whether it holds here, and what it costs where it does not."""

import logging

import pytest

from api.doctor import described, examine, warn_of_missing_layers
from ocr.jail.layers import ALL, HOLDS, WITHOUT, Layer
from ocr.sanitise import warm_up


def test_the_doctor_says_of_each_layer_whether_it_holds_here() -> None:
    lines, held = examine(), warm_up()
    assert Layer.LIMITS in held
    assert len(lines) == len(ALL)
    for layer, line in zip(ALL, lines, strict=True):
        assert line.startswith("holds" if layer in held else "LACKS")
        assert HOLDS[layer] in line


def test_what_is_missing_is_told_loudly_with_what_it_costs(caplog: pytest.LogCaptureFixture) -> None:
    held = ALL & ~(Layer.SYSTEM_CALLS | Layer.NETWORK)
    told = [line for line in described(held) if line.startswith("LACKS")]
    assert len(told) == 2
    with caplog.at_level(logging.WARNING):
        warn_of_missing_layers(held)
    assert len(caplog.messages) == 2
    for layer in (Layer.NETWORK, Layer.SYSTEM_CALLS):
        assert any(WITHOUT[layer] in line for line in told)
        assert any(WITHOUT[layer] in message for message in caplog.messages)


def test_where_all_layers_hold_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        warn_of_missing_layers(ALL)
    assert not caplog.messages
