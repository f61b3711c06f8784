#include "completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "model_names.hpp"

namespace peel::cli {
namespace {

/// What can stand where an option's value or a positional stands.
struct Completion {
  std::vector<std::string> words;
  bool files = false;
  bool any() const { return files || !words.empty(); }
};

Completion completion_of(const OptionDescription& option) {
  Completion result{option.choices(),
                    option.value.find("FILE") != std::string::npos || option.value.find("FOLDER") != std::string::npos};
  if (option.value.find("MODEL") != std::string::npos)
    result.words.insert(result.words.end(), MODEL_NAMES.begin(), MODEL_NAMES.end());
  return result;
}

/// Every command that can be typed, with its subcommands: "remove", "models", "models list", ...
void collect(const CommandDescription& command, std::vector<const CommandDescription*>& list) {
  for (const CommandDescription& sub : command.commands) {
    list.push_back(&sub);
    collect(sub, list);
  }
}

std::vector<const CommandDescription*> all_commands(const CommandDescription& root) {
  std::vector<const CommandDescription*> list{&root};
  collect(root, list);
  return list;
}

std::string last_word(const CommandDescription& command) {
  return command.name.substr(command.name.rfind(' ') + 1);
}

/// The name as `path` holds it in the scripts: "" for the program itself, "models list" for a command.
std::string path_of(const CommandDescription& command) {
  const std::size_t space = command.name.find(' ');
  return space == std::string::npos ? "" : command.name.substr(space + 1);
}

std::vector<std::string> sub_names(const CommandDescription& command) {
  std::vector<std::string> names;
  for (const CommandDescription& sub : command.commands) names.push_back(last_word(sub));
  return names;
}

/// In single quotes, for all three shells; in fish and zsh descriptions too.
std::string shell_quoted(std::string_view text) {
  std::string result(1, '\'');
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  result += '\'';
  return result;
}

std::string bash_script(const CommandDescription& root) {
  std::string paths, values, options, positionals;
  for (const CommandDescription* command : all_commands(root)) {
    const std::string path = path_of(*command);
    std::vector<std::string> names;
    for (const CommandDescription& sub : command->commands) {
      std::string patterns = shell_quoted(path + ":" + last_word(sub));
      for (const std::string& alias : sub.aliases)
        patterns.append("|").append(shell_quoted(fmt::format("{}:{}", path, alias)));
      paths += fmt::format("      {}) path={} ;;\n", patterns, shell_quoted(path_of(sub)));
    }
    for (const OptionDescription& option : command->options) {
      names.insert(names.end(), option.names.begin(), option.names.end());
      if (option.value.empty() || option.optional_value) continue;
      std::string patterns;
      for (const std::string& name : option.names) {
        if (!patterns.empty()) patterns += '|';
        patterns += shell_quoted(fmt::format("{}:{}", path, name));
      }
      const Completion completion = completion_of(option);
      values +=
          fmt::format("    {}) words={}; files={}; value=1 ;;\n", patterns,
                      shell_quoted(fmt::format("{}", fmt::join(completion.words, " "))), completion.files ? "1" : "");
    }
    options += fmt::format("    {}) words={} ;;\n", shell_quoted(path),
                           shell_quoted(fmt::format("{}", fmt::join(names, " "))));
    Completion completion{sub_names(*command), false};
    for (const OptionDescription& positional : command->positionals) completion = completion_of(positional);
    positionals +=
        fmt::format("    {}) words={}; files={} ;;\n", shell_quoted(path),
                    shell_quoted(fmt::format("{}", fmt::join(completion.words, " "))), completion.files ? "1" : "");
  }
  return fmt::format(R"(# bash completion for peel, written by: peel completion bash
_peel() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} path= words= files= value= word
  # bash splits --name=value at the sign
  if [[ $current == '=' ]]; then current=
  elif [[ $previous == '=' && COMP_CWORD -gt 2 ]]; then previous=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$path:$word" in
{}    esac
  done
  case "$path:$previous" in
{}  esac
  if [[ ! $value ]]; then
    if [[ $current == -* ]]; then
      case "$path" in
{}      esac
    else
      case "$path" in
{}      esac
    fi
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; [[ $files ]] && compgen -f -- "$current")
  if [[ $files ]]; then compopt -o filenames 2>/dev/null; fi
}}
complete -F _peel peel
)",
                     paths, values, options, positionals);
}

/// One argument of zsh's _arguments for each spelling of an option.
std::string zsh_action(const Completion& completion) {
  if (!completion.any()) return " ";
  if (completion.words.empty()) return "_files";
  if (!completion.files) return fmt::format("({})", fmt::join(completion.words, " "));
  // A leading space: called as it stands.
  return fmt::format(" _peel_words_or_files {}", fmt::join(completion.words, " "));
}

