#include "read_splits.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/strict_json.h"
#include "crossfold/job/names.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr int kMostLevelsLeftOut = 1000;

/// The one level at a time, or the numbers of levels, of what is left out.
LeaveOut read_leave_out(ObjectReader& reader, ValidationErrors& errors) {
  LeaveOut out;
  if (reader.has("leave-one-out")) {
    out.by = reader.text("leave-one-out", "domain");
    if (reader.has("leave-out"))
      reader.error("leave-out", "stands beside 'leave-one-out'. remove one of the two");
    static_cast<void>(reader.child("leave-out"));
    return out;
  }
  const json* value = reader.required("leave-out");
  if (value == nullptr) return out;
  if (!value->is_object() || value->size() != 1) {
    reader.error("leave-out", fmt::format("must name one label or attribute and how many of its "
                                          "levels, as in {{\"domain\": 2}} ({} was found)",
                                          short_json(*value)));
    return out;
  }
  out.by = value->begin().key();
  ObjectReader levels(*value, "/splits/leave-out", errors);
  out.levels = static_cast<int>(levels.integer(out.by, 1, kMostLevelsLeftOut, out.levels));
  levels.finish();
  return out;
}

/// The schemes that a job may ask for; the others come with a sweep.
SplitScheme read_scheme(ObjectReader& reader) {
  static const std::vector<SplitScheme> kSchemes{SplitScheme::k_fold, SplitScheme::hold_out,
                                                 SplitScheme::leave_out};
  std::vector<std::string> names;
  for (const SplitScheme scheme : kSchemes) names.push_back(name_of(scheme));
  const bool leaves_out = reader.has("leave-one-out") || reader.has("leave-out");
  const SplitScheme scheme = kSchemes[reader.choice("scheme", names, leaves_out ? 2 : 0)];
  if (scheme == SplitScheme::leave_out) return scheme;
  for (const char* key : {"leave-one-out", "leave-out"})
    if (reader.has(key))
      reader.refuse(key, fmt::format("is not used by the scheme '{}'. remove one of the two",
                                     name_of(scheme)));
  return scheme;
}

}  // namespace

SplitSettings read_splits(const json& value, ValidationErrors& errors) {
  SplitSettings splits;
  ObjectReader reader(value, "/splits", errors);
  splits.scheme = read_scheme(reader);
  const auto only_for = [&](const char* key, SplitScheme scheme, const char* what) {
    const bool used = splits.scheme == scheme;
    if (!used && reader.has(key))
      reader.refuse(key, fmt::format("is not used by the scheme '{}' ({}). remove it",
                                     name_of(splits.scheme), what));
    return used;
  };
  if (only_for("folds", SplitScheme::k_fold, "it has no folds"))
    splits.folds = static_cast<int>(reader.integer("folds", 2, 1'000'000, splits.folds));
  if (only_for("test", SplitScheme::hold_out, "what is held out follows from it"))
    splits.test = reader.number("test", {.low = 0.01, .high = 0.9}, splits.test);
  if (splits.scheme == SplitScheme::leave_out) splits.leave_out = read_leave_out(reader, errors);
  splits.seeds = static_cast<int>(reader.integer("seeds", 1, 1'000'000, splits.seeds));
  splits.validation = reader.number("validation", {.low = 0, .high = 0.9}, splits.validation);
  if (reader.has("file")) splits.file = reader.text("file", "splits.csv");
  if (splits.file && splits.scheme == SplitScheme::leave_out)
    reader.error("file",
                 "is not used by the scheme 'leave-out' (the levels say what is held "
                 "out). remove it");
  reader.finish();
  return splits;
}

}  // namespace crossfold
