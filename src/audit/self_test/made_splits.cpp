#include "made_splits.h"

#include <fmt/format.h>

#include "crossfold/core/files.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/samples/split_table.h"

namespace crossfold::audit {

void give_splits(CaseMaker& maker, MadeStudy& study,
                 const std::function<std::size_t(std::size_t row, std::size_t seed)>& fold_of) {
  const auto seeds = study.job.at("splits").at("seeds").get<std::size_t>();
  const auto name = study.job.at("experiments").at(0).at("name").get<std::string>();
  std::string csv = kSplitTableHeader;
  for (std::size_t seed = 0; seed < seeds; ++seed)
    for (std::size_t row = 0; row < study.samples.size(); ++row)
      if (study.samples.role.codes[row] == static_cast<std::int32_t>(Role::in))
        csv += fmt::format("{},{},{},test,{}\n", name, seed, fold_of(row, seed),
                           study.samples.id[row]);
  const auto file = maker.fresh("splits.csv");
  write_file_whole(file, csv);
  study.job["splits"]["file"] = file.filename().string();
}

std::size_t fold_of_patient(const std::string& patient, std::size_t seed, std::size_t folds) {
  RandomStream random({.root_seed = seed, .seed = {}, .fold = {}}, "split of " + patient);
  return random.below(folds);
}

}  // namespace crossfold::audit
