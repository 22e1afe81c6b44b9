#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/disk_watch.h"

namespace crossfold::test {

// Rules that every sequence of calls keeps which is to survive a power cut at any moment.

/// Every file that is renamed into place was flushed after its last write, under a temporary name
/// that was new, and its folder is flushed before the journal is written to again, and at the end.
void expect_whole_files(const std::vector<DiskCall>& calls);

/// Each of the `fits` journal lines that name artefacts is written when these are on disk.
void expect_artefacts_before_their_lines(const std::vector<DiskCall>& calls, std::size_t fits);

/// No session's end is written to a journal before every fit's line is flushed, and nothing stays
/// unflushed.
void expect_flushed_before_the_end(const std::vector<DiskCall>& calls);

/// Every heartbeat counts fits that were flushed before it was written, and no others. Returns how
/// many heartbeats there were. For logs of a program.
std::size_t expect_only_flushed_fits_counted(const std::vector<DiskCall>& calls);

/// Ids of the fits whose lines were flushed, in order.
[[nodiscard]] std::vector<std::string> flushed_fits(const std::vector<DiskCall>& calls);

}  // namespace crossfold::test
