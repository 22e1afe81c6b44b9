#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "crossfold/core/error.h"

#include "batch_kernels.h"
#include "cohort_kernels.h"
#include "cpu_heads.h"
#include "cpu_network.h"
#include "cpu_pass.h"
#include "flush_denormals.h"
#include "network_scores.h"
#include "sample_block.h"

namespace crossfold::train {
namespace {

/// Samples of one forward pass in evaluation mode.
constexpr std::size_t kEvaluated = 256;

class CpuKernels final : public CohortKernels {
 public:
  CpuKernels(CohortData data, InstructionSet set)
      : data_(std::move(data)), set_(set), pass_(batch_kernels(set)) {}

  std::size_t add(const FitNetwork& network) override {
    const InitialWeights& weights = *network.weights;
    const NetworkLayout layout(data_.dim, weights.class_head.bias.size(),
                               weights.domain_head ? weights.domain_head->bias.size() : 0);
    const CohortSplit& split = data_.splits.at(network.split);
    Fit& fit = fits_.emplace_back(Fit{.network = {layout, network}, .split = &split});
    std::size_t columns = 0;
    for (const std::size_t adversary : network.adversaries) {
      const HeadLabels& labels = split.adversaries.at(adversary);
      fit.heads.push_back(
          {.labels = &labels, .place = domain_head_place(fit.network, columns, labels.levels)});
      columns += labels.levels;
    }
    CF_EXPECT(columns == layout.domains);
    return fits_.size() - 1;
  }

  void begin(std::size_t) override {}  // buffers are made as they are needed
  void end_training(std::size_t fit) override { fits_.at(fit).network.drop_moments(); }

  std::optional<std::vector<EpochLosses>> train_epoch(std::span<const Batches> batches,
                                                      std::span<const FitEpoch> fits,
                                                      const std::function<bool()>& stop) override {
    CF_EXPECT(batches.size() == data_.splits.size());
    const FlushDenormals flush;
    std::vector<EpochLosses> losses(fits.size());
    for (std::size_t split = 0; split < data_.splits.size(); ++split) {
      std::vector<std::size_t> stepping;  // places in `fits`
      for (std::size_t i = 0; i < fits.size(); ++i)
        if (fits_.at(fits[i].fit).split == &data_.splits[split]) stepping.push_back(i);
      for (std::size_t b = 0; b < batches[split].count() && !stepping.empty(); ++b) {
        if (stop()) return std::nullopt;
        const std::span<const std::int64_t> places = batches[split].at(b);
        take_batch(data_.splits[split], places);
        for (const std::size_t i : stepping) losses[i].count(step_of(fits[i], places));
        std::erase_if(stepping, [&](std::size_t i) { return losses[i].not_finite.has_value(); });
      }
    }
    return losses;
  }

  std::vector<HeadSolve> solve_domain_heads(std::span<const std::size_t> fits) override {
    encode_each(fits, [&](std::size_t i) { return fits_.at(fits[i]).split->train; });
    std::vector<HeadSolve> solves;
    for (std::size_t i = 0; i < fits.size(); ++i) {
      Fit& fit = fits_[fits[i]];
      for (const AdversaryHead& head : fit.heads) {
        solves.push_back(guarded_solve([&] {
          return solve_head(*head.labels, encoded_[i], read_head(fit.network, head.place), set_);
        }));
        if (!solves.back().failure)
          write_head(fit.network, head.place, solves.back().solution.model);
      }
    }
    return solves;
  }

  std::vector<double> validation_losses(std::span<const std::size_t> fits) override {
    encode_each(fits, [&](std::size_t i) { return fits_.at(fits[i]).split->validation; });
    std::vector<double> losses;
    losses.reserve(fits.size());
    for (std::size_t i = 0; i < fits.size(); ++i) {
      const LogisticModel head = class_head(fits[i]);
      losses.push_back(mean_cross_entropy(logits(head, encoded_rows(encoded_[i]), set_),
                                          fits_[fits[i]].split->validation_classes, head.levels,
                                          fits_[fits[i]].split->validation_weights));
    }
    return losses;
  }

  void keep(std::span<const std::size_t> fits) override {
    for (const std::size_t fit : fits) fits_.at(fit).kept = fits_[fit].network.snapshot();
  }
  void restore(std::span<const std::size_t> fits) override {
    for (const std::size_t fit : fits) {
      CF_EXPECT(!fits_.at(fit).kept.empty());
      fits_[fit].network.restore(fits_[fit].kept);
      fits_[fit].kept = {};
    }
  }

  void encode(std::span<const EncodeRequest> requests) override {
    const FlushDenormals flush;
    std::vector<bool> done(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (done[i]) continue;
      std::vector<const EncodeRequest*> alike;
      for (std::size_t j = i; j < requests.size(); ++j) {
        if (done[j] || !shares_samples(requests[i], requests[j])) continue;
        alike.push_back(&requests[j]);
        done[j] = true;
      }
      encode_alike(alike);
    }
  }

  std::vector<HeadSolve> probe(std::span<const ProbeRequest> requests) override {
    std::vector<std::size_t> fits;
    for (const ProbeRequest& request : requests) fits.push_back(request.fit);
    encode_each(fits, [&](std::size_t i) { return requests[i].rows; });
    std::vector<HeadSolve> solves;
    for (std::size_t i = 0; i < requests.size(); ++i)
      solves.push_back(guarded_solve([&] {
        return fit_logistic(encoded_rows(encoded_[i]), requests[i].labels, requests[i].levels,
                            {.instruction_set = set_});
      }));
    return solves;
  }

