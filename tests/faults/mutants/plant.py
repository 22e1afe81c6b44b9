#!/usr/bin/env python3
"""Mutation testing: plants small errors (mutants) in the C++ sources of a clone, each behind a switch of its own, so that one build serves them
all and find.py can say which of them the tests notice.

usage: plant.py plant --seed S --count N [--but REGEX] FOLDER...   in a clone without changes; FOLDER: src/job, ...
       plant.py drop BUILD.log                       takes out those that the compiler objects to
       plant.py clean                                takes all out again

What was planted stands in mutants.json, which find.py reads. Where and what is drawn by the seed: the same sources and
seed give the same mutants. Each is one of RULES: what a programmer might write by mistake on a line that is otherwise
right. Not all of them change what the program does: those that no test finds are to be looked at."""
import argparse
import json
import pathlib
import random
import re
import subprocess
import sys

MUTANTS = pathlib.Path("mutants.json")
HEADER = pathlib.Path(__file__).resolve().parent / "mutant.h"
MOST = 10_000  # as mutant.h
OPERAND = r"[\w.\[\]()>:*-]+"
OTHER_COMPARISON = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def is_balanced(text):
    depth = 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            return False
    return depth == 0


def end_of_parentheses(text, begin):
    """Behind the one that closes the one at `begin`; None where it is not on this line."""
    depth = 0
    for at in range(begin, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            return at + 1
    return None


def stands_alone(code, begin, end):
    """Whether what lies between is a whole operand of && and ||, or all of a condition or a value."""
    before, behind = code[:begin].rstrip(" "), code[end:].lstrip(" ")
    return (before.endswith(("(", "&&", "||", "return", "=", "?", ",")) and not before.endswith(("==", "!=", "<=", ">="))
            and behind.startswith((")", "&&", "||", ";", "?", ",")))


def top_level_operands(condition):
    """Split by && or by ||, where it has one of the two alone outside of parentheses."""
    for operator, other in (("&&", "||"), ("||", "&&")):
        parts, depth, begin = [], 0, 0
        for at, c in enumerate(condition):
            depth += (c in "([{") - (c in ")]}")
            if depth == 0 and condition.startswith(other, at):
                break
            if depth == 0 and condition.startswith(operator, at):
                parts.append(condition[begin:at].strip())
                begin = at + 2
        else:
            if parts:
                return operator, parts + [condition[begin:].strip()]
    return None, []


def comparisons(code):
    for found in re.finditer(rf"(?P<a>{OPERAND}) (?P<op>[<>]=?|[!=]=) (?P<b>{OPERAND})", code):
        a, op, b = found.group("a", "op", "b")
        while a and not is_balanced(a) and a[0] in "([":
            a = a[1:]
        while b and not is_balanced(b) and b[-1] in ")]":
            b = b[:-1]
        begin, end = found.start("op") - 1 - len(a), found.start("b") + len(b)
        if a and b and is_balanced(a) and is_balanced(b) and stands_alone(code, begin, end) and "for (" not in code:
            yield begin, end, lambda n, a=a, op=op, b=b: f"(MUTANT({n}) ? {a} {OTHER_COMPARISON[op]} {b} : {a} {op} {b})"


def forgotten_conditions(code):
    found = re.match(r"\s*(?:if|while) \(", code)
    if not found:
        return
    begin = found.end() - 1
    end = end_of_parentheses(code, begin)
    if end is None or ";" in code[begin:end]:
        return
    condition = code[begin + 1:end - 1]
    operator, parts = top_level_operands(condition)
    for left_out in range(len(parts)):
        kept = f" {operator} ".join(part for at, part in enumerate(parts) if at != left_out)
        yield begin, end, lambda n, kept=kept: f"(MUTANT({n}) ? static_cast<bool>({kept}) : ({condition}))"


def forgotten_statements(code):
    if re.match(r"\s{2,}(?:\+\+|--)?(?!return\b|throw\b|delete\b|using\b|if\b|for\b|while\b|switch\b|CF_)"
                r"[a-z_]\w*(?:(?:\.|->)\w+|\[\w+\])*(?:\(.*\)| [-+*/|&]?= [^=].*)?;$", code) and is_balanced(code):
        begin = len(code) - len(code.lstrip())
        statement = code[begin:]
        if re.search(r"\(|=|\+\+|--", statement):
            yield begin, len(code), lambda n: f"if (!MUTANT({n})) {{ {statement} }}"


def off_by_ones(code):
    for found in re.finditer(r"(?<=[\w)\]]) [+-] (1)\b(?![.'\w])", code):
        yield found.start(1), found.end(1), lambda n: f"(MUTANT({n}) ? 0 : 1)"


def other_ends(code):
    for found in re.finditer(r"(?<![\w.>\])])(?P<of>[a-z_]\w*(?:(?:\.|->)\w+)*)\.(?P<end>front|back)\(\)", code):
        of, end = found.group("of", "end")
        other = "back" if end == "front" else "front"
        yield found.start(), found.end(), lambda n, of=of, end=end, other=other: \
            f"(MUTANT({n}) ? {of}.{other}() : {of}.{end}())"


def other_extremes(code):
    for found in re.finditer(r"std::(min|max)((?:<[\w:]+>)?)\(", code):
        end = end_of_parentheses(code, found.end() - 1)
        if end is None:
            continue
        which, template = found.groups()
        arguments = code[found.end() - 1:end]
        other = "max" if which == "min" else "min"
        yield found.start(), end, lambda n, which=which, other=other, template=template, arguments=arguments: \
            f"(MUTANT({n}) ? std::{other}{template}{arguments} : std::{which}{template}{arguments})"


def first_for_all(code):
    for found in re.finditer(r"(?<=\w)\[([a-z]\w*)\](?!\s*\()", code):
        index = found.group(1)
        yield found.start(1), found.end(1), lambda n, index=index: f"MUTANT({n}) ? 0 : {index}"


def defaults_for_all(code):
    for found in re.finditer(r"(?<![\w.>\])])(?P<of>[a-z_]\w*(?:(?:\.|->)\w+)*)\.value_or\(", code):
        end = end_of_parentheses(code, found.end() - 1)
        if end is not None:
            default = code[found.end():end - 1]
            whole = code[found.start():end]
            yield found.start(), end, lambda n, default=default, whole=whole: f"(MUTANT({n}) ? {default} : {whole})"


def other_answers(code):
    for found in re.finditer(r"\breturn (true|false);", code):
        answer = "!MUTANT({})" if found.group(1) == "true" else "MUTANT({})"
        yield found.start(1), found.end(1), lambda n, answer=answer: answer.format(n)


def not_skipped(code):
    found = re.search(r"\b(continue|break);$", code)
    if found and not re.match(r"\s*(?:case|default)\b", code) and re.match(r"\s*if \(", code):
        yield found.start(), found.end(), lambda n: f"{{ if (!MUTANT({n})) {found.group(1)}; }}"


RULES = {"a comparison": comparisons, "a condition forgotten": forgotten_conditions,
         "a statement forgotten": forgotten_statements, "off by one": off_by_ones, "the other end": other_ends,
         "min for max": other_extremes, "the first for all": first_for_all, "the default for all": defaults_for_all,
         "the other answer": other_answers, "not skipped": not_skipped}


def masked(line):
    """Without what stands in strings, characters and comments; as long as it was."""
    out = re.sub(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)\'', lambda found: '"' + "_" * (len(found.group()) - 2) + '"', line)
    return re.sub(r"//.*", lambda found: " " * len(found.group()), out).rstrip()


