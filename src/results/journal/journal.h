#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "journal_entry.h"

namespace crossfold {

/// The largest journal that is read.
inline constexpr std::uint64_t kMostJournalBytes = std::uint64_t{1} << 36;

/// Where a journal ends.
struct JournalEnd {
  std::size_t lines = 0;          ///< sound ones
  std::uint64_t sound_bytes = 0;  ///< up to the end of the last sound line
  std::size_t torn_bytes = 0;     ///< behind it: a last line that was never finished
};

/// Reads a journal and gives every entry to `take`, in order; the first one is a header. A last
/// line that is cut or damaged is what a killed writer leaves: it is not counted. Error{bad_input}
/// with line and byte where a line is damaged that no killed writer can have left so, when the
/// file is no journal, and, with its line, for whatever `take` throws.
JournalEnd read_journal(const std::filesystem::path& path,
                        const std::function<void(JournalEntry&&)>& take);

/// Cuts a torn last line off, so that the journal can be continued. Error{io}.
void drop_torn_line(const std::filesystem::path& path, const JournalEnd& end);

}  // namespace crossfold
