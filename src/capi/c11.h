#ifndef PEEL_CAPI_C11_H
#define PEEL_CAPI_C11_H

#ifdef __cplusplus
extern "C" {
#endif

/* Cuts a square picture out, from the caller's memory into the caller's. The code of what went wrong, or 0. */
int cut_out_in_c(const char* model, const unsigned char* rgb, int side, unsigned char* rgba);
/* The code and message of the first of two errors. */
int first_error_stays_in_c(char* message, int size);

#ifdef __cplusplus
}
#endif

#endif
