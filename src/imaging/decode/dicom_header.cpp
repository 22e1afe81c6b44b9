#include "crossfold/imaging/dicom_header.h"

#include <fstream>

#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/imaging/decode.h"

#include "dicom_file.h"
#include "image_structure.h"

namespace crossfold {

DicomHeader read_dicom_header(const std::filesystem::path& path) {
  prepare_dicom_library();
  const std::string name = path.string();
  std::string beginning(kDicomBeginning, '\0');
  std::ifstream stream(path, std::ios::binary);
  CF_VALIDATE(stream.is_open(), ErrorCode::io, "cannot be opened. check the path and its rights",
              name);
  stream.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(stream.gcount()));
  CF_VALIDATE(is_dicom(beginning), ErrorCode::bad_input,
              "no DICOM file (it has no DICM behind its first 128 bytes). convert it, or leave it "
              "out",
              name);
  DcmFileFormat file;
  const OFCondition read = file.loadFileUntilTag(name.c_str(), EXS_Unknown, EGL_noChange,
                                                 DCM_MaxReadLength, ERM_fileOnly, DCM_PixelData);
  if (read.bad()) throw_damaged("DICOM", read.text(), name);
  const auto text = [&](const DcmTagKey& tag) {
    OFString value;
    return file.getDataset()->findAndGetOFString(tag, value).good() ? std::string(value.c_str())
                                                                    : std::string();
  };
  return {.view = text(DCM_ViewPosition), .sex = text(DCM_PatientSex), .age = text(DCM_PatientAge)};
}

}  // namespace crossfold
