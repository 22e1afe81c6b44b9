#include "device_kernels.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "crossfold/core/error.h"

#include "network_layout.h"
#include "newton_heads.h"

namespace crossfold::train::cuda {
namespace {

static_assert(kFeatures == kEncodedWidth);

/// Of the free memory, what evaluation may take at a time.
constexpr double kMemoryShare = 0.8;
/// Floats a slot begins at a multiple of.
constexpr std::size_t kSlotUnit = 32;

std::size_t round_up(std::size_t count, std::size_t unit) {
  return (count + unit - 1) / unit * unit;
}

/// What is known of a fit on the host.
struct Fit {
  std::size_t split = 0;
  std::size_t domains = 0;
  double weight_decay = 0;
  HeadUpdate domain_head = HeadUpdate::optimiser;
  std::vector<float> parameters;  ///< as NetworkLayout has them, until they go to the device
  double first_power = 1;         ///< beta1^t, beta2^t
  double second_power = 1;

  AdamNumbers next_step(double learning_rate) {
    first_power *= kFirstDecay;
    second_power *= kSecondDecay;
    return {.keep = static_cast<float>(1 - learning_rate * weight_decay),
            .rate = static_cast<float>(learning_rate / (1 - first_power)),
            .inverse_correction = static_cast<float>(1 / std::sqrt(1 - second_power))};
  }
};

/// Rows that a fit is to encode.
struct Piece {
  std::size_t fit = 0;
  std::span<const std::uint32_t> rows;
};

/// Activations and gradients of one batch of every fit of a launch.
struct Activations {
  Activations(Device& device, std::size_t fits, std::size_t capacity, const NetworkLayout& layout)
      : hidden(device, fits * capacity * kHiddenWidth),
        hidden_normed(device, fits * capacity * kHiddenWidth),
        hidden_gradient(device, fits * capacity * kHiddenWidth),
        encoded(device, fits * capacity * kEncodedWidth),
        features(device, fits * capacity * kEncodedWidth),
        encoded_gradient(device, fits * capacity * kEncodedWidth),
        residuals(device, fits * 2 * capacity * std::max(layout.classes, layout.domains)),
        hidden_mean(device, fits * kHiddenWidth),
        hidden_inverse_sd(device, fits * kHiddenWidth),
        encoded_mean(device, fits * kEncodedWidth),
        encoded_inverse_sd(device, fits * kEncodedWidth),
        gradients(device, fits * (layout.parameters - layout.hidden_bias)) {
    gradients.clear();  // domains that a fit lacks have none
  }

  DeviceArray<float> hidden, hidden_normed, hidden_gradient;
  DeviceArray<float> encoded, features, encoded_gradient;
  DeviceArray<float> residuals;
  DeviceArray<float> hidden_mean, hidden_inverse_sd, encoded_mean, encoded_inverse_sd;
  DeviceArray<float> gradients;  ///< of the parameters from the hidden layer's bias on
};

/// All that an epoch is told, in the memory of the device: steps one behind the other.
struct EpochPlan {
  std::vector<std::size_t> order;   ///< of the fits: those of most batches first
  std::vector<std::size_t> splits;  ///< likewise; a split's place is its block
  std::size_t steps = 0;
  DeviceArray<FitPlace> places;                ///< [fits]
  DeviceArray<HeadsOfFit> heads;               ///< [fits]
  DeviceArray<std::uint32_t> moved;            ///< [2, fits]: see AdamRange
  DeviceArray<AdamNumbers> numbers;            ///< [steps, fits]
  DeviceArray<RowRange> ranges;                ///< [steps, splits]
  DeviceArray<std::uint32_t> rows;             ///< of all batches
  DeviceArray<std::int32_t> classes, domains;  ///< of the rows
  DeviceArray<double> losses;                  ///< [steps, fits, 2]
  std::vector<std::size_t> fits_at;  ///< [steps]: how many fits, and splits, have that batch
  std::vector<std::size_t> splits_at;
};

class DeviceKernels final : public CohortKernels {
 public:
  DeviceKernels(CohortData data, Device& device)
      : data_(std::move(data)), device_(device), embedding_(device, data_.embedding) {
    std::vector<float> scalings;
    for (const CohortSplit& split : data_.splits) {
      scaling_of_.push_back(split.scaling == nullptr
                                ? -1
                                : static_cast<std::int32_t>(scalings.size() / (2 * data_.dim)));
      if (split.scaling == nullptr) continue;
      for (const std::vector<double>* values : {&split.scaling->mean, &split.scaling->inverse_sd})
        for (const double value : *values) scalings.push_back(static_cast<float>(value));
    }
    scalings_ = {device_, std::span<const float>(scalings)};
  }

