/* Takes the background off a picture, from C: cutout IN. Beside IN appears IN.cutout.png. */
#include <peel/peel.h>
#include <stdio.h>

int main(int count, char** arguments) {
  if (count != 2) return fprintf(stderr, "usage: %s IN\n", arguments[0]), PEEL_USAGE;
  char out[4096];
  snprintf(out, sizeof out, "%s.cutout.png", arguments[1]);

  /* The first error stays, and what is given nothing does nothing: so it is looked at once, at the end. */
  peel_error* error = NULL;
  peel_remover* remover = peel_remover_new(NULL, NULL, &error);
  peel_picture* photo = peel_picture_load(arguments[1], NULL, &error);
  peel_result* result = peel_remove(remover, photo, NULL, NULL, &error);
  peel_picture* cutout = peel_result_picture(result);
  peel_picture_save(cutout, out, NULL, &error);

  peel_code code = PEEL_OK;
  if (error) {
    code = peel_error_code(error);
    fprintf(stderr, "%s; %s\n", peel_error_message(error), peel_error_hint(error));
  }
  peel_picture_free(cutout);
  peel_result_free(result);
  peel_picture_free(photo);
  peel_remover_free(remover);
  peel_error_free(error);
  return code;
}
