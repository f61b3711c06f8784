#pragma once

/// Marks what libpeel shows to programs; everything else in it is hidden.
#define PEEL_API __attribute__((visibility("default")))