def sites_in(path, text):
    """(line from 0, begin, end, rule, make): all that may be planted in a file."""
    skipped = re.compile(r"\s*(?:#|//|/\*|\*|template\b|static_assert\b|constexpr\b|static constexpr\b|case\b)|.*\bconstexpr\b")
    raw = False
    before = ""
    for number, line in enumerate(text.split("\n")):
        if 'R"(' in line and ')"' not in line.split('R"(', 1)[1]:
            raw = True
        elif raw:
            raw = ')"' not in line
            continue
        if raw or skipped.match(line) or line.endswith("\\"):
            continue
        code = masked(line)
        begins = before.endswith((";", "{", "}", ":"))
        before = code or before
        for rule, sites in RULES.items():
            if sites is forgotten_statements and not begins:
                continue
            for begin, end, make in sites(code):
                if code[begin:end] == line[begin:end]:  # no string is in it
                    yield number, begin, end, rule, make


def planted(text, mutants):
    lines = text.split("\n")
    for mutant in sorted(mutants, key=lambda one: -one["begin"]):
        line = lines[mutant["line"]]
        lines[mutant["line"]] = line[:mutant["begin"]] + mutant["new"] + line[mutant["end"]:]
    last_include = max(at for at, line in enumerate(lines) if line.startswith("#include"))
    lines.insert(last_include + 1, f'#include "{HEADER}"')
    return "\n".join(lines)


