// clang-format off
/* peel for C, and for languages that call C: takes the background off pictures, flattens photographed pages.
 *
 *     #include <peel/peel.h>                        cc cut.c $(pkg-config --cflags --libs peel)
 *
 *     peel_error* error = NULL;
 *     peel_settings* settings = peel_settings_new("remove", &error);
 *     peel_settings_set(settings, "model", "u2netp", &error);
 *     peel_remover* remover = peel_remover_new(settings, NULL, &error);    loads the model: once, for all pictures
 *     peel_picture* photo = peel_picture_load("photo.jpg", NULL, &error);
 *     peel_result* result = peel_remove(remover, photo, NULL, NULL, &error);
 *     peel_picture* cutout = peel_result_picture(result);                  8-bit RGBA, straight alpha
 *     peel_bytes* png = peel_picture_encode(cutout, NULL, &error);
 *
 * Errors: what can fail takes `error` as its last argument and returns NULL, or a code that is not PEEL_OK. Where that
 * argument is not NULL and points to NULL it is given the error, to be freed by peel_error_free(). A NULL for a handle
 * that is needed is PEEL_USAGE, so that the steps above may be checked once at the end: the first error stays.
 *
 * Ownership: a handle that a function returns is the caller's, and freed by the function of its name, which takes NULL
 * too. Freeing one never ends what was made of it: results keep what they need. Texts that are handed in are copied;
 * pointers that are handed out are valid as long as their handle. Texts are UTF-8.
 *
 * Threads: a remover, scanner, batch, control or picture may be used from several threads at a time; settings by one
 * while they are changed; peel_picture_edit() by one, as it changes the picture. A process that was forked off makes
 * its own of everything: the threads of a remover are not in it, and even freeing one there may wait for ever.
 *
 * Versions: functions are only added, and structs stay as they are, as long as PEEL_ABI is the same. */
// clang-format on
#ifndef PEEL_PEEL_H
#define PEEL_PEEL_H

#include <stddef.h>
#include <stdint.h>

#define PEEL_ABI 1

#define PEEL_C_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* "MAJOR.MINOR.PATCH" of the library that is running, and the PEEL_ABI it was built with. */
PEEL_C_API const char* peel_version(void);
PEEL_C_API int32_t peel_abi(void);

/* ---- Errors ---- */

/* What kind of thing went wrong: exit statuses of the program `peel`, but for the last. */
typedef enum peel_code {
  PEEL_OK = 0,
  PEEL_USAGE = 2,     /* an argument or a setting makes no sense */
  PEEL_INPUT = 3,     /* a picture cannot be read, or is over a limit */
  PEEL_MODEL = 4,     /* a model is missing, damaged or not the kind of network expected */
  PEEL_DEVICE = 5,    /* a device that was required cannot be used */
  PEEL_OUTPUT = 6,    /* a result could not be written */
  PEEL_INTERNAL = 7,  /* a defect in peel or in a library below it */
  PEEL_CANCELLED = 8, /* peel_control_stop() ended it */
  PEEL_NO_MEMORY = 9  /* there is not enough of it */
} peel_code;

typedef struct peel_error peel_error;
PEEL_C_API peel_code peel_error_code(const peel_error* error);
/* What went wrong, and where; one line. */
PEEL_C_API const char* peel_error_message(const peel_error* error);
/* What to do about it; "" where there is nothing to say. */
PEEL_C_API const char* peel_error_hint(const peel_error* error);
PEEL_C_API void peel_error_free(peel_error* error);

/* Bytes or text that a function made; text ends with a 0 that is not counted. */
typedef struct peel_bytes peel_bytes;
PEEL_C_API const void* peel_bytes_data(const peel_bytes* bytes);
PEEL_C_API size_t peel_bytes_size(const peel_bytes* bytes);
PEEL_C_API void peel_bytes_free(peel_bytes* bytes);

/* ---- Messages ---- */

typedef enum peel_level { PEEL_DEBUG = 0, PEEL_INFO = 1, PEEL_NOTICE = 2, PEEL_WARNING = 3 } peel_level;
/* Called from any thread, one call at a time; must not call peel. */
typedef void (*peel_log)(void* user, peel_level level, const char* message);
/* Where the library's messages go, which prints nothing itself; NULL: nowhere. When it returns, the one before is
 * called no more. */
