#include "imaging/dicom_files.h"

#include <cstdio>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace crossfold::test {
namespace {

namespace fs = std::filesystem;

std::string quoted(const std::string& text) { return "'" + text + "'"; }

}  // namespace

bool have_dicom_tools() { return std::string(CROSSFOLD_DICOM_TOOLS) != ""; }

std::string run_dicom_tool(const std::string& program, const std::vector<std::string>& arguments) {
  std::string command = quoted(CROSSFOLD_DICOM_TOOLS "/" + program);
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  FILE* const pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr) << command;
  if (pipe == nullptr) return {};
  std::string out;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    out.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << out;
  return out;
}

fs::path write_dicom(const fs::path& folder, const std::string& name, const DicomRecipe& recipe) {
  const fs::path pixels = folder / (name + ".raw");
  const fs::path dump = folder / (name + ".dump");
  const bool wide = recipe.bits_allocated == 16;
  std::ofstream raw(pixels, std::ios::binary);
  for (const int value : recipe.values) {
    raw.put(static_cast<char>(value & 0xff));
    if (wide) raw.put(static_cast<char>(value >> 8 & 0xff));
  }
  raw.close();
  std::ofstream text(dump);
  text << "(0008,0016) UI [1.2.840.10008.5.1.4.1.1.7]\n(0008,0018) UI [1.2.276.0.7230010.3.1.4.1]\n"
       << "(0028,0002) US 1\n(0028,0004) CS [" << recipe.photometric << "]\n"
       << "(0028,0010) US " << recipe.height << "\n(0028,0011) US " << recipe.width << "\n"
       << "(0028,0100) US " << recipe.bits_allocated << "\n(0028,0101) US " << recipe.bits_stored
       << "\n(0028,0102) US " << recipe.bits_stored - 1 << "\n(0028,0103) US "
       << recipe.pixel_representation << "\n";
  for (const std::string& line : recipe.lines) text << line << "\n";
  text << "(7fe0,0010) " << (wide ? "OW" : "OB") << " =" << pixels.string() << "\n";
  text.close();
  fs::path file = folder / name;
  run_dicom_tool("dump2dcm", {"-q", dump.string(), file.string()});
  return file;
}

}  // namespace crossfold::test
