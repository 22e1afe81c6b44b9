#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "crossfold/store/store.h"

namespace crossfold {

/// Which planted data to make.
enum class SynthKind {
  shortcut,  ///< METHODS 8: domain equal to the class with probability 0.8
  covidx,    ///< class by domain counts of COVIDx 5 (METHODS 2)
  sites,     ///< five sources, each with a shortcut and prevalences of its own
  sources,   ///< sources with a direction, a prevalence, sex and view of their own
};

/// Of the kind sources, unless said otherwise.
inline constexpr std::size_t kUsualSources = 5;

struct SynthSettings {
  SynthKind kind = SynthKind::shortcut;
  std::optional<std::size_t> dim;           ///< default: 64, 1024 (covidx)
  std::optional<std::size_t> sources = {};  ///< kind sources: how many; default kUsualSources
  double scale = 1;                         ///< multiplies the numbers of samples
  std::uint64_t seed = 0;
};

/// Samples and one embedding set, named after its kind: `synth/shortcut`.
struct SynthStore {
  SampleTable samples;
  std::vector<EmbeddingSet> embeddings;
};

/// Embeddings with a known answer: z = class direction (length 1.5) + domain direction (length 3) +
/// unit normal noise, all directions orthogonal (sites: domains in a plane). Every sample is a
/// group of its own.
///
/// shortcut: 3 classes, 3 domains, 3,000 x scale `in` samples, classes uniform, the domain equal to
/// the class with probability 0.8 and uniform else; 1,000 x scale `oos` samples with one of the
/// same domain directions, uniform and independent of the class (attribute `planted_domain`),
/// labelled `new_site`.
///
/// covidx: COVIDx's cells (class, domain), each with its count x scale, rounded, at least 12; and
/// 1,500 x scale `oos` samples, at least 100, from `new_site`, which has a direction of its own,
/// classes in equal parts; all in random order.
///
/// sites: 3 classes, 3,000 x scale `in` samples of five sources in equal parts; 9 of 10 samples of
/// a source have its one frequent class. The sources lie on a ring of radius 3 in a plane, 60
/// degrees apart, their samples spread along both of its directions (sd 1.5): where a sample lies
/// gives its class away in the pool and means nothing at a source that was not seen. 1,000 x scale
/// `oos` samples come from `new_site`, the sixth place on the ring, classes uniform.
///
/// sources: planted_sources.h has the model and what must be found. 2 classes, 2,000 x scale `in`
/// samples of each source, attributes `sex`, `view`, `age`; none out of sample: that is what
/// leaving a source out is for.
///
/// Error{usage} when dim, sources or scale is out of range. Equal settings give equal numbers.
[[nodiscard]] SynthStore synthesize(const SynthSettings& settings);

/// The same, written as a store.
void write_synth_store(const std::filesystem::path& path, const SynthSettings& settings);

}  // namespace crossfold
