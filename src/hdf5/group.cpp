#include "crossfold/hdf5/group.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <hdf5.h>

#include "error_stack.h"
#include "types.h"

namespace crossfold::hdf5 {
namespace {

constexpr std::size_t kMaxLinkNameBytes = 4096;

std::uint64_t product(const std::vector<std::uint64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) {
    CF_EXPECT(length == 0 || count <= std::numeric_limits<std::uint64_t>::max() / length);
    count *= length;
  }
  return count;
}

}  // namespace

std::string Group::path_to(const std::string& name) const {
  return path() == "/" ? "/" + name : path() + "/" + name;
}

std::string Group::where_is(const std::string& name) const {
  return fmt::format("{}:{}", file(), path_to(name));
}

std::optional<NodeKind> Group::find(const std::string& name) const {
  CF_EXPECT(!name.empty() && name != "." && name.find('/') == std::string::npos);
  const std::string problem = "cannot look up this name (its group is damaged)";
  if (checked(H5Lexists(id(), name.c_str(), H5P_DEFAULT), ErrorCode::bad_input, problem,
              where_is(name)) == 0)
    return std::nullopt;
  H5L_info_t info{};
  checked(H5Lget_info(id(), name.c_str(), &info, H5P_DEFAULT), ErrorCode::bad_input, problem,
          where_is(name));
  if (info.type != H5L_TYPE_HARD) return NodeKind::link;
  const Handle object(checked(H5Oopen(id(), name.c_str(), H5P_DEFAULT), ErrorCode::bad_input,
                              "cannot be opened (its header is damaged)", where_is(name)),
                      &H5Oclose);
  switch (H5Iget_type(object.get())) {
    case H5I_GROUP:
      return NodeKind::group;
    case H5I_DATASET:
      return NodeKind::dataset;
    default:
      return NodeKind::other;
  }
}

std::vector<std::string> Group::names(std::size_t max_count) const {
  const std::string problem = "cannot list what this group holds";
  H5G_info_t info{};
  checked(H5Gget_info(id(), &info), ErrorCode::bad_input, problem, where());
  CF_VALIDATE(info.nlinks <= max_count, ErrorCode::bad_input,
              fmt::format("holds {} entries (at most {} are allowed)", info.nlinks, max_count),
              where());
  std::vector<std::string> names;
  names.reserve(info.nlinks);
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const auto name_by_index = [&](char* out, std::size_t size) {
      return H5Lget_name_by_idx(id(), ".", H5_INDEX_NAME, H5_ITER_INC, i, out, size, H5P_DEFAULT);
    };
    const auto length = static_cast<std::size_t>(
        checked(name_by_index(nullptr, 0), ErrorCode::bad_input, problem, where()));
    CF_VALIDATE(
        length <= kMaxLinkNameBytes, ErrorCode::bad_input,
        fmt::format("holds a name of {} bytes (at most {} are allowed)", length, kMaxLinkNameBytes),
        where());
    std::string name(length + 1, '\0');
    checked(name_by_index(name.data(), name.size()), ErrorCode::bad_input, problem, where());
    name.resize(length);
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Group Group::open_group(const std::string& name) const {
  Handle group(checked(H5Gopen2(id(), name.c_str(), H5P_DEFAULT), ErrorCode::bad_input,
                       "cannot be opened as a group", where_is(name)),
               &H5Gclose);
  return Group(std::move(group), file(), path_to(name));
}

Dataset Group::open_dataset(const std::string& name) const {
  Handle dataset(checked(H5Dopen2(id(), name.c_str(), H5P_DEFAULT), ErrorCode::bad_input,
                         "cannot be opened as a dataset", where_is(name)),
                 &H5Dclose);
  return Dataset(std::move(dataset), file(), path_to(name));
}

Group Group::create_group(const std::string& name) {
  const Handle creation(H5Pcreate(H5P_GROUP_CREATE), &H5Pclose);
  CF_ENSURE(H5Pset_obj_track_times(creation.get(), false) >= 0);
  Handle group(checked(H5Gcreate2(id(), name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                       ErrorCode::io, "cannot be created as a group", where_is(name)),
               &H5Gclose);
  return Group(std::move(group), file(), path_to(name));
}

Handle Group::new_dataset(const std::string& name, std::int64_t type,
                          const std::vector<std::uint64_t>& shape, Layout layout) const {
  const std::vector<hsize_t> lengths(shape.begin(), shape.end());
  const Handle space(H5Screate_simple(static_cast<int>(lengths.size()), lengths.data(), nullptr),
                     &H5Sclose);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), &H5Pclose);
  CF_ENSURE(H5Pset_obj_track_times(creation.get(), false) >= 0);
  if (layout.chunk_rows > 0 && product(shape) > 0) {
    std::vector<hsize_t> chunk = lengths;
    chunk.front() = std::min<hsize_t>(layout.chunk_rows, lengths.front());
    CF_ENSURE(H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()) >= 0);
    if (layout.checksum == Layout::Checksum::fletcher32)
      CF_ENSURE(H5Pset_fletcher32(creation.get()) >= 0);
  }
  return {checked(H5Dcreate2(id(), name.c_str(), type, space.get(), H5P_DEFAULT, creation.get(),
                             H5P_DEFAULT),
                  ErrorCode::io, "cannot be created as a dataset", where_is(name)),
          &H5Dclose};
}

template <Number T>
Dataset Group::write(const std::string& name, std::span<const T> values,
                     const std::vector<std::uint64_t>& shape, Layout layout) {
  CF_EXPECT(values.size() == product(shape));
  Handle dataset = new_dataset(name, native_type<T>(), shape, layout);
  if (!values.empty())
    checked(H5Dwrite(dataset.get(), native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
            ErrorCode::io, "cannot be written. free space or choose another folder",
            where_is(name));
  return Dataset(std::move(dataset), file(), path_to(name));
}

template <Number T>
Dataset Group::create_dataset(const std::string& name, const std::vector<std::uint64_t>& shape,
                              Layout layout) {
  return Dataset(new_dataset(name, native_type<T>(), shape, layout), file(), path_to(name));
}

Dataset Group::write_texts(const std::string& name, std::span<const std::string> values,
                           Layout layout) {
  const Handle type = utf8_type();
  Handle dataset = new_dataset(name, type.get(), {values.size()}, layout);
  std::vector<const char*> pointers(values.size());
  std::transform(values.begin(), values.end(), pointers.begin(),
                 [](const std::string& value) { return value.c_str(); });
  if (!values.empty())
    checked(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                     static_cast<const void*>(pointers.data())),
            ErrorCode::io, "cannot be written. free space or choose another folder",
            where_is(name));
  return Dataset(std::move(dataset), file(), path_to(name));
}

template Dataset Group::write(const std::string&, std::span<const float>,
                              const std::vector<std::uint64_t>&, Layout);
template Dataset Group::write(const std::string&, std::span<const double>,
                              const std::vector<std::uint64_t>&, Layout);
template Dataset Group::write(const std::string&, std::span<const std::int32_t>,
                              const std::vector<std::uint64_t>&, Layout);
template Dataset Group::write(const std::string&, std::span<const std::int64_t>,
                              const std::vector<std::uint64_t>&, Layout);
template Dataset Group::write(const std::string&, std::span<const std::uint8_t>,
                              const std::vector<std::uint64_t>&, Layout);
template Dataset Group::write(const std::string&, std::span<const std::uint64_t>,
                              const std::vector<std::uint64_t>&, Layout);
template Dataset Group::create_dataset<float>(const std::string&, const std::vector<std::uint64_t>&,
                                              Layout);

}  // namespace crossfold::hdf5
