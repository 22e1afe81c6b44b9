#include "store_reader.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/hdf5/file.h"
#include "crossfold/samples/text_rules.h"

#include "equal_rows.h"
#include "float_rows.h"
#include "matrix_hash.h"
#include "narrowing.h"
#include "store_format.h"
#include "zero_rows.h"

namespace crossfold {
namespace {

using hdf5::Dataset;
using hdf5::ElementKind;
using hdf5::Group;
using hdf5::NodeKind;
namespace format = store_format;

std::string dimensions_text(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (const std::uint64_t length : shape)
    text += fmt::format("{}{}", text.size() > 1 ? ", " : "", length);
  return text + "]";
}

std::string changed_text(const std::string& what, const std::string& attribute,
                         const std::string& stated, const Digest& found) {
  return fmt::format(
      "{} do not fit their hash ({} says {:.12}..., they give {:.12}...: damaged, "
      "or edited). copy or write the file again, or delete the attribute '{}' if "
      "the edit was meant",
      what, attribute, stated, found.hex(), attribute);
}

/// Reads one store, part by part. A part that cannot be read is an error and the reading goes on,
/// so that the user hears of all of them.
class StoreReader {
 public:
  explicit StoreReader(const std::filesystem::path& path)
      : file_name_(path.string()), root_(hdf5::File::open(path).root()) {
    contents_.path = path;
  }

  StoreContents read() {
    check_format();
    read_samples();
    const bool labels_are_whole = errors_.empty();
    read_attributes();
    check_samples(contents_.samples, errors_);
    if (labels_are_whole) check_label_hash();
    read_images();
    read_embeddings();
    errors_.throw_if_any(ErrorCode::bad_input, file_name_);
    return std::move(contents_);
  }

 private:
  /// Runs one step; what the hdf5 module throws becomes an error with the library's reason.
  /// False when it did.
  bool attempt(const std::function<void()>& step) {
    try {
      step();
      return true;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::bad_input) throw;
      std::string where = error.where();
      if (where.starts_with(file_name_ + ":")) where.erase(0, file_name_.size() + 1);
      errors_.add(where, error.cause().empty()
                             ? error.message()
                             : fmt::format("{} [{}]", error.message(), error.cause()));
      return false;
    }
  }

  void check_format() {
    const auto refuse = [&](const std::string& message) {
      throw Error(ErrorCode::bad_input, message, file_name_);
    };
    if (!root_.has_attribute("format") || !root_.has_attribute("format_version"))
      refuse(
          fmt::format("is not a crossfold store (its root has no attribute '{}'). set format = "
                      "'{}' and format_version = {}, or choose another file",
                      root_.has_attribute("format") ? "format_version" : "format", format::kFormat,
                      format::kVersion));
    const std::string found = root_.text_attribute("format");
    if (found != format::kFormat)
      refuse(
          fmt::format("is not a crossfold store (its format is '{:.80}', not '{}'). choose "
                      "another file",
                      found, format::kFormat));
    const std::int64_t version = root_.integer_attribute("format_version");
    if (version != format::kVersion)
      refuse(
          fmt::format("has format_version {} (this program reads version {}). use the program "
                      "that wrote it, or write it anew",
                      version, format::kVersion));
  }

  [[nodiscard]] std::optional<Group> find_group(const Group& parent, const std::string& name) {
    const std::string path = parent.path() == "/" ? "/" + name : parent.path() + "/" + name;
    std::optional<Group> group;
    attempt([&] {
      const std::optional<NodeKind> kind = parent.find(name);
      if (kind == NodeKind::group)
        group = parent.open_group(name);
      else if (kind)
        errors_.add(path, "is not a group (datasets must stand under it). write the store anew");
    });
    return group;
  }

  /// The dataset when it is there and one; `found` says whether anything stands under the name.
  [[nodiscard]] std::optional<Dataset> find_dataset(const Group& parent, const std::string& name,
                                                    bool& found) {
    const std::string path = parent.path() + "/" + name;
    std::optional<Dataset> dataset;
    found = true;
    attempt([&] {
      const std::optional<NodeKind> kind = parent.find(name);
      found = kind.has_value();
      if (kind == NodeKind::dataset)
        dataset = parent.open_dataset(name);
      else if (kind == NodeKind::link)
        errors_.add(path,
                    "is a link to another place (a store holds its own data). copy the "
                    "data in");
      else if (kind)
        errors_.add(path, "is not a dataset (one is needed). write the store anew");
    });
    return dataset;
  }

