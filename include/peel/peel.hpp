#pragma once

// Everything: #include <peel/peel.hpp>
#include "peel/batch.hpp"
#include "peel/benchmark.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"
#include "peel/image.hpp"
#include "peel/log.hpp"
#include "peel/mask.hpp"
#include "peel/matting.hpp"
#include "peel/models.hpp"
#include "peel/providers.hpp"
#include "peel/quantize.hpp"
#include "peel/quantized_model.hpp"
#include "peel/remover.hpp"
#include "peel/server.hpp"
#include "peel/version.hpp"
#include "peel/video.hpp"
