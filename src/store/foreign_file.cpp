#include "foreign_file.h"

#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>

namespace crossfold {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kFirstBytes = 512;
constexpr const char* kImport = "make a store of it with 'crossfold store import'";
constexpr const char* kChoose = "choose another file";

struct Kind {
  std::string_view begin;
  const char* what;
  const char* to_do;
};

constexpr std::array kKinds = {
    Kind{"\x93NUMPY"sv, "a .npy array", kImport},
    Kind{"PK\x03\x04"sv, "a zip archive (.npz, .pt and .xlsx files are such)",
         "save its array as .npy or .csv and make a store with 'crossfold store import'"},
    Kind{"\x1F\x8B"sv, "compressed by gzip", "unpack it"},
    Kind{"BZh"sv, "compressed by bzip2", "unpack it"},
    Kind{"\xFD"
         "7zXZ"sv,
         "compressed by xz", "unpack it"},
    Kind{"\x28\xB5\x2F\xFD"sv, "compressed by zstd", "unpack it"},
    Kind{"version https://git-lfs"sv, "a pointer of Git LFS (the file itself was not fetched)",
         "fetch it with 'git lfs pull'"},
    Kind{"<!DOCTYPE"sv, "a web page (a download that failed looks so)", "download it again"},
    Kind{"<html"sv, "a web page (a download that failed looks so)", "download it again"},
    Kind{"CDF\x01"sv, "a netCDF-3 file", kChoose},
    Kind{"CDF\x02"sv, "a netCDF-3 file", kChoose},
    Kind{"\x0E\x03\x13\x01"sv, "an HDF4 file", "convert it with h4toh5"},
    Kind{"MATLAB 5.0"sv, "a MATLAB file of version 5", "save it with -v7.3, or its array as .csv"},
    Kind{"PAR1"sv, "a Parquet table", "save its array as .npy or .csv and import it"},
    Kind{"\x80\x04\x95"sv, "a Python pickle", "save its array as .npy or .csv and import it"},
    Kind{"\x89PNG"sv, "a PNG image", "make a store of images with 'crossfold embed'"},
    Kind{"\xFF\xD8\xFF"sv, "a JPEG image", "make a store of images with 'crossfold embed'"}};

bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
}

}  // namespace

std::optional<std::string> kind_of_file(std::string_view bytes) {
  for (const Kind& kind : kKinds)
    if (bytes.starts_with(kind.begin)) return fmt::format("{}. {}", kind.what, kind.to_do);
  if (bytes.find_first_not_of('\0') == std::string_view::npos)
    return "zeros only (its content was lost, as by a full disk or a crash). copy or write it "
           "again";
  if (bytes.find(',') != std::string_view::npos && is_text(bytes))
    return fmt::format("text, a table perhaps. {}", kImport);
  return std::nullopt;
}

std::string no_hdf5_message(const std::filesystem::path& path) {
  std::array<char, kFirstBytes> first{};
  std::ifstream file(path, std::ios::binary);
  file.read(first.data(), first.size());
  const std::string_view bytes(first.data(), static_cast<std::size_t>(file.gcount()));
  if (const auto kind = kind_of_file(bytes))
    return fmt::format("is not an HDF5 file, but {}", *kind);
  return "is not an HDF5 file (it does not begin like one). choose another file, or copy it again";
}

}  // namespace crossfold
