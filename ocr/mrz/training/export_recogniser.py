"""Exports a trained recogniser: calibrated, checked against torch, its weights kept as half-precision numbers.

python -m ocr.mrz.training.export_recogniser --state DIR/recogniser.pt --onnx ocr/mrz/models/recogniser.onnx
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from ocr.mrz.alphabet import ALPHABET, BLANK
from ocr.mrz.recogniser import STEP, normalised
from ocr.mrz.training import lines
from ocr.mrz.training.net import Net
from ocr.mrz.training.train_recogniser import validation

_OPSET = 17
_SMALL = 256  # numbers in a constant that is not worth halving


class Lattice(nn.Module):  # type: ignore[misc, unused-ignore] # torch is not installed where this is checked
    """The net as the product runs it: log probabilities."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, strips: torch.Tensor) -> torch.Tensor:
        """(n, 1, 32, W) to (n, W / 4, 38)."""
        return self.net(strips).log_softmax(dim=2)


def sharpen(net: Net, levels: list[list[lines.Line]]) -> float:
    """Sets the one factor on all logits under which the true glyphs are most likely; returns it.

    That is temperature scaling (Guo et al., "On calibration of modern neural networks", 2017) by search, at the
    step nearest each glyph that claims a glyph most: CTC leaves it to the net on which of them it speaks.
    """
    logits, wanted = [], []
    with torch.no_grad():
        for line in (line for drawn in levels for line in drawn):
            out = net(torch.from_numpy(normalised([line.strip])))[0]
            nearest = torch.from_numpy(np.round(line.centres / STEP).astype(np.int64))
            beside = out[(nearest[:, None] + torch.tensor([-1, 0, 1])).clamp(0, len(out) - 1)]
            loudest = (beside[..., :BLANK].logsumexp(dim=2) - beside[..., BLANK]).argmax(dim=1)
            logits.append(beside[torch.arange(len(beside)), loudest])
            wanted.append(torch.tensor([ALPHABET.index(glyph) for glyph in line.text]))
    all_logits, all_wanted = torch.cat(logits), torch.cat(wanted)
    factors = np.arange(0.4, 1.61, 0.02)
    losses = [float(nn.functional.cross_entropy(all_logits * float(f), all_wanted)) for f in factors]
    best = float(factors[int(np.argmin(losses))])
    net.sharpness.fill_(best)
    return best


def halve(model: onnx.ModelProto) -> None:
    """Keeps large constants as float16, cast back when the file is loaded: half the size, the same run-time speed."""
    casts = []
    for weight in model.graph.initializer:
        numbers = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or numbers.size < _SMALL:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(numbers.astype(np.float16), name + ".half"))
        casts.append(helper.make_node("Cast", [name + ".half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def export(state: Path, target: Path) -> str:
    """Writes the ONNX file; returns what was measured on the way.

    Raises:
        ValueError: onnxruntime and torch disagree.
    """
    net = Net()
    net.load_state_dict(torch.load(state, weights_only=True))
    net.eval()
    factor = sharpen(net, validation(40))
    sample = torch.randn(2, 1, lines.STRIP, 860)
    moving = {"strips": {0: "lines", 3: "columns"}, "lattices": {0: "lines", 1: "steps"}}
    lattice = Lattice(net).eval()  # the exporter puts back the mode it found
    torch.onnx.export(
        lattice,
        (sample,),
        str(target),
        input_names=["strips"],
        output_names=["lattices"],
        dynamic_axes=moving,
        opset_version=_OPSET,
        dynamo=False,
    )
    model = onnx.load(str(target))
    halve(model)
    onnx.checker.check_model(model)
    onnx.save(model, str(target))
    session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(7)
    shorter = normalised([lines.draw(rng, level, 23).strip for level in range(lines.LEVELS)])
    with torch.no_grad():
        wanted = lattice(torch.from_numpy(shorter)).exp().numpy()
    far = float(np.abs(np.exp(session.run(None, {"strips": shorter})[0]) - wanted).max())
    if far > 0.02:
        raise ValueError(f"the exported net differs from the trained one by {far:.3f}")
    weights = sum(p.numel() for p in net.parameters())
    return (
        f"{weights} weights, {target.stat().st_size} bytes, sharpness {factor:.2f}, off by at most {far:.1e}"
    )


def main() -> None:
    """The command line above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--onnx", type=Path, required=True)
    given = parser.parse_args()
    sys.stdout.write(export(given.state, given.onnx) + "\n")


if __name__ == "__main__":
    main()
