#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/random_stream.h"

#include "device.h"
#include "train/lockstep/cuda/open_gpu.h"

// Each family of kernels on a GPU beside its twin. Shapes have edges: fits of few samples, rows
// beyond a tile.

namespace crossfold::train::cuda {
namespace {

constexpr std::size_t kFits = 5;
constexpr std::size_t kCapacity = 150;
constexpr std::size_t kBlocks = 2;

/// Numbers on both devices.
template <class T>
struct Both {
  Both(Device& twin, Device& gpu, std::vector<T> start)
      : values(std::move(start)),
        on_twin(twin, std::span<const T>(values)),
        on_gpu(gpu, std::span<const T>(values)) {}

  /// The norm of what differs over that of the twin's numbers.
  [[nodiscard]] double difference() const {
    const std::vector<T> expected = on_twin.get(0, values.size());
    const std::vector<T> found = on_gpu.get(0, values.size());
    double squares = 0, differences = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto a = static_cast<double>(found[i]), b = static_cast<double>(expected[i]);
      squares += b * b;
      differences += (a - b) * (a - b);
    }
    EXPECT_GT(squares, 0);
    return std::sqrt(differences / squares);
  }

  std::vector<T> values;
  DeviceArray<T> on_twin, on_gpu;
};

class Families : public ::testing::Test {
 protected:
  void SetUp() override {
    test::OpenedGpu opened = test::open_gpu();
    if (!opened.gpu) GTEST_SKIP() << opened.why_not;
    gpu_ = std::move(opened.gpu);
    places_ = both<FitPlace>({});
    std::vector<FitPlace> places;
    for (std::uint32_t i = 0; i < kFits; ++i)
      places.push_back({.slot = static_cast<std::uint32_t>(kFits) - 1 - i,
                        .block = i % static_cast<std::uint32_t>(kBlocks),
                        .samples = i == 2 ? 3U : static_cast<std::uint32_t>(kCapacity - i),
                        .output = i});
    places_ = both(std::move(places));
  }

  template <class T>
  [[nodiscard]] std::unique_ptr<Both<T>> both(std::vector<T> values) {
    return std::make_unique<Both<T>>(*twin_, *gpu_, std::move(values));
  }
  [[nodiscard]] std::vector<float> normal(std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(stream_.normal());
    return values;
  }
  [[nodiscard]] std::unique_ptr<Both<float>> floats(std::size_t count) {
    return both(normal(count));
  }
  [[nodiscard]] std::unique_ptr<Both<float>> positive(std::size_t count) {
    std::vector<float> values = normal(count);
    for (float& value : values) value = std::abs(value);
    return both(std::move(values));
  }
  [[nodiscard]] std::vector<std::int32_t> labels(std::size_t count, std::size_t levels) {
    std::vector<std::int32_t> values(count);
    for (std::int32_t& value : values) value = static_cast<std::int32_t>(stream_.below(levels));
    return values;
  }

  /// Networks of `parameters` and `statistics` numbers.
  struct Bank {
    std::unique_ptr<Both<float>> parameters, first, second, largest, statistics;
    std::size_t stride = 0, statistics_stride = 0;
  };
  [[nodiscard]] Bank bank(std::size_t stride, std::size_t statistics) {
    return {.parameters = floats(kFits * stride),
            .first = floats(kFits * stride),
            .second = positive(kFits * stride),
            .largest = positive(kFits * stride),
            .statistics = positive(kFits * statistics),
            .stride = stride,
            .statistics_stride = statistics};
  }

  /// A side's addresses.
  struct Side {
    bool gpu;
    template <class T>
    T* at(const std::unique_ptr<Both<T>>& of) const {
      return gpu ? of->on_gpu.data() : of->on_twin.data();
    }
    [[nodiscard]] NetworkBank bank(const Bank& of) const {
      return {.parameters = at(of.parameters),
              .first = at(of.first),
              .second = at(of.second),
              .largest_second = at(of.largest),
              .statistics = at(of.statistics),
              .stride = of.stride,
              .statistics_stride = of.statistics_stride};
    }
  };
  template <class Ask>
  void on_each(const Ask& ask) {
    ask(*twin_, Side{false});
    ask(*gpu_, Side{true});
  }
  [[nodiscard]] Places places(const Side& side) const {
    return {.at = side.at(places_), .count = kFits, .capacity = kCapacity};
  }

