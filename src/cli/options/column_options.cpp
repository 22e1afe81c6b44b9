#include "column_options.h"

#include <string>

#include <fmt/format.h>

#include "crossfold/core/log.h"

#include "choice_option.h"

namespace crossfold::cli {

void add_column_options(CLI::App& command, ColumnMapping& columns) {
  const auto add = [&](const char* name, std::optional<std::string>& column, const char* what) {
    command.add_option(name, column, what)
        ->type_name("COLUMN")
        ->group("Columns of the manifest, by title or number from 1");
  };
  add("--id-column", columns.id, "Unique name of each sample");
  add("--group-column", columns.group, "Patient: never divided between folds");
  add("--class-column", columns.class_label, "Class");
  add("--domain-column", columns.domain, "Source");
  add("--role-column", columns.role, "in or oos");
  add("--image-column", columns.image, "Path of the image");
}

void add_value_options(CLI::App& command, ValueRules& rules) {
  using MissingWords = ValueRules::MissingWords;
  using Spellings = ValueRules::Spellings;
  constexpr const char* kGroup = "Doubtful values of class, domain and group (refused by default)";
  add_choice(
      command, "--missing-words", rules.missing_words,
      Choices<MissingWords>{{"missing", MissingWords::missing}, {"text", MissingWords::text}},
      "What nan, NA, None, unknown, ... are: missing (no label; a patient of its own), or text "
      "(names like others)")
      ->group(kGroup);
  add_choice(
      command, "--spellings", rules.spellings,
      Choices<Spellings>{{"merge", Spellings::merge}, {"apart", Spellings::apart}},
      "What names are that differ in case, blanks or leading zeros only: merge (the same), or "
      "apart")
      ->group(kGroup);
  command
      .add_flag_callback(
          "--allow-large-group", [&rules] { rules.large_group = ValueRules::LargeGroup::allow; },
          "One patient may have more than half of the samples")
      ->group(kGroup);
}

void log_manifest(const std::vector<ManifestColumn>& columns, const std::vector<std::string>& notes,
                  const std::vector<std::string>& warnings) {
  for (const ManifestColumn& column : columns)
    log_info(fmt::format("column {}: {}", column.name, column.use));
  for (const std::string& note : notes) log_info("note: " + note);
  for (const std::string& warning : warnings) log_warning(warning);
}

}  // namespace crossfold::cli
