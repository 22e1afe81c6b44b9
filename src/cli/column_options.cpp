#include "column_options.h"

#include <fmt/format.h>

#include "crossfold/core/log.h"

namespace crossfold::cli {

void add_column_options(CLI::App& command, ColumnMapping& columns) {
  const auto add = [&](const char* name, std::optional<std::string>& column, const char* what) {
    command.add_option(name, column, what)->type_name("COLUMN")->group("Columns of the manifest");
  };
  add("--id-column", columns.id, "Unique name of each sample");
  add("--group-column", columns.group, "Patient: never divided between folds");
  add("--class-column", columns.klass, "Class");
  add("--domain-column", columns.domain, "Source");
  add("--role-column", columns.role, "in or oos");
}

void log_columns(const std::vector<ManifestColumn>& columns,
                 const std::vector<std::string>& notes) {
  for (const ManifestColumn& column : columns)
    log_info(fmt::format("column {}: {}", column.name, column.use));
  for (const std::string& note : notes) log_info("note: " + note);
}

}  // namespace crossfold::cli
