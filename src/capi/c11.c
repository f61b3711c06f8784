/* peel.h as a program in C sees it: strictly C11, nothing of C++. Called by capi_test. */
#include "c11.h"

#include <string.h>

#include "peel/peel.h"

int cut_out_in_c(const char* model, const unsigned char* rgb, int side, unsigned char* rgba) {
  peel_error* error = NULL;
  peel_settings* settings = peel_settings_new("remove", &error);
  peel_settings_set(settings, "model", model, &error);
  peel_settings_set(settings, "device", "cpu", &error);
  peel_remover* remover = peel_remover_new(settings, NULL, &error);
  const peel_pixels pixels = {rgb, side, side, (ptrdiff_t)side * 3, PEEL_RGB8, NULL, 0};
  peel_picture* photo = peel_picture_borrow_pixels(&pixels, NULL, NULL, &error);
  peel_result* result = peel_remove(remover, photo, NULL, NULL, &error);
  peel_picture* cutout = peel_result_picture(result);
  const peel_room room = {rgba, side, side, (ptrdiff_t)side * 4, PEEL_RGBA8};
  peel_picture_copy_to(cutout, &room, &error);
  const int failed = peel_error_code(error);
  peel_picture_free(cutout);
  peel_result_free(result);
  peel_picture_free(photo);
  peel_remover_free(remover);
  peel_settings_free(settings);
  peel_error_free(error);
  return failed;
}

int first_error_stays_in_c(char* message, int size) {
  peel_error* error = NULL;
  peel_settings* settings = peel_settings_new("remove", &error);
  peel_settings_set(settings, "feather", "soft", &error);
  peel_remove(NULL, NULL, settings, NULL, &error);
  const int code = peel_error_code(error);
  strncpy(message, peel_error_message(error), (size_t)size - 1);
  peel_settings_free(settings);
  peel_error_free(error);
  return code;
}
