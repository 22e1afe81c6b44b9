#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/core/bytes.h"
#include "crossfold/core/error.h"
#include "crossfold/fleet/hello.h"
#include "crossfold/fleet/work.h"

namespace crossfold::fleet {

/// Every message between coordinator and workers. A message is its kind, then its fields; `fields`
/// serves both ends, so that they cannot drift apart. Hello and Refusal keep their kinds and
/// layouts for ever: by them builds that differ are told apart.
enum class MessageKind : std::uint8_t {
  hello = 1,      ///< worker: here I am
  refusal = 2,    ///< coordinator: you may not take part
  work = 3,       ///< coordinator: do this, after what you have
  result = 4,     ///< worker: this came of it
  dismissal = 5,  ///< coordinator: finish the item at hand, drop the others, say goodbye
  goodbye = 6,    ///< worker: my last message
  cancel = 7,     ///< coordinator: leave the item at hand as well, after a dismissal
  started = 8,    ///< worker: I am at this now
};

struct HelloMessage {
  static constexpr MessageKind kKind = MessageKind::hello;
  Hello hello;
  static void fields(auto& wire, auto& m) {
    wire(m.hello.build, m.hello.plan, m.hello.host, m.hello.device);
  }
};

struct RefusalMessage {
  static constexpr MessageKind kKind = MessageKind::refusal;
  std::string reason;
  static void fields(auto& wire, auto& m) { wire(m.reason); }
};

struct WorkMessage {
  static constexpr MessageKind kKind = MessageKind::work;
  WorkItem item;
  static void fields(auto& wire, auto& m) { wire(m.item.id, m.item.cost, m.item.bytes); }
};

struct ResultMessage {
  static constexpr MessageKind kKind = MessageKind::result;
  ItemId item;
  Outcome outcome;
  static void fields(auto& wire, auto& m) {
    wire(m.item, m.outcome.results, m.outcome.failures, m.outcome.left);
  }
};

struct StartedMessage {
  static constexpr MessageKind kKind = MessageKind::started;
  ItemId item;
  static void fields(auto& wire, auto& m) { wire(m.item); }
};

struct DismissalMessage {
  static constexpr MessageKind kKind = MessageKind::dismissal;
  static void fields(auto&, auto&) {}
};

struct CancelMessage {
  static constexpr MessageKind kKind = MessageKind::cancel;
  static void fields(auto&, auto&) {}
};

struct GoodbyeMessage {
  static constexpr MessageKind kKind = MessageKind::goodbye;
  std::string error;  ///< why this worker cannot work; empty: it was dismissed or refused
  ErrorCode code = ErrorCode::internal;
  static void fields(auto& wire, auto& m) { wire(m.error, m.code); }
};

/// Error{internal} for an empty message.
[[nodiscard]] MessageKind kind_of(std::string_view bytes);

template <class Message>
[[nodiscard]] std::string encode(const Message& message) {
  return static_cast<char>(Message::kKind) + to_bytes(message);
}

/// Error{internal} when the bytes are not exactly one message of this kind.
template <class Message>
[[nodiscard]] Message decode(std::string_view bytes) {
  CF_EXPECT(kind_of(bytes) == Message::kKind);
  return from_bytes<Message>(bytes.substr(1));
}

}  // namespace crossfold::fleet
