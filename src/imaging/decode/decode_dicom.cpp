#include "decode_dicom.h"

#include <algorithm>

#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcfilefo.h>

#include "dicom_file.h"
#include "dicom_grayscale.h"
#include "dicom_pixels.h"

namespace crossfold {

GrayImage decode_dicom(std::string_view bytes, const std::string& name) {
  const DicomFile file = parse_dicom(bytes, name);
  DcmDataset& data = *file->getDataset();
  const DicomPixels pixels = read_dicom_pixels(data, name);
  const std::vector<std::uint8_t> grays = grays_of_codes(data, pixels, name);
  GrayImage image{pixels.width, pixels.height, std::vector<std::uint8_t>(pixels.codes.size())};
  std::transform(pixels.codes.begin(), pixels.codes.end(), image.pixels.begin(),
                 [&](std::uint16_t code) { return grays[code]; });
  return image;
}

}  // namespace crossfold
