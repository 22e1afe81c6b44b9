#include "column_bytes.h"

#include <cstddef>

#include <nlohmann/json.hpp>
#include <zlib.h>

#include "crossfold/core/error.h"

namespace crossfold::page {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;

void put_number(std::string& bytes, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    bytes += static_cast<char>(value >> shift & 255U);
}

const char* kind_name(FitColumnKind kind) {
  switch (kind) {
    case FitColumnKind::name:
      return "name";
    case FitColumnKind::quantity:
      return "quantity";
    case FitColumnKind::number:
      return "number";
  }
  return "";
}

Json description(const FitColumns& fits) {
  Json columns = Json::array();
  for (const FitColumn& column : fits.columns) {
    Json one = {{"key", column.key}, {"label", column.label}, {"kind", kind_name(column.kind)}};
    if (column.kind == FitColumnKind::number)
      one["digits"] = column.digits;
    else
      one["levels"] = column.levels;
    columns.push_back(std::move(one));
  }
  return {{"format", "crossfold-page-fits"},
          {"format_version", kFormatVersion},
          {"rows", fits.ids.size()},
          {"id_bytes", FitIdHead{}.size()},
          {"columns", std::move(columns)}};
}

}  // namespace

std::string column_bytes(const FitColumns& fits) {
  const std::string head = description(fits).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string bytes;
  bytes.reserve(4 + head.size() + fits.ids.size() * (FitIdHead{}.size() + 4 * fits.columns.size()));
  put_number(bytes, static_cast<std::uint32_t>(head.size()));
  bytes += head;
  for (const FitIdHead& id : fits.ids) bytes.append(id.begin(), id.end());
  for (const FitColumn& column : fits.columns)
    for (unsigned shift = 0; shift < 32; shift += 8)
      for (const std::int32_t value : column.values)
        bytes += static_cast<char>(static_cast<std::uint32_t>(value) >> shift & 255U);
  return bytes;
}

std::vector<std::uint8_t> deflated(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::vector<std::uint8_t> out(size);
  const int code = compress2(out.data(), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                             bytes.size(), Z_BEST_COMPRESSION);
  CF_VALIDATE(code == Z_OK, ErrorCode::internal,
              "the fits of the page cannot be compressed (zlib has no memory). free some memory");
  out.resize(size);
  return out;
}

}  // namespace crossfold::page
