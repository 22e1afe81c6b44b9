#include "crossfold/samples/patients.h"

#include <unordered_map>

namespace crossfold {

std::vector<std::uint32_t> patient_numbers(const std::vector<std::string>& group) {
  std::unordered_map<std::string, std::uint32_t> numbers;
  std::vector<std::uint32_t> patients;
  patients.reserve(group.size());
  for (const std::string& name : group) {
    const auto next = static_cast<std::uint32_t>(numbers.size());
    patients.push_back(numbers.emplace(name, next).first->second);
  }
  return patients;
}

}  // namespace crossfold
