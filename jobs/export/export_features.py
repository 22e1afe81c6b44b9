"""Traces a module that maps [1, C, H, W] to features and writes it with its description."""
import json
import pathlib
import sys

import torch


def write(module, path, description):
    """Traces `module` at the size that `description` gives; writes PATH and PATH.json."""
    channels = 3 if description["channels"] == "gray three times" else 1
    example = torch.zeros(1, channels, description["height"], description["width"])
    module = module.eval()
    with torch.no_grad():
        dim = module(example).numel()
        torch.jit.trace(module, example).save(str(path))
    full = {"format": "crossfold-extractor", "format_version": 1, **description, "dim": dim}
    pathlib.Path(str(path) + ".json").write_text(json.dumps(full, indent=1) + "\n")
    print(f"{path}: {dim} numbers an image", file=sys.stderr)


class Pooled(torch.nn.Module):
    """Features of the last convolution, ReLU, mean over the image."""

    def __init__(self, features):
        super().__init__()
        self.features = features

    def forward(self, x):
        return torch.relu(self.features(x)).mean(dim=(2, 3))
