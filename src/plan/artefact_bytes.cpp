#include "crossfold/plan/artefact_bytes.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "documents hold little-endian arrays");

constexpr const char* kFormat = "crossfold-artefacts";
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kAlignment = 8;
constexpr std::uint64_t kMostHeaderBytes = std::uint64_t{1} << 16;

template <class T>
constexpr const char* kType = nullptr;
template <>
constexpr const char* kType<double> = "F64";
template <>
constexpr const char* kType<float> = "F32";
template <>
constexpr const char* kType<std::uint32_t> = "U32";

/// Collects arrays; those of 8 bytes an element are to come first, so that all lie aligned.
class DocumentWriter {
 public:
  template <class T>
  void add(const std::string& name, const std::vector<T>& values, std::vector<std::size_t> shape) {
    const std::size_t begin = data_.size();
    data_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    header_[name] = {
        {"dtype", kType<T>}, {"shape", std::move(shape)}, {"data_offsets", {begin, data_.size()}}};
  }

  std::string finish(const FitId& id) {
    header_["__metadata__"] = {{"format", kFormat}, {"fit", id.hex()}};
    std::string header = header_.dump();
    header.resize((header.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
    const std::uint64_t length = header.size();
    std::string bytes(kLengthBytes, '\0');
    std::memcpy(bytes.data(), &length, kLengthBytes);
    bytes.reserve(kLengthBytes + header.size() + data_.size());
    return bytes.append(header).append(data_);
  }

 private:
  json header_ = json::object();
  std::string data_;
};

class DocumentReader {
 public:
  explicit DocumentReader(std::string_view bytes) {
    std::uint64_t length = 0;
    CF_VALIDATE(bytes.size() >= kLengthBytes, ErrorCode::bad_input, "is too short for a header");
    std::memcpy(&length, bytes.data(), kLengthBytes);
    bytes.remove_prefix(kLengthBytes);
    CF_VALIDATE(length <= kMostHeaderBytes && length <= bytes.size(), ErrorCode::bad_input,
                fmt::format("has a header of {} bytes", length));
    header_ = parse_json(bytes.substr(0, length), "header");
    data_ = bytes.substr(length);
  }

  void check_is_of(const FitId& id) const {
    const json& metadata = header_.at("__metadata__");
    CF_VALIDATE(metadata.at("format") == kFormat, ErrorCode::bad_input,
                fmt::format("is no {} document", kFormat));
    CF_VALIDATE(metadata.at("fit") == id.hex(), ErrorCode::bad_input,
                fmt::format("belongs to fit {}, not {}", short_json(metadata.at("fit")), id.hex()));
  }

  [[nodiscard]] bool has(const std::string& name) const { return header_.contains(name); }

  /// The shape of an array and its values.
  template <class T>
  std::vector<std::size_t> read(const std::string& name, std::size_t dimensions,
                                std::vector<T>& values) const {
    const json& entry = header_.at(name);
    const auto begin = whole(entry.at("data_offsets").at(0));
    const auto end = whole(entry.at("data_offsets").at(1));
    CF_VALIDATE(entry.at("dtype") == kType<T> && entry.at("shape").size() == dimensions &&
                    begin <= end && end <= data_.size() && (end - begin) % sizeof(T) == 0,
                ErrorCode::bad_input, fmt::format("has no array '{}' of its kind", name));
    std::vector<std::size_t> shape;
    for (const json& extent : entry.at("shape")) shape.push_back(whole(extent));
    const std::size_t count = (end - begin) / sizeof(T);
    check_count(count, shape, name);
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), data_.data() + begin, end - begin);
    return shape;
  }

 private:
  static std::size_t whole(const json& value) {
    return whole_number_from_json(value, std::uint64_t{1} << 48);
  }

  /// Without the product, which a hostile document could make wrap around.
  static void check_count(std::size_t count, const std::vector<std::size_t>& shape,
                          const std::string& name) {
    std::size_t left = count;
    bool fits = true;
    for (const std::size_t extent : shape) {
      fits = fits && extent > 0 && left % extent == 0;
      left /= std::max<std::size_t>(extent, 1);
    }
    const bool is_empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
    CF_VALIDATE(count == 0 ? is_empty : fits && left == 1, ErrorCode::bad_input,
                fmt::format("has {} values in '{}', which its shape does not fit", count, name));
  }

  json header_;
  std::string_view data_;
};

using CurveMember = std::vector<double> Curves::*;
const std::map<std::string, CurveMember>& curve_members() {
  static const std::map<std::string, CurveMember> members{
      {"train_class_loss", &Curves::train_class_loss},
      {"train_domain_loss", &Curves::train_domain_loss},
      {"validation_loss", &Curves::validation_loss},
      {"learning_rate", &Curves::learning_rate},
      {"lambda", &Curves::lambda}};
  return members;
}