  std::size_t add(const FitNetwork& network) override {
    CF_EXPECT(!layout_);  // all fits before the first epoch
    const InitialWeights& weights = *network.weights;
    const std::size_t classes = weights.class_head.bias.size();
    CF_EXPECT(network.adversaries.size() <= 1);  // a worker sees to both
    CF_EXPECT(data_.splits.at(network.split).class_weights.empty());
    const std::size_t domains = weights.domain_head ? weights.domain_head->bias.size() : 0;
    CF_EXPECT(fits_.empty() || classes == classes_);
    classes_ = classes;
    fits_.push_back(
        {.split = network.split,
         .domains = domains,
         .weight_decay = network.weight_decay,
         .domain_head = network.domain_head,
         .parameters = NetworkLayout(data_.dim, classes, domains).parameters_of(weights)});
    return fits_.size() - 1;
  }

  /// Networks and optimisers go to the device.
  void begin(std::size_t batch) override {
    CF_EXPECT(!layout_ && !fits_.empty() && batch > 0);
    std::size_t domains = 0;
    for (const Fit& fit : fits_) domains = std::max(domains, fit.domains);
    layout_.emplace(data_.dim, classes_, domains);
    stride_ = round_up(layout_->parameters, kSlotUnit);
    parameters_ = {device_, fits_.size() * stride_};
    for (DeviceArray<float>* moments : {&first_, &second_, &largest_second_}) {
      *moments = {device_, fits_.size() * stride_};
      moments->clear();
    }
    parameters_.clear();
    for (std::size_t fit = 0; fit < fits_.size(); ++fit) {
      parameters_.put(from_canonical(fits_[fit]), fit * stride_);
      fits_[fit].parameters = {};
    }
    std::vector<float> statistics(NetworkLayout::kStatistics);
    std::fill_n(statistics.begin() + NetworkLayout::kHiddenVariance, kHiddenWidth, 1.0F);
    std::fill_n(statistics.begin() + NetworkLayout::kEncodedVariance, kEncodedWidth, 1.0F);
    statistics_ = {device_, fits_.size() * NetworkLayout::kStatistics};
    for (std::size_t fit = 0; fit < fits_.size(); ++fit)
      statistics_.put(statistics, fit * NetworkLayout::kStatistics);
    capacity_ = batch;
    activations_.emplace(device_, fits_.size(), capacity_, *layout_);
    blocks_.reserve(device_, data_.splits.size() * capacity_ * data_.dim);
  }

  /// The memory of a slot serves until the cohort ends.
  void end_training(std::size_t) override {}

  std::optional<std::vector<EpochLosses>> train_epoch(std::span<const Batches> batches,
                                                      std::span<const FitEpoch> fits,
                                                      const std::function<bool()>& stop) override {
    CF_EXPECT(batches.size() == data_.splits.size());
    for (const Batches& of : batches) CF_EXPECT(of.size <= capacity_);
    EpochPlan plan = plan_epoch(batches, fits);
    for (std::size_t step = 0; step < plan.steps; ++step) {
      if (stop()) return std::nullopt;
      train_step(plan, step);
    }
    return losses_of(plan, fits, batches);
  }

  std::vector<HeadSolve> solve_domain_heads(std::span<const std::size_t> fits) override {
    std::vector<Piece> pieces;
    for (const std::size_t fit : fits)
      pieces.push_back({.fit = fit, .rows = data_.splits[fits_.at(fit).split].train});
    std::vector<HeadSolve> solves(fits.size());
    each_group(
        pieces, layout().domains,
        [&](std::size_t first, std::span<const Piece> group, const float* features,
            std::size_t stride) {
          std::vector<LogisticModel> starts;
          for (const Piece& piece : group) starts.push_back(domain_head(piece.fit));
          std::vector<HeadProblem> problems;
          for (std::size_t i = 0; i < group.size(); ++i)
            problems.push_back(
                {.features = i * stride,
                 .labels = data_.splits[fits_[group[i].fit].split].adversaries.front().columns,
                 .levels = fits_[group[i].fit].domains,
                 .start = &starts[i]});
          std::vector<HeadSolve> some = solve_heads(device_, features, problems);
          for (std::size_t i = 0; i < group.size(); ++i) {
            if (!some[i].failure) set_domain_head(group[i].fit, some[i].solution.model);
            solves[first + i] = std::move(some[i]);
          }
        });
    return solves;
  }

