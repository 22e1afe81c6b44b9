#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace crossfold {

/// Whether the store goes into the crate: its embeddings are often not the author's to give away.
enum class StoreCopy { left_out, included };

struct PackageRequest {
  std::filesystem::path run;                        ///< run directory; nobody may be training in it
  std::filesystem::path crate;                      ///< folder to be made; must not be there
  std::optional<std::filesystem::path> store = {};  ///< none: the one that the job names
  StoreCopy copy = StoreCopy::left_out;
  std::string auditor = {};  ///< stands in the audit; may be empty
  std::string license = {};  ///< URL of the license of the crate; empty: none is stated
};

/// What was packed.
struct Package {
  std::filesystem::path crate;
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  std::size_t sessions = 0;
  bool audit_failed = false;  ///< a rule of the audit inside came out as fail
};

/// Packs a run so that others can check it without its author: an RO-Crate 1.1 (Soiland-Reyes et
/// al. 2022) of the Process Run Crate profile 0.5 (Leo et al. 2024).
///
///   ro-crate-metadata.json  what the files are, with SHA-256; one CreateAction for each session
///   codecheck.yml           CODECHECK's configuration: what is to be reproduced (Nuest and Eglen
///                           2021)
///   audit.json, audit.txt   all rules, asked of the run before it was packed
///   run/                    the run directory without lock and heartbeat, byte for byte
///   store.h5                where it is included
///
/// Files in the run directory that no run writes stay where they are. The crate appears whole, or
/// not at all. Error{bad_input} where the run cannot be read, is being trained, holds links in
/// place of files, or something is at `crate`; Error{io}. Opens the store in a child process, so
/// before threads or MPI start.
Package package_run(const PackageRequest& request);

}  // namespace crossfold
