#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "crossfold/core/error.h"

#include "batch_kernels.h"
#include "cohort_kernels.h"
#include "cpu_network.h"
#include "flush_denormals.h"
#include "network_scores.h"
#include "sample_block.h"

namespace crossfold::train {
namespace {

/// Samples of one forward pass in evaluation mode.
constexpr std::size_t kEvaluated = 256;
constexpr std::size_t kHiddenPanels = kHiddenWidth / kPanel;
constexpr std::size_t kEncodedPanels = kEncodedWidth / kPanel;

/// Activations and gradients of one batch of one fit; every fit uses them in turn. Matrices are
/// panels of `rows` rows.
struct Workspace {
  Workspace(std::size_t samples, std::size_t all_rows)
      : rows(all_rows),
        hidden(kHiddenWidth * rows),
        hidden_normed(kHiddenWidth * rows),
        encoded(kEncodedWidth * rows),
        encoded_normed(kEncodedWidth * rows),
        encoded_gradient(kEncodedWidth * rows),
        features(kEncodedWidth * samples),
        feature_gradient(kEncodedWidth * samples),
        codes(samples),
        shares(samples) {}

  std::size_t rows;
  AlignedFloats hidden, hidden_normed;
  AlignedFloats encoded, encoded_normed, encoded_gradient;
  AlignedFloats features, feature_gradient;  ///< [64, samples], as the heads take them
  AlignedFloats residuals;                   ///< of a head
  AlignedFloats encoded_transposed = AlignedFloats(kEncodedWidth * kHiddenWidth);
  AlignedFloats gradient;  ///< of the parameters from PanelLayout::rest on
  AlignedFloats mean = AlignedFloats(kHiddenWidth + kEncodedWidth);
  AlignedFloats inverse_sd = AlignedFloats(kHiddenWidth + kEncodedWidth);
  std::vector<std::int32_t> codes;  ///< [samples]
  AlignedFloats shares;             ///< [samples]
};

/// Panels [2][rows][32] to [64, samples].
void to_features(const AlignedFloats& panels, std::size_t rows, std::size_t samples,
                 AlignedFloats& features) {
  for (std::size_t unit = 0; unit < kEncodedWidth; ++unit) {
    const float* from = panels.data() + unit / kPanel * rows * kPanel + unit % kPanel;
    for (std::size_t i = 0; i < samples; ++i) features[unit * samples + i] = from[i * kPanel];
  }
}

/// And back; the rows beyond the samples stay as they are.
void to_panels(const AlignedFloats& features, std::size_t rows, std::size_t samples,
               AlignedFloats& panels) {
  for (std::size_t unit = 0; unit < kEncodedWidth; ++unit) {
    float* const to = panels.data() + unit / kPanel * rows * kPanel + unit % kPanel;
    for (std::size_t i = 0; i < samples; ++i) to[i * kPanel] = features[unit * samples + i];
  }
}

class CpuKernels final : public CohortKernels {
 public:
  CpuKernels(CohortData data, InstructionSet set)
      : data_(std::move(data)), set_(set), kernels_(batch_kernels(set)) {}

