#include "crossfold/results/results_check.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/bytes.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/guarded_child.h"
#include "crossfold/hdf5/file.h"

#include "layout.h"
#include "results_file.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using hdf5::Dataset;
using hdf5::ElementKind;
using hdf5::Group;
using hdf5::NodeKind;

constexpr std::uint64_t kMostResultsBytes = std::uint64_t{1} << 34;
constexpr std::size_t kMostEntries = 100'000;
constexpr std::size_t kLongestText = 1 << 20;

/// Goes through two groups that should hold the same.
class Comparer {
 public:
  void compare(const Group& found, const Group& expected) {
    compare_attributes(found, expected);
    const std::vector<std::string> names = expected.names(kMostEntries);
    for (const std::string& name : found.names(kMostEntries))
      if (std::find(names.begin(), names.end(), name) == names.end())
        add(found.path(), fmt::format("holds {}, which the journal does not give", name));
    for (const std::string& name : names) compare_entry(found, expected, name);
  }

  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

 private:
  void compare_entry(const Group& found, const Group& expected, const std::string& name) {
    const std::optional<NodeKind> kind = found.find(name);
    if (kind != expected.find(name))
      return add(found.path(), fmt::format("has no {} of its kind", name));
    if (kind == NodeKind::group) return compare(found.open_group(name), expected.open_group(name));
    compare(found.open_dataset(name), expected.open_dataset(name));
  }

  void compare(const Dataset& found, const Dataset& expected) {
    compare_attributes(found, expected);
    if (found.shape() != expected.shape() || found.type().kind != expected.type().kind)
      return add(found.path(), "has another shape or type");
    if (expected.type().kind == ElementKind::text)
      return compare_rows(found.path(), found.read_texts(kLongestText),
                          expected.read_texts(kLongestText));
    if (expected.type().kind == ElementKind::integer)
      return compare_rows(found.path(), found.read_all<std::int64_t>(),
                          expected.read_all<std::int64_t>());
    compare_rows(found.path(), found.read_all<double>(), expected.read_all<double>());
  }

  template <class T>
  void compare_rows(const std::string& path, const std::vector<T>& found,
                    const std::vector<T>& expected) {
    std::size_t differ = 0, first = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!same(found[i], expected[i]) && differ++ == 0) first = i;
    if (differ > 0)
      add(path, fmt::format("differs in {} of {} cells; the first, {}, is {} and should be {}",
                            differ, expected.size(), first, found[first], expected[first]));
  }

  static bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
  template <class T>
  static bool same(const T& a, const T& b) {
    return a == b;
  }

  void compare_attributes(const hdf5::Node& found, const hdf5::Node& expected) {
    const std::vector<std::string> names = expected.attribute_names();
    if (found.attribute_names() != names) return add(found.path(), "has other attributes");
    for (const std::string& name : names) {
      // Who wrote the file: not what the numbers come from.
      if (name == "program_version" || name == "git_hash") continue;
      const auto texts = [&](const hdf5::Node& node) -> std::optional<std::vector<std::string>> {
        try {
          return node.texts_attribute(name, kMostEntries, kMostResultsBytes);
        } catch (const Error&) {
          return std::nullopt;
        }
      };
      const auto text = texts(expected);
      const bool equal = text ? texts(found) == text
                              : found.integer_attribute(name) == expected.integer_attribute(name);
      if (!equal) add(found.path(), fmt::format("has another attribute '{}'", name));
    }
  }

  void add(const std::string& path, const std::string& what) {
    lines_.push_back(fmt::format("results.h5:{} {}", path, what));
  }

  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> differences_of_results_file(const fs::path& directory,
                                                     const RunRecords& records) {
  const fs::path path = RunLayout{directory}.results();
  const std::string found = read_file(path, kMostResultsBytes);
  const TemporaryFile expected(fs::temp_directory_path() / "results.h5");
  write_results_file(expected.path(), records);
  if (read_file(expected.path(), kMostResultsBytes) == found) return {};
  const ChildLimits limits{.time = std::chrono::seconds(60), .memory = std::uint64_t{4} << 30};
  return from_bytes<std::vector<std::string>>(run_guarded(path.string(), limits, [&] {
    Comparer comparer;
    comparer.compare(hdf5::File::open(path).root(), hdf5::File::open(expected.path()).root());
    return to_bytes(comparer.take());
  }));
}

}  // namespace crossfold