std::string zsh_text(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_script(const CommandDescription& root) {
  std::string text = "#compdef peel\n# zsh completion for peel, written by: peel completion zsh\n";
  text += "\n_peel_words_or_files() {\n  _alternative \"words:word:($*)\" files:file:_files\n}\n";
  for (const CommandDescription* command : all_commands(root)) {
    std::string function = "_" + command->name;
    std::replace(function.begin(), function.end(), ' ', '_');
    if (command == &root) function = "_peel_program";
    text += fmt::format("\n{}() {{\n  local line state\n  _arguments -C -S", function);
    for (const OptionDescription& option : command->options) {
      for (const std::string& name : option.names) {
        // -x: a value follows as a word; --x=: also after the sign; --x=-: only there, and it may be left out.
        const bool long_name = name.starts_with("--");
        std::string spec(name);
        if (option.optional_value) {
          spec += "=-";
        } else if (!option.value.empty() && long_name) {
          spec += "=";
        }
        spec += fmt::format("[{}]", zsh_text(option.text));
        if (!option.value.empty()) {
          spec +=
              (option.optional_value ? "::" : ":") + zsh_text(option.value) + ":" + zsh_action(completion_of(option));
        }
        text += " \\\n    " + shell_quoted(spec);
      }
    }
    if (!command->commands.empty()) {
      text += " \\\n    '1: :->command' '*::argument:->arguments'\n  case $state in\n  command) _values command";
      for (const CommandDescription& sub : command->commands) {
        text += " \\\n    " + shell_quoted(last_word(sub) + "[" + zsh_text(sub.summary) + "]");
      }
      text += " ;;\n  arguments)\n    case $line[1] in\n";
      for (const CommandDescription& sub : command->commands) {
        std::string name = "_" + sub.name;
        std::replace(name.begin(), name.end(), ' ', '_');
        text += fmt::format("    {}{}{}) {} ;;\n", last_word(sub), sub.aliases.empty() ? "" : "|",
                            fmt::join(sub.aliases, "|"), name);
      }
      text += "    esac ;;\n  esac\n";
    } else {
      for (const OptionDescription& positional : command->positionals) {
        text += " \\\n    " + shell_quoted((positional.repeated ? "*:" : "1:") + zsh_text(positional.names.front()) +
                                           ":" + zsh_action(completion_of(positional)));
      }
      text += '\n';
    }
    text += "}\n";
  }
  // Read from fpath the file is the function; sourced it has to be registered.
  return text + "\nif [[ $funcstack[1] == _peel ]]; then _peel_program \"$@\"; else compdef _peel_program peel; fi\n";
}

std::string fish_script(const CommandDescription& root) {
  std::string text = "# fish completion for peel, written by: peel completion fish\ncomplete -c peel -f\n";
  for (const CommandDescription* command : all_commands(root)) {
    std::string condition = "__fish_use_subcommand";
    std::string seen;
    if (command != &root) {
      const std::string path = path_of(*command);
      const std::size_t space = path.find(' ');
      std::string names = path.substr(0, space);
      for (const CommandDescription& top : root.commands) {
        if (path_of(top) == names && !top.aliases.empty()) names += fmt::format(" {}", fmt::join(top.aliases, " "));
      }
      condition = "__fish_seen_subcommand_from " + names;
      if (space != std::string::npos) condition += "; and __fish_seen_subcommand_from " + path.substr(space + 1);
      if (!command->commands.empty()) {
        seen = fmt::format("; and not __fish_seen_subcommand_from {}", fmt::join(sub_names(*command), " "));
      }
    }
    const std::string prefix = fmt::format("complete -c peel -n {}", shell_quoted(condition + seen));
    for (const CommandDescription& sub : command->commands) {
      text += fmt::format("{} -a {} -d {}\n", prefix, last_word(sub), shell_quoted(sub.summary));
    }
    for (const OptionDescription& option : command->options) {
      text += prefix;
      for (const std::string& name : option.names) {
        if (name.starts_with("--")) {
          text += " -l " + name.substr(2);
        } else {
          text += (name.size() == 2 ? " -s " : " -o ") + name.substr(1);
        }
      }
      const Completion completion = completion_of(option);
      if (!option.value.empty() && !option.optional_value) text += completion.files ? " -r -F" : " -x";
      if (!completion.words.empty())
        text += fmt::format(" -a {}", shell_quoted(fmt::format("{}", fmt::join(completion.words, " "))));
      text += " -d " + shell_quoted(option.text) + '\n';
    }
    for (const OptionDescription& positional : command->positionals) {
      const Completion completion = completion_of(positional);
      if (completion.files) text += prefix + " -F\n";
      if (!completion.words.empty())
        text += fmt::format("{} -a {}\n", prefix, shell_quoted(fmt::format("{}", fmt::join(completion.words, " "))));
    }
  }
  return text;
}

}  // namespace

std::string completion_script(const CommandDescription& root, std::string_view shell) {
  if (shell == "bash") return bash_script(root);
  if (shell == "zsh") return zsh_script(root);
  return fish_script(root);
}

}  // namespace peel::cli
