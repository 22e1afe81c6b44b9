#include "device_kernels.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "crossfold/core/error.h"

#include "cohort_encoder.h"
#include "cohort_on_device.h"
#include "epoch_pass.h"
#include "newton_heads.h"

namespace crossfold::train::cuda {
namespace {

class DeviceKernels final : public CohortKernels {
 public:
  DeviceKernels(CohortData data, Device& device)
      : data_(std::move(data)), device_(device), samples_(device, data_) {}

  std::size_t add(const FitNetwork& network) override {
    CF_EXPECT(!cohort_);  // all fits before the first epoch
    const InitialWeights& weights = *network.weights;
    const std::size_t classes = weights.class_head.bias.size();
    CF_EXPECT(network.adversaries.size() <= 1);  // a worker sees to both
    CF_EXPECT(data_.splits.at(network.split).class_weights.empty());
    const std::size_t domains = weights.domain_head ? weights.domain_head->bias.size() : 0;
    CF_EXPECT(fits_.empty() || classes == classes_);
    classes_ = classes;
    fits_.push_back({.split = network.split,
                     .domains = domains,
                     .weight_decay = network.weight_decay,
                     .domain_head = network.domain_head});
    starts_.push_back(
        {.domains = domains,
         .parameters = NetworkLayout(data_.dim, classes, domains).parameters_of(weights)});
    return fits_.size() - 1;
  }

  /// Networks and optimisers go to the device.
  void begin(std::size_t batch) override {
    CF_EXPECT(!cohort_ && !fits_.empty() && batch > 0);
    samples_.set_capacity(batch);
    cohort_.emplace(device_, data_, fits_, samples_, classes_, std::exchange(starts_, {}));
  }

  /// The memory of a slot serves until the cohort ends.
  void end_training(std::size_t) override {}

  std::optional<std::vector<EpochLosses>> train_epoch(std::span<const Batches> batches,
                                                      std::span<const FitEpoch> fits,
                                                      const std::function<bool()>& stop) override {
    CF_EXPECT(batches.size() == data_.splits.size());
    for (const Batches& of : batches) CF_EXPECT(of.size <= samples_.capacity());
    EpochPass epoch(cohort(), batches, fits);
    for (std::size_t step = 0; step < epoch.steps(); ++step) {
      if (stop()) return std::nullopt;
      epoch.step(step);
    }
    return epoch.losses();
  }

  std::vector<HeadSolve> solve_domain_heads(std::span<const std::size_t> fits) override {
    std::vector<HeadSolve> solves(fits.size());
    const std::vector<Piece> pieces =
        pieces_of(fits, [](const CohortSplit& split) { return split.train; });
    encode_pieces(cohort(), pieces, slots().layout().domains, [&](const EncodedPieces& encoded) {
      std::vector<LogisticModel> starts;
      for (const Piece& piece : encoded.pieces) starts.push_back(slots().domain_head(piece.fit));
      std::vector<HeadProblem> problems;
      for (std::size_t i = 0; i < encoded.pieces.size(); ++i) {
        const std::size_t fit = encoded.pieces[i].fit;
        problems.push_back({.features = i * encoded.stride,
                            .labels = split_of(fit).adversaries.front().columns,
                            .levels = fits_[fit].domains,
                            .start = &starts[i]});
      }
      std::vector<HeadSolve> some = solve_heads(device_, encoded.features, problems);
      for (std::size_t i = 0; i < some.size(); ++i) {
        if (!some[i].failure)
          slots().set_domain_head(encoded.pieces[i].fit, some[i].solution.model);
        solves[encoded.first + i] = std::move(some[i]);
      }
    });
    return solves;
  }

  std::vector<double> validation_losses(std::span<const std::size_t> fits) override {
    std::vector<double> losses;
    const std::vector<Piece> pieces =
        pieces_of(fits, [](const CohortSplit& split) { return split.validation; });
    encode_pieces(cohort(), pieces, classes_, [&](const EncodedPieces& encoded) {
      std::vector<LogisticModel> heads;
      for (const Piece& piece : encoded.pieces) heads.push_back(class_head(piece.fit));
      std::vector<HeadProblem> problems;
      for (std::size_t i = 0; i < encoded.pieces.size(); ++i)
        problems.push_back({.features = i * encoded.stride,
                            .labels = split_of(encoded.pieces[i].fit).validation_classes,
                            .levels = classes_,
                            .start = &heads[i]});
      const std::vector<double> some = head_losses(device_, encoded.features, problems);
      losses.insert(losses.end(), some.begin(), some.end());
    });
    return losses;
  }

