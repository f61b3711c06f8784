#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cli_support.hpp"
#include "scenes/page_scene.hpp"
#include "support/stand_in_model.hpp"

namespace peel::test {

using scenes::Print;
using scenes::Sheet;
using scenes::SyntheticScene;

/// A dark table seen from a little aside.
inline SyntheticScene table_with(std::vector<Sheet> sheets) {
  SyntheticScene scene;
  scene.camera.width = 640;
  scene.camera.height = 480;
  scene.camera.focal_length = 550;
  scene.camera.tilt_x = 15;
  scene.camera.tilt_y = -8;
  scene.camera.distance = 500;
  scene.table = {0.2F, 0.17F, 0.15F};
  scene.sheets = std::move(sheets);
  for (Sheet& sheet : scene.sheets) sheet.page = true;
  return scene;
}

inline Sheet sheet_at(Point centre, double width = 210, double height = 297, Print print = Print::text) {
  Sheet sheet;
  sheet.centre = centre;
  sheet.angle = 4;
  sheet.width = width;
  sheet.height = height;
  sheet.print = print;
  return sheet;
}

inline const SyntheticScene PAGE = table_with({sheet_at({0, 0})});
inline const SyntheticScene EMPTY_TABLE = table_with({});

inline Corners corners_of(const SyntheticScene& scene, std::size_t sheet = 0) {
  return true_pages(scene)[sheet].corners;
}

/// Runs `peel scan` without a model: the drawn pages have edges enough.
class CliScan : public Cli {
 protected:
  Command scan_command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"scan", "-m", "none"});
    return command(std::move(arguments));
  }
  Outcome scan(std::vector<std::string> arguments) { return run(scan_command(std::move(arguments))); }

  nlohmann::json scan_json(std::vector<std::string> arguments, int status = 0) {
    arguments.emplace_back("--json");
    const Outcome outcome = scan(std::move(arguments));
    EXPECT_EQ(outcome.status, status) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }

  void write_scene(const std::string& name, const SyntheticScene& scene = PAGE) const {
    write_image(at(name), render_page(scene).picture);
  }
  /// Light is paper to it.
  std::string network() const {
    write_stand_in(at("net.onnx"), {.height = 320, .width = 320, .scale = 12, .shift = -6});
    return "./net.onnx";
  }

  static double farthest(const nlohmann::json& corners, const Corners& wanted) {
    double most = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      most = std::max(most,
                      std::hypot(corners[i][0].get<double>() - wanted[i].x, corners[i][1].get<double>() - wanted[i].y));
    }
    return most;
  }
};

}  // namespace peel::test
