#include "dicom_pixels.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmjpeg/djutils.h>
#include <dcmtk/dcmjpls/djlsutil.h>
#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "dicom_values.h"
#include "image_structure.h"

namespace crossfold {
namespace {

/// How the samples lie in their bytes.
struct SampleLayout {
  int allocated = 0;  ///< 8 or 16
  int stored = 0;
  int high_bit = 0;
  bool is_signed = false;
};

void require_pixels(DcmDataset& data, const std::string& name) {
  if (data.tagExists(DCM_FloatPixelData) || data.tagExists(DCM_DoubleFloatPixelData))
    throw_not_supported("pixels in floating point are", "whole numbers of 8 or 16 bits are read",
                        "convert it", name);
  if (data.tagExists(DCM_PixelData)) return;
  const std::string uid = dicom_text(data, DCM_SOPClassUID);
  const char* const known = dcmFindNameOfUID(uid.c_str(), nullptr);
  throw Error(ErrorCode::bad_input,
              fmt::format("a DICOM file without pixels ({}). leave it out",
                          known != nullptr ? known : "a report, a directory or another object"),
              name);
}

/// Of the defined terms, retired ones too (PS3.3, C.7.6.3.1.2).
bool is_colour(std::string_view meaning) {
  constexpr std::array<std::string_view, 6> kColours{"PALETTE COLOR", "RGB",  "HSV",
                                                     "ARGB",          "CMYK", "XYB"};
  return meaning.starts_with("YBR_") ||
         std::find(kColours.begin(), kColours.end(), meaning) != kColours.end();
}

DicomPixels::Polarity read_polarity(DcmDataset& data, const std::string& name) {
  const std::string meaning = dicom_text(data, DCM_PhotometricInterpretation);
  if (meaning.empty()) throw_damaged("DICOM", "its header has no PhotometricInterpretation", name);
  const bool is_gray = meaning == "MONOCHROME1" || meaning == "MONOCHROME2";
  if (!is_gray && !is_colour(meaning))
    throw_not_supported(fmt::format("the PhotometricInterpretation '{}' is", meaning),
                        "DICOM knows no such word; MONOCHROME1 and MONOCHROME2 are read",
                        "look at the image and correct its header, e.g. with dcmodify", name);
  if (!is_gray)
    throw_not_supported(
        "a DICOM image in colour is",
        fmt::format("photometric interpretation '{}'; MONOCHROME1 and MONOCHROME2 are read",
                    meaning),
        "make a PNG of it, e.g. dcmj2pnm +on IN.dcm OUT.png", name);
  const Uint16 samples = dicom_word(data, DCM_SamplesPerPixel).value_or(1);
  if (samples != 1)
    throw_damaged("DICOM", fmt::format("{} samples a pixel in {}", samples, meaning), name);
  const bool inverse = meaning == "MONOCHROME1";
  const std::string shape = dicom_text(data, DCM_PresentationLUTShape);
  if (!shape.empty() && shape != (inverse ? "INVERSE" : "IDENTITY"))
    throw_not_supported(
        fmt::format("PresentationLUTShape '{}' is", shape),
        fmt::format("it contradicts the photometric interpretation, {}, where it must be {}",
                    meaning, inverse ? "INVERSE" : "IDENTITY"),
        "look at the image and mend the wrong one of the two, e.g. with dcmodify", name);
  return inverse ? DicomPixels::Polarity::white_is_low : DicomPixels::Polarity::black_is_low;
}

void require_one_frame(DcmDataset& data, const std::string& name) {
  const std::string frames = dicom_text(data, DCM_NumberOfFrames);
  if (!frames.empty() && frames != "1" && frames != "0")
    throw_not_supported("a DICOM image of several frames is",
                        fmt::format("it has {}, and which one is meant is not known", frames),
                        "write the one that is meant as a file of its own, e.g. dcmj2pnm +on +F 1 "
                        "IN.dcm OUT.png",
                        name);
  if (data.tagExists(DCM_SharedFunctionalGroupsSequence) ||
      data.tagExists(DCM_PerFrameFunctionalGroupsSequence))
    throw_not_supported("an enhanced multi-frame DICOM object is",
                        "its gray values are explained frame by frame",
                        "convert it to a classic one, or make a PNG of it", name);
}

SampleLayout read_layout(DcmDataset& data, const std::string& name) {
  SampleLayout layout;
  layout.allocated = needed_dicom_word(data, DCM_BitsAllocated, "BitsAllocated", name);
  layout.stored = needed_dicom_word(data, DCM_BitsStored, "BitsStored", name);
  layout.high_bit = needed_dicom_word(data, DCM_HighBit, "HighBit", name);
  layout.is_signed =
      needed_dicom_word(data, DCM_PixelRepresentation, "PixelRepresentation", name) != 0;
  if (layout.stored < 1 || layout.stored > layout.allocated ||
      layout.high_bit >= layout.allocated || layout.high_bit + 1 < layout.stored)
    throw_damaged("DICOM",
                  fmt::format("{} of {} bits with the highest at {} make no pixel", layout.stored,
                              layout.allocated, layout.high_bit),
                  name);
  if (layout.allocated != 8 && layout.allocated != 16)
    throw_not_supported(fmt::format("a DICOM image of {} bits a sample is", layout.allocated),
                        "8 and 16 allocated bits are read", "convert it", name);
  return layout;
}

/// A JPEG inside a DICOM file must reach its end marker: decoders make up the rest of one that was
/// cut off.
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
  std::span<const Uint8> rest(bytes, item->getLength());
  while (!rest.empty() && rest.back() == 0) rest = rest.first(rest.size() - 1);  // even length
  const std::size_t size = rest.size();
  if (size < 2 || rest[size - 2] != 0xff || rest[size - 1] != 0xd9)
    throw_damaged("DICOM", "its JPEG data ends without an end marker", name);
}

/// Of what the decoders return: not damage, but a form that they do not know.
bool is_unsupported(const OFCondition& condition) {
  return condition == EJ_UnsupportedBitDepth ||
         condition == EJ_UnsupportedPhotometricInterpretation ||
         condition == EJ_UnsupportedColorConversion || condition == EC_JLSUnsupportedBitDepth ||
         condition == EC_JLSUnsupportedBitDepthForTransform ||
         condition == EC_JLSUnsupportedColorTransform ||
         condition == EC_JLSUnsupportedPhotometricInterpretation ||
         condition == EC_JLSUnsupportedPixelRepresentation ||
         condition == EC_JLSUnsupportedImageType || condition == EC_JLSCodecUnsupportedImageType ||
         condition == EC_JLSCodecUnsupportedValue;
}

bool is_encapsulated(const DcmXfer& syntax) {
#if OFFIS_DCMTK_VERSION_NUMBER >= 369
  return syntax.usesEncapsulatedFormat();
#else
  return syntax.isEncapsulated();
#endif
}

void decompress(DcmDataset& data, const std::string& name) {
  const DcmXfer syntax(data.getOriginalXfer());
  if (!is_encapsulated(syntax)) return;
  const std::string_view title = syntax.getXferName();
  constexpr std::string_view kAdvice =
      "convert it to an uncompressed one, e.g. gdcmconv --raw IN.dcm OUT.dcm";
  if (!DcmCodecList::canChangeCoding(syntax.getXfer(), EXS_LittleEndianExplicit))
    throw_not_supported(fmt::format("DICOM compressed as {} is", title),
                        fmt::format("transfer syntax {}", syntax.getXferID()), kAdvice, name);
  if (title.find("JPEG") != std::string_view::npos) check_jpeg_end(data, name);
  const OFCondition done = data.chooseRepresentation(EXS_LittleEndianExplicit, nullptr);
  if (is_unsupported(done))
    throw_not_supported(fmt::format("DICOM compressed as {} is in this form", title), done.text(),
                        kAdvice, name);
  if (done.bad()) throw_damaged("DICOM", done.text(), name);
}

/// The library would fill in pixels that are missing.
void check_size(DcmDataset& data, const DicomPixels& pixels, const SampleLayout& layout,
                const std::string& name) {
  DcmElement* element = nullptr;
  const std::uint64_t wanted = pixels.codes.size() * (static_cast<unsigned>(layout.allocated) / 8U);
  const bool there = data.findAndGetElement(DCM_PixelData, element).good();
  const std::uint64_t found = there ? element->getLength() : 0;
  if (found < wanted)
    throw_damaged("DICOM",
                  fmt::format("{} bytes of pixels where {} x {} need {}", found, pixels.width,
                              pixels.height, wanted),
                  name);
}

template <class Sample>
void copy_codes(const Sample* samples, const SampleLayout& layout,
                std::vector<std::uint16_t>& codes) {
  const int shift = layout.high_bit + 1 - layout.stored;
  const unsigned mask = (1U << layout.stored) - 1;
  std::transform(samples, samples + codes.size(), codes.begin(), [&](Sample sample) {
    return static_cast<std::uint16_t>((static_cast<unsigned>(sample) >> shift) & mask);
  });
}

}  // namespace