/// In the document: by number, as in the candidate, whose first one has the names of old.
std::string adversary_name(std::size_t index) { return fmt::format("curves.adversary{}.", index); }

void add_further_adversaries(DocumentWriter& writer, const std::vector<AdversaryCurves>& further) {
  for (std::size_t i = 0; i < further.size(); ++i) {
    const std::string name = adversary_name(i + 1);
    writer.add(name + "train_loss", further[i].train_loss, {further[i].train_loss.size()});
    writer.add(name + "lambda", further[i].lambda, {further[i].lambda.size()});
  }
}

std::vector<AdversaryCurves> read_further_adversaries(const DocumentReader& reader) {
  std::vector<AdversaryCurves> further;
  while (reader.has(adversary_name(further.size() + 1) + "lambda")) {
    const std::string name = adversary_name(further.size() + 1);
    AdversaryCurves& curves = further.emplace_back();
    reader.read(name + "train_loss", 1, curves.train_loss);
    reader.read(name + "lambda", 1, curves.lambda);
  }
  return further;
}

void add_probabilities(DocumentWriter& writer, const std::string& name,
                       const std::optional<Predictions>& predictions) {
  if (predictions)
    writer.add(name + ".probabilities", predictions->probabilities,
               {predictions->rows.size(), predictions->classes});
}

void add_rows(DocumentWriter& writer, const std::string& name,
              const std::optional<Predictions>& predictions) {
  if (predictions) writer.add(name + ".rows", predictions->rows, {predictions->rows.size()});
}

std::optional<Predictions> read_predictions(const DocumentReader& reader, const std::string& name) {
  if (!reader.has(name + ".rows")) return std::nullopt;
  Predictions predictions;
  reader.read(name + ".rows", 1, predictions.rows);
  const auto shape = reader.read(name + ".probabilities", 2, predictions.probabilities);
  CF_VALIDATE(shape[0] == predictions.rows.size(), ErrorCode::bad_input,
              fmt::format("has {} rows for {} predictions", predictions.rows.size(), shape[0]));
  predictions.classes = shape[1];
  return predictions;
}

/// In the document: by number, for names are the job's to give.
std::string set_name(std::size_t index) { return fmt::format("set{}", index); }

std::vector<Predictions> read_sets(const DocumentReader& reader) {
  std::vector<Predictions> sets;
  while (auto predictions = read_predictions(reader, set_name(sets.size())))
    sets.push_back(std::move(*predictions));
  return sets;
}

std::optional<Features> read_features(const DocumentReader& reader) {
  if (!reader.has("features.rows")) return std::nullopt;
  Features features;
  reader.read("features.rows", 1, features.rows);
  const auto shape = reader.read("features.values", 2, features.values);
  CF_VALIDATE(shape[0] == features.rows.size(), ErrorCode::bad_input,
              fmt::format("has {} rows for {} features", features.rows.size(), shape[0]));
  features.dim = shape[1];
  return features;
}

}  // namespace

std::string artefacts_to_bytes(const FitId& id, const Artefacts& artefacts) {
  DocumentWriter writer;
  add_probabilities(writer, "in", artefacts.held_out);
  add_probabilities(writer, "oos", artefacts.oos);
  for (std::size_t i = 0; i < artefacts.sets.size(); ++i)
    add_probabilities(writer, set_name(i), artefacts.sets[i]);
  if (artefacts.curves) {
    for (const auto& [name, member] : curve_members()) {
      const std::vector<double>& values = (*artefacts.curves).*member;
      writer.add("curves." + name, values, {values.size()});
    }
    add_further_adversaries(writer, artefacts.curves->further_adversaries);
  }
  add_rows(writer, "in", artefacts.held_out);
  add_rows(writer, "oos", artefacts.oos);
  for (std::size_t i = 0; i < artefacts.sets.size(); ++i)
    add_rows(writer, set_name(i), artefacts.sets[i]);
  if (artefacts.features) {
    const Features& features = *artefacts.features;
    writer.add("features.rows", features.rows, {features.rows.size()});
    writer.add("features.values", features.values, {features.rows.size(), features.dim});
  }
  return writer.finish(id);
}

Artefacts artefacts_from_bytes(std::string_view bytes, const FitId& id) {
  try {
    const DocumentReader reader(bytes);
    reader.check_is_of(id);
    Artefacts artefacts{.held_out = read_predictions(reader, "in"),
                        .oos = read_predictions(reader, "oos"),
                        .curves = std::nullopt,
                        .features = read_features(reader),
                        .sets = read_sets(reader)};
    if (reader.has("curves.lambda")) {
      Curves& curves = artefacts.curves.emplace();
      for (const auto& [name, member] : curve_members())
        reader.read("curves." + name, 1, curves.*member);
      curves.further_adversaries = read_further_adversaries(reader);
    }
    return artefacts;
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input,
                fmt::format("is no {} document ({})", kFormat, failure.what()));
  }
}

}  // namespace crossfold
