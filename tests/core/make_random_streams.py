#!/usr/bin/env python3
"""Writes random_streams.json: named random streams made a second time, without Random123.

Philox-4x32-10 is written down here from Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"
(SC11), and checked against the known answers that Random123 publishes (tests/kat_vectors); a
stream's key and counter come from hashlib's SHA-256. The recorded numbers must never change: every
fit of every earlier run hangs on them.

    python3 make_random_streams.py > random_streams.json                (any Python 3)
"""
import hashlib
import json
import math
import struct
import sys

MASK = 0xFFFFFFFF


def philox(counter, key):
    counter, key = list(counter), list(key)
    for _ in range(10):
        left, right = counter[0] * 0xD2511F53, counter[2] * 0xCD9E8D57
        counter = [right >> 32 ^ counter[1] ^ key[0], right & MASK,
                   left >> 32 ^ counter[3] ^ key[1], left & MASK]
        key = [key[0] + 0x9E3779B9 & MASK, key[1] + 0xBB67AE85 & MASK]
    return counter


def words(text):
    return [int(word, 16) for word in text.split()]


for known_counter, known_key, answer in [
        ("00000000 00000000 00000000 00000000", "00000000 00000000",
         "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
         "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
         "d16cfe09 94fdcceb 5001e420 24126ea1")]:
    assert philox(words(known_counter), words(known_key)) == words(answer)


class Stream:
    """crossfold's RandomStream."""

    def __init__(self, root, purpose, seed, fold):
        def text(value):
            return struct.pack("<Q", len(value)) + value.encode()

        digest = hashlib.sha256(text("crossfold-stream-1") + struct.pack("<Q", root) + text(purpose)
                                + struct.pack("<QQ", seed, fold)).digest()
        self.key = struct.unpack("<2I", digest[:8])
        self.counter = [0, 0, *struct.unpack("<2I", digest[8:16])]
        self.block = []

    def u32(self):
        if not self.block:
            self.block = philox(self.counter, self.key)
            self.counter[0] += 1
        return self.block.pop(0)

    def u64(self):
        high = self.u32()
        return high << 32 | self.u32()

    def uniform(self):
        return (self.u64() >> 11) / 2**53

    def below(self, bound):
        while True:
            value = self.u64()
            if value >= 2**64 % bound:
                return value % bound

    def shuffled(self, size):
        values = list(range(size))
        for i in range(size, 1, -1):
            j = self.below(i)
            values[i - 1], values[j] = values[j], values[i - 1]
        return values

    def normals(self, pairs):
        numbers = []
        for _ in range(pairs):
            radius = math.sqrt(-2 * math.log(1 - self.uniform()))
            angle = 2 * math.pi * self.uniform()
            numbers += [radius * math.cos(angle), radius * math.sin(angle)]
        return numbers


def record(root, purpose, seed, fold):
    def stream():
        return Stream(root, purpose, seed, fold)

    first, whole, real, bounded = stream(), stream(), stream(), stream()
    return {"root_seed": root, "purpose": purpose, "seed": seed, "fold": fold,
            "u32": [first.u32() for _ in range(10)],
            "u64": [whole.u64() for _ in range(5)],
            "uniform": [real.uniform() for _ in range(5)],
            "below": [[bound, bounded.below(bound)]
                      for bound in (1, 2, 10, 14042, 2**32, 3 * 2**62, 2**64 - 1)],
            "shuffled": stream().shuffled(20),
            "normal": stream().normals(3)}


def main():
    streams = [record(1, "split", 0, 0), record(1, "init", 4, 9), record(2**64 - 1, "order", 2, 3),
               record(0, "", 2**32 - 1, 2**32 - 1)]
    print('{"made_by": "make_random_streams.py", "streams": [\n  '
          + ",\n  ".join(json.dumps(s) for s in streams) + "\n]}")


if __name__ == "__main__":
    sys.exit(main())
