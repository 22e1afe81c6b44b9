#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/manifest/manifest_table.h"

namespace crossfold {

/// A public collection of chest X-rays whose folders, as published, can be read.
struct Collection {
  std::string name;    ///< also the domain of its samples: "cohen"
  std::string origin;  ///< where it is published
  std::string needs;   ///< what its folder must hold
  std::string quirks;  ///< what a user should know about how it is read
};

/// In the order of the documentation.
[[nodiscard]] const std::vector<Collection>& collections();

/// What an image file says of its patient; empty = not given.
struct HeaderFields {
  std::string view;
  std::string sex;
  std::string age;
};

struct CollectionOptions {
  /// Samples whose image file is not there.
  enum class AbsentImages {
    leave_out,
    keep,  ///< for embeddings made elsewhere
  } absent_images = AbsentImages::leave_out;
  /// Reads the header of a DICOM file, for collections whose tables lack view, sex and age; called
  /// for samples that are kept. What it throws comes out of import_collection.
  std::function<HeaderFields(const std::filesystem::path&)> read_header = {};
  /// Sources in the lists of covidx beside those it is known to have.
  std::vector<std::string> more_sources = {};
  /// Source of the lines of covidx that name none; without it they count as rsna, and those of
  /// class COVID-19, which rsna has not, are refused.
  std::optional<std::string> bare_source = {};
};

/// Lines of a collection that became no sample.
struct SkippedLines {
  std::string reason;
  std::size_t count = 0;
  std::vector<std::string> samples = {};  ///< the first kMaxNamedSamples of them
};
inline constexpr std::size_t kMaxNamedSamples = 5;

/// "12 view 'L' (a.jpg, b.jpg, ...)": how many, why and which.
[[nodiscard]] std::string text_of(const SkippedLines& left_out);

struct ImportedCollection {
  /// Columns id, image (absolute), patient_id, class, source, view, sex, age.
  ManifestTable manifest;
  std::vector<SkippedLines> left_out;  ///< commonest first
  std::vector<std::string> notes;      ///< a sentence each, to be shown
  std::vector<std::string> warnings;   ///< likewise: what was taken for granted
};

/// Makes a manifest of a collection's folders: frontal views only; classes normal, pneumonia and
/// covid19; patient ids begin with the source, so that they are unique across sources. A line is
/// counted under the first reason against it: modality, view, finding, repetition, file.
/// What names no patient is a patient of its own: patient_id is its id.
///
/// `places` are folders; for `covidx` also the lists themselves. Error{usage} for an unknown
/// collection, Error{bad_input} naming what is wrong with its tables or that nothing is left,
/// Error{io}.
[[nodiscard]] ImportedCollection import_collection(std::string_view collection,
                                                   std::span<const std::filesystem::path> places,
                                                   const CollectionOptions& options = {});

}  // namespace crossfold
