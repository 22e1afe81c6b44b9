#!/usr/bin/env python3
"""Makes recorded/odd/: stores as h5py writes them whose matrix is not plain float32 in this file: of
other types, elsewhere, compressed by a filter that few libraries have, left open by a killed
writer.  odd.json says which float32 numpy makes of the others.  Run it in this folder."""
import json, os
import h5py, numpy as np

OUT = "recorded/odd/"
X = np.linspace(-1, 1, 24).reshape(12, 2) / 3


def store(name, **options):
    f = h5py.File(OUT + name, "w", **options)
    f.attrs["format"], f.attrs["format_version"] = "crossfold-store", 1
    f["samples/id"] = [f"image{i}" for i in range(12)]
    f["samples/group"] = [f"patient{i // 2}" for i in range(12)]
    for key, levels in (("class", ["normal", "covid19"]), ("domain", ["cohen", "rsna"]), ("role", ["in", "oos"])):
        f["samples/" + key] = (np.arange(12) // 3) % 2 if key != "role" else np.zeros(12, dtype=int)
        f["samples/" + key].attrs["levels"] = levels
    return f


types = {"float64": "<f8", "float64_big": ">f8", "float16": "<f2", "int64": "<i8", "uint8": "|u1"}
values = {}
for name, kind in types.items():
    x = (X * (1 if "f" in kind else 300)).astype(kind)
    if name == "int64":
        x[3, 1] = 2**24 + 1
    with store(name + ".h5") as f:
        f["embeddings/net/raw"] = x
    values[name] = x.astype("<f4").ravel().tolist()
with store("too_large.h5") as f:
    x = X.copy()
    x[2, 1] = 1e39
    f["embeddings/net/raw"] = x

with h5py.File(OUT + "source.h5", "w") as f:
    f["x"] = X.astype("<f4")
with store("virtual.h5", libver="latest") as f:
    layout = h5py.VirtualLayout(shape=X.shape, dtype="<f4")
    layout[:] = h5py.VirtualSource("source.h5", "x", shape=X.shape)
    f.create_virtual_dataset("embeddings/net/raw", layout)
X.astype("<f4").tofile(OUT + "numbers.bin")
with store("external.h5") as f:
    f.create_dataset("embeddings/net/raw", shape=X.shape, dtype="<f4",
                     external=[("numbers.bin", 0, X.size * 4)])

with store("filter.h5") as f:
    f.create_dataset("embeddings/net/raw", data=X.astype("<f4"), chunks=(12, 2), compression="gzip")
raw = open(OUT + "filter.h5", "rb").read()
message = b"\x01\x00\x08\x00\x01\x00\x01\x00deflate\x00"  # id, length of the name, flags, values
assert raw.count(message) == 1
with open(OUT + "filter.h5", "wb") as f:
    f.write(raw.replace(message, (32001).to_bytes(2, "little") + message[2:8] + b"blosc\0\0\0"))

if os.fork() == 0:
    f = store("left_open.h5", libver="latest")
    f["embeddings/net/raw"] = X.astype("<f4")
    f.flush()
    os._exit(1)
os.wait()
json.dump(values, open(OUT + "odd.json", "w"), indent=0)
