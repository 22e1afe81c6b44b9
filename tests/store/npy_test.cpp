#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/expect_error.h"
#include "matrix_file.h"

namespace crossfold {
namespace {

/// A .npy file of format 1.0 with this header and these numbers.
template <class T>
std::string npy(const std::string& header, const std::vector<T>& values) {
  std::string bytes = "\x93NUMPY";
  bytes += '\1';
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return bytes;
}

const std::vector<float> kTwo = {1, 2};
constexpr const char* kHeader = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n";

void expect_refused(const std::string& bytes, const std::string& message) {
  expect_error(ErrorCode::bad_input, "x.npy: " + message, [&] { (void)parse_npy(bytes, "x.npy"); });
}

TEST(Npy, SoundFilesAreRead) {
  EXPECT_EQ(parse_npy(npy(kHeader, kTwo), "x.npy").values, kTwo);
  EXPECT_EQ(
      parse_npy(npy("{\"shape\":(1,2),'fortran_order':True,'descr':'<f4'}", kTwo), "x").values,
      kTwo);
}

/// Halves as numpy 1.24 writes them: the least, the largest subnormal, the least normal, a third,
/// one, the largest, a negative one, negative zero.
TEST(Npy, EveryWidthAndByteOrderIsRead) {
  const std::vector<float> halves = {5.960464477539063e-08F,
                                     6.097555160522461e-05F,
                                     6.103515625e-05F,
                                     0.333251953125F,
                                     1.0F,
                                     65504.0F,
                                     -2.0F,
                                     -0.0F};
  const std::vector<std::uint16_t> bits = {0x0001, 0x03FF, 0x0400, 0x3555,
                                           0x3C00, 0x7BFF, 0xC000, 0x8000};
  const auto with = [](const char* descr, const auto& values) {
    const std::string header = fmt::format(
        "{{'descr': '{}', 'fortran_order': False, 'shape': (2, {}), }}", descr, values.size() / 2);
    return parse_npy(npy(header, values), "x.npy").values;
  };
  const auto swapped = [](auto values) {
    for (auto& value : values) {
      auto* const bytes = reinterpret_cast<char*>(&value);
      std::reverse(bytes, bytes + sizeof value);
    }
    return values;
  };
  const std::vector<double> wide(halves.begin(), halves.end());
  EXPECT_EQ(with("<f2", bits), halves);
  EXPECT_EQ(with(">f2", swapped(bits)), halves);
  EXPECT_EQ(with(">f4", swapped(halves)), halves);
  EXPECT_EQ(with("<f8", wide), halves);
  EXPECT_EQ(with(">f8", swapped(wide)), halves);
  EXPECT_TRUE(std::signbit(with("<f2", bits).back()));
  for (const std::uint16_t odd : std::vector<std::uint16_t>{0x7C00, 0xFC00, 0x7E00})
    EXPECT_THROW((void)with("<f2", std::vector<std::uint16_t>{odd, 0}), Error) << odd;
}

TEST(Npy, OtherFilesAreRefused) {
  expect_refused("id,1,2\n",
                 "is not a .npy file (it does not begin like one). save it with numpy.save");
  expect_refused("\x93NUMPY\4",
                 "is cut short (its header does not end within 7 bytes). copy or save it again");
  expect_refused(std::string("\x93NUMPY\4\0", 8),
                 "has .npy format 4.0 (1.0, 2.0 and 3.0 are read). save it again with numpy.save");
  expect_refused(std::string("\x93NUMPY\1\0\x50", 9),
                 "is cut short (its header does not end within 9 bytes). copy or save it again");
  expect_refused(npy(kHeader, kTwo).substr(0, 40),
                 "is cut short (its header does not end within 40 bytes). copy or save it again");
  expect_refused(
      std::string("\x93NUMPY\2\0\xFF\xFF\xFF\xFF", 12),
      "its .npy header has 4294967295 bytes (at most 65536 are read). save it again with "
      "numpy.save");
}

TEST(Npy, EveryWrongHeaderIsRefused) {
  const auto refused = [](const std::string& header, const std::string& why) {
    expect_refused(npy(header, kTwo),
                   "its .npy header cannot be read (" + why + "). save it again with numpy.save");
  };
  refused("", "'{' is missing");
  refused("{'descr': '<f4'", "'}' is missing");
  refused("{'descr': '<f4', 'shape': (1, 2)}", "the key 'fortran_order' is missing");
  refused("{'descr': '<f4', 'descr': '<f4'}", "the key 'descr' stands there twice");
  refused("{'other': 1}", "the key 'other' is not known");
  refused("{'descr': <f4}", "a text in quotes is missing");
  refused("{'descr': '<f4", "a quote is not closed");
  refused("{'fortran_order': 1}", "True or False is missing");
  refused("{'shape': (1, x)}", "its shape is not a list of numbers");
  refused("{'shape': (1, -2)}", "its shape is not a list of numbers");
  refused("{'shape': (1 2)}", "')' is missing");
  refused(std::string(kHeader) + "x", "text follows its end");
}

TEST(Npy, OtherTypesAndShapesAreRefused) {
  const auto header = [](const std::string& descr, const std::string& shape) {
    return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + "}";
  };
  for (const char* descr : {"<i4", "|b1", "<c8", "f4", "<f16"})
    expect_refused(npy(header(fmt::format("'{}'", descr), "(1, 2)"), kTwo),
                   fmt::format("holds '{}' (float16, float32 or float64 is needed: 'f2', 'f4' or "
                               "'f8' behind '<' or '>'). convert it by .astype('float32')",
                               descr));
  expect_refused(npy(header("[('a', '<f4')]", "(1, 2)"), kTwo),
                 "holds records with named fields (one number type is needed). save the numbers as "
                 "one float32 array");
  expect_refused(
      npy(header("'<f4'", "(2,)"), kTwo),
      "has the shape (2) (samples by features are needed, at least one of each). reshape "
      "it to [N, D]");
  expect_refused(npy(header("'<f4'", "(0, 2)"), std::vector<float>{}),
                 "has the shape (0, 2) (samples by features are needed, at least one of each). "
                 "reshape it to [N, D]");
  for (const char* shape : {"(1, 3)", "(1, 1)", "(4294967296, 4294967296)"})
    EXPECT_THROW((void)parse_npy(npy(header("'<f4'", shape), kTwo), "x.npy"), Error) << shape;
  expect_refused(
      npy(header("'<f4'", "(1, 3)"), kTwo),
      "has 8 bytes of numbers, which is not 1 x 3 of 4 bytes (cut short or damaged). copy "
      "or save it again");
}

TEST(Npy, NumbersMustBeFiniteAsFloat32) {
  const std::string header = "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2)}";
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_refused(npy(header, std::vector<double>{1, 2, nan, nan}),
                 "2 of its numbers are not finite, the first: nan in row 0, column 1 (training on "
                 "them gives only nan). compute these rows again or leave the samples out");
  expect_refused(
      npy(header, std::vector<double>{1, 1e300, 1, 1}),
      "1 of its numbers are too large for float32, the first: 1e+300 in row 1, column 0. "
      "scale them down");
  EXPECT_THAT(parse_npy(npy(header, std::vector<double>{1, 1e-300, 0.1, 3}), "x").values,
              ::testing::ElementsAre(1.0F, 0.1F, 0.0F, 3.0F));
}

}  // namespace
}  // namespace crossfold