  [[nodiscard]] std::optional<Dataset> required_dataset(const Group& parent,
                                                        const std::string& name,
                                                        const std::string& what) {
    bool found = false;
    std::optional<Dataset> dataset = find_dataset(parent, name, found);
    if (!found)
      errors_.add(parent.path() + "/" + name,
                  fmt::format("is missing (a store needs {}). write the store anew", what));
    return dataset;
  }

  /// One dimension of as many rows as there are samples, and data behind it.
  bool has_a_row_for_each_sample(const Dataset& dataset) {
    const std::vector<std::uint64_t> shape = dataset.shape();
    if (shape.size() != 1)
      errors_.add(dataset.path(), fmt::format("has the dimensions {} (one number for each sample "
                                              "is needed). write it as [N]",
                                              dimensions_text(shape)));
    else if (shape[0] != rows_)
      errors_.add(dataset.path(),
                  fmt::format("has {} rows where /samples/id has {}", shape[0], rows_));
    else
      return was_written(dataset);
    return false;
  }

  bool was_written(const Dataset& dataset) {
    if (const std::optional<std::string> problem = dataset.storage_problem()) {
      errors_.add(dataset.path(), *problem);
      return false;
    }
    if (dataset.stored_bytes() == 0) {
      errors_.add(dataset.path(),
                  "holds no data (it was created but never filled). write the store anew");
      return false;
    }
    const auto [unwritten, all] = dataset.chunks();
    if (unwritten == 0) return true;
    errors_.add(dataset.path(),
                fmt::format("is filled in part ({} of its {} chunks were never written, and would "
                            "be read as zeros). write the store anew",
                            unwritten, all));
    return false;
  }

  bool is_text(const Dataset& dataset) {
    const hdf5::ElementType type = dataset.type();
    if (type.kind == ElementKind::text) return true;
    errors_.add(dataset.path(),
                fmt::format("is {} (text is needed). write it as strings", type.describe()));
    return false;
  }

  void read_samples() {
    SampleTable& samples = contents_.samples;
    const std::optional<Group> group = find_group(root_, "samples");
    if (!group) errors_.add("/samples", "is missing (every store has it). write the store anew");
    // Nothing else can be checked while the number of samples is not known.
    if (!group || !read_ids(*group)) errors_.throw_if_any(ErrorCode::bad_input, file_name_);
    attempt([&] { refuse_unknown_names(*group); });
    read_groups(*group);
    samples.class_label = read_labels(*group, "class", "class labels: int32 codes with 'levels'");
    samples.domain = read_labels(*group, "domain", "domain labels: int32 codes with 'levels'");
    samples.role = read_labels(*group, "role", "roles: 0 = in, 1 = oos");
    attempt([&] {
      if (group->has_attribute(format::kLabelHash))
        stated_label_hash_ = group->text_attribute(format::kLabelHash);
    });
  }

  bool read_ids(const Group& group) {
    const std::optional<Dataset> ids = required_dataset(group, "id", "a name for each sample");
    if (!ids) return false;
    return attempt([&] {
             const std::vector<std::uint64_t> shape = ids->shape();
             if (!is_text(*ids)) return;
             if (shape.size() != 1) {
               errors_.add(
                   ids->path(),
                   fmt::format("has the dimensions {} (one name for each sample is needed). "
                               "write it as [N]",
                               dimensions_text(shape)));
               return;
             }
             rows_ = shape[0];
             if (rows_ > format::kMaxSamples) {
               errors_.add(ids->path(), fmt::format("has {} rows (at most {} samples are allowed)",
                                                    rows_, format::kMaxSamples));
               return;
             }
             if (rows_ > 0 && was_written(*ids))
               contents_.samples.id = ids->read_texts(kMaxTextBytes);
             if (rows_ == 0)
               errors_.add(ids->path(), "holds no samples (nothing can be trained). add samples");
           }) &&
           errors_.empty();
  }

