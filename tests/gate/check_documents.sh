#!/usr/bin/env bash
# What documents and comments point to is there: files and headings behind the links of every .md
# file, and the sections of src/METHODS.md that comments cite. check_documents.sh [FILE...] looks at
# those files; without files: all.
set -euo pipefail
files=("$@")
for i in "${!files[@]}"; do files[i]=$(realpath "${files[i]}"); done
source "$(dirname "$0")/tracked.sh"

if [ ${#files[@]} -eq 0 ]; then
  mapfile -t files < <(tracked '*.md' '*.h' '*.cpp' '*.cu' '*.py' '*.json' '*.sh' 'CMakeLists.txt' '*.cmake' |
    grep -vx 'tests/gate/.*')
fi
failed=0
complain() { printf '%s: %s\n' "$1" "$2"; failed=1; }

# The anchors that GitHub makes of a document's headings, one a line.
anchors() {
  sed '/^```/,/^```/d' "$1" | sed -nE 's/^#+ +//p' | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

links=0
for file in "${files[@]}"; do
  case $file in *.md) ;; *) continue ;; esac
  while IFS= read -r link; do
    case $link in http://* | https://* | mailto:*) continue ;; esac
    links=$((links + 1))
    target=${link%%#*}
    path=$file
    [ -z "$target" ] || path=$(dirname "$file")/$target
    if [ ! -e "$path" ]; then
      complain "$file" "links to $link, which is not there"
    elif [[ $link == *'#'* ]] && ! anchors "$path" | grep -qxF "${link#*#}"; then
      complain "$file" "links to $link, but $path has no such heading"
    fi
  done < <(sed '/^```/,/^```/d' "$file" | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\((.*)\)$/\1/' || true)
done

sections=$(sed -nE 's/^## ([0-9]+)\. .*/\1/p' src/METHODS.md)
cited=0
while IFS=: read -r file section; do
  cited=$((cited + 1))
  grep -qxF "${section#METHODS }" <<<"$sections" ||
    complain "$file" "cites $section, a section that src/METHODS.md does not have"
done < <(grep -oHE 'METHODS [0-9]+' -- "${files[@]}" || true)

while IFS=: read -r file page; do
  complain "$file" "cites $page, which does not ship with the project. cite src/METHODS.md or the paper"
done < <(grep -oHwE '(PROTOCOL|DESIGN|SWEEPS|AUDIT|PICTURES|STUDIES)( [0-9]+|\.md)' -- "${files[@]}" || true)

# The picture of the layers has every module of the table, on its level.
while read -r level module; do
  grep -qE "^ *$level  (.*[ ])?$module( |\$)" src/README.md ||
    complain src/README.md "the picture of the layers lacks $module on level $level"
done < <(sed -nE 's/^\| ([0-9]+) \| ([a-z0-9]+) \|.*/\1 \2/p' src/README.md)

[ "$failed" = 0 ] && echo "$links links and $cited citations lead somewhere"
exit "$failed"
