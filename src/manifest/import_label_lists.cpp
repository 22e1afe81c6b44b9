#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/directory.h"
#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/samples/value_rules.h"

#include "import_counters.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSourceOfBareLines = "rsna";
constexpr std::string_view kClassOutsideOfRsna = "COVID-19";

/// Lines of one kind: how many, and where the first is.
struct LineCount {
  std::size_t count = 0;
  std::string first;

  void add(const std::string& place) {
    if (count++ == 0) first = place;
  }
};

std::string counted_with_first(const LineCount& lines) {
  return fmt::format("{}, the first: {}", counted(lines.count, "line"), lines.first);
}

/// What the lines say of their sources, to be judged when all are read.
class Sources {
 public:
  Sources(const CollectionLayout& layout, const CollectionOptions& options) : options_(options) {
    known_.insert(layout.sources.begin(), layout.sources.end());
    known_.insert(options.more_sources.begin(), options.more_sources.end());
  }

  /// The source of a line at `place`.
  std::string of(const std::string& written, const std::string& class_label,
                 const std::string& place) {
    if (!written.empty() || options_.bare_source) {
      const std::string& source = written.empty() ? *options_.bare_source : written;
      if (!known_.contains(source)) unknown_[source].add(place);
      return source;
    }
    (class_label == kClassOutsideOfRsna ? bare_covid_ : bare_).add(place);
    return std::string(kSourceOfBareLines);
  }

  void judge(ValidationErrors& errors, ImportCounters& counters) const {
    for (const auto& [source, lines] : unknown_)
      errors.add("",
                 fmt::format("the source '{}' is not known ({}; it would become a domain of "
                             "its own). correct it to one of {}, or say --source {}",
                             source, counted_with_first(lines), fmt::join(known_, ", "), source));
    if (bare_covid_.count > 0)
      errors.add("", fmt::format("no source is given for images of {} ({}; lines without one "
                                 "count as {}, which has no such images). take newer lists, or "
                                 "name the source of all such lines by --bare-source",
                                 kClassOutsideOfRsna, counted_with_first(bare_covid_),
                                 kSourceOfBareLines));
    if (bare_.count > 0)
      counters.warn(fmt::format("no source is given, so that {} is taken: {}", kSourceOfBareLines,
                                counted_with_first(bare_)));
  }

 private:
  const CollectionOptions& options_;
  std::set<std::string> known_;
  std::map<std::string, LineCount> unknown_;
  LineCount bare_;
  LineCount bare_covid_;
};

/// Classes that any version of the lists uses, as the mark by which a line is read from its end.
bool is_class_word(std::string_view word) {
  static const std::set<std::string_view> class_words = {"normal", "pneumonia", "COVID-19",
                                                         "positive", "negative"};
  return class_words.contains(word);
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = line.find_first_not_of(" \t\r", at);
    if (begin == std::string_view::npos) break;
    at = std::min(line.find_first_of(" \t\r", begin), line.size());
    words.emplace_back(line.substr(begin, at - begin));
  }
  return words;
}

struct ListLine {
  std::string patient;
  std::string file;
  std::string class_label;
  std::string source;  ///< empty where the line has none
};

std::optional<ListLine> read_line(std::vector<std::string> words) {
  ListLine line;
  if (words.size() >= 4 && !is_class_word(words.back())) {
    line.source = words.back();
    words.pop_back();
  }
  if (words.size() < 3 || !is_class_word(words.back())) return std::nullopt;
  line.class_label = words.back();
  line.file = words[words.size() - 2];
  words.resize(words.size() - 2);
  line.patient = fmt::format("{}", fmt::join(words, " "));
  return line;
}

/// The lists that are named, else those found in the folders: train_*.txt, then test_*.txt.
std::vector<fs::path> find_lists(const std::vector<fs::path>& named,
                                 const std::vector<fs::path>& folders) {
  if (!named.empty()) return named;
  std::vector<fs::path> lists;
  for (const std::string_view begin : {"train_", "test_"}) {
    std::set<fs::path> found;
    for (const fs::path& folder : folders)
      for (const fs::path& place : {folder, folder / "labels"})
        for (const fs::path& entry : list_directory_if_there(place))
          if (entry.extension() == ".txt" && entry.filename().string().starts_with(begin))
            found.insert(entry);
    CF_VALIDATE(found.size() <= 1, ErrorCode::bad_input,
                fmt::format("{} lists begin with '{}' (they are versions of each other). name the "
                            "two to be read: {}",
                            found.size(), begin,
                            fmt::join(std::vector<std::string>(found.begin(), found.end()), ", ")),
                folders.front().string());
    lists.insert(lists.end(), found.begin(), found.end());
  }
  return lists;
}

}  // namespace

void import_label_lists(std::span<const fs::path> places, const CollectionLayout& layout,
                        ImportCounters& counters) {
  std::vector<fs::path> named;
  std::vector<fs::path> folders;
  for (const fs::path& place : places) (fs::is_directory(place) ? folders : named).push_back(place);
  if (folders.empty())
    for (const fs::path& list : named) {
      const fs::path folder = fs::absolute(list).parent_path();
      if (std::find(folders.begin(), folders.end(), folder) == folders.end())
        folders.push_back(folder);
    }

  ValidationErrors errors;
  Sources sources(layout, counters.options());
  for (const fs::path& path : find_lists(named, folders)) {
    const std::string text = read_table_text(path);
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
      const std::vector<std::string> words = words_of(std::string_view(text).substr(at, end - at));
      at = end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);
      ++number;
      const std::string place = fmt::format("{}, line {}", path.string(), number);
      if (words.empty()) continue;
      const std::optional<ListLine> line = read_line(words);
      if (!line) {
        errors.add(place, fmt::format("is not 'patient file class source' ({} words). mend it",
                                      words.size()));
        continue;
      }
      const std::optional<std::string> class_label =
          counters.class_of(line->class_label, line->file);
      if (!class_label) continue;
      if (is_nobody_word(line->patient)) {
        counters.leave_out("no patient given", line->file);
        continue;
      }
      counters.add({.image_name = line->file,
                    .image = find_image(folders, layout, line->file).path,
                    .patient = line->patient,
                    .class_label = *class_label,
                    .source = sources.of(line->source, line->class_label, place)});
    }
  }
  sources.judge(errors, counters);
  errors.throw_if_any(ErrorCode::bad_input, "lists");
}

}  // namespace crossfold