  std::vector<double> validation_losses(std::span<const std::size_t> fits) override {
    std::vector<Piece> pieces;
    for (const std::size_t fit : fits)
      pieces.push_back({.fit = fit, .rows = data_.splits[fits_.at(fit).split].validation});
    std::vector<double> losses;
    each_group(
        pieces, classes_,
        [&](std::size_t, std::span<const Piece> group, const float* features, std::size_t stride) {
          std::vector<LogisticModel> heads;
          for (const Piece& piece : group) heads.push_back(class_head(piece.fit));
          std::vector<HeadProblem> problems;
          for (std::size_t i = 0; i < group.size(); ++i)
            problems.push_back(
                {.features = i * stride,
                 .labels = data_.splits[fits_[group[i].fit].split].validation_classes,
                 .levels = classes_,
                 .start = &heads[i]});
          const std::vector<double> some = head_losses(device_, features, problems);
          losses.insert(losses.end(), some.begin(), some.end());
        });
    return losses;
  }

  void keep(std::span<const std::size_t> fits) override {
    if (fits.empty()) return;
    if (kept_parameters_.size() == 0) {
      kept_parameters_ = {device_, parameters_.size()};
      kept_statistics_ = {device_, statistics_.size()};
    }
    for (const std::size_t fit : fits) {
      copy_slot(kept_parameters_, parameters_, fit, stride_);
      copy_slot(kept_statistics_, statistics_, fit, NetworkLayout::kStatistics);
    }
  }
  void restore(std::span<const std::size_t> fits) override {
    for (const std::size_t fit : fits) {
      CF_EXPECT(kept_parameters_.size() > 0);
      copy_slot(parameters_, kept_parameters_, fit, stride_);
      copy_slot(statistics_, kept_statistics_, fit, NetworkLayout::kStatistics);
    }
  }

