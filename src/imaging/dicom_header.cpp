#include "crossfold/imaging/dicom_header.h"

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
