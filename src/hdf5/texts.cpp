#include "texts.h"

#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <hdf5.h>

#include "error_stack.h"
#include "types.h"

namespace crossfold::hdf5 {
namespace {

/// Memory that HDF5 fills with pointers of its own, given back when the block is left.
class VariableTexts {
 public:
  VariableTexts(hid_t type, std::size_t count) : type_(type), pointers_(count, nullptr) {
    const hsize_t length = count;
    space_ = Handle(H5Screate_simple(1, &length, nullptr), &H5Sclose);
  }
  ~VariableTexts() {
    H5Dvlen_reclaim(type_, space_.get(), H5P_DEFAULT, static_cast<void*>(pointers_.data()));
  }
  VariableTexts(const VariableTexts&) = delete;
  VariableTexts& operator=(const VariableTexts&) = delete;

  [[nodiscard]] void* data() { return static_cast<void*>(pointers_.data()); }
  [[nodiscard]] const std::vector<char*>& pointers() const { return pointers_; }

 private:
  hid_t type_;
  std::vector<char*> pointers_;
  Handle space_;
};

std::string_view without_padding(std::string_view text, H5T_str_t padding) {
  if (padding == H5T_STR_SPACEPAD) {
    const std::size_t end = text.find_last_not_of(' ');
    return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
  }
  return text.substr(0, text.find('\0'));
}

}  // namespace

TextReader::TextReader(std::int64_t stored, std::size_t max_bytes, std::string subject,
                       std::string where)
    : type_(H5Tcopy(stored), &H5Tclose),
      max_bytes_(max_bytes),
      subject_(std::move(subject)),
      where_(std::move(where)) {
  CF_VALIDATE(type_.valid() && element_bytes() > 0, ErrorCode::bad_input,
              fmt::format("{} has a type that cannot be read", subject_), where_);
  // Room for longer texts than allowed: most of it is padding.
  CF_VALIDATE(variable() || element_bytes() <= 16 * max_bytes_, ErrorCode::bad_input,
              fmt::format("{} has texts of {} bytes (at most {} are allowed)", subject_,
                          element_bytes(), max_bytes_),
              where_);
}

bool TextReader::variable() const { return H5Tis_variable_str(type_.get()) > 0; }

std::size_t TextReader::element_bytes() const { return H5Tget_size(type_.get()); }

std::vector<std::string> TextReader::read(std::size_t count, const std::function<int(void*)>& fill,
                                          std::size_t first) const {
  if (count == 0) return {};
  std::vector<std::string> texts =
      variable() ? read_variable(count, fill) : read_fixed(count, fill);
  for (std::size_t i = 0; i < count; ++i)
    CF_VALIDATE(texts[i].size() <= max_bytes_, ErrorCode::bad_input,
                fmt::format("{} holds a text of more than {} bytes (entry {}). shorten it",
                            subject_, max_bytes_, first + i),
                where_);
  return texts;
}

std::vector<std::string> TextReader::read_fixed(std::size_t count,
                                                const std::function<int(void*)>& fill) const {
  const std::size_t width = element_bytes();
  std::vector<char> buffer(count * width);
  checked(fill(buffer.data()), ErrorCode::bad_input, fmt::format("cannot read {}", subject_),
          where_);
  const H5T_str_t padding = H5Tget_strpad(type_.get());
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    texts.emplace_back(without_padding({buffer.data() + i * width, width}, padding));
  return texts;
}

std::vector<std::string> TextReader::read_variable(std::size_t count,
                                                   const std::function<int(void*)>& fill) const {
  VariableTexts memory(type_.get(), count);
  checked(fill(memory.data()), ErrorCode::bad_input, fmt::format("cannot read {}", subject_),
          where_);
  std::vector<std::string> texts;
  texts.reserve(count);
  for (const char* pointer : memory.pointers())
    texts.emplace_back(pointer == nullptr
                           ? std::string()
                           : std::string(pointer, ::strnlen(pointer, max_bytes_ + 1)));
  return texts;
}

}  // namespace crossfold::hdf5
