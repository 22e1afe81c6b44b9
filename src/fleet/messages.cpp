#include "crossfold/fleet/messages.h"

namespace crossfold::fleet {

MessageKind kind_of(std::string_view bytes) {
  CF_EXPECT(!bytes.empty());
  return static_cast<MessageKind>(bytes.front());
}

}  // namespace crossfold::fleet
