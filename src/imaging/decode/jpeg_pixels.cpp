#include "jpeg_pixels.h"

#include <csetjmp>
#include <cstddef>
#include <cstdio>  // before jpeglib.h, which needs it
#include <jerror.h>
#include <jpeglib.h>

#include <opencv2/imgproc.hpp>

namespace crossfold {
namespace {

/// What libjpeg reports, and the way out of it.
struct Report {
  jpeg_error_mgr errors;
  std::jmp_buf leave;
  char text[JMSG_LENGTH_MAX];
  bool is_unsupported;
};

[[noreturn]] void leave_decoder(j_common_ptr decoder) {
  auto* const report = reinterpret_cast<Report*>(decoder->err);  // its first member
  report->errors.format_message(decoder, report->text);
  std::longjmp(report->leave, 1);
}

/// Of the warnings those that mean made-up pixels. Bytes too many before the end mean none.
bool is_corruption(const jpeg_error_mgr& errors) {
  switch (errors.msg_code) {
    case JWRN_EXTRANEOUS_DATA:
      return errors.msg_parm.i[1] != JPEG_EOI;
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
      return true;
    default:
      return false;
  }
}

void take_warning(j_common_ptr decoder, int level) {
  if (level < 0 && is_corruption(*decoder->err)) leave_decoder(decoder);
}

void take_error(j_common_ptr decoder) {
  switch (decoder->err->msg_code) {
    case JERR_ARITH_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_SOF_UNSUPPORTED:
      reinterpret_cast<Report*>(decoder->err)->is_unsupported = true;
      break;
    default:
      break;
  }
  leave_decoder(decoder);
}

/// Gray, RGB or CMYK, as many bytes a pixel.
struct Samples {
  int channels = 0;
  std::vector<std::uint8_t> bytes;
};

/// False when libjpeg gave up; `report` says why. Only what longjmp may pass over lives here.
bool read_samples(const ImageStructure& structure, Samples& samples, Report& report) {
  jpeg_decompress_struct decoder;
  decoder.err = jpeg_std_error(&report.errors);
  report.errors.error_exit = take_error;
  report.errors.emit_message = take_warning;
  report.errors.output_message = [](j_common_ptr) {};
  report.is_unsupported = false;
  jpeg_create_decompress(&decoder);
  if (setjmp(report.leave) != 0) {
    jpeg_destroy_decompress(&decoder);
    return false;
  }
  jpeg_mem_src(&decoder, reinterpret_cast<const unsigned char*>(structure.essential.data()),
               structure.essential.size());
  jpeg_read_header(&decoder, TRUE);
  decoder.out_color_space = decoder.num_components == 1   ? JCS_GRAYSCALE
                            : decoder.num_components == 4 ? JCS_CMYK
                                                          : JCS_RGB;
  jpeg_start_decompress(&decoder);
  samples.channels = decoder.output_components;
  const std::size_t row_bytes =
      std::size_t{decoder.output_width} * static_cast<std::size_t>(samples.channels);
  samples.bytes.resize(row_bytes * decoder.output_height);
  while (decoder.output_scanline < decoder.output_height) {
    JSAMPROW row = samples.bytes.data() + row_bytes * decoder.output_scanline;
    jpeg_read_scanlines(&decoder, &row, 1);
  }
  jpeg_finish_decompress(&decoder);
  jpeg_destroy_decompress(&decoder);
  return true;
}

/// Printers' inks, as Adobe stores them: 255 is none.
void inks_to_rgb(Samples& samples) {
  std::vector<std::uint8_t> rgb;
  rgb.reserve(samples.bytes.size() / 4 * 3);
  for (std::size_t at = 0; at < samples.bytes.size(); at += 4) {
    const int black = samples.bytes[at + 3];
    for (std::size_t ink = 0; ink < 3; ++ink)
      rgb.push_back(
          static_cast<std::uint8_t>(black - ((255 - samples.bytes[at + ink]) * black >> 8)));
  }
  samples = {3, std::move(rgb)};
}

}  // namespace

GrayImage decode_jpeg(const ImageStructure& structure, const std::string& name) {
  Samples samples;
  Report report;
  if (!read_samples(structure, samples, report)) {
    if (report.is_unsupported)
      throw_not_supported("this kind of JPEG is", report.text, "convert it to PNG", name);
    throw_damaged("JPEG", report.text, name);
  }
  if (samples.channels == 4) inks_to_rgb(samples);
  GrayImage image{static_cast<int>(structure.width), static_cast<int>(structure.height), {}};
  const std::size_t pixels =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  if (samples.bytes.size() != pixels * static_cast<std::size_t>(samples.channels))
    throw_damaged("JPEG", "its pixels have another size than its header says", name);
  if (samples.channels == 1) {
    image.pixels = std::move(samples.bytes);
    return image;
  }
  image.pixels.resize(pixels);
  const cv::Mat from(image.height, image.width, CV_8UC3, samples.bytes.data());
  cv::cvtColor(from, cv::Mat(image.height, image.width, CV_8UC1, image.pixels.data()),
               cv::COLOR_RGB2GRAY);
  return image;
}

}  // namespace crossfold
