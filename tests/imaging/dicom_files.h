#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// DICOM files made by DCMTK's own programs, not by the code under test.
namespace crossfold::test {

/// True where dump2dcm and its companions are installed (package dcmtk).
[[nodiscard]] bool have_dicom_tools();

/// Runs one of DCMTK's programs; a failed check when it fails. Returns its stdout.
std::string run_dicom_tool(const std::string& program, const std::vector<std::string>& arguments);

struct DicomRecipe {
  int width = 48;
  int height = 40;
  std::string photometric = "MONOCHROME2";
  int bits_allocated = 16;
  int bits_stored = 12;
  int pixel_representation = 0;
  std::vector<int> values;              ///< width * height of them
  std::vector<std::string> lines = {};  ///< further elements, as dump2dcm reads them
};

/// Writes folder/name by dump2dcm, not compressed.
std::filesystem::path write_dicom(const std::filesystem::path& folder, const std::string& name,
                                  const DicomRecipe& recipe);

}  // namespace crossfold::test
