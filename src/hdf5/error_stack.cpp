#include "error_stack.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <hdf5.h>

namespace crossfold::hdf5 {
namespace {

/// Whether the library met a version of the format that it does not know.
herr_t find_version(unsigned, const H5E_error2_t* entry, void* found) {
  if (entry->min_num == H5E_VERSION) *static_cast<bool*>(found) = true;
  return 0;
}

herr_t collect(unsigned, const H5E_error2_t* entry, void* lines) {
  auto& all = *static_cast<std::vector<std::string>*>(lines);
  std::string line = entry->desc != nullptr ? entry->desc : "";
  if (!line.empty() && (all.empty() || all.back() != line)) all.push_back(std::move(line));
  return 0;
}

}  // namespace

void keep_errors_quiet() {
  // All is closed by its owner; at the end of a process whose disk failed, the library's own
  // attempt to write what is left would end in a crash.
  static const herr_t kNothingAtExit = H5dont_atexit();
  static_cast<void>(kNothingAtExit);
  thread_local const herr_t kDone = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(kDone);
}

void throw_library_error(ErrorCode code, const std::string& message, const std::string& where) {
  std::vector<std::string> lines;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, &collect, &lines);
  bool unknown_version = false;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, &find_version, &unknown_version);
  H5Eclear2(H5E_DEFAULT);
  std::string cause;
  for (const std::string& line : lines) cause += (cause.empty() ? "HDF5: " : ": ") + line;
  if (unknown_version && code == ErrorCode::bad_input)
    throw Error(code,
                fmt::format("has parts of a version that the HDF5 library here, {}.{}.{}, does not "
                            "know (a newer one wrote it, or it is damaged). write it again for "
                            "older ones, in h5py by File(name, 'w', libver='v110')",
                            H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE),
                where, cause);
  throw Error(code, message, where, cause);
}

}  // namespace crossfold::hdf5
