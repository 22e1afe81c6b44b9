#include "decode_dicom.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmimgle/dcmimage.h>
#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "dicom_file.h"
#include "image_structure.h"
#include "voi_window.h"

namespace crossfold {
namespace {

enum class Polarity { black_is_low, white_is_low };

/// What the header says of the pixels, checked before the library decodes them.
struct PixelHeader {
  Uint16 rows = 0;
  Uint16 columns = 0;
  Uint16 bits_stored = 0;
  bool is_signed = false;
  Polarity polarity = Polarity::black_is_low;
};

Uint16 number_of(DcmDataset& data, const DcmTagKey& tag, const char* word,
                 const std::string& name) {
  Uint16 value = 0;
  if (data.findAndGetUint16(tag, value).bad())
    throw_damaged("DICOM", fmt::format("its header has no {}", word), name);
  return value;
}

std::string text_of(DcmDataset& data, const DcmTagKey& tag) {
  OFString text;
  if (data.findAndGetOFString(tag, text).bad()) return {};
  return text.c_str();
}

PixelHeader read_pixel_header(DcmDataset& data, const std::string& name) {
  CF_VALIDATE(data.tagExists(DCM_PixelData), ErrorCode::bad_input,
              "a DICOM file without pixels (a report, a directory or another object). leave it out",
              name);
  const std::string meaning = text_of(data, DCM_PhotometricInterpretation);
  CF_VALIDATE(meaning == "MONOCHROME1" || meaning == "MONOCHROME2", ErrorCode::bad_input,
              fmt::format("a DICOM image that is not gray (photometric interpretation '{}'; "
                          "MONOCHROME1 and MONOCHROME2 are read). convert it, or leave it out",
                          meaning),
              name);
  PixelHeader header;
  header.polarity = meaning == "MONOCHROME1" ? Polarity::white_is_low : Polarity::black_is_low;
  header.rows = number_of(data, DCM_Rows, "Rows", name);
  header.columns = number_of(data, DCM_Columns, "Columns", name);
  check_image_size(header.columns, header.rows, name);
  const Uint16 allocated = number_of(data, DCM_BitsAllocated, "BitsAllocated", name);
  header.bits_stored = number_of(data, DCM_BitsStored, "BitsStored", name);
  header.is_signed = number_of(data, DCM_PixelRepresentation, "PixelRepresentation", name) != 0;
  const Uint16 high_bit = number_of(data, DCM_HighBit, "HighBit", name);
  if ((allocated != 8 && allocated != 16) || header.bits_stored < 1 ||
      header.bits_stored > allocated || high_bit >= allocated || high_bit + 1 < header.bits_stored)
    throw_damaged("DICOM",
                  fmt::format("{} of {} bits with the highest at {} make no pixel",
                              header.bits_stored, allocated, high_bit),
                  name);
  return header;
}

/// Uncompressed pixels must all be there: the library would fill in what is missing.
void check_uncompressed(DcmDataset& data, const PixelHeader& header, const std::string& name) {
  DcmElement* element = nullptr;
  if (data.findAndGetElement(DCM_PixelData, element).bad()) return;
  Uint16 allocated = 0;
  (void)data.findAndGetUint16(DCM_BitsAllocated, allocated);
  const std::uint64_t wanted = std::uint64_t{header.rows} * header.columns * (allocated / 8U);
  if (element->getLength() < wanted)
    throw_damaged("DICOM",
                  fmt::format("{} bytes of pixels where {} x {} need {}", element->getLength(),
                              header.columns, header.rows, wanted),
                  name);
}

/// A JPEG inside a DICOM file must reach its end marker: decoders make up the rest of one that was
/// cut off. Of several frames only the whole sequence's end is looked at.
void check_jpeg_end(DcmDataset& data, const std::string& name) {
  DcmElement* element = nullptr;
  DcmPixelSequence* sequence = nullptr;
  if (data.findAndGetElement(DCM_PixelData, element).bad()) return;
  auto* const pixels = dynamic_cast<DcmPixelData*>(element);
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  if (pixels == nullptr) return;
  pixels->getOriginalRepresentationKey(syntax, parameter);
  if (pixels->getEncapsulatedRepresentation(syntax, parameter, sequence).bad()) return;
  DcmPixelItem* item = nullptr;
  Uint8* bytes = nullptr;
  const unsigned long count = sequence->card();
  if (count < 2 || sequence->getItem(item, count - 1).bad() || item->getUint8Array(bytes).bad())
    throw_damaged("DICOM", "it holds no compressed pixels", name);
  std::span<const Uint8> data_bytes(bytes, item->getLength());
  while (!data_bytes.empty() && data_bytes.back() == 0)  // padding to an even length
    data_bytes = data_bytes.first(data_bytes.size() - 1);
  const std::size_t size = data_bytes.size();
  if (size < 2 || data_bytes[size - 2] != 0xff || data_bytes[size - 1] != 0xd9)
    throw_damaged("DICOM", "its JPEG data ends without an end marker", name);
}

bool is_jpeg(E_TransferSyntax syntax) {
  const std::string_view name = DcmXfer(syntax).getXferName();
  return name.find("JPEG") != std::string_view::npos;
}

/// The first window that the file gives.
std::optional<VoiWindow> read_window(DcmDataset& data, const std::string& name) {
  VoiWindow window;
  if (data.findAndGetFloat64(DCM_WindowCenter, window.center).bad() ||
      data.findAndGetFloat64(DCM_WindowWidth, window.width).bad())
    return std::nullopt;
  const std::string shape = text_of(data, DCM_VOILUTFunction);
  if (shape == "LINEAR_EXACT") window.shape = VoiWindow::Shape::linear_exact;
  if (shape == "SIGMOID") window.shape = VoiWindow::Shape::sigmoid;
  const double least = window.shape == VoiWindow::Shape::linear ? 1 : 0;
  const bool wide_enough = least == 0 ? window.width > 0 : window.width >= least;
  if (!std::isfinite(window.center) || !std::isfinite(window.width) || !wide_enough)
    throw_damaged("DICOM", fmt::format("a window of width {} at {}", window.width, window.center),
                  name);
  return window;
}

/// Values after the modality transform (rescale slope and intercept, or its table).
std::vector<double> modality_values(const DicomImage& image, std::size_t count,
                                    const std::string& name) {
  const DiPixel* const pixels = image.getInterData();
  if (pixels == nullptr || pixels->getCount() < count)
    throw_damaged("DICOM", "its pixels cannot be decoded", name);
  std::vector<double> values(count);
  const auto copy = [&]<class T>(const T* from) { std::copy_n(from, count, values.begin()); };
  const void* const data = pixels->getData();
  switch (pixels->getRepresentation()) {
    case EPR_Uint8:
      copy(static_cast<const Uint8*>(data));
      break;
    case EPR_Sint8:
      copy(static_cast<const Sint8*>(data));
      break;
    case EPR_Uint16:
      copy(static_cast<const Uint16*>(data));
      break;
    case EPR_Sint16:
      copy(static_cast<const Sint16*>(data));
      break;
    case EPR_Uint32:
      copy(static_cast<const Uint32*>(data));
      break;
    case EPR_Sint32:
      copy(static_cast<const Sint32*>(data));
      break;
  }
  return values;
}

/// Grays of a file that gives no window: 8 bits as they are, more from their own range.
void scale_values(const std::vector<double>& values, const PixelHeader& header,
                  std::vector<std::uint8_t>& grays) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const bool as_they_are =
      header.bits_stored == 8 && !header.is_signed && *low >= 0 && *high <= 255;
  const double minimum = as_they_are ? 0 : *low;
  const double range = as_they_are ? 255 : std::max(*high - *low, 1.0);
  std::transform(values.begin(), values.end(), grays.begin(), [&](double value) {
    return static_cast<std::uint8_t>(std::floor((value - minimum) * 255 / range + 0.5));
  });
}

}  // namespace

