#!/usr/bin/env bash
# mutants_test.sh: plants mutants in a small program of its own, one part of which is tested, and looks for them.
set -euo pipefail
mutants=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "mutants_test: $*"
  exit 1
}

mkdir -p src/toy
cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(toy LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
enable_testing()
add_executable(toy src/toy/toy.cpp toy_test.cpp)
add_test(NAME toy COMMAND toy)
EOF
cat >src/toy/toy.cpp <<'EOF'
#include <vector>

bool is_inside(int x, int side) {
  // x < side || x > 0
  if (x >= 0 && x < side) return true;
  return false;
}





int sum_behind_the_first(const std::vector<int>& values) {
  int sum = 0;
  for (int at = 0; at < 4; ++at) {
    if (at == 0) continue;
    sum += values[at];
  }
  return sum;
}





int nobody_asks(const std::vector<int>& values) {
  return values.front();
}
EOF
cat >toy_test.cpp <<'EOF'
#include <vector>

bool is_inside(int x, int side);
int sum_behind_the_first(const std::vector<int>& values);

int main() {
  const bool inside = !is_inside(-1, 3) && is_inside(0, 3) && is_inside(2, 3) && !is_inside(3, 3);
  return inside && sum_behind_the_first({1, 10, 100, 1000}) == 1110 ? 0 : 1;
}
EOF
git init -q .
git add .
git -c user.name=toy -c user.email=toy@toy commit -qm toy

for seed in 1 2 3 4; do
  python3 "$mutants/plant.py" plant --seed "$seed" --count 9 src/toy >planted.txt
  grep -q '^3 mutants planted' planted.txt || fail "seed $seed: $(cat planted.txt)"
  cp src/toy/toy.cpp "planted-$seed.cpp"
  # Sources with mutants are not planted in again.
  ! python3 "$mutants/plant.py" plant --seed 1 --count 1 src/toy >/dev/null 2>again.txt || fail "planted twice"
  grep -q 'this clone has changes' again.txt || fail "$(cat again.txt)"

  cmake -G Ninja -S . -B build >/dev/null
  cmake --build build >build.log
  status=0
  python3 "$mutants/find.py" build --jobs 2 >found.txt || status=$?
  [ "$status" = 1 ] || fail "seed $seed: exit code $status; $(cat found.txt)"
  grep -qE '^all +2 of +3$' found.txt || fail "seed $seed: $(cat found.txt)"
  grep -q 'no test reaches it' found.txt || fail "seed $seed: $(cat found.txt)"

  # What the compiler objects to goes, the others stay.
  line=$(grep -n 'values.front()' src/toy/toy.cpp | cut -d: -f1)
  echo "$folder/src/toy/toy.cpp:$line:10: error: made up" >objection.log
  python3 "$mutants/plant.py" drop objection.log | grep -q '^1 of 3 mutants taken out' || fail "seed $seed: drop"
  [ "$(grep -c 'MUTANT(' src/toy/toy.cpp)" = 2 ] || fail "seed $seed: $(cat src/toy/toy.cpp)"
  rm mutants-found.json
  python3 "$mutants/find.py" build --jobs 2 >found.txt || fail "seed $seed: $(cat found.txt)"

  python3 "$mutants/plant.py" clean
  [ -z "$(git status --porcelain --untracked-files=no)" ] || fail "seed $seed: the sources are not as they were"
  rm -f mutants-*.json* mutants.json
done
[ "$(cat planted-*.cpp | sort | uniq -u | wc -l)" -gt 0 ] || fail "every seed plants the same"
echo "mutants_test: passed"
