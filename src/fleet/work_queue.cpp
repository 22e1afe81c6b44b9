#include "crossfold/fleet/work_queue.h"

#include <cmath>
#include <utility>

#include "crossfold/core/error.h"

namespace crossfold::fleet {

void WorkQueue::push(Task task) {
  CF_EXPECT(std::isfinite(task.item.cost) && task.item.cost >= 0);
  const Place place{task.item.cost, task.item.id};
  Line& line = lines_[line_of(task)];
  const bool is_new = line.emplace(place, std::move(task)).second;
  CF_EXPECT(is_new);
  ++size_;
  cost_ += place.cost;
}

const Task* WorkQueue::best_for(Rank worker, Others others, const MostOfKind& most) const {
  const Line::value_type* best = nullptr;
  for (const auto& [key, line] : lines_) {
    if (key.failed_on == worker && others == Others::available) continue;
    const auto candidate = line.lower_bound(Place{most(key.kind), ItemId{0}});
    if (candidate == line.end()) continue;
    if (best == nullptr || candidate->first < best->first) best = &*candidate;
  }
  return best == nullptr ? nullptr : &best->second;
}

Task WorkQueue::take(const Task& task) {
  const auto line = lines_.find(line_of(task));
  CF_EXPECT(line != lines_.end());
  auto node = line->second.extract(Place{task.item.cost, task.item.id});
  CF_EXPECT(!node.empty());
  if (line->second.empty()) lines_.erase(line);
  --size_;
  cost_ = size_ == 0 ? 0 : cost_ - node.key().cost;
  return std::move(node.mapped());
}

}  // namespace crossfold::fleet
