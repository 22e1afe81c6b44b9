#include "crossfold/results/cohort_record.h"

#include "crossfold/core/bytes.h"

namespace crossfold {
namespace {

struct CohortMessage {
  CohortTimes times;
  std::string records;  ///< see encode_records
  static void fields(auto& codec, auto& m) {
    codec(m.times.first_fit, m.times.start_s, m.times.seconds, m.times.write_s, m.records);
  }
};

}  // namespace

std::string encode_cohort(const CohortTimes& times, const Origin& origin,
                          const std::vector<FitRecord>& fits) {
  return to_bytes(CohortMessage{.times = times, .records = encode_records(origin, fits)});
}

CohortResults decode_cohort(std::string_view bytes) {
  const auto message = from_bytes<CohortMessage>(bytes);
  return {.times = message.times, .fits = decode_records(message.records)};
}

}  // namespace crossfold