DicomPixels read_dicom_pixels(DcmDataset& data, const std::string& name) {
  require_pixels(data, name);
  DicomPixels pixels;
  pixels.polarity = read_polarity(data, name);
  pixels.height = needed_dicom_word(data, DCM_Rows, "Rows", name);
  pixels.width = needed_dicom_word(data, DCM_Columns, "Columns", name);
  check_image_size(pixels.width, pixels.height, name);
  require_one_frame(data, name);
  (void)read_layout(data, name);  // before anything is decoded
  decompress(data, name);
  const SampleLayout layout = read_layout(data, name);  // decoders mend it
  pixels.bits_stored = layout.stored;
  pixels.is_signed = layout.is_signed;
  pixels.codes.resize(static_cast<std::size_t>(pixels.width) *
                      static_cast<std::size_t>(pixels.height));
  check_size(data, pixels, layout, name);
  const Uint8* bytes = nullptr;
  const Uint16* words = nullptr;
  const bool there = layout.allocated == 8
                         ? data.findAndGetUint8Array(DCM_PixelData, bytes).good()
                         : data.findAndGetUint16Array(DCM_PixelData, words).good();
  if (!there) throw_damaged("DICOM", "its pixels cannot be decoded", name);
  if (layout.allocated == 8)
    copy_codes(bytes, layout, pixels.codes);
  else
    copy_codes(words, layout, pixels.codes);
  return pixels;
}

}  // namespace crossfold