  RandomStream stream_{{.root_seed = 1, .seed = SeedIndex(0), .fold = FoldIndex(0)}, "init"};
  std::unique_ptr<Device> twin_ = make_twin_device(std::size_t{1} << 30);
  std::unique_ptr<Device> gpu_;
  std::unique_ptr<Both<FitPlace>> places_;
};

TEST_F(Families, GatherRows) {
  constexpr std::size_t kDim = 70, kRows = 40;
  const auto embedding = floats(kRows * kDim), scalings = positive(2 * kDim);
  std::vector<std::uint32_t> chosen(kCapacity);
  for (std::uint32_t& row : chosen) row = static_cast<std::uint32_t>(stream_.below(kRows));
  const auto rows = both(chosen);
  const auto ranges = both<RowRange>(
      {{.first = 0, .count = 30, .scaling = -1}, {.first = 30, .count = 120, .scaling = 0}});
  const auto out = floats(kBlocks * kCapacity * kDim);
  on_each([&](Device& device, const Side& side) {
    device.gather({.embedding = side.at(embedding),
                   .dim = kDim,
                   .rows = side.at(rows),
                   .ranges = side.at(ranges),
                   .blocks = kBlocks,
                   .scalings = side.at(scalings),
                   .out = side.at(out),
                   .capacity = kCapacity});
  });
  EXPECT_LT(out->difference(), 1e-7);
}

class ProductFamilies : public Families,
                        public ::testing::WithParamInterface<std::pair<std::size_t, std::size_t>> {
};

TEST_P(ProductFamilies, MultiplyAndMove) {
  const auto [inputs, units] = GetParam();
  const LayerShape layer{.weight = 1, .bias = 1 + units * inputs, .inputs = inputs, .units = units};
  const Bank networks = bank(units * (inputs + 1) + 7, 1);
  const auto blocks = floats(kBlocks * kCapacity * inputs);
  const auto out = floats(kFits * kCapacity * units);
  const auto gradient = floats(kFits * kCapacity * units);
  const auto back = floats(kFits * kCapacity * inputs);
  const auto steps = both(
      std::vector<AdamNumbers>(kFits, {.keep = 0.99F, .rate = 1e-2F, .inverse_correction = 1.5F}));
  on_each([&](Device& device, const Side& side) {
    const LayerInput input{.values = side.at(blocks), .of_block = true};
    device.forward_product({places(side), side.bank(networks), layer, input, side.at(out)});
    device.backward_product(
        {places(side), side.bank(networks), layer, side.at(gradient), side.at(back)});
    device.gradient_step(
        {places(side), side.bank(networks), layer, input, side.at(gradient), side.at(steps)});
  });
  EXPECT_LT(out->difference(), 1e-5);
  EXPECT_LT(back->difference(), 1e-5);
  EXPECT_LT(networks.first->difference(), 1e-5);
  EXPECT_LT(networks.second->difference(), 1e-5);
  EXPECT_LT(networks.largest->difference(), 1e-5);
  EXPECT_LT(networks.parameters->difference(), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Shapes, ProductFamilies,
                         ::testing::Values(std::pair(70, 256), std::pair(1024, 256),
                                           std::pair(256, 64), std::pair(9, 33)));

/// A fit that diverged must not look like one that went on. Of the twin, and of a GPU where one is.
TEST(ForwardProduct, ANumberThatIsNoneIsNotRectified) {
  constexpr std::size_t kSamples = 3;
  const float none = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> numbers{1, 0}, inputs{none, -2, 3};  // weight and bias; samples
  const std::vector<FitPlace> one{{.slot = 0, .block = 0, .samples = kSamples, .output = 0}};
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(make_twin_device(1 << 20));
  if (auto opened = test::open_gpu(); opened.gpu) devices.push_back(std::move(opened.gpu));
  for (const auto& device : devices) {
    const DeviceArray<float> parameters(*device, std::span<const float>(numbers));
    const DeviceArray<float> values(*device, std::span<const float>(inputs));
    const DeviceArray<FitPlace> place(*device, std::span<const FitPlace>(one));
    const DeviceArray<float> out(*device, kSamples);
    const NetworkBank bank{.parameters = parameters.data(),
                           .first = nullptr,
                           .second = nullptr,
                           .largest_second = nullptr,
                           .statistics = nullptr,
                           .stride = numbers.size(),
                           .statistics_stride = 0};
    device->forward_product({.places = {.at = place.data(), .count = 1, .capacity = kSamples},
                             .bank = bank,
                             .layer = {.weight = 0, .bias = 1, .inputs = 1, .units = 1},
                             .input = {.values = values.data(), .of_block = true},
                             .out = out.data()});
    const std::vector<float> found = out.get(0, kSamples);
    EXPECT_TRUE(std::isnan(found[0]));
    EXPECT_EQ(found[1], 0);
    EXPECT_EQ(found[2], 3);
  }
}

TEST_F(Families, MoveARange) {
  const Bank networks = bank(900, 1);
  const auto gradients = floats(kFits * 800);
  const auto moved = both<std::uint32_t>({800, 0, 1, 257, 799});
  const auto steps = both(
      std::vector<AdamNumbers>(kFits, {.keep = 0.9F, .rate = 1e-1F, .inverse_correction = 2.0F}));
  on_each([&](Device& device, const Side& side) {
    device.adam_range({.places = places(side),
                       .bank = side.bank(networks),
                       .offset = 13,
                       .most = 800,
                       .moved = side.at(moved),
                       .gradients = side.at(gradients),
                       .gradient_stride = 800,
                       .steps = side.at(steps)});
  });
  EXPECT_LT(networks.parameters->difference(), 1e-6);
  EXPECT_LT(networks.largest->difference(), 1e-6);
}

TEST_F(Families, Normalise) {
  constexpr std::size_t kUnits = 100;
  const NormShape norm{.scale = 3,
                       .shift = 3 + kUnits,
                       .running_mean = 0,
                       .running_variance = kUnits,
                       .units = kUnits};
  const Bank networks = bank(2 * kUnits + 5, 2 * kUnits);
  std::vector<float> rectified = normal(kFits * kCapacity * kUnits);
  for (float& value : rectified) value = std::max(value, 0.0F);
  const auto h = both(std::move(rectified));
  const auto out = floats(kFits * kCapacity * kUnits), evaluated = floats(kFits * 20000);
  const auto gradient = floats(kFits * kCapacity * kUnits), gradients = floats(kFits * 3 * kUnits);
  const auto mean = floats(kFits * kUnits), inverse_sd = floats(kFits * kUnits);
  on_each([&](Device& device, const Side& side) {
    device.norm_forward({places(side), side.bank(networks), norm, side.at(h), side.at(out),
                         kCapacity * kUnits, side.at(mean), side.at(inverse_sd)});
    device.norm_evaluate({places(side), side.bank(networks), norm, side.at(h), side.at(evaluated),
                          20000, nullptr, nullptr});
    device.norm_backward({.places = places(side),
                          .bank = side.bank(networks),
                          .norm = norm,
                          .rectified = side.at(h),
                          .gradient = side.at(gradient),
                          .mean = side.at(mean),
                          .inverse_sd = side.at(inverse_sd),
                          .gradients = side.at(gradients),
                          .gradient_stride = 3 * kUnits,
                          .bias = 0,
                          .scale = kUnits,
                          .shift = 2 * kUnits});
  });
  EXPECT_LT(out->difference(), 1e-5);
  EXPECT_LT(evaluated->difference(), 1e-5);
  EXPECT_LT(networks.statistics->difference(), 1e-5);
  EXPECT_LT(gradient->difference(), 1e-5);
  EXPECT_LT(gradients->difference(), 1e-4);
}

TEST_F(Families, PassBothHeads) {
  constexpr std::size_t kClasses = 3, kDomains = 5, kStride = 700;
  const Bank networks = bank(kStride, 1);
  const auto heads = both<HeadsOfFit>({{.lambda = 0.5F, .domains = 5},
                                       {.lambda = 0, .domains = 0},
                                       {.lambda = 10, .domains = 4},
                                       {.lambda = 1, .domains = 2},
                                       {.lambda = 3, .domains = 5}});
  const auto ranges = both<RowRange>({{.first = 0, .count = kCapacity, .scaling = -1},
                                      {.first = 11, .count = kCapacity, .scaling = -1}});
  const auto classes = both(labels(kCapacity + 11, kClasses)),
             domains = both(labels(kCapacity + 11, 2));
  const auto features = floats(kFits * kCapacity * kFeatures);
  const auto residuals = floats(kFits * 2 * kCapacity * kDomains);
  const auto gradient = floats(kFits * kCapacity * kFeatures), gradients = floats(kFits * kStride);
  const auto losses = both(std::vector<double>(2 * kFits, 1.0));
  on_each([&](Device& device, const Side& side) {
    device.heads({.places = places(side),
                  .bank = side.bank(networks),
                  .heads = side.at(heads),
                  .ranges = side.at(ranges),
                  .classes = side.at(classes),
                  .domains = side.at(domains),
                  .class_levels = kClasses,
                  .class_weight = 10,
                  .class_bias = 10 + kClasses * kFeatures,
                  .domain_weight = 13 + kClasses * kFeatures,
                  .domain_bias = 13 + (kClasses + kDomains) * kFeatures,
                  .most_levels = kDomains,
                  .features = side.at(features),
                  .residuals = side.at(residuals),
                  .feature_gradient = side.at(gradient),
                  .gradients = side.at(gradients),
                  .gradient_stride = kStride,
                  .gradient_offset = 10,
                  .losses = side.at(losses)});
  });
  EXPECT_LT(losses->difference(), 1e-5);
  EXPECT_LT(gradients->difference(), 1e-5);
}

TEST_F(Families, SolveLogisticRegressions) {
  constexpr std::size_t kSamples = 700, kLevels = 4, kStride = kLevels * kLevelParameters;
  std::vector<SoftmaxFit> fits;
  for (std::uint32_t i = 0; i < kFits; ++i)
    fits.push_back({.place = i,
                    .levels = i == 1 ? 2U : 4U,
                    .samples = i == 2 ? 257U : 700U,
                    .penalty = 1e-3,
                    .features = i * kSamples * kFeatures,
                    .labels = 0,
                    .probabilities = i * kSamples * kLevels});
  const auto told = both(std::move(fits));
  const auto features = floats(kFits * kSamples * kFeatures);
  const auto codes = both(labels(kSamples, 2));
  std::vector<double> small(kFits * kStride);
  for (double& value : small) value = 0.1 * stream_.normal();
  const auto theta = both(small), step = both(small);
  const auto zeros = [&](std::size_t count) { return both(std::vector<double>(count)); };
  const auto probabilities = zeros(kFits * kSamples * kLevels), value = zeros(kFits);
  const auto move = zeros(kFits), gradient = zeros(kFits * kStride);
  const auto direction = zeros(kFits * kStride), factors = zeros(kFits * kStride * kStride);
  constexpr std::size_t kParts = (kSamples + kPartRows - 1) / kPartRows;
  const auto partials = zeros(kFits * kParts * (kStride + 2));
  on_each([&](Device& device, const Side& side) {
    const SoftmaxData data{.fits = side.at(told),
                           .count = kFits,
                           .stride = kStride,
                           .features = side.at(features),
                           .labels = side.at(codes),
                           .probabilities = side.at(probabilities)};
    device.softmax_pass({.data = data,
                         .theta = side.at(theta),
                         .step = side.at(step),
                         .value = side.at(value),
                         .largest_move = side.at(move),
                         .gradient = side.at(gradient),
                         .partials = side.at(partials),
                         .parts = kParts});
    device.newton_factor({.data = data, .factors = side.at(factors)});
    device.newton_step({.data = data,
                        .factors = side.at(factors),
                        .gradient = side.at(gradient),
                        .direction = side.at(direction)});
  });
  EXPECT_LT(value->difference(), 1e-12);
  EXPECT_LT(move->difference(), 1e-12);
  EXPECT_LT(probabilities->difference(), 1e-12);
  EXPECT_LT(gradient->difference(), 1e-11);
  EXPECT_LT(direction->difference(), 1e-8);
}

}  // namespace
}  // namespace crossfold::train::cuda
