"""Trains the finder's net from drawn pages and writes it as ONNX: see models/finder.md for what was run.

python -m ocr.mrz.training.train_finder --minutes 45 --seed 1 --work DIR --out ocr/mrz/models/finder.onnx
"""

import argparse
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ocr.mrz.training.pages import Pool, Scene, scene

_SIZES = ((384, 384), (512, 256), (256, 512), (448, 320), (320, 448), (704, 160))
_BATCH = 8


def _joined(inputs: int, outputs: int, size: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, normalisation, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):  # type: ignore[misc, unused-ignore]
    """A wide look (depthwise 5 x 5), then a mix of channels, added to what came in."""

    def __init__(self, channels: int) -> None:
        """Of a given width."""
        super().__init__()
        self.look = _joined(channels, channels, 5, groups=channels)
        self.mix = nn.Sequential(nn.Conv2d(channels, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        return functional.relu(x + self.mix(self.look(x)))


class FinderNet(nn.Module):  # type: ignore[misc, unused-ignore]
    """Grey page (N x 1 x H x W, sides multiples of 32, 0..1) to label maps (N x 5 x H/4 x W/4)."""

    def __init__(self) -> None:
        """Four levels down to a thirty-second, and up again to a quarter."""
        super().__init__()
        self.stem = nn.Sequential(_joined(1, 16, 3, 2), _joined(16, 32, 3, 2), Residual(32))
        self.eighth = nn.Sequential(_joined(32, 48, 3, 2), Residual(48), Residual(48))
        self.sixteenth = nn.Sequential(_joined(48, 72, 3, 2), *(Residual(72) for _ in range(3)))
        self.last = nn.Sequential(_joined(72, 96, 3, 2), *(Residual(96) for _ in range(4)))
        self.up16, self.up8, self.up4 = (_joined(a, b, 1) for a, b in ((96, 72), (72, 48), (48, 32)))
        self.smooth16, self.smooth8, self.smooth4 = Residual(72), Residual(48), Residual(32)
        self.head = nn.Sequential(_joined(32, 32, 3), nn.Conv2d(32, 5, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Core as a logit, cosine and sine, the two log distances."""
        quarter = self.stem((x - 0.5) * 4)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        low = self.last(sixteenth)
        low = self.smooth16(sixteenth + _doubled(self.up16(low)))
        low = self.smooth8(eighth + _doubled(self.up8(low)))
        low = self.smooth4(quarter + _doubled(self.up4(low)))
        return self.head(low)  # type: ignore[no-any-return, unused-ignore]


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def loss_of(found: Tensor, maps: Tensor) -> Tensor:
    """Overlap and cross-entropy of the core; direction and distances where the core is."""
    truth = maps[:, 0]
    logit = found[:, 0]
    cross = functional.binary_cross_entropy_with_logits(logit, truth, reduction="none")
    weight = 1 + 4 * truth
    core = (cross * weight).mean() * 4
    share = torch.sigmoid(logit)
    overlap = 1 - (2 * (share * truth).sum() + 50) / (share.sum() + truth.sum() + 50)
    inside = (truth > 0.4).float()
    count = inside.sum() + 50
    way = ((found[:, 1:3] - maps[:, 1:3]) ** 2).sum(1)
    edges = functional.smooth_l1_loss(found[:, 3:], maps[:, 3:], beta=0.1, reduction="none").sum(1)
    return core + overlap + 2 * (way * inside).sum() / count + (edges * inside).sum() / count


def batch_of(scenes: list[Scene]) -> tuple[Tensor, Tensor]:
    """Pictures and maps as the net takes them."""
    grey = torch.from_numpy(np.stack([one.grey for one in scenes])).unsqueeze(1).float() / 255
    return grey, torch.from_numpy(np.stack([one.maps for one in scenes]))


def export(net: nn.Module, path: Path) -> None:
    """Write the net with its normalisations folded in; height and width stay open."""
    torch.onnx.export(
        net.eval(), (torch.zeros(1, 1, 448, 640),), str(path), opset_version=17, dynamo=False,
        input_names=["page"], output_names=["maps"],
        dynamic_axes={"page": {2: "height", 3: "width"}, "maps": {2: "rows", 3: "columns"}},
    )  # fmt: skip
    net.train()


def train(minutes: float, seed: int, work: Path, out: Path, start: Path | None, rate: float) -> None:
    """Train for a while with a one-cycle rate; a checkpoint and an ONNX every five minutes and at the end."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = FinderNet().to(memory_format=torch.channels_last)
    if start:
        net.load_state_dict(torch.load(start, weights_only=True))
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-4)
    pool, began, saved, step, losses = Pool(rng), time.monotonic(), 0.0, 0, [0.0]
    while (spent := (time.monotonic() - began) / 60) < minutes:
        part = spent / minutes
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, step / 100, max(0.01, 0.5 + 0.5 * math.cos(math.pi * part)))
        width, height = _SIZES[int(rng.integers(len(_SIZES)))]
        grey, maps = batch_of([scene(rng, pool, width, height) for _ in range(_BATCH)])
        optimiser.zero_grad()
        loss = loss_of(net(grey.to(memory_format=torch.channels_last)), maps)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        losses, step = [*losses[-199:], float(loss)], step + 1
        if step % 50 == 0:
            print(f"{spent:.1f} min, step {step}, loss {np.mean(losses[-50:]):.3f}", flush=True)  # noqa: T201
        if spent - saved > 5:
            saved = spent
            torch.save(net.state_dict(), work / "finder.pt")
            export(net, work / "finder.onnx")
    torch.save(net.state_dict(), work / "finder.pt")
    export(net, out)


def main() -> None:
    """Read the options and train."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=45)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--rate", type=float, default=3e-3)
    options.add_argument("--work", type=Path, required=True, help="folder for checkpoints")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--start", type=Path, help="weights to go on from")
    chosen = options.parse_args()
    train(chosen.minutes, chosen.seed, chosen.work, chosen.out, chosen.start, chosen.rate)


if __name__ == "__main__":
    main()