  void keep(std::span<const std::size_t> fits) override { slots().keep(fits); }
  void restore(std::span<const std::size_t> fits) override { slots().restore(fits); }

  void encode(std::span<const EncodeRequest> requests) override {
    std::vector<Piece> pieces;
    for (const EncodeRequest& request : requests)
      pieces.push_back({.fit = request.fit, .rows = request.rows});
    encode_pieces(cohort(), pieces, 0, [&](const EncodedPieces& encoded) {
      for (std::size_t i = 0; i < encoded.pieces.size(); ++i)
        device_.download(requests[encoded.first + i].out, encoded.features + i * encoded.stride,
                         encoded.pieces[i].rows.size() * kEncodedWidth * sizeof(float));
    });
  }

  std::vector<HeadSolve> probe(std::span<const ProbeRequest> requests) override {
    std::vector<Piece> pieces;
    std::size_t levels = 0;
    for (const ProbeRequest& request : requests) {
      pieces.push_back({.fit = request.fit, .rows = request.rows});
      levels = std::max(levels, request.levels);
    }
    std::vector<HeadSolve> solves(requests.size());
    encode_pieces(cohort(), pieces, levels, [&](const EncodedPieces& encoded) {
      std::vector<HeadProblem> problems;
      for (std::size_t i = 0; i < encoded.pieces.size(); ++i)
        problems.push_back({.features = i * encoded.stride,
                            .labels = requests[encoded.first + i].labels,
                            .levels = requests[encoded.first + i].levels,
                            .start = nullptr});
      std::vector<HeadSolve> some = solve_heads(device_, encoded.features, problems);
      std::move(some.begin(), some.end(),
                solves.begin() + static_cast<std::ptrdiff_t>(encoded.first));
    });
    return solves;
  }

  LogisticModel class_head(std::size_t fit) const override { return slots().class_head(fit); }
  std::vector<float> snapshot(std::size_t fit) const override { return slots().snapshot(fit); }
  std::vector<float> gradient_means(std::size_t fit) const override {
    return slots().gradient_means(fit);
  }

 private:
  [[nodiscard]] CohortOnDevice& cohort() {
    CF_EXPECT(cohort_.has_value());
    return *cohort_;
  }
  [[nodiscard]] NetworkSlots& slots() { return cohort().slots; }
  [[nodiscard]] const NetworkSlots& slots() const {
    CF_EXPECT(cohort_.has_value());
    return cohort_->slots;
  }
  [[nodiscard]] const CohortSplit& split_of(std::size_t fit) const {
    return data_.splits[fits_.at(fit).split];
  }

  /// Rows of its split for each fit.
  template <class RowsOf>  // std::span<const std::uint32_t>(const CohortSplit&)
  [[nodiscard]] std::vector<Piece> pieces_of(std::span<const std::size_t> fits,
                                             const RowsOf& rows_of) const {
    std::vector<Piece> pieces;
    for (const std::size_t fit : fits)
      pieces.push_back({.fit = fit, .rows = rows_of(split_of(fit))});
    return pieces;
  }

  CohortData data_;
  Device& device_;
  DeviceSamples samples_;
  std::vector<DeviceFit> fits_;
  std::vector<SlotStart> starts_;  ///< of the fits, until they go to the device
  std::size_t classes_ = 0;
  std::optional<CohortOnDevice> cohort_;  ///< from begin() on
};

}  // namespace

std::unique_ptr<CohortKernels> make_device_kernels(CohortData data, Device& device) {
  return std::make_unique<DeviceKernels>(std::move(data), device);
}

CohortMemory cohort_memory(std::size_t rows, std::size_t dim, std::size_t batch,
                           std::size_t classes, std::size_t domains) {
  const NetworkLayout layout(dim, classes, domains);
  // Networks with moments and one kept, activations, and a gathered block for each at most.
  return {.per_fit = sizeof(float) *
                     (5 * NetworkSlots::stride_of(layout) + 2 * NetworkLayout::kStatistics +
                      Activations::floats_of_fit(batch, layout) + batch * dim),
          .shared = sizeof(float) * rows * dim};
}

}  // namespace crossfold::train::cuda
