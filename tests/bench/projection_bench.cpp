// Maps a matrix by UMAP or t-SNE and prints the time of each part and what the map keeps; the map
// goes to a file, so that others can be measured by the same yardstick (projection.py).
//
//   projection_bench METHOD MATRIX.f32 DIM THREADS MAP.f32 [EPOCHS]

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/files.h"
#include "crossfold/projection/neighbors.h"
#include "crossfold/projection/pca.h"
#include "crossfold/projection/quality.h"
#include "crossfold/projection/tsne.h"
#include "crossfold/projection/umap.h"

namespace {

using crossfold::projection::MapPoint;
using crossfold::projection::Neighbors;
using crossfold::projection::Points;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<float> floats_of(const std::string& path) {
  const std::string bytes = crossfold::read_file(path, std::uint64_t{1} << 32U);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

void write_map(const std::string& path, const std::vector<MapPoint>& map) {
  std::string bytes(map.size() * sizeof(MapPoint), '\0');
  std::memcpy(bytes.data(), map.data(), bytes.size());
  crossfold::write_file_whole(path, bytes);
}

std::vector<MapPoint> read_map(const std::string& path) {
  const std::vector<float> values = floats_of(path);
  std::vector<MapPoint> map;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2)
    map.push_back({.x = values[i], .y = values[i + 1]});
  return map;
}

std::vector<MapPoint> map_of(const std::string& method, const Points& points,
                             const Neighbors& neighbors, unsigned threads, std::size_t epochs) {
  if (method == "umap")
    return crossfold::projection::umap(points, neighbors,
                                       {.epochs = epochs == 0 ? 500 : epochs, .threads = threads});
  if (method == "tsne")
    return crossfold::projection::tsne(points, neighbors,
                                       {.epochs = epochs == 0 ? 500 : epochs, .threads = threads});
  return crossfold::projection::principal_map(points, threads).points;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    fmt::print(stderr,
               "usage: projection_bench umap|tsne|pca|none MATRIX.f32 DIM THREADS MAP.f32 "
               "[EPOCHS]\n");
    return 2;
  }
  const std::string method = argv[1];
  const std::vector<float> values = floats_of(argv[2]);
  const Points points{.values = values, .dim = std::strtoull(argv[3], nullptr, 10)};
  const auto threads = static_cast<unsigned>(std::strtoul(argv[4], nullptr, 10));
  constexpr std::size_t kNeighbors = 15;
  const double start = now_s();
  const Neighbors neighbors =
      crossfold::projection::nearest_neighbors(points, method == "tsne" ? 90 : kNeighbors, threads);
  const double found = now_s();
  if (method != "none")
    write_map(argv[5], map_of(method, points, neighbors, threads,
                              argc > 6 ? std::strtoull(argv[6], nullptr, 10) : 0));
  const double mapped = now_s();
  const std::vector<MapPoint> map = read_map(argv[5]);
  const Neighbors on_map = crossfold::projection::nearest_neighbors(
      crossfold::projection::as_points(map), kNeighbors, threads);
  const auto quality = crossfold::projection::map_quality(
      points, neighbors, on_map, map, {.neighbors = kNeighbors, .threads = threads});
  const double measured = now_s();
  fmt::print(
      "{{\"method\": \"{}\", \"points\": {}, \"dim\": {}, \"threads\": {}, \"neighbors_s\": "
      "{:.2f}, "
      "\"map_s\": {:.2f}, \"quality_s\": {:.2f}, \"trustworthiness\": {:.4f}, \"continuity\": "
      "{:.4f}, \"neighbors_kept\": {:.4f}}}\n",
      method, points.count(), points.dim, threads, found - start, mapped - found, measured - mapped,
      quality.trustworthiness, quality.continuity, quality.neighbors_kept);
  return 0;
}
