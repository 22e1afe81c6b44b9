#include <memory>

#include "crossfold/core/build_info.h"
#include "crossfold/core/standard_output.h"

#include "choice_option.h"
#include "command.h"
#include "manual.h"

namespace crossfold::cli {
namespace {

/// What the user wants of the manual.
enum class Form { man, bash, zsh, fish };

std::string text_of(const CLI::App& program, Form form) {
  const ManualCommand manual = manual_of(program);
  switch (form) {
    case Form::man:
      return man_page(manual, build_info().version);
    case Form::bash:
      return completions(manual, Shell::bash);
    case Form::zsh:
      return completions(manual, Shell::zsh);
    case Form::fish:
      return completions(manual, Shell::fish);
  }
  return {};
}

}  // namespace

void add_manual_command(CLI::App& program, Action& chosen) {
  CLI::App* command =
      program.add_subcommand("manual", "Write the man page, or completions for a shell");
  command->footer(
      "An installed crossfold has brought all of them. Otherwise:\n"
      "  crossfold manual man | man -l -\n"
      "  source <(crossfold manual bash)\n"
      "  crossfold manual zsh > ~/.zfunc/_crossfold\n"
      "  crossfold manual fish > ~/.config/fish/completions/crossfold.fish");
  const auto form = std::make_shared<Form>();  // shared by the parser and the action
  const Choices<Form> forms{
      {"man", Form::man}, {"bash", Form::bash}, {"zsh", Form::zsh}, {"fish", Form::fish}};
  add_choice<Form>(*command, "form", *form, forms, "What to write")->required();
  command->callback([form, &program, &chosen] {
    chosen = [form, &program] {
      write_output(text_of(program, *form));
      return 0;
    };
  });
}

}  // namespace crossfold::cli