def write(mutants):
    """The sources as committed, with these mutants."""
    by_file = {}
    for mutant in mutants:
        by_file.setdefault(mutant["file"], []).append(mutant)
    for file in {mutant["file"] for mutant in (json.loads(MUTANTS.read_text()) if MUTANTS.exists() else [])} - set(by_file):
        pathlib.Path(file).write_text(git("show", f"HEAD:{file}"))
    for file, of_file in by_file.items():
        pathlib.Path(file).write_text(planted(git("show", f"HEAD:{file}"), of_file))
    MUTANTS.write_text(json.dumps(mutants, indent=1) + "\n")


def plant(folders, but, count, seed):
    if git("status", "--porcelain", "--untracked-files=no").strip():
        sys.exit("plant.py: this clone has changes (they would be lost). commit them, or take another clone")
    if count > MOST:
        sys.exit(f"plant.py: --count is at most {MOST} (mutant.h has as many switches)")
    draw = random.Random(seed)
    sites = {}  # by rule, so that none is drawn more often because it fits more lines
    for folder in folders:
        for file in sorted(git("ls-files", f"{folder}/*.cpp").split()):
            if but and re.search(but, file):
                continue
            for site in sites_in(file, pathlib.Path(file).read_text()):
                sites.setdefault(site[3], []).append((file, *site))
    for of_rule in sites.values():
        draw.shuffle(of_rule)
    mutants, used = [], set()
    while len(mutants) < count and any(sites.values()):
        rule = draw.choice(sorted(rule for rule, left in sites.items() if left))
        file, line, begin, end, _, make = sites[rule].pop()
        if any((file, near) in used for near in range(line - 4, line + 5)):
            continue
        used.add((file, line))
        number = len(mutants) + 1
        old = pathlib.Path(file).read_text().split("\n")[line][begin:end]
        mutants.append({"number": number, "file": file, "line": line, "begin": begin, "end": end, "rule": rule,
                      "old": old, "new": make(number)})
    write(mutants)
    print(f"{len(mutants)} mutants planted; {MUTANTS} lists them. build, then: plant.py drop BUILD.log, if it objects")


def drop(log):
    """Those on lines with errors go, or, where a line has none, the nearest of the file."""
    mutants = json.loads(MUTANTS.read_text())
    errors = set(re.findall(r"(src/\S+?\.cpp):(\d+):\d+: error", pathlib.Path(log).read_text(errors="replace")))
    gone = set()
    for file, line in errors:
        of_file = [mutant for mutant in mutants if mutant["file"] == file]
        if of_file:  # the include stands one line above
            gone.add(min(of_file, key=lambda mutant: abs(mutant["line"] + 2 - int(line)))["number"])
    write([mutant for mutant in mutants if mutant["number"] not in gone])
    print(f"{len(gone)} of {len(mutants)} mutants taken out")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    new = verbs.add_parser("plant")
    new.add_argument("--seed", type=int, required=True)
    new.add_argument("--count", type=int, required=True)
    new.add_argument("--but", help="no file whose path fits this")
    new.add_argument("folders", nargs="+")
    verbs.add_parser("drop").add_argument("log")
    verbs.add_parser("clean")
    arguments = parser.parse_args()
    if arguments.verb == "plant":
        plant(arguments.folders, arguments.but, arguments.count, arguments.seed)
    elif arguments.verb == "drop":
        drop(arguments.log)
    else:
        write([])
        MUTANTS.unlink()


main()
