#include "arguments.hpp"
#include "option_values.hpp"

namespace peel::cli {
namespace {

constexpr const char* DESCRIPTION =
    R"(Take the background off all pictures of a folder, with every core busy.
Outputs go into OUT_DIR under the pictures' names; subfolders (with --recursive) are kept. Pictures whose outputs would have the same name (cat.jpg, cat.png) get their whole name: cat.jpg.png, cat.png.png. Files whose names do not end as a picture's, and hidden ones, are left alone.
A picture that fails is reported and does not stop the others. Ctrl-C finishes the pictures in hand. No output is ever half written; with --skip-existing a second run does what is left.)";

constexpr const char* FOOTER = R"(Examples:
  peel folder photos cutouts
      every picture in photos, not in its subfolders
  peel folder photos cutouts --recursive --skip-existing
      subfolders too; what is there already is not done again
  peel folder photos cutouts --include '*.jpg' --exclude 'thumbs/*'
      by name; a pattern with a / is for the whole way from IN_DIR
  peel folder inbox done --watch --delete-input
      wait for pictures; each is deleted when its cut-out is safely on the disk
  peel folder photos cutouts --json | jq -r 'select(.error) | .input'
      which failed, by name

--watch takes pictures that are there and those that come, when they are completely written. It ends by Ctrl-C, or when
a file stop.txt comes into IN_DIR: then what came before it is still done.

How many pictures go through the network at a time, and with how many threads each, is planned from the cores: for a
folder of 50 pictures and more it is tried once for each model, and remembered. --jobs and --threads say it. --memory
bounds what the process takes; half of what is free is the default.

With --json every picture is one line, in the order in which they end: the object of peel remove --json without
"session", or {"input", "error"}; the last line is {"summary": {...}}.)";

}  // namespace

CLI::App& define_folder(CLI::App& root, FolderArguments& target) {
  CLI::App& app = *root.add_subcommand("folder", DESCRIPTION);
  app.alias("p");
  app.footer(FOOTER);
  app.add_option("IN_DIR", target.input_folder, "the folder of the pictures")->type_name("FOLDER");
  app.add_option("OUT_DIR", target.output_folder, "the folder for the outputs; made where missing")
      ->type_name("FOLDER");
  const std::string which = "Which pictures";
  app.add_flag("-r,--recursive", target.recursive, "subfolders too; they are kept in the output")->group(which);
  const auto add_patterns = [&](const std::string& name, std::vector<std::string>& patterns, const std::string& text) {
    app.add_option(name, patterns, text)
        ->type_name("PATTERN")
        ->group(which)
        // One value each time: the word after it may be a folder.
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  add_patterns("--include", target.include,
               "only names like this (*, ?, [a-z]; capitals do not matter); may be given several times");
  add_patterns("--exclude", target.exclude, "no names like this; may be given several times");
  app.add_flag("--skip-existing", target.skip_existing, "leave a picture whose output is there")->group(which);
  app.add_flag("-w,--watch", target.watch, "wait for more pictures to come")->group(which);
  app.add_flag("-d,--delete-input,--delete_input", target.delete_input,
               "delete each picture when its output is safely on the disk; no output is replaced then")
      ->group(which);
  const std::string how = "Speed and memory";
  add_int(app, "--jobs", target.jobs, 0, 1024, "pictures in the network at a time; 0: planned")->group(how);
  add_value(
      app, "--memory", "N", [&target](const std::string& text) { target.memory = parse_size("--memory", text, 1024); },
      "stay below so many bytes (K, M, G: powers of 1024); default half of what is free")
      ->group(how);
  define_format(app, target, "else png");
  define_limits(app, target);
  define_cutout(app, target,
                "lay a colour (white, #ff8800, 255,136,0) or a picture under the cut-out; JPEG gets white without it");
  define_removal(app, target);
  define_network(
      app, target,
      "a name (peel models list), an .onnx file, or auto: the first of silueta, isnet-general-use and u2netp "
      "that is installed, else silueta is fetched",
      "for each picture in the network; 0: planned");
  define_batch(app, target, NETWORK_GROUP);
  define_selection(app, target, target);
  return app;
}

}  // namespace peel::cli
