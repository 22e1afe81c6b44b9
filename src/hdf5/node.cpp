#include "crossfold/hdf5/node.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <hdf5.h>

#include "error_stack.h"
#include "texts.h"
#include "types.h"

namespace crossfold::hdf5 {
namespace {

/// Attributes are small; what is longer is damaged or hostile.
constexpr std::size_t kMaxAttributes = 65536;

Handle open_attribute(std::int64_t node, const std::string& name, const std::string& where) {
  return {checked(H5Aopen(node, name.c_str(), H5P_DEFAULT), ErrorCode::bad_input,
                  fmt::format("cannot open the attribute '{}'", name), where),
          &H5Aclose};
}

/// Entries of an attribute: a scalar counts as one. More than one dimension is an Error.
std::size_t entry_count(const Handle& attribute, const std::string& name, std::size_t max_count,
                        const std::string& where) {
  const Handle space(checked(H5Aget_space(attribute.get()), ErrorCode::bad_input,
                             fmt::format("cannot read the attribute '{}'", name), where),
                     &H5Sclose);
  const int dimensions = H5Sget_simple_extent_ndims(space.get());
  CF_VALIDATE(
      dimensions == 0 || dimensions == 1, ErrorCode::bad_input,
      fmt::format("the attribute '{}' has {} dimensions (at most 1 is allowed)", name, dimensions),
      where);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  CF_VALIDATE(count >= 0 && static_cast<std::size_t>(count) <= max_count, ErrorCode::bad_input,
              fmt::format("the attribute '{}' has {} entries (at most {} are allowed)", name, count,
                          max_count),
              where);
  return static_cast<std::size_t>(count);
}

template <class T>
T read_one(std::int64_t node, const std::string& name, std::span<const H5T_class_t> classes,
           const std::string& wanted, const std::string& where) {
  const Handle attribute = open_attribute(node, name, where);
  const Handle type(H5Aget_type(attribute.get()), &H5Tclose);
  const H5T_class_t kind = type.valid() ? H5Tget_class(type.get()) : H5T_NO_CLASS;
  CF_VALIDATE(std::find(classes.begin(), classes.end(), kind) != classes.end() &&
                  entry_count(attribute, name, kMaxAttributes, where) == 1,
              ErrorCode::bad_input, fmt::format("the attribute '{}' is not {}", name, wanted),
              where);
  T value{};
  checked(H5Aread(attribute.get(), native_type<T>(), &value), ErrorCode::bad_input,
          fmt::format("cannot read the attribute '{}'", name), where);
  return value;
}

void write_one(std::int64_t node, const std::string& name, std::int64_t type, const Handle& space,
               const void* value, const std::string& where) {
  const std::string problem = fmt::format("cannot write the attribute '{}'", name);
  const Handle attribute(
      checked(H5Acreate2(node, name.c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
              ErrorCode::io, problem, where),
      &H5Aclose);
  checked(H5Awrite(attribute.get(), type, value), ErrorCode::io, problem, where);
}

herr_t collect_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  auto& all = *static_cast<std::vector<std::string>*>(names);
  if (all.size() >= kMaxAttributes) return -1;
  all.emplace_back(name);
  return 0;
}

}  // namespace

Node::Node(Handle handle, std::string file, std::string path)
    : handle_(std::move(handle)), file_(std::move(file)), path_(std::move(path)) {}

std::string Node::where() const { return fmt::format("{}:{}", file_, path_); }

bool Node::has_attribute(const std::string& name) const {
  return checked(H5Aexists(id(), name.c_str()), ErrorCode::bad_input,
                 fmt::format("cannot look for the attribute '{}'", name), where()) > 0;
}

std::vector<std::string> Node::attribute_names() const {
  std::vector<std::string> names;
  checked(H5Aiterate2(id(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, &collect_name, &names),
          ErrorCode::bad_input, "cannot list the attributes", where());
  std::sort(names.begin(), names.end());
  return names;
}

std::string Node::text_attribute(const std::string& name) const {
  std::vector<std::string> texts = texts_attribute(name, kMaxAttributes);
  CF_VALIDATE(texts.size() == 1, ErrorCode::bad_input,
              fmt::format("the attribute '{}' has {} texts (one is wanted)", name, texts.size()),
              where());
  return std::move(texts.front());
}

std::vector<std::string> Node::texts_attribute(const std::string& name, std::size_t max_count,
                                               std::size_t max_bytes) const {
  const Handle attribute = open_attribute(id(), name, where());
  const Handle type(H5Aget_type(attribute.get()), &H5Tclose);
  CF_VALIDATE(type.valid() && H5Tget_class(type.get()) == H5T_STRING, ErrorCode::bad_input,
              fmt::format("the attribute '{}' is not text", name), where());
  const std::size_t count = entry_count(attribute, name, max_count, where());
  const TextReader reader(type.get(), max_bytes, fmt::format("the attribute '{}'", name), where());
  return reader.read(count,
                     [&](void* out) { return H5Aread(attribute.get(), reader.type(), out); });
}

std::int64_t Node::integer_attribute(const std::string& name) const {
  constexpr H5T_class_t kClasses[] = {H5T_INTEGER};
  return read_one<std::int64_t>(id(), name, kClasses, "an integer", where());
}

double Node::number_attribute(const std::string& name) const {
  constexpr H5T_class_t kClasses[] = {H5T_INTEGER, H5T_FLOAT};
  return read_one<double>(id(), name, kClasses, "a number", where());
}

void Node::write_attribute(const std::string& name, std::string_view value) {
  const std::string text(value);
  const char* pointer = text.c_str();
  const Handle space(H5Screate(H5S_SCALAR), &H5Sclose);
  write_one(id(), name, utf8_type().get(), space, static_cast<const void*>(&pointer), where());
}

void Node::write_attribute(const std::string& name, std::span<const std::string> values) {
  std::vector<const char*> pointers(values.size() + 1);  // never empty: HDF5 wants an address
  std::transform(values.begin(), values.end(), pointers.begin(),
                 [](const std::string& value) { return value.c_str(); });
  const hsize_t count = values.size();
  const Handle space(H5Screate_simple(1, &count, nullptr), &H5Sclose);
  write_one(id(), name, utf8_type().get(), space, static_cast<const void*>(pointers.data()),
            where());
}

void Node::write_attribute(const std::string& name, std::int64_t value) {
  const Handle space(H5Screate(H5S_SCALAR), &H5Sclose);
  write_one(id(), name, H5T_NATIVE_INT64, space, &value, where());
}

void Node::write_attribute(const std::string& name, double value) {
  const Handle space(H5Screate(H5S_SCALAR), &H5Sclose);
  write_one(id(), name, H5T_NATIVE_DOUBLE, space, &value, where());
}

}  // namespace crossfold::hdf5
