#include "sample_block.h"

#include "panel_block.h"
#include "tile_block.h"

namespace crossfold::train {

std::unique_ptr<SampleBlock> make_sample_block(InstructionSet set, std::size_t samples,
                                               std::size_t dim, SampleBlock::Use use) {
  if (set == InstructionSet::amx) return std::make_unique<TileBlock>(samples, dim, use);
  return std::make_unique<PanelBlock>(batch_kernels(set), samples, dim, use);
}

}  // namespace crossfold::train
