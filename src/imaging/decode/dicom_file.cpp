#include "dicom_file.h"

#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>
#include <fmt/format.h>

#include "dicom_values.h"
#include "image_structure.h"

namespace crossfold {

bool is_dicom(std::string_view bytes) {
  constexpr std::size_t kPreamble = 128;
  return bytes.size() > kPreamble && bytes.substr(kPreamble).starts_with("DICM");
}

std::optional<std::string> first_tag_of_bare_dicom(std::string_view bytes) {
  constexpr std::size_t kTagAndLength = 8;
  if (bytes.size() < kTagAndLength) return std::nullopt;
  const auto at = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[i]));
  };
  const unsigned group = at(0) | at(1) << 8U;
  const unsigned element = at(2) | at(3) << 8U;
  if ((group != 2 && group != 8) || element > 0x60) return std::nullopt;
  const auto is_letter = [&](std::size_t i) { return bytes[i] >= 'A' && bytes[i] <= 'Z'; };
  const bool is_explicit = is_letter(4) && is_letter(5);
  const std::size_t length = at(4) | at(5) << 8U | at(6) << 16U | at(7) << 24U;
  if (!is_explicit && length > bytes.size() - kTagAndLength) return std::nullopt;
  return fmt::format("({:04x},{:04x})", group, element);
}

namespace {

/// The decoders that the library looks for, known to it as long as the program runs.
class Decoders {
 public:
  Decoders() {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
    DcmRLEDecoderRegistration::registerCodecs();
  }
  ~Decoders() {
    DcmRLEDecoderRegistration::cleanup();
    DJLSDecoderRegistration::cleanup();
    DJDecoderRegistration::cleanup();
  }
  Decoders(const Decoders&) = delete;
  Decoders& operator=(const Decoders&) = delete;
};

/// The library reads on where it does not know the transfer syntax, and comes to nonsense.
void require_known_syntax(DcmFileFormat& file, const std::string& name) {
  const std::string uid = dicom_text(*file.getMetaInfo(), DCM_TransferSyntaxUID);
  if (uid.empty() || DcmXfer(uid.c_str()).getXfer() != EXS_Unknown) return;
  throw_not_supported(fmt::format("the DICOM transfer syntax {} is", uid), "it is not known here",
                      "convert it to an uncompressed one, e.g. gdcmconv --raw IN.dcm OUT.dcm",
                      name);
}

}  // namespace

void prepare_dicom_library() { static const Decoders decoders; }

void DeleteDicom::operator()(DcmFileFormat* file) const { delete file; }

DicomFile parse_dicom(std::string_view bytes, const std::string& name) {
  prepare_dicom_library();
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  DicomFile file(new DcmFileFormat);  // NOLINT: the deleter needs the type, this header must not
  file->transferInit();
  const OFCondition read = file->read(stream);
  file->transferEnd();
  require_known_syntax(*file, name);
  if (read.bad()) throw_damaged("DICOM", read.text(), name);
  // The library reads from the buffer whenever it is asked for a value, unless it has them all.
  const OFCondition loaded = file->loadAllDataIntoMemory();
  if (loaded.bad()) throw_damaged("DICOM", loaded.text(), name);
  return file;
}

}  // namespace crossfold
