#include "foreign_file.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

/// What users give in place of a store, by the bytes with which each format begins.
TEST(ForeignFile, IsKnownByItsFirstBytes) {
  const std::string page = "a web page (a download that failed looks so). download it again";
  const std::string image = "make a store of images with 'crossfold embed'";
  const std::string array = "save its array as .npy or .csv and import it";
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"BZh91AY&SY", "compressed by bzip2. unpack it"},
      {std::string("\xFD") + "7zXZ", "compressed by xz. unpack it"},
      {"\x28\xB5\x2F\xFD", "compressed by zstd. unpack it"},
      {"<!DOCTYPE html>", page},
      {"<html lang=\"en\">", page},
      {"CDF\x01", "a netCDF-3 file. choose another file"},
      {"CDF\x02", "a netCDF-3 file. choose another file"},
      {"\x0E\x03\x13\x01", "an HDF4 file. convert it with h4toh5"},
      {"MATLAB 5.0 MAT-file, Platform: GLNXA64",
       "a MATLAB file of version 5. save it with -v7.3, or its array as .csv"},
      {"PAR1\x15", "a Parquet table. " + array},
      {"\x80\x04\x95\x10", "a Python pickle. " + array},
      {"\x89PNG\r\n\x1A\n", "a PNG image. " + image},
      {"\xFF\xD8\xFF\xE0", "a JPEG image. " + image},
      {"a\tb,c\r\n1,2\n",
       "text, a table perhaps. make a store of it with 'crossfold store import'"}};
  for (const auto& [bytes, kind] : kinds) {
    const auto found = kind_of_file(bytes);
    EXPECT_EQ(found.value_or(""), kind);
  }
}

TEST(ForeignFile, OfNoKnownKindIsNotGuessed) {
  for (const std::string bytes : {"my notes", "a,b\x01", "CDF\x03", "PARTS,\x02"})
    EXPECT_FALSE(kind_of_file(bytes)) << bytes;
}

}  // namespace
}  // namespace crossfold
