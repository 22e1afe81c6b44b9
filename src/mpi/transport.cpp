#include "transport.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "nap.h"

namespace crossfold::mpi {
namespace {

int mpi_rank(Rank rank) { return static_cast<int>(rank.value); }

bool is_done(MPI_Request& request) {
  int done = 0;
  check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
  return done != 0;
}

}  // namespace

Transport::~Transport() {
  for (Transfers* transfers : {&sending_, &receiving_}) {
    for (Transfer& transfer : *transfers)
      if (transfer.request != MPI_REQUEST_NULL) MPI_Cancel(&transfer.request);
    if (!transfers->empty())
      session_->kept.push_back(std::make_shared<Transfers>(std::move(*transfers)));
  }
}

void Transport::send(Rank to, std::string bytes) {
  CF_VALIDATE(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
              ErrorCode::internal,
              fmt::format("a message of {} bytes is too long for MPI (at most {}). make the items "
                          "smaller",
                          bytes.size(), std::numeric_limits<int>::max()));
  Transfer& transfer = sending_.emplace_back(Transfer{to, std::move(bytes)});
  check(MPI_Isend(transfer.bytes.data(), static_cast<int>(transfer.bytes.size()), MPI_BYTE,
                  mpi_rank(to), kTag, session_->world, &transfer.request),
        "MPI_Isend");
}

std::optional<fleet::FromWorker> Transport::poll() {
  if (received_.empty()) progress();
  if (received_.empty()) return std::nullopt;
  fleet::FromWorker message = std::move(received_.front());
  received_.pop_front();
  return message;
}

void Transport::wait(fleet::Doorbell& bell, std::chrono::microseconds longest) {
  const auto end = Clock::now() + longest;
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    progress();
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(end - now);
    if (!received_.empty()) return;
    if (bell.wait_for(std::min(nap_after(now - last_event_), left))) {
      last_event_ = Clock::now();
      return;
    }
  }
}

void Transport::progress() {
  session_->pulse->tick();
  std::erase_if(sending_, [](Transfer& transfer) { return is_done(transfer.request); });
  accept_messages();
  std::set<Rank> behind;  // peers with an earlier message still on its way
  for (auto transfer = receiving_.begin(); transfer != receiving_.end();) {
    if (behind.contains(transfer->peer) || !is_done(transfer->request)) {
      behind.insert(transfer->peer);
      ++transfer;
    } else {
      last_event_ = Clock::now();
      received_.push_back({transfer->peer, std::move(transfer->bytes)});
      transfer = receiving_.erase(transfer);
    }
  }
}

void Transport::accept_messages() {
  while (true) {
    int found = 0;
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    check(MPI_Improbe(MPI_ANY_SOURCE, kTag, session_->world, &found, &message, &status),
          "MPI_Improbe");
    if (found == 0) return;
    session_->pulse->heard(status.MPI_SOURCE);
    int size = 0;
    check(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
    Transfer& transfer =
        receiving_.emplace_back(Transfer{Rank{static_cast<std::uint32_t>(status.MPI_SOURCE)},
                                         std::string(static_cast<std::size_t>(size), '\0')});
    check(MPI_Imrecv(transfer.bytes.data(), size, MPI_BYTE, &message, &transfer.request),
          "MPI_Imrecv");
  }
}

}  // namespace crossfold::mpi
