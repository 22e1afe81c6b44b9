#include "crossfold/core/standard_output.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

/// Standard output led elsewhere while it lives. Takes the descriptor; -1: closed.
class Redirected {
 public:
  explicit Redirected(int target) : before_(::dup(STDOUT_FILENO)) {
    if (target < 0) {
      ::close(STDOUT_FILENO);
    } else {
      ::dup2(target, STDOUT_FILENO);
      ::close(target);
    }
  }
  ~Redirected() {
    ::dup2(before_, STDOUT_FILENO);
    ::close(before_);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  int before_;
};

/// What `write` throws while standard output leads to `target`.
std::unique_ptr<Error> error_into(int target, const std::function<void()>& write) {
  const Redirected elsewhere(target);
  try {
    write();
  } catch (const OutputClosed& error) {
    return std::make_unique<OutputClosed>(error);
  } catch (const Error& error) {
    return std::make_unique<Error>(error);
  }
  return nullptr;
}

bool says_closed(const Error& error) {
  return dynamic_cast<const OutputClosed*>(&error) != nullptr;
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  return ends;
}

/// A pipe that nobody reads any more.
int closed_pipe() {
  const auto [reading, writing] = make_pipe();
  ::close(reading);
  return writing;
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> block{};
  for (ssize_t got = 0; (got = ::read(descriptor, block.data(), block.size())) != 0;)
    if (got > 0) text.append(block.data(), static_cast<std::size_t>(got));
  ::close(descriptor);
  return text;
}

TEST(WriteOutput, SaysThatTheDiskIsFull) {
  const auto error = error_into(::open("/dev/full", O_WRONLY), [] { write_output("a table\n"); });
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->code(), ErrorCode::io);
  EXPECT_STREQ(error->what(),
               "standard output: cannot write (No space left on device). free space or send the "
               "output elsewhere");
}

TEST(WriteOutput, SaysThatThereIsNoOutput) {
  const auto error = error_into(-1, [] { write_output("a table\n"); });
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(exit_code(error->code()), 4);
  EXPECT_NE(std::string(error->what()).find("(Bad file descriptor)"), std::string::npos);
}

TEST(WriteOutput, EndsQuietlyWhereNobodyReadsWithSigpipeAsItWas) {
  for (const auto handler : {SIG_DFL, SIG_IGN}) {
    const auto before = std::signal(SIGPIPE, handler);
    const auto error = error_into(closed_pipe(), [] { write_output("a table\n"); });
    ASSERT_NE(error, nullptr);
    EXPECT_TRUE(says_closed(*error)) << error->what();
    EXPECT_EQ(std::signal(SIGPIPE, before), handler) << "the program's setting is not ours";
    sigset_t waiting;
    sigpending(&waiting);
    EXPECT_EQ(sigismember(&waiting, SIGPIPE), 0) << "no signal may wait for others";
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
  }
}

TEST(WriteOutput, WritesMoreThanAPipeHoldsAlsoWhereItWouldBlock) {
  const auto [reading, writing] = make_pipe();
  ::fcntl(writing, F_SETFL, O_NONBLOCK);
  std::string text;
  for (int line = 0; line < 100'000; ++line) text += std::to_string(line) + "\n";
  std::string got;
  std::thread reader([&, from = reading] { got = read_all(from); });
  const auto error = error_into(writing, [&] { write_output(text); });
  reader.join();
  EXPECT_EQ(error, nullptr);
  EXPECT_EQ(got, text);
}

TEST(OutputStream, WritesAllOfItAndSaysWhyItCannot) {
  const auto [reading, writing] = make_pipe();
  std::string text(200'000, 'x');
  std::string got;
  std::thread reader([&, from = reading] { got = read_all(from); });
  const auto none = error_into(writing, [&] {
    OutputStream out;
    out << text << 12.5 << '\n';
    out.flush();
  });
  reader.join();
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(got, text + "12.5\n");

  const auto full = error_into(::open("/dev/full", O_WRONLY), [] {
    OutputStream out;
    out << "little";
    out.flush();
  });
  ASSERT_NE(full, nullptr) << "what lies in the buffer at the end counts as well";
  EXPECT_EQ(full->code(), ErrorCode::io);
  const auto closed = error_into(closed_pipe(), [&] { OutputStream() << text; });
  ASSERT_NE(closed, nullptr);
  EXPECT_TRUE(says_closed(*closed)) << closed->what();
}

static_assert(OutputClosed::kExitCode == 128 + SIGPIPE);

/// A descriptor that is closed while it lives.
class Closed {
 public:
  explicit Closed(int descriptor) : descriptor_(descriptor), before_(::dup(descriptor)) {
    ::close(descriptor_);
  }
  ~Closed() {
    ::dup2(before_, descriptor_);
    ::close(before_);
  }
  Closed(const Closed&) = delete;
  Closed& operator=(const Closed&) = delete;

 private:
  int descriptor_;
  int before_;
};

/// Nothing is read from it as if it had come to its end, nothing written as if it had arrived.
TEST(HoldStandardDescriptors, GivesEachThatWasClosedOneThatCannotBeUsed) {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ssize_t moved = 0;
    bool is_held = false;
    {
      const Closed closed(descriptor);
      hold_standard_descriptors();
      is_held = ::fcntl(descriptor, F_GETFD) >= 0;
      char byte = 'x';
      moved =
          descriptor == STDIN_FILENO ? ::read(descriptor, &byte, 1) : ::write(descriptor, &byte, 1);
    }
    EXPECT_TRUE(is_held) << descriptor;
    EXPECT_EQ(moved, -1) << descriptor;
  }
}

TEST(HoldStandardDescriptors, KeepsTheNextFileFromTakingTheNumber) {
  const auto error = error_into(-1, [] {
    hold_standard_descriptors();
    const int next = ::open("/dev/null", O_WRONLY);
    EXPECT_GT(next, STDERR_FILENO);
    ::close(next);
    write_output("a table\n");
  });
  ASSERT_NE(error, nullptr) << "a closed standard output stays one that cannot be used";
  EXPECT_EQ(error->code(), ErrorCode::io);
}

}  // namespace
}  // namespace crossfold
