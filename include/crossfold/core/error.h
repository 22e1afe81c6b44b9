#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace crossfold {

/// What kind of thing went wrong; the program's exit code follows from it.
enum class ErrorCode {
  usage,      ///< the command line (2)
  bad_input,  ///< a bad job, store or other data (3)
  io,         ///< reading or writing failed (4)
  internal,   ///< a broken promise of our own code (5)
  stopped,    ///< stopped on request, work left: run again (75)
};

[[nodiscard]] int exit_code(ErrorCode code);

/// The one exception type. A message reads `problem (why it is one). what to do`, in lower case;
/// `where` names a file, JSON pointer or dataset and is printed before it, `cause` after it.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, std::string where = {}, std::string cause = {});

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] const std::string& cause() const { return cause_; }
  /// `where: message` and, on a line of its own, `cause: ...`.
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
  std::string where_;
  std::string cause_;
  std::string text_;
};

[[noreturn]] void throw_contract_error(std::string_view condition, const char* file, int line);

}  // namespace crossfold

/// Checks input, files and environment: always on. Further arguments go to Error.
#define CF_VALIDATE(condition, code, ...)                            \
  do {                                                               \
    if (!(condition)) throw ::crossfold::Error((code), __VA_ARGS__); \
  } while (false)

/// A promise of the caller (CF_EXPECT) or of this function (CF_ENSURE); broken only by a bug.
#define CF_EXPECT(condition)                                                             \
  do {                                                                                   \
    if (!(condition)) ::crossfold::throw_contract_error(#condition, __FILE__, __LINE__); \
  } while (false)
#define CF_ENSURE(condition) CF_EXPECT(condition)