GrayImage decode_dicom(std::string_view bytes, const std::string& name) {
  const DicomFile file = parse_dicom(bytes, name);
  DcmDataset& data = *file->getDataset();
  const PixelHeader header = read_pixel_header(data, name);
  const std::optional<VoiWindow> window = read_window(data, name);
  const E_TransferSyntax syntax = data.getOriginalXfer();
  if (!DcmXfer(syntax).isEncapsulated())
    check_uncompressed(data, header, name);
  else if (is_jpeg(syntax))
    check_jpeg_end(data, name);

  const DicomImage image(&data, syntax, CIF_DecompressCompletePixelData, 0, 1);
  if (image.getStatus() != EIS_Normal)
    throw_damaged("DICOM", DicomImage::getString(image.getStatus()), name);
  if (image.getWidth() != header.columns || image.getHeight() != header.rows)
    throw_damaged("DICOM", "its pixels have another size than its header says", name);

  GrayImage gray{header.columns, header.rows, {}};
  gray.pixels.resize(std::size_t{header.rows} * header.columns);
  const std::vector<double> values = modality_values(image, gray.pixels.size(), name);
  if (window)
    std::transform(values.begin(), values.end(), gray.pixels.begin(),
                   [&](double value) { return window->gray(value); });
  else
    scale_values(values, header, gray.pixels);
  if (header.polarity == Polarity::white_is_low)
    for (std::uint8_t& pixel : gray.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  return gray;
}

}  // namespace crossfold
