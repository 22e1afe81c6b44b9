#include "onnx_extractor.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <opencv2/dnn.hpp>

#include "crossfold/core/error.h"

#include "model_description.h"

namespace crossfold {
namespace {

/// A network computes for one thread at a time, so each thread borrows one of its own.
class NetworkPool {
 public:
  explicit NetworkPool(std::filesystem::path model) : model_(std::move(model)) {
    give_back(load());
  }

  [[nodiscard]] cv::dnn::Net borrow() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        cv::dnn::Net network = idle_.back();
        idle_.pop_back();
        return network;
      }
    }
    return load();
  }
  void give_back(const cv::dnn::Net& network) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(network);
  }

 private:
  [[nodiscard]] cv::dnn::Net load() const {
    try {
      cv::dnn::Net network = cv::dnn::readNetFromONNX(model_.string());
      network.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
      network.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
      return network;
    } catch (const cv::Exception& error) {
      throw Error(
          ErrorCode::bad_input,
          "no ONNX graph that OpenCV can run (a layer may be unknown to it). export it with "
          "opset 11 and fixed sizes",
          model_.string(), error.err);
    }
  }

  std::filesystem::path model_;
  std::mutex mutex_;  // over idle_
  std::vector<cv::dnn::Net> idle_;
};

class OnnxExtractor final : public Extractor {
 public:
  OnnxExtractor(ModelDescription description, const std::filesystem::path& model)
      : description_(std::move(description)), networks_(model) {}

  [[nodiscard]] std::string name() const override { return description_.name; }
  [[nodiscard]] std::string identity() const override {
    return fmt::format("onnx {}, sha256 {}", description_.text, description_.weights.hex());
  }
  [[nodiscard]] std::optional<Digest> weights() const override { return description_.weights; }
  [[nodiscard]] std::size_t dim() const override { return description_.dim; }

  void extract(const GrayImage& image, std::span<float> out) const override {
    std::vector<float> input = description_.input.of(image);
    const std::vector<int> shape = {1, description_.input.channels, description_.input.height,
                                    description_.input.width};
    cv::dnn::Net network = networks_.borrow();
    cv::Mat features;
    try {
      network.setInput(cv::Mat(shape, CV_32F, input.data()));
      const cv::Mat output =
          description_.output.empty() ? network.forward() : network.forward(description_.output);
      output.reshape(1, 1).convertTo(features, CV_32F);
    } catch (const cv::Exception& error) {
      throw Error(ErrorCode::bad_input,
                  fmt::format("the model '{}' fails on it (its input may not be as its description "
                              "says). compare the two",
                              description_.name),
                  {}, error.err);
    }
    networks_.give_back(network);
    CF_VALIDATE(features.total() == out.size(), ErrorCode::bad_input,
                fmt::format("the model '{}' gives {} numbers where its description says {}. mend "
                            "the description",
                            description_.name, features.total(), out.size()));
    std::copy_n(features.ptr<float>(), out.size(), out.begin());
  }

 private:
  ModelDescription description_;
  mutable NetworkPool networks_;  // thread-safe
};

}  // namespace

std::unique_ptr<const Extractor> make_onnx_extractor(const std::filesystem::path& model) {
  return std::make_unique<OnnxExtractor>(read_model_description(model), model);
}

}  // namespace crossfold
