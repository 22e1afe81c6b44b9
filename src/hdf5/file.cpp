#include "crossfold/hdf5/file.h"

#include <utility>

#include <hdf5.h>

#include "error_stack.h"

namespace crossfold::hdf5 {
namespace {

Handle access_without_locks() {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), &H5Pclose);
  CF_ENSURE(access.valid());
#if H5_VERSION_GE(1, 14, 0) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  CF_ENSURE(H5Pset_file_locking(access.get(), false, true) >= 0);
#endif
  return access;
}

}  // namespace

File::File(Handle handle, std::string name) : handle_(std::move(handle)), name_(std::move(name)) {}

File File::open(const std::filesystem::path& path) {
  keep_errors_quiet();
  const Handle access = access_without_locks();
  Handle file(checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), ErrorCode::bad_input,
                      "cannot be opened as HDF5 (it is damaged or of another format). copy or "
                      "write it again",
                      path.string()),
              &H5Fclose);
  return {std::move(file), path.string()};
}

File File::create(const std::filesystem::path& path) {
  keep_errors_quiet();
  const Handle access = access_without_locks();
  CF_ENSURE(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110) >= 0);
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), &H5Pclose);
  CF_ENSURE(H5Pset_obj_track_times(creation.get(), false) >= 0);
  Handle file(
      checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), ErrorCode::io,
              "cannot be created. choose a folder that exists and can be written to",
              path.string()),
      &H5Fclose);
  return {std::move(file), path.string()};
}

Group File::root() const {
  Handle root(
      checked(H5Gopen2(handle_.get(), "/", H5P_DEFAULT), ErrorCode::bad_input,
              "cannot read the root group (the file is damaged). copy or write it again", name_),
      &H5Gclose);
  return Group(std::move(root), name_, "/");
}

void File::close() {
  constexpr const char* kAdvice = "cannot be written. free space or choose another folder";
  checked(H5Fflush(handle_.get(), H5F_SCOPE_GLOBAL), ErrorCode::io, kAdvice, name_);
  checked(H5Fclose(handle_.release()), ErrorCode::io, kAdvice, name_);
  CF_VALIDATE(failed_closes() == failed_before_, ErrorCode::io, kAdvice, name_);
}

}  // namespace crossfold::hdf5