  /// A misspelt `group` would else make every sample a patient of its own, unseen.
  void refuse_unknown_names(const Group& group) {
    for (const std::string& name : group.names(format::kMaxEntries))
      if (name != "id" && name != "group" && name != "class" && name != "domain" && name != "role")
        errors_.add(group.path() + "/" + name,
                    "is not known (here stand id, group, class, domain and role). correct the "
                    "name, or move other properties to /attributes");
  }

  void read_groups(const Group& group) {
    bool found = false;
    const std::optional<Dataset> groups = find_dataset(group, "group", found);
    if (!found)
      contents_.notes.emplace_back(
          "/samples/group is not there: each sample is taken as a patient "
          "of its own");
    if (groups)
      attempt([&] {
        if (is_text(*groups) && has_a_row_for_each_sample(*groups))
          contents_.samples.group = groups->read_texts(kMaxTextBytes);
      });
    if (contents_.samples.group.empty()) contents_.samples.group = contents_.samples.id;
  }

  /// Codes with levels; all missing where they cannot be read.
  CodedColumn read_labels(const Group& group, const std::string& name, const std::string& what) {
    CodedColumn column;
    if (const std::optional<Dataset> dataset = required_dataset(group, name, what))
      attempt([&] {
        const hdf5::ElementType type = dataset->type();
        if (type.kind != ElementKind::integer) {
          errors_.add(dataset->path(), fmt::format("is {} (integer codes are needed). write int32 "
                                                   "codes and their names as attribute 'levels'",
                                                   type.describe()));
          return;
        }
        if (dataset->has_attribute("levels")) {
          column.levels = dataset->texts_attribute("levels", format::kMaxLevels);
        } else if (name != "role") {  // whose levels are the same in every store
          errors_.add(dataset->path(),
                      "has no attribute 'levels' (its codes have no names). "
                      "write the names in order of the codes");
          return;
        }
        if (has_a_row_for_each_sample(*dataset)) column.codes = read_codes(*dataset);
      });
    if (column.codes.empty()) column.codes.assign(rows_, -1);
    if (name == "role" && column.levels.empty()) column.levels = role_levels();
    return column;
  }

  /// Codes of any integer type; one that does not fit an int32 stays outside of all levels.
  static std::vector<std::int32_t> read_codes(const Dataset& dataset) {
    const std::vector<std::int64_t> wide = dataset.read_all<std::int64_t>();
    std::vector<std::int32_t> codes(wide.size());
    std::transform(wide.begin(), wide.end(), codes.begin(), [](std::int64_t code) {
      return static_cast<std::int32_t>(
          std::clamp<std::int64_t>(code, std::numeric_limits<std::int32_t>::min(),
                                   std::numeric_limits<std::int32_t>::max()));
    });
    return codes;
  }

  void check_label_hash() {
    if (!stated_label_hash_) {
      contents_.notes.emplace_back("/samples has no hash: it was computed");
      return;
    }
    const Digest found = contents_.samples.label_hash();
    if (*stated_label_hash_ != found.hex())
      errors_.add("/samples", changed_text("ids, groups and labels", format::kLabelHash,
                                           *stated_label_hash_, found));
  }

  void read_attributes() {
    const std::optional<Group> group = find_group(root_, "attributes");
    if (!group) return;
    attempt([&] {
      for (const std::string& name : group->names(format::kMaxEntries)) {
        bool found = false;
        const std::optional<Dataset> dataset = find_dataset(*group, name, found);
        if (dataset) attempt([&] { read_attribute(name, *dataset); });
      }
    });
  }

  void read_attribute(const std::string& name, const Dataset& dataset) {
    const hdf5::ElementType type = dataset.type();
    if (type.kind != ElementKind::integer && type.kind != ElementKind::real) {
      errors_.add(dataset.path(), fmt::format("is {} (numbers are needed, or integer codes with "
                                              "the attribute 'levels'). write it so",
                                              type.describe()));
      return;
    }
    if (!has_a_row_for_each_sample(dataset)) return;
    Attribute attribute{.name = name, .values = {}};
    if (type.kind == ElementKind::integer && dataset.has_attribute("levels"))
      attribute.values =
          CodedColumn{.codes = read_codes(dataset),
                      .levels = dataset.texts_attribute("levels", format::kMaxLevels)};
    else
      attribute.values = dataset.read_all<double>();
    check_content_hash(dataset, "the values", attribute.content_hash());
    contents_.samples.attributes.push_back(std::move(attribute));
  }

