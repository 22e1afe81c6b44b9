#!/usr/bin/env python3
"""compare_tables.py A.csv B.csv TOLERANCE: same cells, numbers within the tolerance. Prints the largest
difference; 1 where one exceeds it or other text differs."""
import csv
import sys


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return None


first, second = (list(csv.reader(open(path, newline=""))) for path in sys.argv[1:3])
tolerance = float(sys.argv[3])
if [len(row) for row in first] != [len(row) for row in second]:
    sys.exit("the tables have other rows or columns")
largest, different = 0.0, 0
for row, (cells, others) in enumerate(zip(first, second), start=1):
    for title, a, b in zip(first[0], cells, others):
        if a == b:
            continue
        x, y = number(a), number(b)
        if x is None or y is None:
            print(f"line {row}, {title}: {a} and {b}")
            different += 1
            continue
        largest = max(largest, abs(x - y))
        if not abs(x - y) <= tolerance:
            print(f"line {row}, {title}: {a} and {b}")
            different += 1
print(f"largest difference of a number: {largest:.3g} (permitted: {tolerance:g}); {different} cells differ")
sys.exit(1 if different else 0)
