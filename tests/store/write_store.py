# A crossfold store in a dozen lines: one row of X for each sample, in the order of the ids.
import sys, h5py, numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 8)).astype("float32")
codes = {"class": rng.integers(0, 2, 60), "domain": rng.integers(0, 2, 60), "role": (np.arange(60) >= 48).astype(int)}
levels = {"class": ["normal", "covid19"], "domain": ["cohen", "rsna"], "role": ["in", "oos"]}
with h5py.File(sys.argv[1], "w") as f:
    f.attrs["format"], f.attrs["format_version"] = "crossfold-store", 1
    f["samples/id"] = [f"image{i}.png" for i in range(60)]
    f["samples/group"] = [f"patient{i // 2}" for i in range(60)]
    for name in codes:
        f["samples/" + name] = codes[name]
        f["samples/" + name].attrs["levels"] = levels[name]
    f["embeddings/mymodel/raw"] = X
