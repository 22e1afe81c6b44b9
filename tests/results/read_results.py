#!/usr/bin/env python3
"""Prints what h5py finds in a results.h5 as JSON. usage: read_results.py RESULTS.h5"""
import json
import sys

import h5py


def plain(value):
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list):
        return [plain(item) for item in value]
    return "nan" if value != value else "inf" if value == float("inf") else value


found = {"attributes": {}, "datasets": {}}


def note(name, node):
    for key, value in node.attrs.items():
        found["attributes"][f"{name}@{key}"] = plain(value)
    if isinstance(node, h5py.Dataset):
        found["datasets"][name] = {"shape": list(node.shape), "type": str(node.dtype),
                                   "values": plain(node[()])}


with h5py.File(sys.argv[1]) as file:
    note("", file)
    file.visititems(note)
print(json.dumps(found))
