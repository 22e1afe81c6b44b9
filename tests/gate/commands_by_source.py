"""Compile commands as clang-tidy can use them: commands_by_source.py COMPILE_COMMANDS_JSON

Prints them with an entry for each source where several are compiled as one (CROSSFOLD_UNITY), and without
headers that GCC precompiled, which clang cannot read.
"""

import json
import pathlib
import re
import sys

PRECOMPILED = re.compile(r" -Winvalid-pch -include \S*cmake_pch\.hxx")


def sources_of(path):
    """Those that a file of CMake's joins, else the file itself."""
    if path.parent.name != "Unity":
        return [str(path)]
    return re.findall(r'^#include "(.*)"$', path.read_text(), re.MULTILINE)


def main():
    commands = []
    for entry in json.loads(pathlib.Path(sys.argv[1]).read_text()):
        command = PRECOMPILED.sub("", entry["command"])
        for source in sources_of(pathlib.Path(entry["file"])):
            commands.append({"directory": entry["directory"], "file": source,
                             "command": command.replace(entry["file"], source)})
    json.dump(commands, sys.stdout, indent=1)


main()
