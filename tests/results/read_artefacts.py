#!/usr/bin/env python3
"""Prints what was kept of a fit as JSON. usage: read_artefacts.py RUN FIT"""
import hashlib
import json
import sys

import h5py
import numpy as np

TYPES = {"F64": "<f8", "F32": "<f4", "U32": "<u4"}


def document_of(run, fit):
    with h5py.File(f"{run}/artefacts.h5") as index:
        row = list(index["fit"].asstr()).index(fit)
        name = index["file"].attrs["levels"][index["file"][row]]
        with open(f"{run}/{name}", "rb") as file:
            file.seek(index["offset"][row])
            document = file.read(index["bytes"][row])
            assert hashlib.sha256(document).hexdigest() == index["sha256"].asstr()[row]
            return document


def arrays_of(document):
    """What safetensors.numpy.load does."""
    begin = 8 + int.from_bytes(document[:8], "little")
    arrays = {}
    for key, entry in json.loads(document[8:begin]).items():
        if key != "__metadata__":
            first, last = entry["data_offsets"]
            values = np.frombuffer(document[begin + first:begin + last], TYPES[entry["dtype"]])
            arrays[key] = values.reshape(entry["shape"])
    return arrays


document = document_of(sys.argv[1], sys.argv[2])
arrays = arrays_of(document)
try:
    import safetensors.numpy

    loaded = safetensors.numpy.load(document)
    assert loaded.keys() == arrays.keys()
    assert all(np.array_equal(loaded[key], arrays[key], equal_nan=True) for key in arrays)
except ImportError:
    pass
print(json.dumps({key: {"type": str(a.dtype), "values": np.nan_to_num(a, nan=-1).tolist()}
                  for key, a in arrays.items()}))
