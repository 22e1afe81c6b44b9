#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"

#include "matrix_file.h"

namespace crossfold {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeaderBytes = 65536;

struct NpyHeader {
  std::string descr;
  enum class Order { c, fortran } order = Order::c;
  std::vector<std::uint64_t> shape;
  std::size_t data_begin = 0;
};

/// Reads the header's Python dictionary, of which numpy writes exactly three keys.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}

  NpyHeader parse() {
    NpyHeader header;
    std::set<std::string> keys;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      if (!keys.insert(key).second) fail(fmt::format("the key '{}' stands there twice", key));
      expect(':');
      if (key == "descr")
        header.descr = described_type();
      else if (key == "fortran_order")
        header.order = truth() ? NpyHeader::Order::fortran : NpyHeader::Order::c;
      else if (key == "shape")
        header.shape = tuple();
      else
        fail(fmt::format("the key '{}' is not known", key));
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (!text_.empty()) fail("text follows its end");
    for (const char* key : {"descr", "fortran_order", "shape"})
      if (!keys.contains(key)) fail(fmt::format("the key '{}' is missing", key));
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(
        ErrorCode::bad_input,
        fmt::format("its .npy header cannot be read ({}). save it again with numpy.save", why),
        name_);
  }

  void skip_blanks() {
    const std::size_t first = text_.find_first_not_of(" \n\t");
    text_.remove_prefix(first == std::string_view::npos ? text_.size() : first);
  }

  bool accept(char wanted) {
    skip_blanks();
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail(fmt::format("'{}' is missing", wanted));
  }

  std::string quoted() {
    skip_blanks();
    const char quote = text_.empty() ? '\0' : text_.front();
    if (quote != '\'' && quote != '"') fail("a text in quotes is missing");
    const std::size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) fail("a quote is not closed");
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }

  std::string described_type() {
    skip_blanks();
    if (text_.starts_with('['))
      throw Error(ErrorCode::bad_input,
                  "holds records with named fields (one number type is needed). save the numbers "
                  "as one float32 array",
                  name_);
    return quoted();
  }

  bool truth() {
    skip_blanks();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)})
      if (text_.starts_with(word)) {
        text_.remove_prefix(std::strlen(word));
        return value;
      }
    fail("True or False is missing");
  }

  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> numbers;
    expect('(');
    while (!accept(')')) {
      skip_blanks();
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
      if (error != std::errc()) fail("its shape is not a list of numbers");
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      numbers.push_back(number);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return numbers;
  }

  std::string_view text_;
  std::string name_;
};

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

NpyHeader read_header(std::string_view bytes, const std::string& name) {
  CF_VALIDATE(bytes.starts_with(kMagic), ErrorCode::bad_input,
              "is not a .npy file (it does not begin like one). save it with numpy.save", name);
  const auto cut = [&](bool enough) {
    CF_VALIDATE(enough, ErrorCode::bad_input,
                fmt::format("is cut short (its header does not end within {} bytes). copy or save "
                            "it again",
                            bytes.size()),
                name);
  };
  cut(bytes.size() >= kMagic.size() + 2);
  const int major = static_cast<std::uint8_t>(bytes[6]);
  const int minor = static_cast<std::uint8_t>(bytes[7]);
  CF_VALIDATE(major >= 1 && major <= 3 && minor == 0, ErrorCode::bad_input,
              fmt::format("has .npy format {}.{} (1.0, 2.0 and 3.0 are read). save it again with "
                          "numpy.save",
                          major, minor),
              name);
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t begin = kMagic.size() + 2 + length_bytes;
  cut(bytes.size() >= begin);
  const std::uint64_t length = little_endian(bytes.substr(8, length_bytes));
  CF_VALIDATE(length <= kMaxHeaderBytes, ErrorCode::bad_input,
              fmt::format("its .npy header has {} bytes (at most {} are read). save it again with "
                          "numpy.save",
                          length, kMaxHeaderBytes),
              name);
  cut(bytes.size() >= begin + length);
  NpyHeader header = HeaderParser(bytes.substr(begin, length), name).parse();
  header.data_begin = begin + length;
  return header;
}

/// Why a stored number cannot become a float32.
struct BadNumber {
  double value = 0;
  std::size_t row = 0;
  std::size_t column = 0;
  std::size_t count = 0;
};

/// A type of numbers that can become float32.
struct StoredType {
  const char* descr;
  std::size_t bytes;
  std::endian order;
};

constexpr std::array kStoredTypes = {
    StoredType{"<f2", 2, std::endian::little}, StoredType{">f2", 2, std::endian::big},
    StoredType{"<f4", 4, std::endian::little}, StoredType{">f4", 4, std::endian::big},
    StoredType{"<f8", 8, std::endian::little}, StoredType{">f8", 8, std::endian::big}};

