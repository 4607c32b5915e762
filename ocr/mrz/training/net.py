"""The recogniser's net: convolutions only, so that a glyph is judged by itself and its nearest neighbours."""

import torch
from torch import nn

from ocr.mrz.alphabet import BLANK


def _block(
    inward: int, outward: int, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1)
) -> nn.Sequential:
    padding = (kernel[0] // 2 if kernel[0] % 2 else 0, kernel[1] // 2)
    return nn.Sequential(
        nn.Conv2d(inward, outward, kernel, stride, padding, bias=False), nn.BatchNorm2d(outward), nn.ReLU()
    )


class Residual(nn.Module):  # type: ignore[misc, unused-ignore] # torch is not installed where this is checked
    """Adds what `inner` finds to what it was given."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum, of the same shape as `x`."""
        return x + self.inner(x)


class Net(nn.Module):  # type: ignore[misc, unused-ignore] # torch is not installed where this is checked
    """(n, 1, 32, W) strips to (n, W / 4, 38) logits, times `sharpness`, which calibration sets after training."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(
            _block(1, 24, (3, 3), (2, 2)),
            _block(24, 32, (3, 3)),
            _block(32, 64, (3, 3), (2, 2)),
            Residual(_block(64, 64, (3, 3))),
            _block(64, 96, (3, 3), (2, 1)),
            Residual(_block(96, 96, (3, 3))),
            _block(96, 128, (4, 1)),
            Residual(_block(128, 128, (1, 3))),
            Residual(_block(128, 128, (1, 3))),
        )
        self.tell = nn.Conv2d(128, BLANK + 1, 1)
        self.register_buffer("sharpness", torch.ones(()))

    def forward(self, strips: torch.Tensor) -> torch.Tensor:
        """Logits, not yet probabilities."""
        return self.tell(self.look(strips)).squeeze(2).transpose(1, 2).float() * self.sharpness
