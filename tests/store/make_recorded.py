#!/usr/bin/env python3
"""Makes recorded/: stores written by h5py and matrices written by numpy, as others write them,
with what they hold as JSON.  Run it in this folder: make_recorded.py"""
import hashlib, json, runpy, struct, sys
import h5py, numpy as np

OUT = "recorded/"


def matrix_hash(x):
    x = np.ascontiguousarray(x, dtype="<f4")
    return hashlib.sha256(struct.pack("<QQ", *x.shape) + x.tobytes()).hexdigest()


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def label_hash(ids, groups, columns):
    h = hashlib.sha256(text("crossfold-labels-1") + struct.pack("<Q", len(ids)))
    for value in [*ids, *groups]:
        h.update(text(value))
    for codes, levels in columns:
        h.update(struct.pack("<Q", len(levels)))
        for level in levels:
            h.update(text(level))
        h.update(struct.pack("<Q", len(codes)) + np.asarray(codes, dtype="<i4").tobytes())
    return h.hexdigest()


def plain_store():
    sys.argv = ["write_store.py", OUT + "plain.h5"]
    made = runpy.run_path("write_store.py")
    ids = [f"image{i}.png" for i in range(60)]
    groups = [f"patient{i // 2}" for i in range(60)]
    columns = [(made["codes"][k].tolist(), made["levels"][k]) for k in ("class", "domain", "role")]
    return dict(ids=ids, groups=groups, columns=columns, dim=8, labels=label_hash(ids, groups, columns),
                matrix=matrix_hash(made["X"]), values=made["X"].ravel().tolist())


def unusual_store():
    """No groups, texts of fixed length, narrow and big-endian numbers, compression, a user block."""
    ids = ["a", "größer", "c c", "d", "e"]
    y, d, r = [0, 2, -1, 1, 0], [1, 0, 0, 255, 1], [0, 0, 0, 1, -1]
    x = np.linspace(-1, 1, 15).reshape(5, 3).astype(">f4")
    with h5py.File(OUT + "unusual.h5", "w", userblock_size=512) as f:
        f.attrs["format"] = np.bytes_("crossfold-store")
        f.attrs["format_version"] = np.array([1], dtype="uint8")
        f["samples/id"] = np.array([i.encode() for i in ids], dtype="S12")
        f["samples/class"] = np.array(y, dtype=">i2")
        f["samples/class"].attrs["levels"] = np.array([b"normal", b"pneumonia", b"covid19"])
        names = [f"site {i}" for i in range(256)]
        f["samples/domain"] = np.array(d, dtype="uint8")
        f["samples/domain"].attrs["levels"] = names
        f["samples/role"] = np.array(r, dtype="int32")
        f["attributes/age"] = np.array([50, 61.5, np.nan, 7, 0], dtype="float32")
        f["attributes/year"] = np.array([1, 2, 3, 4, 5], dtype="int16")
        f["attributes/view"] = np.array([0, 1, 0, -1, 0], dtype="int64")
        f["attributes/view"].attrs["levels"] = ["PA", "AP"]
        f.create_dataset("embeddings/net/raw", data=x, chunks=(2, 2), compression="gzip", shuffle=True)
        f["embeddings/net/raw"].attrs["extractor"] = "net 1.0"
    columns = [(y, ["normal", "pneumonia", "covid19"]), (d, names), (r, ["in", "oos"])]
    return dict(ids=ids, groups=ids, columns=columns, dim=3, labels=label_hash(ids, ids, columns),
                matrix=matrix_hash(x), values=x.astype("<f4").ravel().tolist())


def matrices():
    x = (np.arange(12).reshape(4, 3) / 7 - 1)
    made = {}
    for name, array, version in [("c_float32", x.astype("<f4"), (1, 0)),
                                 ("fortran_float64", np.asfortranarray(x), (1, 0)),
                                 ("version_2", x.astype("<f4"), (2, 0)),
                                 ("version_3", np.asfortranarray(x.astype("<f4")), (3, 0))]:
        with open(OUT + name + ".npy", "wb") as f:
            np.lib.format.write_array(f, array, version=version)
        made[name] = x.astype("<f4").ravel().tolist()
    return made


json.dump(dict(stores=dict(plain=plain_store(), unusual=unusual_store()), matrices=matrices()),
          open(OUT + "recorded.json", "w"), indent=0)