  LogisticModel class_head(std::size_t fit) const override {
    const CpuNetwork& network = fits_.at(fit).network;
    return read_head(network, class_head_place(network));
  }

  std::vector<float> snapshot(std::size_t fit) const override {
    return fits_.at(fit).network.snapshot();
  }
  std::vector<float> gradient_means(std::size_t fit) const override {
    return fits_.at(fit).network.canonical_gradient_means();
  }

 private:
  /// The domain head of one adversary.
  struct AdversaryHead {
    const HeadLabels* labels;
    HeadPlace place;
  };
  struct Fit {
    CpuNetwork network;
    const CohortSplit* split;
    std::vector<AdversaryHead> heads = {};
    std::vector<float> kept = {};  ///< a snapshot
  };

  FeatureRows features_of(const CohortSplit& split, std::span<const std::uint32_t> rows) const {
    return {.values = data_.embedding, .dim = data_.dim, .rows = rows, .scaling = split.scaling};
  }

  /// Gathers a batch for all fits of its split.
  void take_batch(const CohortSplit& split, std::span<const std::int64_t> places) {
    batch_rows_.clear();
    for (const std::int64_t place : places)
      batch_rows_.push_back(split.train[static_cast<std::size_t>(place)]);
    if (!batch_ || batch_->samples() != places.size())
      batch_ = make_sample_block(set_, places.size(), data_.dim, SampleBlock::Use::training);
    batch_->take(features_of(split, batch_rows_));
  }

  [[nodiscard]] bool shares_samples(const EncodeRequest& a, const EncodeRequest& b) const {
    return a.rows.data() == b.rows.data() && a.rows.size() == b.rows.size() &&
           fits_.at(a.fit).split->scaling == fits_.at(b.fit).split->scaling;
  }

  /// For requests that share their samples, which are gathered once.
  void encode_alike(const std::vector<const EncodeRequest*>& requests) {
    const std::span<const std::uint32_t> rows = requests.front()->rows;
    const CohortSplit& split = *fits_.at(requests.front()->fit).split;
    for (std::size_t first = 0; first < rows.size(); first += kEvaluated) {
      const auto chunk = rows.subspan(first, std::min(kEvaluated, rows.size() - first));
      SampleBlock& block = evaluation_block(chunk.size());
      block.take(features_of(split, chunk));
      for (const EncodeRequest* request : requests)
        pass_.encode(fits_.at(request->fit).network, block, request->out + first * kEncodedWidth);
    }
  }

  /// z' of rows_of(i) of each fit, into encoded_.
  template <class RowsOf>  // std::span<const std::uint32_t>(std::size_t place in `fits`)
  void encode_each(std::span<const std::size_t> fits, const RowsOf& rows_of) {
    encoded_.resize(std::max(encoded_.size(), fits.size()));
    std::vector<EncodeRequest> requests;
    for (std::size_t i = 0; i < fits.size(); ++i) {
      const std::span<const std::uint32_t> rows = rows_of(i);
      encoded_[i].resize(rows.size() * kEncodedWidth);
      requests.push_back({.fit = fits[i], .rows = rows, .out = encoded_[i].data()});
    }
    encode(requests);
  }

  /// What `solve` throws is the failure of that solve alone.
  template <class Solve>
  static HeadSolve guarded_solve(const Solve& solve) {
    try {
      return {.solution = solve(), .failure = nullptr};
    } catch (const std::exception&) {
      return {.solution = {}, .failure = std::current_exception()};
    }
  }

  SampleBlock& evaluation_block(std::size_t samples) {
    const auto known = evaluation_blocks_.find(samples);
    if (known != evaluation_blocks_.end()) return *known->second;
    return *evaluation_blocks_
                .emplace(samples,
                         make_sample_block(set_, samples, data_.dim, SampleBlock::Use::evaluation))
                .first->second;
  }

  /// A step on the batch that was taken.
  StepLosses step_of(const FitEpoch& epoch, std::span<const std::int64_t> places) {
    Fit& fit = fits_.at(epoch.fit);
    CF_EXPECT(epoch.lambdas.size() == fit.heads.size());
    std::vector<HeadTarget> heads = {{.place = class_head_place(fit.network),
                                      .codes = fit.split->classes,
                                      .weights = fit.split->class_weights,
                                      .factor = 1}};
    for (std::size_t i = 0; i < fit.heads.size(); ++i)
      heads.push_back({.place = fit.heads[i].place,
                       .codes = fit.heads[i].labels->columns,
                       .weights = fit.heads[i].labels->weights,
                       .factor = static_cast<float>(-epoch.lambdas[i])});  // reversed
    const std::vector<double> losses =
        pass_.step(fit.network, *batch_, places, heads, epoch.learning_rate);
    return {.class_label = losses.front(), .domain = {losses.begin() + 1, losses.end()}};
  }

  CohortData data_;
  InstructionSet set_;
  CpuPass pass_;
  std::vector<Fit> fits_;
  std::vector<std::vector<float>> encoded_;  ///< z' of the fits at hand, one after another
  std::unique_ptr<SampleBlock> batch_;
  std::vector<std::uint32_t> batch_rows_;
  std::map<std::size_t, std::unique_ptr<SampleBlock>> evaluation_blocks_;
};

}  // namespace

std::unique_ptr<CohortKernels> make_cpu_kernels(CohortData data, InstructionSet set) {
  return std::make_unique<CpuKernels>(std::move(data), set);
}

}  // namespace crossfold::train