  std::size_t add(const FitNetwork& network) override {
    const InitialWeights& weights = *network.weights;
    const NetworkLayout layout(data_.dim, weights.class_head.bias.size(),
                               weights.domain_head ? weights.domain_head->bias.size() : 0);
    const CohortSplit& split = data_.splits.at(network.split);
    Fit& fit = fits_.emplace_back(Fit{.network = {layout, network}, .split = &split});
    std::size_t columns = 0;
    for (const std::size_t adversary : network.adversaries) {
      fit.heads.push_back({.labels = &split.adversaries.at(adversary), .first = columns});
      columns += fit.heads.back().labels->levels;
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
      for (const DomainHeadPlace& head : fit.heads) {
        solves.push_back(guarded_solve([&] {
          return solve_head(*head.labels, encoded_[i], domain_head(fit.network, head), set_);
        }));
        if (!solves.back().failure)
          set_domain_head(fit.network, head, solves.back().solution.model);
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
    return head_at(network, {.weight = network.layout().class_weight,
                             .bias = network.layout().class_bias,
                             .levels = network.canonical().classes});
  }

  std::vector<float> snapshot(std::size_t fit) const override {
    return fits_.at(fit).network.snapshot();
  }
  std::vector<float> gradient_means(std::size_t fit) const override {
    return fits_.at(fit).network.canonical_gradient_means();
  }

 private:
  /// The domain head of one adversary.
  struct DomainHeadPlace {
    const HeadLabels* labels;
    std::size_t first;  ///< of its columns among those of all domain heads
  };
  struct Fit {
    CpuNetwork network;
    const CohortSplit* split;
    std::vector<DomainHeadPlace> heads = {};
    std::vector<float> kept = {};  ///< a snapshot
  };
  /// A head among the parameters.
  struct HeadPlace {
    std::size_t weight, bias, levels;
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
        encode_block(fits_.at(request->fit).network, block, request->out + first * kEncodedWidth);
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

  static HeadPlace place_of(const CpuNetwork& network, const DomainHeadPlace& head) {
    return {.weight = network.layout().domain_weight + head.first * kEncodedWidth,
            .bias = network.layout().domain_bias + head.first,
            .levels = head.labels->levels};
  }
  static LogisticModel domain_head(const CpuNetwork& network, const DomainHeadPlace& head) {
    return head_at(network, place_of(network, head));
  }
  static void set_domain_head(CpuNetwork& network, const DomainHeadPlace& which,
                              const LogisticModel& head) {
    const HeadPlace place = place_of(network, which);
    CF_EXPECT(head.levels == place.levels && head.dim == kEncodedWidth);
    const auto put = [](const std::vector<double>& from, float* to) {
      for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<float>(from[i]);
    };
    put(head.weights, network.at(place.weight));
    put(head.intercepts, network.at(place.bias));
  }

  static LogisticModel head_at(const CpuNetwork& network, const HeadPlace& place) {
    const float* const weights = network.at(place.weight);
    const float* const biases = network.at(place.bias);
    return {.levels = place.levels,
            .dim = kEncodedWidth,
            .weights = {weights, weights + place.levels * kEncodedWidth},
            .intercepts = {biases, biases + place.levels}};
  }

  static NormUnits hidden_norm(CpuNetwork& network, Workspace& work) {
    return {.scale = network.at(network.layout().hidden_scale),
            .shift = network.at(network.layout().hidden_shift),
            .running_mean = network.statistics() + NetworkLayout::kHiddenMean,
            .running_variance = network.statistics() + NetworkLayout::kHiddenVariance,
            .mean = work.mean.data(),
            .inverse_sd = work.inverse_sd.data()};
  }
  static NormUnits encoded_norm(CpuNetwork& network, Workspace& work) {
    return {.scale = network.at(network.layout().encoded_scale),
            .shift = network.at(network.layout().encoded_shift),
            .running_mean = network.statistics() + NetworkLayout::kEncodedMean,
            .running_variance = network.statistics() + NetworkLayout::kEncodedVariance,
            .mean = work.mean.data() + kHiddenWidth,
            .inverse_sd = work.inverse_sd.data() + kHiddenWidth};
  }

  /// Batches and the chunks of an evaluation come in very few sizes.
  Workspace& workspace(std::size_t samples) {
    const auto known = workspaces_.find(samples);
    if (known != workspaces_.end()) return known->second;
    return workspaces_.emplace(samples, Workspace(samples, SampleBlock::round_up(samples)))
        .first->second;
  }
  SampleBlock& evaluation_block(std::size_t samples) {
    const auto known = evaluation_blocks_.find(samples);
    if (known != evaluation_blocks_.end()) return *known->second;
    return *evaluation_blocks_
                .emplace(samples,
                         make_sample_block(set_, samples, data_.dim, SampleBlock::Use::evaluation))
                .first->second;
  }

  /// The encoder's first products.
  static void hidden_products(const CpuNetwork& network, SampleBlock& block, float* hidden) {
    block.forward(network.at(network.layout().hidden_weight), kHiddenPanels, hidden);
  }
  /// And its second ones, from activations of the hidden layer.
  void encoded_products(const CpuNetwork& network, std::size_t rows, const float* hidden,
                        float* encoded) const {
    for (std::size_t panel = 0; panel < kEncodedPanels; ++panel)
      kernels_.product({.a = hidden,
                        .row_stride = kPanel,
                        .block = kPanel,
                        .block_stride = rows * kPanel,
                        .k = kHiddenWidth,
                        .b = network.at(network.layout().encoded_panel(panel)),
                        .out = encoded + panel * rows * kPanel,
                        .rows = rows});
  }

  /// A step on the batch that was taken.
  StepLosses step_of(const FitEpoch& epoch, std::span<const std::int64_t> places) {
    Fit& fit = fits_.at(epoch.fit);
    CpuNetwork& network = fit.network;
    const PanelLayout& at = network.layout();
    const std::size_t samples = places.size();
    Workspace& work = workspace(samples);
    work.gradient.resize(std::max(work.gradient.size(), at.size - at.rest));

    hidden_products(network, *batch_, work.hidden.data());
    kernels_.relu_norm(work.hidden.data(), work.hidden_normed.data(), kHiddenWidth, work.rows,
                       samples, network.at(at.hidden_bias), hidden_norm(network, work));
    encoded_products(network, work.rows, work.hidden_normed.data(), work.encoded.data());
    kernels_.relu_norm(work.encoded.data(), work.encoded_normed.data(), kEncodedWidth, work.rows,
                       samples, network.at(at.encoded_bias), encoded_norm(network, work));
    StepLosses losses = heads(fit, epoch.lambdas, work, places);
    backward_and_update(network, work, samples, network.next_step(epoch.learning_rate));
    return losses;
  }

  /// All heads, forward and back to the gradient of z'.
  StepLosses heads(Fit& fit, std::span<const double> lambdas, Workspace& work,
                   std::span<const std::int64_t> places) {
    CpuNetwork& network = fit.network;
    const PanelLayout& at = network.layout();
    to_features(work.encoded_normed, work.rows, places.size(), work.features);
    std::fill(work.feature_gradient.begin(), work.feature_gradient.end(), 0.0F);
    StepLosses losses;
    losses.class_label = head(
        network,
        {.weight = at.class_weight, .bias = at.class_bias, .levels = network.canonical().classes},
        {.codes = fit.split->classes, .weights = fit.split->class_weights, .factor = 1}, work,
        places);
    CF_EXPECT(lambdas.size() == fit.heads.size());
    for (std::size_t i = 0; i < fit.heads.size(); ++i) {
      const HeadLabels& labels = *fit.heads[i].labels;
      losses.domain.push_back(head(network, place_of(network, fit.heads[i]),
                                   {.codes = labels.columns,
                                    .weights = labels.weights,
                                    .factor = static_cast<float>(-lambdas[i])},  // reversed
                                   work, places));
    }
    to_panels(work.feature_gradient, work.rows, places.size(), work.encoded_gradient);
    return losses;
  }

  /// What a head tells of the training samples.
  struct HeadTarget {
    std::span<const std::int32_t> codes;  ///< [n]
    std::span<const float> weights;       ///< [n]; empty: all 1
    float factor;                         ///< of its gradient in that of z'
  };

  /// One head, forward and back: its mean loss, its gradients, and its part of that of z'.
  double head(const CpuNetwork& network, const HeadPlace& place, const HeadTarget& target,
              Workspace& work, std::span<const std::int64_t> places) const {
    const PanelLayout& at = network.layout();
    work.residuals.resize(std::max(work.residuals.size(), place.levels * places.size()));
    const float* const shares = shares_at(places, target.weights, work.shares);
    const double sum = kernels_.head({.width = kEncodedWidth,
                                      .levels = place.levels,
                                      .samples = places.size(),
                                      .weight = network.at(place.weight),
                                      .bias = network.at(place.bias),
                                      .features = work.features.data(),
                                      .codes = codes_at(places, target.codes, work.codes),
                                      .shares = shares,
                                      .factor = target.factor,
                                      .residuals = work.residuals.data(),
                                      .feature_gradient = work.feature_gradient.data(),
                                      .weight_gradient = gradient_at(work, at, place.weight),
                                      .bias_gradient = gradient_at(work, at, place.bias)});
    return shares == nullptr ? sum / static_cast<double>(places.size()) : sum;
  }

  /// From the gradient of z' to all others; each parameter is moved once its old value has served.
  void backward_and_update(CpuNetwork& network, Workspace& work, std::size_t samples,
                           const AdamStep& step) {
    const PanelLayout& at = network.layout();
    kernels_.relu_norm_backward(work.encoded.data(), work.encoded_gradient.data(), kEncodedWidth,
                                work.rows, samples, encoded_norm(network, work),
                                {.bias = gradient_at(work, at, at.encoded_bias),
                                 .scale = gradient_at(work, at, at.encoded_scale),
                                 .shift = gradient_at(work, at, at.encoded_shift)});
    transpose_encoded_weight(network, work.encoded_transposed);
    update_encoded_weight(network, work, samples, step);
    float* const hidden_gradient = work.hidden_normed.data();  // its values have served
    for (std::size_t panel = 0; panel < kHiddenPanels; ++panel)
      kernels_.product({.a = work.encoded_gradient.data(),
                        .row_stride = kPanel,
                        .block = kPanel,
                        .block_stride = work.rows * kPanel,
                        .k = kEncodedWidth,
                        .b = work.encoded_transposed.data() + panel * kEncodedWidth * kPanel,
                        .out = hidden_gradient + panel * work.rows * kPanel,
                        .rows = work.rows});
    kernels_.relu_norm_backward(work.hidden.data(), hidden_gradient, kHiddenWidth, work.rows,
                                samples, hidden_norm(network, work),
                                {.bias = gradient_at(work, at, at.hidden_bias),
                                 .scale = gradient_at(work, at, at.hidden_scale),
                                 .shift = gradient_at(work, at, at.hidden_shift)});
    batch_->gradient_step(hidden_gradient, kHiddenPanels, network.adam_state(at.hidden_weight),
                          step);
    kernels_.adamw(network.adam_state(at.rest), work.gradient.data(), network.moved() - at.rest,
                   step);
  }

  /// W2 as the gradient of the hidden layer's output needs it: [8 panels of inputs][64][32].
  static void transpose_encoded_weight(const CpuNetwork& network, AlignedFloats& out) {
    for (std::size_t unit = 0; unit < kEncodedWidth; ++unit) {
      const float* const from =
          network.at(network.layout().encoded_panel(unit / kPanel)) + unit % kPanel;
      for (std::size_t input = 0; input < kHiddenWidth; ++input)
        out[(input / kPanel * kEncodedWidth + unit) * kPanel + input % kPanel] =
            from[input * kPanel];
    }
  }

  void update_encoded_weight(CpuNetwork& network, const Workspace& work, std::size_t samples,
                             const AdamStep& step) const {
    constexpr std::size_t kTiles = kPanel / kTile;  // of a panel of inputs
    for (std::size_t panel = 0; panel < kEncodedPanels; ++panel) {
      for (std::size_t inputs = 0; inputs < kHiddenPanels; ++inputs)
        kernels_.gradient_step(
            {.x = work.hidden_normed.data() + inputs * work.rows * kPanel,
             .tile_stride = kTile,
             .sample_stride = kPanel,
             .samples = samples,
             .d = work.encoded_gradient.data() + panel * work.rows * kPanel,
             .tiles = kTiles},
            network.adam_state(network.layout().encoded_panel(panel) + inputs * kPanel * kPanel),
            step);
    }
  }

  /// z' [samples, 64] of one block.
  void encode_block(CpuNetwork& network, SampleBlock& block, float* out) {
    const PanelLayout& at = network.layout();
    Workspace& work = workspace(block.samples());
    hidden_products(network, block, work.hidden.data());
    kernels_.relu_norm_evaluate(work.hidden.data(), kHiddenWidth, work.rows,
                                network.at(at.hidden_bias), hidden_norm(network, work));
    encoded_products(network, work.rows, work.hidden.data(), work.encoded.data());
    kernels_.relu_norm_evaluate(work.encoded.data(), kEncodedWidth, work.rows,
                                network.at(at.encoded_bias), encoded_norm(network, work));
    for (std::size_t i = 0; i < block.samples(); ++i)
      for (std::size_t panel = 0; panel < kEncodedPanels; ++panel)
        std::copy_n(work.encoded.data() + (panel * work.rows + i) * kPanel, kPanel,
                    out + i * kEncodedWidth + panel * kPanel);
  }

  static float* gradient_at(Workspace& work, const PanelLayout& at, std::size_t offset) {
    return work.gradient.data() + (offset - at.rest);
  }

  static const std::int32_t* codes_at(std::span<const std::int64_t> places,
                                      std::span<const std::int32_t> codes,
                                      std::vector<std::int32_t>& out) {
    for (std::size_t i = 0; i < places.size(); ++i)
      out[i] = codes[static_cast<std::size_t>(places[i])];
    return out.data();
  }

  /// The samples' parts of all weights of the batch; nullptr where all are alike.
  static const float* shares_at(std::span<const std::int64_t> places,
                                std::span<const float> weights, AlignedFloats& out) {
    if (weights.empty()) return nullptr;
    double sum = 0;
    for (const std::int64_t place : places)
      sum += static_cast<double>(weights[static_cast<std::size_t>(place)]);
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto weight = static_cast<double>(weights[static_cast<std::size_t>(places[i])]);
      out[i] = sum > 0 ? static_cast<float>(weight / sum) : 0.0F;
    }
    return out.data();
  }

  CohortData data_;
  InstructionSet set_;
  const BatchKernels& kernels_;
  std::vector<Fit> fits_;
  std::vector<std::vector<float>> encoded_;  ///< z' of the fits at hand, one after another
  std::unique_ptr<SampleBlock> batch_;
  std::vector<std::uint32_t> batch_rows_;
  std::map<std::size_t, std::unique_ptr<SampleBlock>> evaluation_blocks_;
  std::map<std::size_t, Workspace> workspaces_;
};

}  // namespace

std::unique_ptr<CohortKernels> make_cpu_kernels(CohortData data, InstructionSet set) {
  return std::make_unique<CpuKernels>(std::move(data), set);
}

}  // namespace crossfold::train
