#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "arguments.hpp"
#include "options.hpp"
#include "report.hpp"
#include "usage_error.hpp"

// The program reads its arguments and answers --help, --version and the like by itself, in a few milliseconds. The work
// is done in a module that is opened for it: that one is linked with libpeel, whose image library alone brings a
// hundred shared libraries and forty milliseconds.
namespace peel::cli {
namespace {

/// A program may be started with standard streams closed. The next file it opens would take such a number, and what is
/// meant for stdout or stderr would go into it. /dev/null is put there, opened the wrong way round: reading and writing
/// fail as they do on what is closed.
void occupy_standard_streams() {
  for (const int stream : {0, 1, 2}) {
    if (fcntl(stream, F_GETFD) == -1 && errno == EBADF) open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);
  }
}

bool asks_for_json(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--") return false;
    if (argument == "--json") return true;
  }
  return false;
}

int run_module(const Invocation& invocation) {
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  void* module = dlopen((program.parent_path() / PEEL_MODULE).c_str(), RTLD_LAZY | RTLD_LOCAL);
  void* entry = module ? dlsym(module, MODULE_ENTRY) : nullptr;
  if (!entry) {
    return report_error(ErrorCode::internal, dlerror(), "a part of peel is missing: install or build it again",
                        invocation.common.json);
  }
  // Never closed: the libraries below it keep threads of their own.
  return reinterpret_cast<ModuleEntry*>(entry)(invocation);
}

int run(const std::vector<std::string>& arguments) {
  try {
    CommandLine command_line;
    const auto wanted = command_line.parse(arguments);
    if (const auto* invocation = std::get_if<Invocation>(&wanted)) return run_module(*invocation);
    std::fputs(std::get<std::string>(wanted).c_str(), stdout);
    return flush_stdout() ? 0 : static_cast<int>(ErrorCode::output);
  } catch (const UsageError& error) {
    return report_error(ErrorCode::usage, error.what(), error.hint(), asks_for_json(arguments));
  } catch (const std::exception& error) {
    return report_error(ErrorCode::internal, error.what(), "", asks_for_json(arguments));
  }
}

}  // namespace
}  // namespace peel::cli

int main(int argc, char** argv) {
  peel::cli::occupy_standard_streams();
  return peel::cli::run({argv + (argc > 0 ? 1 : 0), argv + argc});
}