PEEL_C_API void peel_set_log(peel_log log, void* user);

/* ---- Settings ---- */

/* What is to be done, by the names and in the words of the program's options (docs/options.md), of one task:
 *   "remove"    model, device, threads ... of a remover; only-mask, alpha-matting, feather ... of a picture;
 *               max-pixels ... of what is read; format, quality, effort of what is encoded
 *   "folder"    the same of a batch, with jobs and memory
 *   "scan"      of a scanner and its pages
 *   "quantize"  of peel_quantize()
 * Names of files to read and write are arguments instead, and so is a mask. */
typedef struct peel_settings peel_settings;
PEEL_C_API peel_settings* peel_settings_new(const char* task, peel_error** error);
PEEL_C_API peel_settings* peel_settings_copy(const peel_settings* settings, peel_error** error);
/* `name`: "only-mask" or "only_mask". `value`: as it is written behind --name; "true" or "false" where it is whether.
 * What may stand without a value (crop, fill-holes) takes "true" for that, "false" for not at all, but whole numbers
 * first. Given again, the last counts, but of prompts and other lists all. */
PEEL_C_API peel_code peel_settings_set(peel_settings* settings, const char* name, const char* value,
                                       peel_error** error);
typedef struct peel_picture peel_picture;
/* A picture as a setting, by name: "background", which is laid under cut-outs; "mask" of "scan", which is taken instead
 * of the model's. It is shared, not copied. */
PEEL_C_API peel_code peel_settings_set_picture(peel_settings* settings, const char* name, const peel_picture* picture,
                                               peel_error** error);
PEEL_C_API void peel_settings_free(peel_settings* settings);
/* All that a task takes, as a JSON array of objects: name, kind ("flag", "integer", "real", "word", "text", ...), of
 * ("model", "picture", "input", "output"), least, most, words, default, help, and repeats (whether it grows). */
PEEL_C_API peel_bytes* peel_options(const char* task, peel_error** error);

/* ---- Long work ---- */

typedef struct peel_control peel_control;
/* `done` of `total`; total 0: not known. From the thread that does the work. */
typedef void (*peel_progress)(void* user, const char* what, uint64_t done, uint64_t total);
PEEL_C_API peel_control* peel_control_new(peel_error** error);
/* Before it is used. */
PEEL_C_API void peel_control_on_progress(peel_control* control, peel_progress progress, void* user);
/* From any thread: what it was given to ends with PEEL_CANCELLED, soon. It stays so. */
PEEL_C_API void peel_control_stop(peel_control* control);
PEEL_C_API void peel_control_free(peel_control* control);

/* ---- Pictures ---- */

/* Order and width of the samples of a pixel. 16 bits are in the machine's byte order; alpha is straight. */
typedef enum peel_format {
  PEEL_GRAY8 = 0,
  PEEL_GRAY_ALPHA8 = 1,
  PEEL_RGB8 = 2,
  PEEL_BGR8 = 3,
  PEEL_RGBA8 = 4,
  PEEL_BGRA8 = 5,
  PEEL_GRAY16 = 6,
  PEEL_GRAY_ALPHA16 = 7,
  PEEL_RGB16 = 8,
  PEEL_RGBA16 = 9
} peel_format;

/* A look at pixels. `stride`: bytes from a row to the one below, less than 0 where memory holds them from bottom to
 * top; `data` is the top row in any case. */
typedef struct peel_pixels {
  const void* data;
  int32_t width;
  int32_t height;
  ptrdiff_t stride;
  peel_format format;
  const void* icc_profile; /* what the colours are by; NULL: sRGB */
  size_t icc_profile_size;
} peel_pixels;

/* Room for pixels, described in the same way. */
typedef struct peel_room {
  void* data;
  int32_t width;
  int32_t height;
  ptrdiff_t stride;
  peel_format format;
} peel_room;

/* An upright picture in memory. Copies the pixels; BGR becomes RGB. PEEL_USAGE: no data, a size below 1, a stride
 * shorter than a row. */
