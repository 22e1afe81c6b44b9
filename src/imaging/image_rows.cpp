#include "crossfold/imaging/image_rows.h"

#include <map>
#include <vector>

#include <fmt/format.h>

namespace crossfold {

std::string listed(std::span<const BadImage> images) {
  std::map<std::string, std::vector<const BadImage*>> same;
  for (const BadImage& image : images) same[image.reason].push_back(&image);
  std::string text;
  for (const BadImage& image : images) {
    const std::vector<const BadImage*>& alike = same.at(image.reason);
    if (alike.size() == 1)
      text += fmt::format("\n  sample '{}', {}: {}", image.id, image.path.string(), image.reason);
    if (alike.size() == 1 || alike.front() != &image) continue;
    text += fmt::format("\n  {} images: {}", alike.size(), image.reason);
    for (const BadImage* one : alike)
      text += fmt::format("\n    sample '{}', {}", one->id, one->path.string());
  }
  return text;
}

}  // namespace crossfold
