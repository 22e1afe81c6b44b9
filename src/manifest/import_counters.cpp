#include "import_counters.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/text_encoding.h"
#include "crossfold/samples/text_rules.h"

#include "published_values.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// Texts of tables that stand in a reason are cut to this.
constexpr std::size_t kShownBytes = 60;

std::string shown(std::string_view text) {
  return text.size() <= kShownBytes ? std::string(text)
                                    : std::string(text.substr(0, kShownBytes)) + "...";
}

bool fits(const ClassRule& rule, const std::string& finding) {
  const std::string wanted = in_capitals(rule.finding);
  switch (rule.match) {
    case Match::equals:
      return finding == wanted;
    case Match::begins:
      return finding.starts_with(wanted);
    case Match::holds:
      return finding.find(wanted) != std::string::npos;
  }
  return false;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::string utf8_from_latin1(std::string_view text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0 | byte >> 6);
      utf8 += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return utf8;
}

}  // namespace

void ImportCounters::leave_out(const std::string& reason, const std::string& sample) {
  SkippedLines& of = reasons_[reason];
  of.reason = reason;
  ++of.count;
  if (!sample.empty() && of.samples.size() < kMaxNamedSamples) of.samples.push_back(sample);
}

std::optional<std::string> ImportCounters::class_of(std::string_view finding,
                                                    const std::string& sample) {
  if (!layout_.class_label.empty()) return std::string(layout_.class_label);
  const std::string capitals = in_capitals(finding);
  for (const ClassRule& rule : layout_.classes)
    if (fits(rule, capitals)) return std::string(rule.class_label);
  leave_out(capitals.empty() ? "no finding given"
                             : fmt::format("finding '{}'", shown(without_blanks(finding))),
            sample);
  return std::nullopt;
}

bool ImportCounters::has_frontal_view(std::string_view view, const std::string& sample) {
  const std::string capitals = in_capitals(view);
  if (capitals.empty()) {
    if (layout_.no_view == CollectionLayout::NoView::keep || layout_.view.empty()) return true;
    leave_out("no view given", sample);
    return false;
  }
  if (is_frontal(capitals)) return true;
  leave_out(fmt::format("view '{}'", shown(without_blanks(view))), sample);
  return false;
}

void ImportCounters::add(CollectionSample sample) {
  std::string id = sample.source + "/" + sample.image_name;
  if (!seen_.insert(id).second) {
    leave_out("image named by an earlier line", sample.image_name);
    return;
  }
  const bool there = is_file(sample.image);
  if (!there && options_.absent_images == CollectionOptions::AbsentImages::leave_out) {
    leave_out("no image file", sample.image_name);
    return;
  }
  if (there && options_.read_header && layout_.view.empty() && sample.image.extension() == ".dcm") {
    const HeaderFields header = options_.read_header(sample.image);
    if (!has_frontal_view(header.view, sample.image_name)) return;
    sample.view = header.view;
    sample.sex = header.sex;
    sample.age = header.age;
  }
  std::string patient = sample.patient.empty() ? id : sample.source + "_" + sample.patient;
  result_.manifest.rows.push_back({std::move(id), sample.image.string(), std::move(patient),
                                   std::move(sample.class_label), std::move(sample.source),
                                   in_capitals(sample.view), sex_text(sample.sex),
                                   age_text(sample.age)});
}

ImportedCollection ImportCounters::finish(const std::string& name) {
  for (auto& [reason, left_out] : reasons_) result_.left_out.push_back(std::move(left_out));
  std::stable_sort(result_.left_out.begin(), result_.left_out.end(),
                   [](const SkippedLines& a, const SkippedLines& b) { return a.count > b.count; });
  if (!result_.manifest.rows.empty()) return std::move(result_);
  std::string text = fmt::format("no sample found (a folder of {} holds {}). name that folder",
                                 layout_.about.name, layout_.about.needs);
  for (const SkippedLines& left_out : result_.left_out) text += "\n  left out:" + text_of(left_out);
  throw Error(ErrorCode::bad_input, text, name);
}

FoundImage find_image(std::span<const fs::path> places, const CollectionLayout& layout,
                      std::string_view name) {
  const Names endings = layout.endings.empty() ? Names{""} : layout.endings;
  for (const fs::path& place : places)
    for (const std::string_view folder : layout.image_folders)
      for (const std::string_view ending : endings) {
        const std::string file = std::string(name) + std::string(ending);
        const fs::path path = (fs::absolute(place) / folder / file).lexically_normal();
        if (is_file(path)) return {path, file};
      }
  const std::string file = std::string(name) + std::string(endings.front());
  return {(fs::absolute(places.front()) / layout.image_folders.front() / file).lexically_normal(),
          file};
}

std::optional<fs::path> find_table(std::span<const fs::path> places, const Names& names) {
  for (const std::string_view name : names)
    for (const fs::path& place : places)
      if (is_file(place / name)) return place / name;
  return std::nullopt;
}

std::string read_table_text(const fs::path& path) {
  std::string text = text_from_bytes(read_file(path, kMostTableBytes), path.string());
  return is_utf8(text) ? text : utf8_from_latin1(text);
}

}  // namespace crossfold