PEEL_C_API peel_picture* peel_picture_from_pixels(const peel_pixels* pixels, peel_error** error);
/* The same without a copy, where rows are packed and the format is not BGR: the pixels must stay as they are until
 * `release` was called, once and from any thread, when nothing needs them any more. It is called too, at once or later,
 * where they were copied, and where this fails. `release` may be NULL. */
PEEL_C_API peel_picture* peel_picture_borrow_pixels(const peel_pixels* pixels, void (*release)(void* user), void* user,
                                                    peel_error** error);
/* An encoded picture: JPEG, PNG, WebP, TIFF, GIF, HEIC, AVIF, JPEG XL, JPEG 2000, BMP, Netpbm. `settings` (or NULL):
 * max-pixels, max-bytes, pages (one of them), compat. PEEL_INPUT. */
PEEL_C_API peel_picture* peel_picture_decode(const void* data, size_t size, const peel_settings* settings,
                                             peel_error** error);
PEEL_C_API peel_picture* peel_picture_load(const char* file, const peel_settings* settings, peel_error** error);
/* Another handle of the same picture, which costs nothing. */
PEEL_C_API peel_picture* peel_picture_share(const peel_picture* picture, peel_error** error);
/* Its pixels, packed, never BGR. */
PEEL_C_API peel_code peel_picture_pixels(const peel_picture* picture, peel_pixels* pixels, peel_error** error);
/* The same to be changed; a copy is made first where another handle shares them or they are borrowed. */
PEEL_C_API peel_code peel_picture_edit(peel_picture* picture, peel_room* room, peel_error** error);
/* Writes them into the caller's memory, in its format: BGR too, grey as colours, with opaque alpha, 8 bits as 16 and 16
 * as 8. PEEL_USAGE where something would be lost (colours, alpha), or for another size. */
PEEL_C_API peel_code peel_picture_copy_to(const peel_picture* picture, const peel_room* room, peel_error** error);
/* JSON: width, height, format ("rgb8"), source_format, pages, icc_profile (whether), resolution ([x, y] in dots per
 * millimetre) and notes. */
PEEL_C_API peel_bytes* peel_picture_describe(const peel_picture* picture, peel_error** error);
/* As a file. `settings` (or NULL): format (png, where it is not set), quality, effort. PEEL_USAGE for alpha in JPEG,
 * PEEL_OUTPUT. */
PEEL_C_API peel_bytes* peel_picture_encode(const peel_picture* picture, const peel_settings* settings,
                                           peel_error** error);
/* The same into a file, which is there complete or not at all; the format by its name, if it is not set. */
PEEL_C_API peel_code peel_picture_save(const peel_picture* picture, const char* file, const peel_settings* settings,
                                       peel_error** error);
PEEL_C_API void peel_picture_free(peel_picture* picture);

/* ---- Cut-outs ---- */

typedef struct peel_result peel_result;
/* What was asked for; NULL where there is none: a page that was not found, or what went into the caller's room. */
PEEL_C_API peel_picture* peel_result_picture(const peel_result* result);
/* The mask at the picture's size (of a page: at the network's): 8-bit grey. NULL where no model ran. */
PEEL_C_API peel_picture* peel_result_mask(const peel_result* result);
/* JSON. Of a cut-out: subject (whether anything stands out), notes, crop, timings_ms. Of a page: status ("found",
 * "not_found", "partial", "already_cropped"), corners, confidence, ... as `peel scan --json` tells it. */
PEEL_C_API peel_bytes* peel_result_describe(const peel_result* result, peel_error** error);
PEEL_C_API void peel_result_free(peel_result* result);

/* A model, loaded. `settings`, of "remove" or "folder", are also what its calls go by where none are given to them;
 * NULL: everything as usual. PEEL_MODEL, PEEL_DEVICE, PEEL_USAGE; PEEL_CANCELLED during a download. Progress: bytes. */
typedef struct peel_remover peel_remover;
PEEL_C_API peel_remover* peel_remover_new(const peel_settings* settings, peel_control* control, peel_error** error);
/* JSON: model, file, provider, precision, threads, batch, input ([width, height]), fallbacks, shares. */
PEEL_C_API peel_bytes* peel_remover_describe(const peel_remover* remover, peel_error** error);
PEEL_C_API void peel_remover_free(peel_remover* remover);