  void read_images() {
    const std::optional<Group> group = find_group(root_, format::kImages);
    bool found = false;
    const std::optional<Dataset> hashes =
        group ? find_dataset(*group, format::kImageHash, found) : std::nullopt;
    if (hashes) attempt([&] { read_image_hashes(*hashes); });
  }

  void read_image_hashes(const Dataset& hashes) {
    constexpr std::size_t kBytes = sizeof(Digest::bytes);
    const hdf5::ElementType type = hashes.type();
    const std::vector<std::uint64_t> shape = hashes.shape();
    if (type.kind != ElementKind::integer || type.bytes != 1 ||
        type.sign != hdf5::ElementType::Sign::is_unsigned ||
        shape != std::vector<std::uint64_t>{rows_, kBytes}) {
      errors_.add(hashes.path(),
                  fmt::format("is {} {} (uint8 [{}, {}] is needed, the SHA-256 of each sample's "
                              "image). delete it, or write it so",
                              type.describe(), dimensions_text(shape), rows_, kBytes));
      return;
    }
    if (!was_written(hashes)) return;
    const std::vector<std::uint8_t> bytes = hashes.read_all<std::uint8_t>();
    contents_.images.resize(rows_);
    for (std::size_t row = 0; row < rows_; ++row)
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(row * kBytes), kBytes,
                  contents_.images[row].bytes.begin());
  }

  void check_content_hash(const Dataset& dataset, const std::string& what, const Digest& found) {
    if (!dataset.has_attribute(format::kContentHash)) {
      contents_.notes.push_back(dataset.path() + " has no hash: it was computed");
      return;
    }
    const std::string stated = dataset.text_attribute(format::kContentHash);
    if (stated != found.hex())
      errors_.add(dataset.path(), changed_text(what, format::kContentHash, stated, found));
  }

  void read_embeddings() {
    const std::optional<Group> group = find_group(root_, "embeddings");
    bool any = false;
    if (group)
      attempt([&] {
        for (const std::string& extractor : group->names(format::kMaxEntries)) {
          const std::optional<Group> sets = find_group(*group, extractor);
          any = true;
          if (sets) attempt([&] { read_sets_of(*sets, extractor); });
        }
      });
    if (!any || (contents_.embeddings.empty() && errors_.empty()))
      errors_.add("/embeddings",
                  "holds no embedding set (there is nothing to train on). add one "
                  "as /embeddings/<extractor>/<preprocessing>");
  }

  void read_sets_of(const Group& group, const std::string& extractor) {
    for (const std::string& preprocessing : group.names(format::kMaxEntries)) {
      bool found = false;
      const std::optional<Dataset> matrix = find_dataset(group, preprocessing, found);
      if (matrix)
        attempt(
            [&] { read_embedding_set(*matrix, fmt::format("{}/{}", extractor, preprocessing)); });
    }
  }

