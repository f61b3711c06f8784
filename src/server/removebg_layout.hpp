#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peel/image.hpp"
#include "peel/remover.hpp"
#include "server/api_error.hpp"
#include "server/removebg_request.hpp"

namespace peel::server {

/// A finished picture as remove.bg would send it.
struct RemovebgPicture {
  Image image;
  Box foreground;  ///< of the subject in `image`
  FileFormat format = FileFormat::png;
};

/// The part of a picture of that size that may hold the subject; at least a pixel. Throws ApiError of status 400:
/// "roi_exceeds_bounds", "roi_region_empty". A program may show the network this part alone: then the subject is looked
/// for nowhere else.
Box roi_box(const RemovebgRequest& request, int width, int height);

/// Where the subject goes. `box`: of the subject in a picture of width x height.
struct RemovebgPlan {
  int width = 0, height = 0;  ///< of the finished picture
  Box from;                   ///< the part of the picture that is shown in it
  Box to;                     ///< where it is shown, in the finished picture; may reach beyond
  Box foreground;             ///< the subject, in the finished picture
};

/// In this order:
/// - `scale`: the subject becomes as large as fits into that share of the picture's width and height;
/// - without `crop`, the canvas is as large as the picture, and the subject is moved to its `position`; "original" is
///   where its middle was, as far as the canvas goes;
/// - with `crop`, the canvas is as large as the subject and its margins, which may go beyond the picture; scale and
///   position have no part in it;
/// - all is made smaller together until the canvas has at most `max_pixels`.
RemovebgPlan plan_removebg(const RemovebgRequest& request, int width, int height, const Box& roi, const Box& box);

/// The picture a request asks for. `cutout`: the subject under straight alpha, of any depth, which is kept with its
/// profile; `mask`: gray8, as large; `background`: the picture to lay under it, scaled to cover and centred, or an
/// empty one (a colour is taken from the request). Outside of the request's region all is background. channels=alpha
/// gives the mask in the same place, gray8, without a background.
///
/// The format is the one asked for; "auto" is JPEG for a picture that is opaque everywhere, else PNG, and PNG for a
/// mask. In JPEG what is transparent becomes white.
///
/// Throws ApiError of status 400, "unknown_foreground" where the mask reaches 10 nowhere in the region, and as
/// roi_box(); Error(usage) for a cut-out without alpha or a mask of another size. `threads`: 0: every core this process
/// may use.
RemovebgPicture lay_out(const Image& cutout, const Image& mask, const RemovebgRequest& request, const Image& background,
                        int threads);

/// For a picture in which nothing stands out (Result::subject).
ApiError unknown_foreground();

/// X-Width, X-Height, X-Type (not with type_level=none; "other" where no type was given), X-Foreground-Top, -Left,
/// -Width and -Height, X-Credits-Charged: 0.
std::vector<std::pair<std::string, std::string>> removebg_headers(const RemovebgRequest& request,
                                                                  const RemovebgPicture& picture);

/// What a client gets that accepts application/json: {"data":{"result_b64":...,"foreground_top":...,"foreground_left":
/// ...,"foreground_width":...,"foreground_height":...}}. `encoded`: the picture's file.
std::string removebg_json(std::string_view encoded, const RemovebgPicture& picture);

}  // namespace peel::server
