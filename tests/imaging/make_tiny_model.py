"""Makes tests/imaging/models: a tiny convolutional network as TorchScript and as ONNX, and the
features that PyTorch itself computes for the pattern of tiny_models.h (48 x 32, so that nothing
is resampled); one that was saved in training mode, with what it gives in evaluation mode; and one that gives maps of three organs, with the mask of the last two. Run by hand with PyTorch 1.13 or newer; the tests read what it wrote.

    python3 tests/imaging/make_tiny_model.py
"""
import json
import pathlib

import numpy as np
import torch

WIDTH, HEIGHT, CHANNELS, DIM = 48, 32, 3, 5
LOW, HIGH, MEAN, STD = -1024.0, 1024.0, [10.0, -20.0, 0.5], [300.0, 400.0, 500.0]


def pattern():
    """pixels[y * width + x] = (x * 7 + y * 13 + x * y) % 256, as the test computes them."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return ((x * 7 + y * 13 + x * y) % 256).astype(np.float32)


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.first = torch.nn.Conv2d(CHANNELS, 4, 3, padding=1, stride=2)
        self.second = torch.nn.Conv2d(4, DIM, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.second(torch.relu(self.first(x))))
        return torch.nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)


class TrainingState(torch.nn.Module):
    """Batch normalisation and dropout, saved as training leaves them: not in evaluation mode."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(CHANNELS, 4, 3, padding=1, stride=2), torch.nn.BatchNorm2d(4), torch.nn.ReLU(),
            torch.nn.Dropout(0.5), torch.nn.Conv2d(4, DIM, 3, padding=1), torch.nn.BatchNorm2d(DIM))

    def forward(self, x):
        return torch.nn.functional.adaptive_avg_pool2d(self.layers(x), 1).flatten(1)


class TinyMaps(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.first = torch.nn.Conv2d(CHANNELS, 4, 5, padding=2)
        self.second = torch.nn.Conv2d(4, 3, 5, padding=2)

    def forward(self, x):
        return self.second(torch.tanh(self.first(x)))


def make_training_state(folder, batch, description):
    model = TrainingState().train()
    for _ in range(20):  # running statistics of other images
        model(batch + torch.randn_like(batch))
    model.eval()
    with torch.no_grad():
        features = model(batch)[0]
    scripted = torch.jit.script(model)
    scripted.train()
    scripted.save(str(folder / "training_state.pt"))
    (folder / "training_state.pt.json").write_text(json.dumps(description, indent=1) + "\n")
    (folder / "training_state.csv").write_text(",".join(f"{v:.9g}" for v in features.tolist()) + "\n")


def make_maps(folder, batch, description):
    model = TinyMaps().eval()
    with torch.no_grad():
        logits = model(batch)[0, 1:].max(dim=0).values
    assert logits.abs().min() > 1e-4, "a pixel on the threshold says nothing"
    torch.jit.trace(model, batch).save(str(folder / "tiny_maps.pt"))
    (folder / "tiny_maps.pt.json").write_text(json.dumps(
        description | {"format": "crossfold-segmenter", "output": "logits", "lungs": [1, 2]}, indent=1) + "\n")
    rows = ["".join("#" if v > 0 else "." for v in row) for row in logits.tolist()]
    (folder / "mask.txt").write_text("\n".join(rows) + "\n")


def main():
    folder = pathlib.Path(__file__).parent / "models"
    folder.mkdir(exist_ok=True)
    gray = pattern() * ((HIGH - LOW) / 255) + LOW
    channels = [(gray - m) / s for m, s in zip(MEAN, STD)]
    batch = torch.from_numpy(np.stack(channels).astype(np.float32))[None]
    model = Tiny().eval()
    with torch.no_grad():
        features = model(batch)[0]
    torch.jit.trace(model, batch).save(str(folder / "tiny.pt"))
    torch.onnx.export(model, batch, str(folder / "tiny.onnx"), opset_version=11,
                      input_names=["image"], output_names=["features"])
    description = {"format": "crossfold-extractor", "format_version": 1, "name": "tiny",
                   "width": WIDTH, "height": HEIGHT, "channels": "gray three times",
                   "range": [LOW, HIGH], "mean": MEAN, "std": STD}
    make_maps(folder, batch, description | {"name": "tiny maps"})
    description["dim"] = DIM
    make_training_state(folder, batch, description | {"name": "training state"})
    for name in ("tiny.pt", "tiny.onnx"):
        (folder / (name + ".json")).write_text(json.dumps(description, indent=1) + "\n")
    (folder / "features.csv").write_text(",".join(f"{v:.9g}" for v in features.tolist()) + "\n")


if __name__ == "__main__":
    main()
