#!/usr/bin/env python3
"""Prints as JSON what h5py finds in a crossfold store, with its hashes computed anew by hashlib.
usage: describe_store.py STORE.h5"""
import hashlib, json, struct, sys
import h5py, numpy as np


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def column_bytes(codes, levels):
    out = struct.pack("<Q", len(levels)) + b"".join(map(text, levels))
    return out + struct.pack("<Q", len(codes)) + np.asarray(codes, dtype="<i4").tobytes()


with h5py.File(sys.argv[1]) as f:
    ids, groups = (f["samples/" + k].asstr()[:].tolist() for k in ("id", "group"))
    columns = {k: (f["samples/" + k][:], list(f["samples/" + k].attrs["levels"]))
               for k in ("class", "domain", "role")}
    labels = text("crossfold-labels-1") + struct.pack("<Q", len(ids)) + b"".join(map(text, ids + groups))
    labels += b"".join(column_bytes(*columns[k]) for k in ("class", "domain", "role"))
    out = dict(format=f.attrs["format"], version=int(f.attrs["format_version"]), ids=ids, groups=groups,
               codes={k: v[0].tolist() for k, v in columns.items()},
               levels={k: v[1] for k, v in columns.items()},
               types={k: str(v[0].dtype) for k, v in columns.items()},
               label_sha256=f["samples"].attrs["label_sha256"],
               label_sha256_anew=hashlib.sha256(labels).hexdigest(), sets={}, attributes={})
    for e, sets in f["embeddings"].items():
        for p, m in sets.items():
            x = m[:]
            again = hashlib.sha256(struct.pack("<QQ", *x.shape) + x.astype("<f4").tobytes()).hexdigest()
            out["sets"][f"{e}/{p}"] = dict(type=str(m.dtype), shape=m.shape, fletcher32=m.fletcher32,
                                           chunk_columns=m.chunks[1], values=x.ravel().tolist(),
                                           content_sha256=m.attrs["content_sha256"], content_sha256_anew=again,
                                           extractor=m.attrs.get("extractor", ""))
    for name, a in f.get("attributes", {}).items():
        raw = text("crossfold-attribute-1")
        if "levels" in a.attrs:
            raw += column_bytes(a[:], list(a.attrs["levels"]))
        else:
            raw += struct.pack("<Q", len(a)) + a[:].astype("<f8").tobytes()
        out["attributes"][name] = dict(type=str(a.dtype), content_sha256=a.attrs["content_sha256"],
                                       content_sha256_anew=hashlib.sha256(raw).hexdigest())
print(json.dumps(out))
