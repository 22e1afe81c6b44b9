#include "fit_copier.h"

#include <utility>

namespace crossfold {
namespace {

constexpr std::size_t kAtOnce = 1000;

}  // namespace

void FitCopier::copy(const OtherFit& other, ArtefactInspector& inspector) {
  const JournalFit& fit = other.fit;
  FitRecord record{.result = fit.result,
                   .artefacts = std::nullopt,
                   .origin = {.host = fit.host, .device = fit.device, .equivalence_class = ""},
                   .taken_from = other.taken_from};
  if (!fit.class_id.empty()) record.origin.equivalence_class = other.classes.at(fit.class_id);
  if (fit.artefacts && other.artefacts == OtherFit::Artefacts::copied) {
    const auto document = inspector.read(fit.result.id, *fit.artefacts);
    inspector.throw_if_any();
    if (!segment_) segment_.emplace(into_->begin_segments(), Rank{});
    record.artefacts = segment_->append(fit.result.id, document.value());
  }
  records_.push_back(std::move(record));
  if (records_.size() == kAtOnce) flush();
}

std::size_t FitCopier::finish() {
  flush();
  return copied_;
}

void FitCopier::flush() {
  if (segment_) segment_->flush();
  for (const FitRecord& record : records_) into_->append(record);
  into_->flush();
  copied_ += std::exchange(records_, {}).size();
}

}  // namespace crossfold
