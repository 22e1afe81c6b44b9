// What a store costs each rank of a node: anonymous memory (RssAnon) while all hold one matrix of
// 14,042 x 1,024 floats and have read it.
//
//   mpirun -n 8 node_copy_bench
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "crossfold/core/host_info.h"
#include "crossfold/mpi/node_copy.h"

namespace crossfold {
namespace {

void run() {
  mpi::Session session(fleet::detect_launch(fleet::process_environment()));
  constexpr std::uint64_t kSize = 14'042ULL * 1'024 * sizeof(float);
  const mpi::NodeCopy copy = mpi::share_on_node(session, kSize, [](std::span<std::byte> bytes) {
    std::memset(bytes.data(), 1, bytes.size());
  });
  const auto sum = std::accumulate(
      copy.bytes().begin(), copy.bytes().end(), std::uint64_t{0},
      [](std::uint64_t total, std::byte b) { return total + std::to_integer<std::uint64_t>(b); });
  fmt::print("rank {}: {:.1f} MB anonymous, the copy of {:.1f} MB is {}\n", session.rank().value,
             1e-6 * static_cast<double>(anonymous_memory_bytes()), 1e-6 * static_cast<double>(sum),
             copy.shared() ? "shared" : "its own");
  session.agree([] {});
}

}  // namespace
}  // namespace crossfold

int main() { crossfold::run(); }
