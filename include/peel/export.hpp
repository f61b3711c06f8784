#pragma once

/// Marks what peel shows to programs. Its libraries show one another more, for which there are no headers.
#define PEEL_API __attribute__((visibility("default")))
