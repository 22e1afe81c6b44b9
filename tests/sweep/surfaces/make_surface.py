#!/usr/bin/env python3
"""Takes one score of a complete run out of its report; README.md has the commands.

    crossfold report RUN --format json --fits > report.json
    make_surface.py NAME SCORE report.json > NAME.json
"""
import json
import sys


def main():
    name, score, path = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    assert report["complete"], "the run is not complete"
    table, = report["tables"]
    rows = []
    for row in table["rows"]:
        fits = {(fit["seed"], fit["fold"]): fit["scores"][score] for fit in row["fits"]}
        rows.append([fits[seed, fold] for seed in range(table["seeds"])
                     for fold in range(table["folds"])])
    print("{" + f'"name": {json.dumps(name)}, "score": {json.dumps(score)}, "unit": 1e-5,')
    print(f' "seeds": {table["seeds"]}, "folds": {table["folds"]},')
    print(' "candidates": [\n  ' +
          ",\n  ".join(json.dumps(row["candidate"]) for row in table["rows"]) + "],")
    print(' "scores": [')
    print(",\n".join("  [" + ",".join("null" if s is None else str(round(s * 1e5)) for s in row) +
                     "]" for row in rows))
    print(" ]}")


if __name__ == "__main__":
    main()
