#!/usr/bin/env python3
"""Writes texture_reference.csv: the texture embedding of the test pattern, computed with numpy from the
description in texture_extractor.h alone (whole-array code, none of it shared with the C++)."""
import numpy as np


def pattern(width, height):
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    rings = ((x - width // 2) ** 2 + (y - height // 3) ** 2) // 37
    grain = (x * 7919 + y * 104729 + x * y * 31) % 23
    return ((3 * x + 2 * y) // 5 + rings % 97 + grain) % 256


def area_weights(old, new):
    """[new, old]: the share of each old pixel in the mean that makes a new one."""
    edges = np.arange(old + 1)
    low = np.arange(new)[:, None] * old / new
    high = (np.arange(new)[:, None] + 1) * old / new
    overlap = np.minimum(edges[None, 1:], high) - np.maximum(edges[None, :-1], low)
    return np.clip(overlap, 0, None) * new / old


def area_resample(image, height, width):
    return area_weights(image.shape[0], height) @ image @ area_weights(image.shape[1], width).T


def hog(image):
    padded = np.pad(image, 1, mode="edge").astype(float)
    gx = padded[1:-1, 2:] - padded[1:-1, :-2]
    gy = padded[2:, 1:-1] - padded[:-2, 1:-1]
    magnitude = np.hypot(gx, gy)
    angle = np.degrees(np.arctan2(gy, gx)) % 180
    cells = np.zeros((8, 8, 9))
    for b in range(9):
        distance = np.abs(angle - (20 * b + 10))
        distance = np.minimum(distance, 180 - distance)
        weighted = magnitude * np.clip(1 - distance / 20, 0, None)
        cells[:, :, b] = weighted.reshape(8, 16, 8, 16).sum(axis=(1, 3))
    blocks = cells.reshape(4, 2, 4, 2, 9)
    norm = np.sqrt((blocks ** 2).sum(axis=(1, 3, 4), keepdims=True) + 1)
    return np.minimum(blocks / norm, 0.3).reshape(-1)


def lbp(image):
    def uniform(code):
        bits = f"{code:08b}"
        return sum(bits[i] != bits[i - 1] for i in range(8)) <= 2

    codes = [code for code in range(256) if uniform(code)]
    bins = np.array([codes.index(c) if c in codes else 58 for c in range(256)])
    centre = image[1:-1, 1:-1]
    code = np.zeros_like(centre)
    steps = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]
    for k, (dy, dx) in enumerate(steps):
        code += (image[1 + dy:127 + dy, 1 + dx:127 + dx] >= centre).astype(code.dtype) << k
    labels = bins[code]
    quarters = [labels[:63, :63], labels[:63, 63:], labels[63:, :63], labels[63:, 63:]]
    return np.concatenate([np.sqrt(np.bincount(q.ravel(), minlength=59) / q.size) for q in quarters])


def texture(image):
    if image.shape != (128, 128):
        mean = area_resample(image.astype(float), 128, 128)
        image = np.floor(mean + 0.5 + 1e-9).astype(np.int64)
    thumbnail = area_resample(image / 255, 14, 14).ravel()
    intensity = np.sqrt(np.histogram(image, bins=16, range=(0, 256))[0] / image.size)
    return np.concatenate([(hog(image) - 0.1) * 10, (lbp(image) - 0.11) * 24,
                           (thumbnail - 0.5) * 4, (intensity - 0.2) * 8])


sizes = [(128, 128), (256, 384), (203, 150), (100, 60)]
columns = [texture(pattern(*size)) for size in sizes]
with open("texture_reference.csv", "w") as out:
    out.write(",".join(f"{w}x{h}" for w, h in sizes) + "\n")
    for row in zip(*columns):
        out.write(",".join(f"{value:.7f}" for value in row) + "\n")
