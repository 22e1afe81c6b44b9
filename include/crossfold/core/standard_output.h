#pragma once

#include <ostream>
#include <streambuf>
#include <string_view>

#include "crossfold/core/error.h"

namespace crossfold {

/// Nobody reads standard output any more (`| head -1`). No failure to be told: the program ends
/// with the code that a shell gives to one that SIGPIPE ended.
class OutputClosed : public Error {
 public:
  static constexpr int kExitCode = 141;
  OutputClosed();
};

/// The one way to standard output: every byte is written, or the caller hears why not. Nothing is
/// buffered, so no text is lost at the end, and the texts of stdout and stderr keep their order.
///
/// Error{io} with the system's reason (a full disk, a closed descriptor), or OutputClosed. SIGPIPE
/// is held back for the write alone: neither MPI nor child processes see another setting.
void write_output(std::string_view text);

/// Asks for what a file system says only at the end (NFS: a quota). Call once, after the last text.
void finish_output();

/// To standard error. What cannot be written there (it is closed, full, or nobody reads it) is
/// dropped: a program that cannot say why it failed still ends with the code that says so.
void write_error_output(std::string_view text) noexcept;

/// Whether a person looks at standard output.
[[nodiscard]] bool output_is_terminal();

/// Gives each of stdin, stdout and stderr that was closed when the program started a descriptor
/// that cannot be used: else the next file opened would take its number, and messages be written
/// into it. Call before any file is opened.
void hold_standard_descriptors();

/// The same for writers that want a stream, in blocks of 64 KiB. Throws write_output's errors; call
/// flush() at the end.
class OutputStream : public std::ostream {
 public:
  OutputStream();

 private:
  class Buffer : public std::streambuf {
   public:
    Buffer();

   protected:
    int_type overflow(int_type next) override;
    int sync() override;

   private:
    void write_out();
    char block_[1 << 16];
  };
  Buffer buffer_;
};

}  // namespace crossfold
