#pragma once

#include <filesystem>
#include <iosfwd>
#include <ostream>
#include <string>

#include "crossfold/store/store.h"

namespace crossfold {

/// Writes samples and one embedding set as CSV: columns id, group, class, domain, role, each
/// attribute by its name, then z0, z1, ...; a missing value is an empty field. Every number has as
/// many digits as its exact value needs to be read back. Error{bad_input} when the store has no
/// such set or an attribute has the name of another column; Error{io} when `out` fails.
void export_csv(const StoreContents& store, const std::string& embedding, std::ostream& out);

/// The same into a file that appears whole.
void export_csv(const StoreContents& store, const std::string& embedding,
                const std::filesystem::path& path);

}  // namespace crossfold
