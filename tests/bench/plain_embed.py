#!/usr/bin/env python3
"""A plain Python loop that makes texture numbers of images: the other side of versus_python_embed.sh.

usage: plain_embed.py MANIFEST.csv [--jobs N] [--times N] [--out FILE.npy]

Decodes each image of the manifest's column `image` (cv2), and takes from it as it is and from it
equalised (cv2.equalizeHist): histograms of oriented gradients and local binary patterns (skimage), a
thumbnail and an intensity histogram (cv2), of the image at 128 x 128, as `crossfold embed` does with
`--extractor texture --preprocess raw,equalized`. Prints JSON: images and seconds of the loop alone,
imports left out; processor seconds of this process. --jobs: processes; --times: goes through the
manifest so often.
"""
import argparse
import csv
import json
import multiprocessing
import os
import time

import cv2
import numpy as np
from skimage.feature import hog, local_binary_pattern

cv2.setNumThreads(1)


def texture(image):
    small = cv2.resize(image, (128, 128), interpolation=cv2.INTER_AREA)
    gradients = hog(small, orientations=9, pixels_per_cell=(16, 16), cells_per_block=(2, 2))
    codes = local_binary_pattern(small, 8, 1, method="nri_uniform").astype(np.uint8)
    quarters = [codes[:64, :64], codes[:64, 64:], codes[64:, :64], codes[64:, 64:]]
    patterns = [np.sqrt(np.bincount(q.ravel(), minlength=59) / q.size) for q in quarters]
    thumbnail = cv2.resize(small, (14, 14), interpolation=cv2.INTER_AREA).ravel() / 255
    intensity = np.sqrt(cv2.calcHist([small], [0], None, [16], [0, 256]).ravel() / small.size)
    return np.concatenate([gradients, *patterns, thumbnail, intensity]).astype(np.float32)


def embed(path):
    image = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    return np.concatenate([texture(image), texture(cv2.equalizeHist(image))])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("manifest")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--out")
    arguments = parser.parse_args()
    folder = os.path.dirname(os.path.abspath(arguments.manifest))
    with open(arguments.manifest, newline="") as lines:
        paths = [os.path.join(folder, row["image"]) for row in csv.DictReader(lines)]
    paths *= arguments.times
    start, cpu_start = time.perf_counter(), time.process_time()
    if arguments.jobs == 1:
        rows = [embed(path) for path in paths]
    else:
        with multiprocessing.Pool(arguments.jobs) as pool:
            rows = pool.map(embed, paths, chunksize=16)
    numbers = np.stack(rows)
    if arguments.out:
        np.save(arguments.out, numbers)
    print(json.dumps({"images": len(paths), "seconds": time.perf_counter() - start,
                      "processor_seconds": time.process_time() - cpu_start}))


if __name__ == "__main__":
    main()