/* Takes the background off. Of `settings` what is of a picture is looked at, and the format, as JPEG gets white under
 * it. Progress: steps by name. */
PEEL_C_API peel_result* peel_remove(const peel_remover* remover, const peel_picture* picture,
                                    const peel_settings* settings, peel_control* control, peel_error** error);
/* The same into the caller's memory, without a copy in between: as large as the picture, 8-bit RGBA or what else
 * peel_picture_copy_to() may write. Not of cropped pictures. */
PEEL_C_API peel_code peel_remove_into(const peel_remover* remover, const peel_picture* picture,
                                      const peel_settings* settings, const peel_room* room, peel_error** error);
/* A cut-out by a mask from anywhere: a grey picture, or the alpha of one that has it, stretched over the picture. */
PEEL_C_API peel_result* peel_apply_mask(const peel_picture* picture, const peel_picture* mask,
                                        const peel_settings* settings, peel_control* control, peel_error** error);
/* The same by a trimap: white is the subject, black is not, grey is solved for. */
PEEL_C_API peel_result* peel_apply_trimap(const peel_picture* picture, const peel_picture* trimap,
                                          const peel_settings* settings, peel_control* control, peel_error** error);

/* ---- Pages ---- */

/* As peel_remover_new(), by settings of "scan"; the model is loaded by the first picture that needs it. */
typedef struct peel_scanner peel_scanner;
PEEL_C_API peel_scanner* peel_scanner_new(const peel_settings* settings, peel_control* control, peel_error** error);
PEEL_C_API void peel_scanner_free(peel_scanner* scanner);
/* A photographed page, flat. That none was found is a status, not an error. */
PEEL_C_API peel_result* peel_scan(const peel_scanner* scanner, const peel_picture* picture,
                                  const peel_settings* settings, peel_control* control, peel_error** error);

/* ---- Many pictures ---- */

typedef struct peel_job {
  const char* input;  /* a file */
  const char* output; /* the same; NULL: `done` is given the picture */
  uint64_t tag;       /* the caller's own; comes back */
} peel_job;

typedef struct peel_done {
  uint64_t tag;
  const char* input;
  const char* output;
  peel_result* result;     /* the callee's, to be freed; NULL where it failed */
  const peel_error* error; /* why; else NULL */
} peel_done;

typedef struct peel_batch_calls {
  /* Fills in a job and returns 1, or returns 0 when there are no more. It may wait. The texts are copied. */
  int (*next)(void* user, peel_job* job);
  /* Of every job, in the order in which they end. */
  void (*done)(void* user, const peel_done* done);
  void* user; /* Both are called from several threads, each by one at a time. */
} peel_batch_calls;

/* Keeps every core busy, within bounds of memory: by settings of "folder". */
typedef struct peel_batch peel_batch;
PEEL_C_API peel_batch* peel_batch_new(const peel_settings* settings, peel_control* control, peel_error** error);
/* JSON: that of peel_remover_describe(), with jobs, workers (pictures in hand at a time) and memory_bytes. */
PEEL_C_API peel_bytes* peel_batch_describe(const peel_batch* batch, peel_error** error);
/* Returns when all jobs are done. A picture that fails does not stop the others. PEEL_CANCELLED where it was stopped.
 */
PEEL_C_API peel_code peel_batch_run(peel_batch* batch, const peel_batch_calls* calls, const peel_settings* settings,
                                    peel_control* control, peel_error** error);
PEEL_C_API void peel_batch_free(peel_batch* batch);

/* ---- Models and machine ---- */

/* What can run here, as JSON: what `peel info --json` prints. Tries every device for real: some seconds on a GPU. */
PEEL_C_API peel_bytes* peel_info(peel_error** error);
/* The models there are, as JSON: what `peel models list --json` prints. */
PEEL_C_API peel_bytes* peel_models(peel_error** error);
/* Fetches a model where it is not there, checked. The path of its (first) file. */
PEEL_C_API peel_bytes* peel_models_download(const char* name, peel_control* control, peel_error** error);
/* The INT8 form of a model, by settings of "quantize": what `peel quantize --json` prints. */
PEEL_C_API peel_bytes* peel_quantize(const peel_settings* settings, peel_control* control, peel_error** error);

#ifdef __cplusplus
}
#endif

#endif
