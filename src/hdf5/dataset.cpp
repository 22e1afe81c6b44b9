#include "crossfold/hdf5/dataset.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>

#include "error_stack.h"
#include "texts.h"
#include "types.h"

namespace crossfold::hdf5 {
namespace {

constexpr std::uint64_t kTextBlockBytes = 4 << 20;
constexpr const char* kUnreadable =
    "cannot be read (the data are damaged). copy or write the file again";

Handle space_of(std::int64_t dataset, const std::string& where) {
  return {checked(H5Dget_space(dataset), ErrorCode::bad_input, kUnreadable, where), &H5Sclose};
}

Handle type_of(std::int64_t dataset, const std::string& where) {
  return {checked(H5Dget_type(dataset), ErrorCode::bad_input, kUnreadable, where), &H5Tclose};
}

/// That `elements` are what rows [first, first + count) of one or two dimensions hold.
void check_rows(const std::vector<std::uint64_t>& shape, std::uint64_t first, std::uint64_t count,
                std::size_t elements) {
  CF_EXPECT(shape.size() == 1 || shape.size() == 2);
  CF_EXPECT(first <= shape[0] && count <= shape[0] - first);
  CF_EXPECT(elements == count * (shape.size() == 2 ? shape[1] : 1));
}

std::vector<std::string> virtual_files(std::int64_t creation) {
  constexpr std::size_t kMaxNamed = 5;
  std::size_t count = 0;
  if (H5Pget_virtual_count(creation, &count) < 0) return {};
  std::vector<std::string> files;
  for (std::size_t i = 0; i < count && files.size() < kMaxNamed; ++i) {
    const ssize_t length = H5Pget_virtual_filename(creation, i, nullptr, 0);
    std::string name(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
    if (length > 0) H5Pget_virtual_filename(creation, i, name.data(), name.size() + 1);
    if (std::find(files.begin(), files.end(), name) == files.end()) files.push_back(name);
  }
  return files;
}

std::vector<std::string> external_files(std::int64_t creation) {
  std::vector<std::string> files;
  const int count = H5Pget_external_count(creation);
  for (int i = 0; i < count; ++i) {
    char name[1024] = {};
    off_t offset = 0;
    hsize_t size = 0;
    if (H5Pget_external(creation, static_cast<unsigned>(i), sizeof name - 1, name, &offset,
                        &size) >= 0)
      files.emplace_back(name);
  }
  return files;
}

/// "'blosc' (filter 32001)" for each filter that this library has not.
std::vector<std::string> absent_filters(std::int64_t creation) {
  std::vector<std::string> filters;
  const int count = H5Pget_nfilters(creation);
  for (int i = 0; i < count; ++i) {
    char name[256] = {};
    std::size_t values = 0;
    const H5Z_filter_t filter = H5Pget_filter2(creation, static_cast<unsigned>(i), nullptr, &values,
                                               nullptr, sizeof name - 1, name, nullptr);
    if (filter >= 0 && H5Zfilter_avail(filter) <= 0)
      filters.push_back(name[0] == '\0' ? fmt::format("filter {}", filter)
                                        : fmt::format("'{}' (filter {})", name, filter));
  }
  return filters;
}

/// The two spaces of whole rows that are read or written.
struct RowSelection {
  Handle file;
  Handle memory;
};

RowSelection select_rows(std::int64_t dataset, const std::vector<std::uint64_t>& shape,
                         std::uint64_t first, std::uint64_t count, const std::string& where) {
  std::vector<hsize_t> start(shape.size(), 0);
  std::vector<hsize_t> length(shape.begin(), shape.end());
  start.front() = first;
  length.front() = count;
  RowSelection rows;
  rows.file = space_of(dataset, where);
  checked(H5Sselect_hyperslab(rows.file.get(), H5S_SELECT_SET, start.data(), nullptr, length.data(),
                              nullptr),
          ErrorCode::bad_input, kUnreadable, where);
  rows.memory =
      Handle(H5Screate_simple(static_cast<int>(length.size()), length.data(), nullptr), &H5Sclose);
  return rows;
}

}  // namespace

std::string ElementType::describe() const {
  switch (kind) {
    case ElementKind::integer:
      return fmt::format("{}int{}", sign == Sign::is_unsigned ? "u" : "", 8 * bytes);
    case ElementKind::real:
      return fmt::format("float{}", 8 * bytes);
    case ElementKind::text:
      return bytes == 0 ? "text" : fmt::format("text of {} bytes", bytes);
    case ElementKind::other:
      break;
  }
  return "neither numbers nor text";
}

std::vector<std::uint64_t> Dataset::shape() const {
  const Handle space = space_of(id(), where());
  const int dimensions =
      checked(H5Sget_simple_extent_ndims(space.get()), ErrorCode::bad_input, kUnreadable, where());
  std::vector<hsize_t> lengths(static_cast<std::size_t>(dimensions));
  if (dimensions > 0)
    checked(H5Sget_simple_extent_dims(space.get(), lengths.data(), nullptr), ErrorCode::bad_input,
            kUnreadable, where());
  return {lengths.begin(), lengths.end()};
}

ElementType Dataset::type() const {
  const Handle type = type_of(id(), where());
  const std::size_t bytes = H5Tget_size(type.get());
  switch (H5Tget_class(type.get())) {
    case H5T_INTEGER:
      return {ElementKind::integer, bytes,
              H5Tget_sign(type.get()) == H5T_SGN_NONE ? ElementType::Sign::is_unsigned
                                                      : ElementType::Sign::is_signed};
    case H5T_FLOAT:
      return {ElementKind::real, bytes};
    case H5T_STRING:
      return {ElementKind::text, H5Tis_variable_str(type.get()) > 0 ? 0 : bytes};
    default:
      return {ElementKind::other, bytes};
  }
}

std::vector<std::uint64_t> Dataset::chunk_lengths() const {
  const Handle creation(
      checked(H5Dget_create_plist(id()), ErrorCode::bad_input, kUnreadable, where()), &H5Pclose);
  if (H5Pget_layout(creation.get()) != H5D_CHUNKED) return {};
  hsize_t lengths[H5S_MAX_RANK] = {};
  const int rank = checked(H5Pget_chunk(creation.get(), H5S_MAX_RANK, lengths),
                           ErrorCode::bad_input, kUnreadable, where());
  return {lengths, lengths + rank};
}

std::uint64_t Dataset::chunk_rows() const {
  const std::vector<std::uint64_t> lengths = chunk_lengths();
  return lengths.empty() ? 0 : lengths.front();
}

Dataset::Chunks Dataset::chunks() const {
  const std::vector<std::uint64_t> lengths = chunk_lengths();
  if (lengths.empty()) return {};
  Chunks chunks{.unwritten = 0, .all = 1};
  const std::vector<std::uint64_t> extents = shape();
  for (std::size_t i = 0; i < lengths.size(); ++i)
    chunks.all *= extents[i] / lengths[i] + (extents[i] % lengths[i] == 0 ? 0 : 1);
  const Handle space = space_of(id(), where());
  hsize_t written = 0;
  checked(H5Dget_num_chunks(id(), space.get(), &written), ErrorCode::bad_input, kUnreadable,
          where());
  chunks.unwritten = chunks.all - std::min<std::uint64_t>(chunks.all, written);
  return chunks;
}

std::optional<std::string> Dataset::storage_problem() const {
  const Handle creation(
      checked(H5Dget_create_plist(id()), ErrorCode::bad_input, kUnreadable, where()), &H5Pclose);
  if (H5Pget_layout(creation.get()) == H5D_VIRTUAL)
    return fmt::format(
        "is a virtual dataset (its data stand in other files: {}). copy the data in, in h5py by "
        "f[name] = data[...]",
        fmt::join(virtual_files(creation.get()), ", "));
  if (const std::vector<std::string> files = external_files(creation.get()); !files.empty())
    return fmt::format(
        "keeps its data outside of the file (in {}). copy the data in, in h5py by "
        "f[name] = data[...]",
        fmt::join(files, ", "));
  if (const std::vector<std::string> filters = absent_filters(creation.get()); !filters.empty())
    return fmt::format(
        "is compressed by {} (the HDF5 library here, {}.{}.{}, has no such filter). write it again "
        "with gzip or without compression, as h5repack -f GZIP=4 does where the filter is",
        fmt::join(filters, " and "), H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE);
  return std::nullopt;
}

std::uint64_t Dataset::stored_bytes() const { return H5Dget_storage_size(id()); }

template <Number T>
void Dataset::read_rows(std::uint64_t first, std::uint64_t count, std::span<T> out) const {
  const std::vector<std::uint64_t> lengths = shape();
  check_rows(lengths, first, count, out.size());
  if (out.empty()) return;
  const RowSelection rows = select_rows(id(), lengths, first, count, where());
  checked(
      H5Dread(id(), native_type<T>(), rows.memory.get(), rows.file.get(), H5P_DEFAULT, out.data()),
      ErrorCode::bad_input, kUnreadable, where());
}

template <Number T>
void Dataset::write_rows(std::uint64_t first, std::uint64_t count, std::span<const T> values) {
  const std::vector<std::uint64_t> lengths = shape();
  check_rows(lengths, first, count, values.size());
  if (values.empty()) return;
  const RowSelection rows = select_rows(id(), lengths, first, count, where());
  checked(H5Dwrite(id(), native_type<T>(), rows.memory.get(), rows.file.get(), H5P_DEFAULT,
                   values.data()),
          ErrorCode::io, "cannot be written. free space or choose another folder", where());
}

template <Number T>
std::vector<T> Dataset::read_all() const {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape()) count *= length;
  std::vector<T> values(count);
  if (count > 0)
    checked(H5Dread(id(), native_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
            ErrorCode::bad_input, kUnreadable, where());
  return values;
}

std::vector<std::string> Dataset::read_texts(std::size_t max_bytes) const {
  const std::vector<std::uint64_t> lengths = shape();
  CF_EXPECT(lengths.size() == 1);
  const Handle stored = type_of(id(), where());
  const TextReader reader(stored.get(), max_bytes, "this dataset", where());
  std::vector<std::string> texts;
  texts.reserve(lengths[0]);
  const std::uint64_t at_once = kTextBlockBytes / reader.element_bytes() + 1;
  for (std::uint64_t first = 0; first < lengths[0]; first += at_once) {
    const std::uint64_t count = std::min(at_once, lengths[0] - first);
    const RowSelection rows = select_rows(id(), lengths, first, count, where());
    std::vector<std::string> block = reader.read(
        count,
        [&](void* out) {
          return H5Dread(id(), reader.type(), rows.memory.get(), rows.file.get(), H5P_DEFAULT, out);
        },
        first);
    std::move(block.begin(), block.end(), std::back_inserter(texts));
  }
  return texts;
}

template void Dataset::read_rows(std::uint64_t, std::uint64_t, std::span<float>) const;
template void Dataset::read_rows(std::uint64_t, std::uint64_t, std::span<double>) const;
template void Dataset::read_rows(std::uint64_t, std::uint64_t, std::span<std::int32_t>) const;
template void Dataset::read_rows(std::uint64_t, std::uint64_t, std::span<std::int64_t>) const;
template void Dataset::read_rows(std::uint64_t, std::uint64_t, std::span<std::uint8_t>) const;
template void Dataset::read_rows(std::uint64_t, std::uint64_t, std::span<std::uint64_t>) const;
template void Dataset::write_rows(std::uint64_t, std::uint64_t, std::span<const float>);
template std::vector<float> Dataset::read_all() const;
template std::vector<double> Dataset::read_all() const;
template std::vector<std::int32_t> Dataset::read_all() const;
template std::vector<std::int64_t> Dataset::read_all() const;
template std::vector<std::uint8_t> Dataset::read_all() const;
template std::vector<std::uint64_t> Dataset::read_all() const;

}  // namespace crossfold::hdf5
