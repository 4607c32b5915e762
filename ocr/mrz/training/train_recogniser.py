"""Trains the recogniser on lines rendered on the fly; `export_recogniser.py` makes the model of it.

python -m ocr.mrz.training.train_recogniser --steps 20000 --state DIR/recogniser.pt

Needs torch, onnx, pillow and Debian's fonts named in `glyphs.CUTS`: none of them is needed to run the product.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.mrz.alphabet import ALPHABET, BLANK
from ocr.mrz.recogniser import STEP, normalised
from ocr.mrz.training import lines, texts
from ocr.mrz.training.net import Net

WIDE, LONG, BATCH = 448, 23, 32
_EASY, _HARD = (0.3, 0.3, 0.25, 0.1, 0.05), (0.1, 0.16, 0.28, 0.3, 0.16)
_IGNORED = -1

Batch = tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def labels(line: lines.Line, steps: int) -> NDArray[np.int64]:
    """What each step should say: the glyph nearest its centre, nothing asked beside it, blank elsewhere."""
    wanted = np.full(steps, BLANK, np.int64)
    nearest = np.clip(np.round(line.centres / STEP).astype(int), 0, steps - 1)
    for beside in (-1, 1):
        wanted[np.clip(nearest + beside, 0, steps - 1)] = _IGNORED
    wanted[nearest] = [ALPHABET.index(glyph) for glyph in line.text]
    return wanted


def batch(rng: np.random.Generator, shares: tuple[float, ...]) -> Batch:
    """Strips, steps' labels, texts end to end, and the texts' lengths."""
    drawn = [lines.draw(rng, int(level), LONG, WIDE) for level in rng.choice(lines.LEVELS, BATCH, p=shares)]
    strips = normalised([line.strip for line in drawn])
    padded = np.zeros((BATCH, 1, lines.STRIP, WIDE), np.float32)
    padded[:, :, :, : strips.shape[3]] = strips
    steps = np.stack([labels(line, WIDE // STEP) for line in drawn])
    said = np.array([ALPHABET.index(glyph) for line in drawn for glyph in line.text], np.int64)
    return padded, steps, said, np.array([len(line.text) for line in drawn], np.int64)


def _keep_rendering(seed: int, easy: int, queue: "multiprocessing.Queue[Batch]") -> None:
    os.nice(19)
    rng = np.random.default_rng(seed)
    made = 0
    while True:
        queue.put(batch(rng, _EASY if made < easy else _HARD))
        made += 1


def batches(seed: int, easy: int) -> Iterator[Batch]:
    """Batches without end from a second process, the first `easy` of them mild."""
    spawn = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[Batch] = spawn.Queue(maxsize=8)
    renderer = spawn.Process(target=_keep_rendering, args=(seed, easy, queue), daemon=True)
    renderer.start()
    while True:
        yield queue.get()


def validation(count: int) -> list[list[lines.Line]]:
    """Whole lines of drawn documents, `count` for each level; the same ones every time."""
    rng = np.random.default_rng(20260601)
    levels = []
    for level in range(lines.LEVELS):
        drawn: list[lines.Line] = []
        while len(drawn) < count:
            said = texts.zone(rng)[int(rng.integers(2))]
            line = lines.render(rng, level, said)
            if line.text == said:
                drawn.append(line)
        levels.append(drawn)
    return levels


def greedy(logits: NDArray[np.float32]) -> str:
    """The best class of each step, repeats and blanks removed."""
    best = logits.argmax(axis=1)
    return "".join(
        ALPHABET[c] for c, before in zip(best, [BLANK, *best[:-1]], strict=True) if c not in (BLANK, before)
    )


def measure(net: Net, levels: list[list[lines.Line]]) -> str:
    """Lines read exactly, in percent, level by level."""
    net.eval()
    shares = []
    with torch.no_grad():
        for drawn in levels:
            right = 0
            for line in drawn:
                logits = net(torch.from_numpy(normalised([line.strip])))[0].numpy()
                right += greedy(logits) == line.text
            shares.append(100 * right / len(drawn))
    net.train()
    return " ".join(f"{share:5.1f}" for share in shares)


def train(state: Path, steps: int, peak: float, seed: int, resume: Path | None) -> None:
    """Trains and keeps the running mean of the weights at `state`; prints the losses and the validation as it goes."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    net, mean = Net(), Net()
    if resume:
        net.load_state_dict(torch.load(resume, weights_only=True))
    mean.load_state_dict(net.state_dict())
    net.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=peak, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, peak, total_steps=steps, pct_start=0.08)
    fixed = validation(60)
    source = batches(seed, 0 if resume else 400)
    told = []
    for step in range(steps):
        alike = 0.2 if resume else max(0.2, 1 - 2.5 * step / steps)
        told.append(_descend(net, optimiser, next(source), alike))
        schedule.step()
        _follow(mean, net, min(0.998, (step + 1) / (step + 10)))
        if step % 250 == 249 or step == steps - 1:
            torch.save(mean.state_dict(), state)
            shown = measure(mean, fixed) if step % 500 == 499 or step == steps - 1 else ""
            whole, each = np.mean(told, axis=0)
            sys.stderr.write(f"{step + 1} loss {whole:.4f} {each:.4f} exact {shown}\n")
            told = []


def _descend(net: Net, optimiser: torch.optim.Optimizer, drawn: Batch, alike: float) -> tuple[float, float]:
    strips, steps, said, lengths = (torch.from_numpy(part) for part in drawn)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(strips.contiguous(memory_format=torch.channels_last))
    logs = logits.log_softmax(dim=2)
    whole = (
        nn.functional.ctc_loss(
            logs.transpose(0, 1),
            said,
            torch.full((len(strips),), logs.shape[1]),
            lengths,
            BLANK,
            "sum",
            zero_infinity=True,
        )
        / lengths.sum()
    )
    weight = torch.ones(BLANK + 1)
    weight[BLANK] = 0.5
    each = nn.functional.cross_entropy(logits.flatten(0, 1), steps.flatten(), weight, ignore_index=_IGNORED)
    optimiser.zero_grad()
    (whole + 2 * alike * each).backward()
    nn.utils.clip_grad_norm_(net.parameters(), 2.0)
    optimiser.step()
    return float(whole.detach()), float(each.detach())


def _follow(mean: Net, net: Net, decay: float) -> None:
    with torch.no_grad():
        for slow, fast in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
            if slow.dtype.is_floating_point:
                slow.lerp_(fast.contiguous(), 1 - decay)
            else:
                slow.copy_(fast)


def main() -> None:
    """The command line above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--peak", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path)
    given = parser.parse_args()
    train(given.state, given.steps, given.peak, given.seed, given.resume)


if __name__ == "__main__":
    main()