  void read_embedding_set(const Dataset& matrix, const std::string& name) {
    const std::vector<std::uint64_t> shape = matrix.shape();
    const hdf5::ElementType type = matrix.type();
    const std::size_t before = errors_.lines().size();
    if (const std::optional<std::string> problem = text_problem(name))
      errors_.add(matrix.path(), fmt::format("its name {}. change it", *problem));
    if (type.kind != ElementKind::real && type.kind != ElementKind::integer)
      errors_.add(matrix.path(), fmt::format("is {} (numbers are needed). convert it, in Python by "
                                             ".astype('float32')",
                                             type.describe()));
    if (shape.size() != 2)
      errors_.add(matrix.path(), fmt::format("has the dimensions {} (samples by features are "
                                             "needed). write it as [N, D]",
                                             dimensions_text(shape)));
    else if (shape[0] != rows_)
      errors_.add(matrix.path(), fmt::format("has {} rows where /samples/id has {} (each sample "
                                             "has one row). write both in the same order",
                                             shape[0], rows_));
    else if (shape[1] == 0 || shape[1] > format::kMaxDim)
      errors_.add(matrix.path(),
                  fmt::format("has {} columns (1 to {} are allowed)", shape[1], format::kMaxDim));
    if (errors_.lines().size() > before || !was_written(matrix)) return;

    EmbeddingInfo info{.name = name,
                       .rows = rows_,
                       .dim = shape[1],
                       .extractor = optional_text(matrix, "extractor"),
                       .extractor_hash = optional_text(matrix, "extractor_hash"),
                       .preprocessing = optional_text(matrix, "preprocessing"),
                       .content = check_numbers(matrix, type, shape[1])};
    check_content_hash(matrix, "the numbers", info.content);
    contents_.embeddings.push_back(std::move(info));
  }

  static std::string optional_text(const Dataset& dataset, const std::string& attribute) {
    return dataset.has_attribute(attribute) ? dataset.text_attribute(attribute) : std::string();
  }

  /// Reads the whole matrix; adds the numbers that float32 cannot hold to the errors.
  Digest check_numbers(const Dataset& matrix, const hdf5::ElementType& type, std::uint64_t dim) {
    MatrixHasher hasher(rows_, dim);
    EqualRows equal(dim);
    ZeroRows zeros(dim);
    Narrowing narrowing;
    FloatRows rows(matrix);
    std::vector<float> block;
    const std::uint64_t step = rows_at_once(matrix.chunk_rows(), dim);
    for (std::uint64_t first = 0; first < rows_; first += step) {
      block.resize(std::min(step, rows_ - first) * dim);
      rows.read(first, dim, block, narrowing);
      hasher.add(block);
      equal.add(block);
      zeros.add(block);
    }
    report_narrowing(matrix, type, narrowing);
    equal.report(matrix.path(), errors_);
    report_zeros(matrix, zeros);
    return hasher.finish();
  }

  /// "nan in row 3, column 1, sample 'image3'".
  [[nodiscard]] std::string place_of(const OddNumber& number) const {
    return fmt::format("{} in row {}, column {}, sample '{}'", number.value, number.row,
                       number.column, contents_.samples.id[number.row]);
  }

  /// A hash is written behind the numbers: a set that has one was filled.
  void report_zeros(const Dataset& matrix, const ZeroRows& zeros) {
    const bool was_filled = matrix.has_attribute(format::kContentHash);
    if (!was_filled && zeros.refuse_unwritten(matrix.path(), errors_)) return;
    if (const auto note = zeros.note(contents_.samples.id))
      contents_.notes.push_back(matrix.path() + ": " + *note);
  }

  void report_narrowing(const Dataset& matrix, const hdf5::ElementType& type,
                        const Narrowing& narrowing) {
    if (narrowing.not_finite.count > 0)
      errors_.add(matrix.path(),
                  fmt::format("{} of its numbers are not finite, the first: {} (training on them "
                              "gives only nan). compute these rows again or leave the samples out",
                              narrowing.not_finite.count, place_of(narrowing.not_finite)));
    if (narrowing.too_large.count > 0)
      errors_.add(matrix.path(),
                  fmt::format("{} of its numbers are too large for float32, the first: {}. scale "
                              "them down",
                              narrowing.too_large.count, place_of(narrowing.too_large)));
    if (is_float32(type)) return;
    std::string note =
        fmt::format("{} is {}: its numbers are rounded to float32", matrix.path(), type.describe());
    if (narrowing.rounded_whole.count > 0)
      note += fmt::format(" ({} whole numbers change by it, the first: {})",
                          narrowing.rounded_whole.count, place_of(narrowing.rounded_whole));
    contents_.notes.push_back(std::move(note));
  }

  std::string file_name_;
  Group root_;
  StoreContents contents_;
  ValidationErrors errors_;
  std::uint64_t rows_ = 0;
  std::optional<std::string> stated_label_hash_;
};

}  // namespace

StoreContents read_store(const std::filesystem::path& path) { return StoreReader(path).read(); }

}  // namespace crossfold
