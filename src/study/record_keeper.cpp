#include "record_keeper.h"

#include <utility>

#include <fmt/format.h>

#include "crossfold/core/log.h"
#include "crossfold/plan/fit_spec.h"

namespace crossfold {

RecordKeeper::RecordKeeper(RunDirectory& directory, const Plan& plan, RunTally& tally)
    : directory_(&directory), tally_(&tally) {
  for (const Fit& fit : plan.fits) costs_.emplace(fit.id, fit.cost);
}

void RecordKeeper::append(const fleet::Record& record) {
  if (!record.error) {
    for (const FitRecord& fit : decode_records(record.bytes)) {
      const auto planned = costs_.find(fit.result.id);
      CF_VALIDATE(
          planned != costs_.end(), ErrorCode::internal,
          fmt::format("a worker returned fit {}, which nobody asked for", fit.result.id.hex()));
      keep(fit, planned->second);
    }
    return;
  }
  for (const FitSpec& fit : decode_fits(record.bytes)) {
    FitRecord failed;
    failed.result.id = fit.id;
    failed.result.error = *record.error;
    log_warning(fmt::format("fit {} failed twice and is recorded as failed: {}", fit.id.hex(),
                            *record.error));
    keep(failed, fit.cost);
  }
}

void RecordKeeper::keep(const FitRecord& record, double cost) {
  directory_->append(record);
  ++(record.result.failed() ? failed_ : trained_);
  cost_ += cost;
}

void RecordKeeper::flush() {
  directory_->flush();
  tally_->trained += std::exchange(trained_, 0);
  tally_->failed += std::exchange(failed_, 0);
  tally_->cost.store(tally_->cost.load() + std::exchange(cost_, 0.0));
}

}  // namespace crossfold