  void encode(std::span<const EncodeRequest> requests) override {
    std::vector<Piece> pieces;
    for (const EncodeRequest& request : requests)
      pieces.push_back({.fit = request.fit, .rows = request.rows});
    each_group(pieces, 0,
               [&](std::size_t first, std::span<const Piece> group, const float* features,
                   std::size_t stride) {
                 for (std::size_t i = 0; i < group.size(); ++i)
                   device_.download(requests[first + i].out, features + i * stride,
                                    group[i].rows.size() * kEncodedWidth * sizeof(float));
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
    each_group(pieces, levels,
               [&](std::size_t first, std::span<const Piece> group, const float* features,
                   std::size_t stride) {
                 std::vector<HeadProblem> problems;
                 for (std::size_t i = 0; i < group.size(); ++i)
                   problems.push_back({.features = i * stride,
                                       .labels = requests[first + i].labels,
                                       .levels = requests[first + i].levels,
                                       .start = nullptr});
                 std::vector<HeadSolve> some = solve_heads(device_, features, problems);
                 std::move(some.begin(), some.end(),
                           solves.begin() + static_cast<std::ptrdiff_t>(first));
               });
    return solves;
  }

  LogisticModel class_head(std::size_t fit) const override {
    return head_at(fit, layout().class_weight, layout().class_bias, classes_);
  }

  std::vector<float> snapshot(std::size_t fit) const override {
    std::vector<float> values = canonical(parameters_, fit);
    const std::vector<float> statistics =
        statistics_.get(fit * NetworkLayout::kStatistics, NetworkLayout::kStatistics);
    values.insert(values.end(), statistics.begin(), statistics.end());
    return values;
  }
  std::vector<float> gradient_means(std::size_t fit) const override {
    return canonical(first_, fit);
  }

 private:
  [[nodiscard]] const NetworkLayout& layout() const {
    CF_EXPECT(layout_.has_value());
    return *layout_;
  }

  [[nodiscard]] NetworkBank bank() const {
    return {.parameters = parameters_.data(),
            .first = first_.data(),
            .second = second_.data(),
            .largest_second = largest_second_.data(),
            .statistics = statistics_.data(),
            .stride = stride_,
            .statistics_stride = NetworkLayout::kStatistics};
  }
  [[nodiscard]] LayerShape hidden_layer() const {
    return {.weight = layout().hidden_weight,
            .bias = layout().hidden_bias,
            .inputs = data_.dim,
            .units = kHiddenWidth};
  }
  [[nodiscard]] LayerShape encoded_layer() const {
    return {.weight = layout().encoded_weight,
            .bias = layout().encoded_bias,
            .inputs = kHiddenWidth,
            .units = kEncodedWidth};
  }
  [[nodiscard]] NormShape hidden_norm() const {
    return {.scale = layout().hidden_scale,
            .shift = layout().hidden_shift,
            .running_mean = NetworkLayout::kHiddenMean,
            .running_variance = NetworkLayout::kHiddenVariance,
            .units = kHiddenWidth};
  }
  [[nodiscard]] NormShape encoded_norm() const {
    return {.scale = layout().encoded_scale,
            .shift = layout().encoded_shift,
            .running_mean = NetworkLayout::kEncodedMean,
            .running_variance = NetworkLayout::kEncodedVariance,
            .units = kEncodedWidth};
  }

  // An epoch.

  EpochPlan plan_epoch(std::span<const Batches> batches, std::span<const FitEpoch> fits) {
    EpochPlan plan;
    const auto by_count = [&](std::size_t a, std::size_t b) {
      return batches[a].count() > batches[b].count();
    };
    std::vector<bool> used(batches.size());
    for (const FitEpoch& fit : fits) used[fits_.at(fit.fit).split] = true;
    for (std::size_t split = 0; split < batches.size(); ++split)
      if (used[split]) plan.splits.push_back(split);
    std::stable_sort(plan.splits.begin(), plan.splits.end(), by_count);
    plan.order.resize(fits.size());
    std::iota(plan.order.begin(), plan.order.end(), std::size_t{0});
    std::stable_sort(plan.order.begin(), plan.order.end(), [&](std::size_t a, std::size_t b) {
      return by_count(fits_[fits[a].fit].split, fits_[fits[b].fit].split);
    });
    plan.steps = plan.splits.empty() ? 0 : batches[plan.splits.front()].count();
    for (std::size_t step = 0; step < plan.steps; ++step) {
      const auto has_it = [&](std::size_t split) { return batches[split].count() > step; };
      plan.splits_at.push_back(
          static_cast<std::size_t>(std::count_if(plan.splits.begin(), plan.splits.end(), has_it)));
      plan.fits_at.push_back(static_cast<std::size_t>(
          std::count_if(plan.order.begin(), plan.order.end(),
                        [&](std::size_t i) { return has_it(fits_[fits[i].fit].split); })));
    }
    put_samples(plan, batches);
    put_fits(plan, batches, fits);
    blocks_.reserve(device_, plan.splits.size() * capacity_ * data_.dim);
    plan.losses = {device_, plan.steps * fits.size() * 2};
    return plan;
  }

  /// Which rows, with which labels, make up each batch.
  void put_samples(EpochPlan& plan, std::span<const Batches> batches) {
    std::vector<RowRange> ranges(plan.steps * plan.splits.size());
    std::vector<std::uint32_t> rows;
    std::vector<std::int32_t> classes, domains;
    for (std::size_t block = 0; block < plan.splits.size(); ++block) {
      const Batches& of = batches[plan.splits[block]];
      const CohortSplit& split = data_.splits[plan.splits[block]];
      for (std::size_t step = 0; step < of.count(); ++step)
        ranges[step * plan.splits.size() + block] = {.first = rows.size() + step * of.size,
                                                     .count = static_cast<std::uint32_t>(of.size),
                                                     .scaling = scaling_of_[plan.splits[block]]};
      for (const std::int64_t at : of.places) {
        const auto place = static_cast<std::size_t>(at);
        rows.push_back(split.train[place]);
        classes.push_back(split.classes[place]);
        domains.push_back(split.adversaries.empty() ? 0 : split.adversaries.front().columns[place]);
      }
    }
    plan.ranges = {device_, std::span<const RowRange>(ranges)};
    plan.rows = {device_, std::span<const std::uint32_t>(rows)};
    plan.classes = {device_, std::span<const std::int32_t>(classes)};
    plan.domains = {device_, std::span<const std::int32_t>(domains)};
  }

  void put_fits(EpochPlan& plan, std::span<const Batches> batches, std::span<const FitEpoch> fits) {
    std::vector<std::uint32_t> block_of(data_.splits.size());
    for (std::size_t block = 0; block < plan.splits.size(); ++block)
      block_of[plan.splits[block]] = static_cast<std::uint32_t>(block);
    std::vector<FitPlace> places;
    std::vector<HeadsOfFit> heads;
    std::vector<std::uint32_t> moved(2 * fits.size());
    std::vector<AdamNumbers> numbers(plan.steps * fits.size());
    for (std::size_t place = 0; place < plan.order.size(); ++place) {
      const FitEpoch& epoch = fits[plan.order[place]];
      Fit& fit = fits_.at(epoch.fit);
      places.push_back({.slot = static_cast<std::uint32_t>(epoch.fit),
                        .block = block_of[fit.split],
                        .samples = static_cast<std::uint32_t>(batches[fit.split].size),
                        .output = static_cast<std::uint32_t>(place)});
      heads.push_back({.lambda = static_cast<float>(fit.domains > 0 ? epoch.lambdas.front() : 0),
                       .domains = static_cast<std::uint32_t>(fit.domains)});
      moved[place] = 3 * kHiddenWidth;
      const std::size_t end =
          fit.domain_head == HeadUpdate::optimiser ? layout().parameters : layout().domain_weight;
      moved[fits.size() + place] = static_cast<std::uint32_t>(end - layout().encoded_bias);
      for (std::size_t step = 0; step < batches[fit.split].count(); ++step)
        numbers[step * fits.size() + place] = fit.next_step(epoch.learning_rate);
    }
    plan.places = {device_, std::span<const FitPlace>(places)};
    plan.heads = {device_, std::span<const HeadsOfFit>(heads)};
    plan.moved = {device_, std::span<const std::uint32_t>(moved)};
    plan.numbers = {device_, std::span<const AdamNumbers>(numbers)};
  }

  /// One batch of every fit that has it. Each parameter is moved once its old value has served.
  void train_step(const EpochPlan& plan, std::size_t step) {
    Activations& at = *activations_;
    const std::size_t fits = plan.order.size();
    const RowRange* const ranges = plan.ranges.data() + step * plan.splits.size();
    const AdamNumbers* const numbers = plan.numbers.data() + step * fits;
    const Places places{
        .at = plan.places.data(), .count = plan.fits_at[step], .capacity = capacity_};
    const LayerInput blocks{.values = blocks_.data(), .of_block = true};
    const LayerInput hidden{.values = at.hidden_normed.data(), .of_block = false};

    gather(plan.rows, ranges, plan.splits_at[step]);
    device_.forward_product({places, bank(), hidden_layer(), blocks, at.hidden.data()});
    device_.norm_forward({places, bank(), hidden_norm(), at.hidden.data(), at.hidden_normed.data(),
                          capacity_ * kHiddenWidth, at.hidden_mean.data(),
                          at.hidden_inverse_sd.data()});
    device_.forward_product({places, bank(), encoded_layer(), hidden, at.encoded.data()});
    device_.norm_forward({places, bank(), encoded_norm(), at.encoded.data(), at.features.data(),
                          capacity_ * kEncodedWidth, at.encoded_mean.data(),
                          at.encoded_inverse_sd.data()});
    device_.heads(head_pass(plan, step, places, ranges));
    device_.norm_backward(encoded_backward(places));
    device_.backward_product(
        {places, bank(), encoded_layer(), at.encoded_gradient.data(), at.hidden_gradient.data()});
    device_.gradient_step(
        {places, bank(), encoded_layer(), hidden, at.encoded_gradient.data(), numbers});
    device_.norm_backward(hidden_backward(places));
    device_.gradient_step(
        {places, bank(), hidden_layer(), blocks, at.hidden_gradient.data(), numbers});
    move_rest(places, layout().hidden_bias, 3 * kHiddenWidth, plan.moved.data(), numbers);
    move_rest(places, layout().encoded_bias, layout().parameters - layout().encoded_bias,
              plan.moved.data() + fits, numbers);
  }

  void gather(const DeviceArray<std::uint32_t>& rows, const RowRange* ranges, std::size_t blocks) {
    device_.gather({.embedding = embedding_.data(),
                    .dim = data_.dim,
                    .rows = rows.data(),
                    .ranges = ranges,
                    .blocks = blocks,
                    .scalings = scalings_.data(),
                    .out = blocks_.data(),
                    .capacity = capacity_});
  }

  /// Numbers of a fit in Activations::gradients.
  [[nodiscard]] std::size_t gradient_stride() const {
    return layout().parameters - layout().hidden_bias;
  }

  HeadPass head_pass(const EpochPlan& plan, std::size_t step, const Places& places,
                     const RowRange* ranges) {
    Activations& at = *activations_;
    return {.places = places,
            .bank = bank(),
            .heads = plan.heads.data(),
            .ranges = ranges,
            .classes = plan.classes.data(),
            .domains = plan.domains.data(),
            .class_levels = classes_,
            .class_weight = layout().class_weight,
            .class_bias = layout().class_bias,
            .domain_weight = layout().domain_weight,
            .domain_bias = layout().domain_bias,
            .most_levels = std::max(layout().classes, layout().domains),
            .features = at.features.data(),
            .residuals = at.residuals.data(),
            .feature_gradient = at.encoded_gradient.data(),
            .gradients = at.gradients.data(),
            .gradient_stride = gradient_stride(),
            .gradient_offset = layout().hidden_bias,
            .losses = plan.losses.data() + step * plan.order.size() * 2};
  }

  NormBackward encoded_backward(const Places& places) {
    Activations& at = *activations_;
    const std::size_t first = layout().hidden_bias;
    return {.places = places,
            .bank = bank(),
            .norm = encoded_norm(),
            .rectified = at.encoded.data(),
            .gradient = at.encoded_gradient.data(),
            .mean = at.encoded_mean.data(),
            .inverse_sd = at.encoded_inverse_sd.data(),
            .gradients = at.gradients.data(),
            .gradient_stride = gradient_stride(),
            .bias = layout().encoded_bias - first,
            .scale = layout().encoded_scale - first,
            .shift = layout().encoded_shift - first};
  }
  NormBackward hidden_backward(const Places& places) {
    Activations& at = *activations_;
    const std::size_t first = layout().hidden_bias;
    return {.places = places,
            .bank = bank(),
            .norm = hidden_norm(),
            .rectified = at.hidden.data(),
            .gradient = at.hidden_gradient.data(),
            .mean = at.hidden_mean.data(),
            .inverse_sd = at.hidden_inverse_sd.data(),
            .gradients = at.gradients.data(),
            .gradient_stride = gradient_stride(),
            .bias = layout().hidden_bias - first,
            .scale = layout().hidden_scale - first,
            .shift = layout().hidden_shift - first};
  }

  void move_rest(const Places& places, std::size_t offset, std::size_t most,
                 const std::uint32_t* moved, const AdamNumbers* numbers) {
    device_.adam_range(
        {.places = places,
         .bank = bank(),
         .offset = offset,
         .most = most,
         .moved = moved,
         .gradients = activations_->gradients.data() + (offset - layout().hidden_bias),
         .gradient_stride = gradient_stride(),
         .steps = numbers});
  }

  /// The only numbers of an epoch that come back to the host.
  std::vector<EpochLosses> losses_of(const EpochPlan& plan, std::span<const FitEpoch> fits,
                                     std::span<const Batches> batches) const {
    const std::vector<double> losses = plan.losses.get(0, plan.losses.size());
    std::vector<EpochLosses> sums(fits.size());
    for (std::size_t place = 0; place < plan.order.size(); ++place) {
      EpochLosses& sum = sums[plan.order[place]];
      const std::size_t split = fits_[fits[plan.order[place]].fit].split;
      for (std::size_t step = 0; step < batches[split].count() && !sum.not_finite; ++step) {
        const double* const at = losses.data() + (step * fits.size() + place) * 2;
        sum.count({.class_label = at[0], .domain = {at[1]}});
      }
    }
    return sums;
  }

  // Evaluation.

  /// Encodes pieces, as many at a time as memory allows beside a logistic regression of `levels` on
  /// each (0: none), and gives them to work(first piece, pieces, z', numbers from one to the next).
  template <class Work>
  void each_group(const std::vector<Piece>& pieces, std::size_t levels, const Work& work) {
    if (pieces.empty()) return;
    std::size_t most = 0;
    for (const Piece& piece : pieces) most = std::max(most, piece.rows.size());
    const std::size_t stride = most * kEncodedWidth;
    std::size_t each = stride * sizeof(float) + capacity_ * data_.dim * sizeof(float);
    if (levels > 0) each += head_problem_bytes(most, levels);
    const auto room =
        static_cast<std::size_t>(kMemoryShare * static_cast<double>(device_.free_memory())) /
        std::max<std::size_t>(each, 1);
    const std::size_t at_once = std::clamp<std::size_t>(room, 1, fits_.size());
    for (std::size_t first = 0; first < pieces.size(); first += at_once) {
      const auto group = std::span(pieces).subspan(first, std::min(at_once, pieces.size() - first));
      const DeviceArray<float> features(device_, group.size() * stride);
      encode_group(group, features.data(), stride);
      work(first, group, features.data(), stride);
    }
  }

  /// z' of each piece to out + its place * stride.
  void encode_group(std::span<const Piece> pieces, float* out, std::size_t stride) {
    // Rows that pieces share are gathered once. The longest come first: the pieces of a chunk, and
    // its blocks, are then the first ones.
    using Rows = std::tuple<std::size_t, const std::uint32_t*, std::int32_t>;
    std::map<Rows, std::span<const std::uint32_t>, std::greater<>> sets;
    const auto key_of = [&](const Piece& piece) {
      return Rows(piece.rows.size(), piece.rows.data(), scaling_of_[fits_.at(piece.fit).split]);
    };
    for (const Piece& piece : pieces) sets.emplace(key_of(piece), piece.rows);
    std::vector<std::uint32_t> rows;
    std::vector<std::size_t> firsts;
    for (const auto& [key, set] : sets) {
      firsts.push_back(rows.size());
      rows.insert(rows.end(), set.begin(), set.end());
    }
    const DeviceArray<std::uint32_t> all_rows(device_, std::span<const std::uint32_t>(rows));
    std::vector<std::size_t> order(pieces.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return pieces[a].rows.size() > pieces[b].rows.size();
    });
    blocks_.reserve(device_, sets.size() * capacity_ * data_.dim);
    const std::size_t longest = std::get<0>(sets.begin()->first);
    for (std::size_t begin = 0; begin < longest; begin += capacity_) {
      const auto left = [&](std::size_t size) {
        return static_cast<std::uint32_t>(size > begin ? std::min(size - begin, capacity_) : 0);
      };
      std::vector<RowRange> ranges;
      for (const auto& [key, set] : sets) {
        if (left(set.size()) == 0) break;
        ranges.push_back({.first = firsts[ranges.size()] + begin,
                          .count = left(set.size()),
                          .scaling = std::get<2>(key)});
      }
      std::vector<FitPlace> places;
      for (const std::size_t piece : order) {
        const std::uint32_t samples = left(pieces[piece].rows.size());
        if (samples == 0) break;
        const auto set = sets.find(key_of(pieces[piece]));
        places.push_back({.slot = static_cast<std::uint32_t>(pieces[piece].fit),
                          .block = static_cast<std::uint32_t>(std::distance(sets.begin(), set)),
                          .samples = samples,
                          .output = static_cast<std::uint32_t>(piece)});
      }
      encode_chunk(all_rows, ranges, places, out + begin * kEncodedWidth, stride);
    }
  }

  void encode_chunk(const DeviceArray<std::uint32_t>& rows, const std::vector<RowRange>& ranges,
                    const std::vector<FitPlace>& fits, float* out, std::size_t stride) {
    Activations& at = *activations_;
    const DeviceArray<RowRange> told_ranges(device_, std::span<const RowRange>(ranges));
    const DeviceArray<FitPlace> told(device_, std::span<const FitPlace>(fits));
    const Places places{.at = told.data(), .count = fits.size(), .capacity = capacity_};
    gather(rows, told_ranges.data(), ranges.size());
    device_.forward_product({places,
                             bank(),
                             hidden_layer(),
                             {.values = blocks_.data(), .of_block = true},
                             at.hidden.data()});
    // Each at its own place, whatever its output is.
    std::vector<FitPlace> in_place = fits;
    for (std::size_t i = 0; i < in_place.size(); ++i)
      in_place[i].output = static_cast<std::uint32_t>(i);
    const DeviceArray<FitPlace> told_in_place(device_, std::span<const FitPlace>(in_place));
    device_.norm_evaluate(
        {{.at = told_in_place.data(), .count = fits.size(), .capacity = capacity_},
         bank(),
         hidden_norm(),
         at.hidden.data(),
         at.hidden_normed.data(),
         capacity_ * kHiddenWidth,
         nullptr,
         nullptr});
    device_.forward_product({places,
                             bank(),
                             encoded_layer(),
                             {.values = at.hidden_normed.data(), .of_block = false},
                             at.encoded.data()});
    device_.norm_evaluate(
        {places, bank(), encoded_norm(), at.encoded.data(), out, stride, nullptr, nullptr});
  }

  // Heads and snapshots.

  [[nodiscard]] LogisticModel head_at(std::size_t fit, std::size_t weight, std::size_t bias,
                                      std::size_t levels) const {
    const std::size_t slot = fit * stride_;
    const std::vector<float> weights = parameters_.get(slot + weight, levels * kEncodedWidth);
    const std::vector<float> biases = parameters_.get(slot + bias, levels);
    return {.levels = levels,
            .dim = kEncodedWidth,
            .weights = {weights.begin(), weights.end()},
            .intercepts = {biases.begin(), biases.end()}};
  }
  [[nodiscard]] LogisticModel domain_head(std::size_t fit) const {
    return head_at(fit, layout().domain_weight, layout().domain_bias, fits_.at(fit).domains);
  }
  void set_domain_head(std::size_t fit, const LogisticModel& head) {
    const std::size_t slot = fit * stride_;
    const auto put = [&](const std::vector<double>& values, std::size_t at) {
      const std::vector<float> narrow(values.begin(), values.end());
      parameters_.put(narrow, slot + at);
    };
    put(head.weights, layout().domain_weight);
    put(head.intercepts, layout().domain_bias);
  }

  void copy_slot(DeviceArray<float>& to, const DeviceArray<float>& from, std::size_t fit,
                 std::size_t stride) {
    device_.copy(to.data() + fit * stride, from.data() + fit * stride, stride * sizeof(float));
  }

  /// A fit's own layout differs from the cohort's by the domains that it lacks.
  [[nodiscard]] std::vector<float> from_canonical(const Fit& fit) const {
    const NetworkLayout own(data_.dim, classes_, fit.domains);
    std::vector<float> values(layout().parameters);
    const auto from = fit.parameters.begin();
    std::copy(from, from + static_cast<std::ptrdiff_t>(own.domain_bias), values.begin());
    std::copy(from + static_cast<std::ptrdiff_t>(own.domain_bias), fit.parameters.end(),
              values.begin() + static_cast<std::ptrdiff_t>(layout().domain_bias));
    return values;
  }
  [[nodiscard]] std::vector<float> canonical(const DeviceArray<float>& from,
                                             std::size_t fit) const {
    const NetworkLayout own(data_.dim, classes_, fits_.at(fit).domains);
    std::vector<float> values = from.get(fit * stride_, own.domain_bias);
    const std::vector<float> biases =
        from.get(fit * stride_ + layout().domain_bias, fits_[fit].domains);
    values.insert(values.end(), biases.begin(), biases.end());
    return values;
  }

  CohortData data_;
  Device& device_;
  DeviceArray<float> embedding_;
  std::vector<std::int32_t> scaling_of_;  ///< [splits]
  DeviceArray<float> scalings_;
  std::vector<Fit> fits_;
  std::size_t classes_ = 0;
  std::optional<NetworkLayout> layout_;  ///< of all slots; nothing before prepare()
  std::size_t stride_ = 0;
  DeviceArray<float> parameters_, first_, second_, largest_second_, statistics_;
  DeviceArray<float> kept_parameters_, kept_statistics_;
  std::size_t capacity_ = 0;
  std::optional<Activations> activations_;
  DeviceArray<float> blocks_;  ///< gathered samples
};

}  // namespace

std::unique_ptr<CohortKernels> make_device_kernels(CohortData data, Device& device) {
  return std::make_unique<DeviceKernels>(std::move(data), device);
}

CohortMemory cohort_memory(std::size_t rows, std::size_t dim, std::size_t batch,
                           std::size_t classes, std::size_t domains) {
  const NetworkLayout layout(dim, classes, domains);
  const std::size_t slot = round_up(layout.parameters, kSlotUnit);
  const std::size_t activations =
      batch * (3 * kHiddenWidth + 3 * kEncodedWidth + 2 * std::max(classes, domains)) +
      layout.parameters - layout.hidden_bias + 2 * (kHiddenWidth + kEncodedWidth);
  // Networks with moments and one kept, activations, and a gathered block for each at most.
  return {.per_fit = sizeof(float) *
                     (5 * slot + 2 * NetworkLayout::kStatistics + activations + batch * dim),
          .shared = sizeof(float) * rows * dim};
}

}  // namespace crossfold::train::cuda