const StoredType& stored_type(const std::string& descr, const std::string& name) {
  const auto found = std::find_if(kStoredTypes.begin(), kStoredTypes.end(),
                                  [&](const StoredType& type) { return descr == type.descr; });
  CF_VALIDATE(found != kStoredTypes.end(), ErrorCode::bad_input,
              fmt::format("holds '{}' (float16, float32 or float64 is needed: 'f2', 'f4' or 'f8' "
                          "behind '<' or '>'). convert it by .astype('float32')",
                          descr),
              name);
  return *found;
}

/// IEEE 754 binary16.
double half_value(std::uint16_t bits) {
  constexpr int kFractionBits = 10;
  constexpr int kBias = 15;
  const double sign = (bits & 0x8000U) == 0 ? 1 : -1;
  const int exponent = (bits >> kFractionBits) & 0x1F;
  const int fraction = bits & 0x3FF;
  if (exponent == 0x1F)
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - kBias - kFractionBits);
  return sign * std::ldexp(fraction + (1 << kFractionBits), exponent - kBias - kFractionBits);
}

template <class Bits>
double number_at(const char* bytes, std::endian order) {
  std::array<char, sizeof(Bits)> own{};
  std::memcpy(own.data(), bytes, own.size());
  if (order != std::endian::native) std::reverse(own.begin(), own.end());
  const auto bits = std::bit_cast<Bits>(own);
  if constexpr (sizeof(Bits) == 2)
    return half_value(bits);
  else if constexpr (sizeof(Bits) == 4)
    return std::bit_cast<float>(bits);
  else
    return std::bit_cast<double>(bits);
}

/// `Bits` is as wide as a stored number.
template <class Bits>
Matrix convert(std::string_view data, const NpyHeader& header, std::endian order,
               const std::string& name) {
  Matrix matrix{.rows = header.shape[0], .dim = header.shape[1], .values = {}, .ids = {}};
  matrix.values.resize(matrix.rows * matrix.dim);
  const bool fortran = header.order == NpyHeader::Order::fortran;
  BadNumber not_finite;
  BadNumber too_large;
  for (std::size_t row = 0; row < matrix.rows; ++row)
    for (std::size_t column = 0; column < matrix.dim; ++column) {
      const std::size_t place = fortran ? column * matrix.rows + row : row * matrix.dim + column;
      const double stored = number_at<Bits>(data.data() + place * sizeof(Bits), order);
      const auto value = static_cast<float>(stored);
      matrix.values[row * matrix.dim + column] = value;
      if (std::isfinite(value)) continue;
      BadNumber& bad = std::isfinite(stored) ? too_large : not_finite;
      if (bad.count++ == 0) bad = {stored, row, column, 1};
    }
  CF_VALIDATE(not_finite.count == 0, ErrorCode::bad_input,
              fmt::format("{} of its numbers are not finite, the first: {} in row {}, column {} "
                          "(training on them gives only nan). compute these rows again or leave "
                          "the samples out",
                          not_finite.count, not_finite.value, not_finite.row, not_finite.column),
              name);
  CF_VALIDATE(too_large.count == 0, ErrorCode::bad_input,
              fmt::format("{} of its numbers are too large for float32, the first: {} in row {}, "
                          "column {}. scale them down",
                          too_large.count, too_large.value, too_large.row, too_large.column),
              name);
  return matrix;
}

}  // namespace

Matrix parse_npy(std::string_view bytes, const std::string& name) {
  const NpyHeader header = read_header(bytes, name);
  const StoredType& type = stored_type(header.descr, name);
  CF_VALIDATE(header.shape.size() == 2 && header.shape[0] > 0 && header.shape[1] > 0,
              ErrorCode::bad_input,
              fmt::format("has the shape ({}) (samples by features are needed, at least one of "
                          "each). reshape it to [N, D]",
                          fmt::join(header.shape, ", ")),
              name);
  const std::string_view data = bytes.substr(header.data_begin);
  const std::uint64_t held = data.size() / type.bytes;
  const bool fits = data.size() % type.bytes == 0 && held % header.shape[0] == 0 &&
                    held / header.shape[0] == header.shape[1];
  CF_VALIDATE(fits, ErrorCode::bad_input,
              fmt::format("has {} bytes of numbers, which is not {} x {} of {} bytes (cut short or "
                          "damaged). copy or save it again",
                          data.size(), header.shape[0], header.shape[1], type.bytes),
              name);
  if (type.bytes == 2) return convert<std::uint16_t>(data, header, type.order, name);
  if (type.bytes == 4) return convert<std::uint32_t>(data, header, type.order, name);
  return convert<std::uint64_t>(data, header, type.order, name);
}

}  // namespace crossfold
