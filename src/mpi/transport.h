#pragma once

#include <chrono>
#include <deque>
#include <list>
#include <optional>
#include <string>

#include <mpi.h>

#include "crossfold/fleet/doorbell.h"
#include "crossfold/fleet/ports.h"

#include "session_parts.h"

namespace crossfold::mpi {

/// Texts between ranks, in order for each pair, nothing of it waiting for a peer; and the session's
/// heartbeats meanwhile. Used by the thread that owns MPI.
class Transport {
 public:
  explicit Transport(SessionState& session) : session_(&session) {}
  /// Gives up what has not been sent, and leaves it to the session, since MPI may still read it.
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  void send(Rank to, std::string bytes);
  /// The next message that has come in whole.
  [[nodiscard]] std::optional<fleet::FromWorker> poll();
  /// True when all that was sent has left this process.
  [[nodiscard]] bool idle() const { return sending_.empty(); }
  /// Sleeps in naps (see nap_after) until a message is there or `bell` rings, at most `longest`.
  void wait(fleet::Doorbell& bell, std::chrono::microseconds longest);

 private:
  static constexpr int kTag = 1;
  using Clock = std::chrono::steady_clock;

  struct Transfer {
    Rank peer;
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  /// A list, because MPI keeps the address of a short text's bytes, which lie in the text itself.
  using Transfers = std::list<Transfer>;

  void progress();
  void accept_messages();

  SessionState* session_;
  Transfers sending_;
  Transfers receiving_;
  std::deque<fleet::FromWorker> received_;
  Clock::time_point last_event_ = Clock::now();  ///< a message or the bell
};

}  // namespace crossfold::mpi
