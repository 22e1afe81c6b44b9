"""Makes tests/imaging/dicom: small DICOM images of every kind that is read, drawn from a formula (no
person was X-rayed for them), and expected.csv with the gray pictures that pydicom and numpy make of
them: stored bits by numpy, apply_modality_lut and apply_voi_lut by pydicom, then scaled to 0..255.
Compressed ones are made, and for the expected picture decompressed, by DCMTK's programs. Run by hand
with Debian's python3-pydicom and dcmtk; the tests read what it wrote.

    python3 tests/imaging/make_dicom_cases.py
"""
import pathlib
import subprocess
import tempfile

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.pixel_data_handlers.util import apply_modality_lut, apply_voi_lut
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

SIDE = 16
FOLDER = pathlib.Path(__file__).parent / "dicom"


def values(low, high):
    """Whole numbers from low to high, each end there, in no simple order."""
    i = np.arange(SIDE * SIDE)
    v = low + (i * 2657 + i // 7 * 31) % (high - low + 1)
    v[0], v[1] = low, high
    return v.reshape(SIDE, SIDE)


def image(pixels, allocated=16, stored=12, high=None, signed=0, photometric="MONOCHROME2", **words):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    meta.TransferSyntaxUID = words.pop("syntax", ExplicitVRLittleEndian)
    data = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.4"
    data.is_little_endian, data.is_implicit_VR = True, meta.TransferSyntaxUID == ImplicitVRLittleEndian
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, photometric
    data.Rows = data.Columns = SIDE
    data.BitsAllocated, data.BitsStored = allocated, stored
    data.HighBit = stored - 1 if high is None else high
    data.PixelRepresentation = signed
    for word, value in words.items():
        setattr(data, word, value)
    shift = data.HighBit + 1 - stored
    raw = (np.asarray(pixels) & ((1 << stored) - 1)) << shift
    raw = raw | words_in_unused_bits(raw.shape, allocated, stored, data.HighBit) if "Overlay" in str(
        words.get("ImageComments", "")) else raw
    if signed and "Overlay" not in str(words.get("ImageComments", "")) and data.HighBit + 1 < allocated:
        raw = np.where(np.asarray(pixels) < 0, raw | (~0 << (data.HighBit + 1)), raw)
    data.PixelData = raw.astype(np.int64).astype("<u2" if allocated == 16 else "u1").tobytes()
    return data


def words_in_unused_bits(shape, allocated, stored, high):
    """Ones in all bits that are not stored ones, for every third pixel: what an old overlay leaves."""
    used = ((1 << stored) - 1) << (high + 1 - stored)
    mask = ((1 << allocated) - 1) & ~used
    pattern = np.zeros(shape, np.int64)
    pattern.flat[::3] = mask
    return pattern


def table(first, bits, entries, vr="US"):
    item = Dataset()
    item.add_new(0x00283002, vr, [len(entries) % 65536, first, bits])
    words = np.asarray(entries, "<u2")
    wide = len(entries) > 600
    item.add_new(0x00283006, "OW" if wide else "US", words.tobytes() if wide else words.tolist())
    return Sequence([item])


def modality_table(*args, **words):
    sequence = table(*args, **words)
    sequence[0].ModalityLUTType = "US"
    return sequence


def window(center, width, shape=None, **more):
    words = dict(WindowCenter=center, WindowWidth=width, **more)
    if shape:
        words["VOILUTFunction"] = shape
    return words


def rescale(slope, intercept, **more):
    return dict(RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="US", **more)


def curve(count, bits, power):
    return np.round(((1 << bits) - 1) * np.linspace(0, 1, count) ** power).astype(int)


def cases():
    twelve = values(0, 4095)
    yield "plain-8", image(values(0, 255), 8, 8)
    yield "plain-8-in-16", image(values(3, 250), 16, 8)
    yield "plain-7-in-8", image(values(0, 127), 8, 7)
    yield "plain-12", image(values(210, 2149))
    yield "plain-16", image(values(1000, 64000), 16, 16)
    yield "plain-10", image(values(0, 1023), 16, 10)
    yield "signed-16", image(values(-1500, 1500), 16, 16, signed=1)
    yield "signed-12", image(values(-2048, 2047), 16, 12, signed=1)
    yield "signed-8", image(values(-128, 127), 8, 8, signed=1)
    yield "signed-window", image(values(-1500, 1500), 16, 16, signed=1, **window("0.5", "2001"))
    yield "implicit", image(twelve, syntax=ImplicitVRLittleEndian, **window("2048", "4096"))
    yield "window-linear", image(twelve, **window("1000", "200"))
    yield "window-width-1", image(twelve, **window("2000", "1"))
    yield "window-width-2", image(twelve, **window("2000", "2"))
    yield "window-fraction", image(twelve, **window("1800.25", "900.5"))
    yield "window-several", image(twelve, **window(["2048", "100"], ["4096", "10"]))
    yield "window-exact", image(twelve, **window("2000", "1000", "LINEAR_EXACT"))
    yield "window-exact-below-1", image(twelve, **rescale("0.001", "0"), **window("2.0", "0.5", "LINEAR_EXACT"))
    yield "window-sigmoid", image(twelve, **window("2000", "1000", "SIGMOID"))
    yield "window-sigmoid-below-1", image(twelve, **rescale("0.001", "-1"), **window("1.0", "0.75", "SIGMOID"))
    yield "window-far-off", image(values(210, 2149), **window("40", "400"))
    yield "window-8", image(values(0, 255), 8, 8, **window("100", "120"))
    yield "slope-0.1", image(twelve, **rescale("0.1", "0"), **window("200", "360", "LINEAR_EXACT"))
    yield "slope-0.01", image(twelve, **rescale("0.01", "0"), **window("20", "36"))
    yield "slope-0.001", image(twelve, **rescale("0.001", "-2"), **window("0.5", "3", "LINEAR_EXACT"))
    yield "slope-0.37", image(twelve, **rescale("0.37", "12.5"))
    yield "slope-2", image(twelve, **rescale("2", "-1024"), **window("1024", "8191"))
    yield "slope-negative", image(twelve, **rescale("-1", "4095"), **window("1500", "2200"))
    yield "slope-negative-no-window", image(twelve, **rescale("-0.25", "100"))
    yield "slope-8", image(values(0, 255), 8, 8, **rescale("0.5", "10"))
    yield "slope-signed", image(values(-1000, 1000), 16, 16, signed=1, **rescale("0.3", "7.5"),
                                **window("0", "400", "SIGMOID"))
    yield "mono1-8", image(values(0, 255), 8, 8, photometric="MONOCHROME1")
    yield "mono1-12", image(values(100, 3000), photometric="MONOCHROME1")
    yield "mono1-window", image(twelve, photometric="MONOCHROME1", **window("2048", "3000"))
    yield "mono1-inverse", image(twelve, photometric="MONOCHROME1", PresentationLUTShape="INVERSE",
                                 **window("1024", "900"))
    yield "mono2-identity", image(twelve, PresentationLUTShape="IDENTITY", **window("1024", "900"))
    yield "mono1-slope-sigmoid", image(twelve, photometric="MONOCHROME1", **rescale("0.05", "1"),
                                       **window("100", "90", "SIGMOID"))
    yield "high-bit-15", image(twelve, 16, 12, high=15, **window("2048", "4096"))
    yield "high-bit-13-signed", image(values(-2048, 2047), 16, 12, high=13, signed=1)
    yield "high-bit-7-of-4", image(values(0, 15), 8, 4, high=7)
    yield "overlay-in-high-bits", image(twelve, ImageComments="Overlay", **window("2048", "4096"))
    yield "overlay-in-high-bits-signed", image(values(-2048, 2047), signed=1, ImageComments="Overlay")
    yield "overlay-in-low-bits", image(twelve, 16, 12, high=15, ImageComments="Overlay")
    ten = values(0, 1023)
    yield "voi-table-16", image(ten, stored=10, VOILUTSequence=table(0, 16, curve(1024, 16, 0.6)))
    yield "voi-table-12-first", image(twelve, VOILUTSequence=table(1000, 12, curve(500, 12, 2)))
    yield "voi-table-8", image(twelve, VOILUTSequence=table(500, 8, curve(256, 8, 0.5)))
    yield "voi-table-signed", image(values(-1500, 1500), 16, 16, signed=1,
                                    VOILUTSequence=table(-270, 10, curve(580, 10, 1.3), vr="SS"))
    yield "voi-table-before-window", image(ten, stored=10, VOILUTSequence=table(0, 10, curve(600, 10, 3)),
                                           **window("100", "10"))
    yield "voi-table-mono1", image(twelve, photometric="MONOCHROME1",
                                   VOILUTSequence=table(2000, 14, curve(590, 14, 0.8)))
    yield "voi-table-after-rescale", image(twelve, **rescale("1", "-1024"),
                                           VOILUTSequence=table(-500, 16, curve(800, 16, 1.5), vr="SS"))
    yield "modality-table", image(ten, stored=10, ModalityLUTSequence=modality_table(0, 16, curve(1024, 16, 1.7)))
    yield "modality-table-window", image(ten, stored=10, ModalityLUTSequence=modality_table(100, 16, curve(700, 14, 0.5)),
                                         **window("9000", "8000"))
    yield "modality-table-voi-table", image(
        ten, stored=10, ModalityLUTSequence=modality_table(50, 16, curve(500, 10, 1)),
        VOILUTSequence=table(100, 12, curve(550, 12, 2)))
    yield "padding-0", image(padded(values(1210, 3149), 0), 16, 13, PixelPaddingValue=0)
    yield "padding-window", image(padded(values(900, 3900), 4095), PixelPaddingValue=4095, **window("2000", "3000"))
    yield "padding-signed", image(padded(values(-1000, 900), -2000), 16, 16, signed=1, PixelPaddingValue=-2000,
                                  **rescale("1", "-24"))
    yield "padding-range", image(padded(padded(values(300, 3900), 0), 40, 5), PixelPaddingValue=0,
                                 PixelPaddingRangeLimit=50)
    yield "padding-range-turned", image(padded(padded(values(300, 3900), 4095), 4000, 5), PixelPaddingValue=4095,
                                        PixelPaddingRangeLimit=3950)
    yield "padding-8", image(padded(values(20, 250), 255), 8, 8, PixelPaddingValue=255)
    yield "padding-mono1", image(padded(values(500, 3500), 0), photometric="MONOCHROME1", PixelPaddingValue=0)


def padded(pixels, value, every=4):
    pixels = pixels.copy()
    pixels[:, ::every] = value
    return pixels


def stored_values(data):
    """The stored bits of each sample, with their sign."""
    wide = data.BitsAllocated == 16
    raw = np.frombuffer(data.PixelData, "<u2" if wide else "u1")[:SIDE * SIDE].astype(np.int64)
    raw = (raw >> (data.HighBit + 1 - data.BitsStored)) & ((1 << data.BitsStored) - 1)
    if data.PixelRepresentation:
        raw = np.where(raw >= 1 << (data.BitsStored - 1), raw - (1 << data.BitsStored), raw)
    return raw.reshape(SIDE, SIDE).astype(np.int32)


def window_range(data, units):
    """The range that pydicom's apply_windowing writes into."""
    if "ModalityLUTSequence" in data:
        return 0, 2 ** data.ModalityLUTSequence[0].LUTDescriptor[2] - 1
    low = -(2 ** (data.BitsStored - 1)) if data.PixelRepresentation else 0
    high = low + 2 ** data.BitsStored - 1
    if "RescaleSlope" in data:
        low, high = (v * data.RescaleSlope + data.RescaleIntercept for v in (low, high))
    return float(low), float(high)


def voi_table(units, data):
    """By pydicom; where entries have 8 bits by numpy, as pydicom 2.3 wraps the index to 8 bits then."""
    item = data.VOILUTSequence[0]
    count, first, bits = item.LUTDescriptor
    if bits > 8:
        return apply_voi_lut(units, data)
    entries = np.frombuffer(item.LUTData, "<u2") if isinstance(item.LUTData, bytes) else np.array(item.LUTData)
    return entries[np.clip(units - first, 0, (count or 65536) - 1)]


def expected(data):
    stored = stored_values(data)
    shown = np.ones(stored.shape, bool)
    if "PixelPaddingValue" in data:
        ends = [data.PixelPaddingValue, data.get("PixelPaddingRangeLimit", data.PixelPaddingValue)]
        shown = ~((stored >= min(ends)) & (stored <= max(ends)))
    units = apply_modality_lut(stored, data)
    if "VOILUTSequence" in data:
        share = voi_table(np.rint(units).astype(np.int32), data) / (2.0 ** data.VOILUTSequence[0].LUTDescriptor[2] - 1)
    elif "WindowWidth" in data:
        low, high = window_range(data, units)
        share = (apply_voi_lut(units, data) - low) / (high - low)
    elif data.BitsStored == 8 and not data.PixelRepresentation and "RescaleSlope" not in data:
        share = units / 255
    else:
        low, high = units[shown].min(), units[shown].max()
        share = (units.astype(float) - low) / (high - low)
    gray = np.floor(np.clip(share, 0, 1) * 255 + 0.5)
    if data.PhotometricInterpretation == "MONOCHROME1":
        gray = 255 - gray
    return np.where(shown, gray, 0).astype(np.uint8)


COMPRESSED = [  # name, what is compressed, program, options, what takes it apart again
    ("big-endian", "window-linear", "dcmconv", ["+tb"], None),
    ("big-endian-8", "plain-8", "dcmconv", ["+tb"], None),
    ("big-endian-table", "voi-table-signed", "dcmconv", ["+tb"], None),
    ("implicit-by-dcmtk", "signed-window", "dcmconv", ["+ti"], None),
    ("implicit-table", "voi-table-16", "dcmconv", ["+ti"], None),
    ("voi-table-65536-deflated", "voi-table-65536", "dcmconv", ["+td"], None),
    ("deflated", "padding-window", "dcmconv", ["+td"], None),
    ("rle-16", "window-fraction", "dcmcrle", [], "dcmdrle"),
    ("rle-8", "plain-8", "dcmcrle", [], "dcmdrle"),
    ("rle-signed", "signed-16", "dcmcrle", [], "dcmdrle"),
    ("jpeg-lossless", "window-linear", "dcmcjpeg", ["+e1"], "dcmdjpeg"),
    ("jpeg-lossless-predictor-6", "slope-0.1", "dcmcjpeg", ["+el", "+sv", "6"], "dcmdjpeg"),
    ("jpeg-lossless-8", "mono1-8", "dcmcjpeg", ["+e1"], "dcmdjpeg"),
    ("jpeg-lossless-16", "plain-16", "dcmcjpeg", ["+e1"], "dcmdjpeg"),
    ("jpeg-lossless-signed", "signed-16", "dcmcjpeg", ["+e1"], "dcmdjpeg"),
    ("jpeg-baseline", "plain-8", "dcmcjpeg", ["+eb"], "dcmdjpeg"),
    ("jpeg-extended-8", "plain-8", "dcmcjpeg", ["+ee", "+be"], "dcmdjpeg"),
    ("jpeg-extended-12", "plain-12", "dcmcjpeg", ["+ee", "+bt"], "dcmdjpeg"),
    ("jpeg-spectral", "plain-8", "dcmcjpeg", ["+es"], "dcmdjpeg"),
    ("jpeg-progressive", "plain-8", "dcmcjpeg", ["+ep"], "dcmdjpeg"),
    ("jpegls-lossless", "modality-table", "dcmcjpls", ["+el"], "dcmdjpls"),
    ("jpegls-lossless-8", "window-8", "dcmcjpls", ["+el"], "dcmdjpls"),
    ("jpegls-lossless-16", "plain-16", "dcmcjpls", ["+el"], "dcmdjpls"),
    ("jpegls-near", "window-linear", "dcmcjpls", ["+en", "+md", "3"], "dcmdjpls"),
    ("jpeg-pseudo-lossless", "window-linear", "dcmcjpeg", ["+e1", "+pl"], "dcmdjpeg"),
]


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*"):
        old.unlink()
    lines = []
    for name, data in cases():
        file = FOLDER / (name + ".dcm")
        data.save_as(file, write_like_original=False)
        lines.append((name, expected(pydicom.dcmread(file))))
    with tempfile.TemporaryDirectory() as scratch:
        image(values(0, 65535), 16, 16, VOILUTSequence=table(0, 8, curve(65536, 8, 0.7))).save_as(
            pathlib.Path(scratch) / "voi-table-65536.dcm", write_like_original=False)
        for name, source, program, options, back in COMPRESSED:
            file = FOLDER / (name + ".dcm")
            folder = FOLDER if (FOLDER / (source + ".dcm")).exists() else pathlib.Path(scratch)
            if program in ("dcmcjpeg", "dcmcjpls"):
                options = [*options, "+un"]  # the same file each time
            subprocess.run([program, *options, folder / (source + ".dcm"), file], check=True)
            plain = pathlib.Path(scratch) / "plain.dcm"
            subprocess.run([back or "dcmconv", *([] if back else ["+te"]), file, plain], check=True)
            lines.append((name, expected(pydicom.dcmread(plain))))
    text = "name,grays\n" + "".join(f"{name},{gray.tobytes().hex()}\n" for name, gray in sorted(lines))
    (FOLDER / "expected.csv").write_text(text)
    print(len(lines), "cases")


if __name__ == "__main__":
    main()
