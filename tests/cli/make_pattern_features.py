#!/usr/bin/env python3
"""Writes pattern_features.csv: what PyTorch makes of tests/imaging/models/tiny.pt for the images of
skip_bad_test.cpp, (x * 7 + y * 13 + x * y * k) % 256 of 48 x 32 pixels, k from 1 to 12.

usage: /usr/bin/python3 make_pattern_features.py > pattern_features.csv
"""
import json, pathlib
import numpy as np
import torch

models = pathlib.Path(__file__).parent.parent / "imaging" / "models"
about = json.loads((models / "tiny.pt.json").read_text())
model = torch.jit.load(str(models / "tiny.pt")).eval()
low, high = about["range"]
y, x = np.mgrid[0:about["height"], 0:about["width"]]
print("k," + ",".join(f"x{i}" for i in range(about["dim"])))
for k in range(1, 13):
    gray = (x * 7 + y * 13 + x * y * k) % 256 * ((high - low) / 255) + low
    batch = np.stack([(gray - m) / s for m, s in zip(about["mean"], about["std"])]).astype(np.float32)
    with torch.no_grad():
        features = model(torch.from_numpy(batch)[None])[0]
    print(f"{k}," + ",".join(f"{v:.7g}" for v in features.tolist()))
