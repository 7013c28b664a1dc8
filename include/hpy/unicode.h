/* Strings.
 *
 * A `char *` parameter is UTF-8 unless its function says otherwise. `errors` is the name of an error handler, or NULL
 * for `"strict"`. `HPyUnicode_FromFormat` is in format.h.
 */
#ifndef HPY_UNICODE_H
#define HPY_UNICODE_H

#include "hpy/context.h"

/** Whether the object is an instance of `str` or of a subclass. Returns 1 or 0. */
HPy_ID(186, since=0.0, python=no, error=none)
HPyAPI_FUNC int HPyUnicode_Check(HPyContext *ctx, HPy_NULLABLE HPy h);

/* Making strings. All return a new handle, or HPy_NULL with an exception. */

/** Creates a `str` from UTF-8 up to the NUL. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(185, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_FromString(HPyContext *ctx, const char *utf8);

/**
 * The one `str` with this text, from UTF-8 up to the NUL, that all share who intern it: as a key or name it is found by
 * identity. Keep it in a global or in the state of the module.
 *
 * Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(303, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_InternFromString(HPyContext *ctx, const char *utf8);

/**
 * The one `str` with the text of `h` that all share who intern it; it may be `h`. An instance of a subclass of `str` cannot
 * be shared, so it is the result itself.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `h` is not a `str`).
 */
HPy_ID(304, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_Intern(HPyContext *ctx, HPy h);

/**
 * Creates a `str` from `size` wide characters, or up to the null character if `size` is -1. Returns a new
 * handle, or `HPy_NULL` with an exception.
 */
HPy_ID(191, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_FromWideChar(HPyContext *ctx, HPy_ARRAY(size) const wchar_t *w, HPy_ssize_t size);

/**
 * Decodes a string with the encoding and the error handler of file names, as `os.fsdecode()`. Returns a new handle,
 * or `HPy_NULL` with an exception.
 */
HPy_ID(192, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_DecodeFSDefault(HPyContext *ctx, const char *v);

/**
 * As `HPyUnicode_DecodeFSDefault`, for `size` bytes. Returns a new handle, or `HPy_NULL` with an exception.
 */
HPy_ID(193, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_DecodeFSDefaultAndSize(HPyContext *ctx, HPy_NULLABLE HPy_ARRAY(size) const char *v,
                                                  HPy_ssize_t size);

/**
 * Decodes `size` bytes of ASCII. Error handlers other than the built-in ones may be Python code. Returns a new handle,
 * or `HPy_NULL` with an exception.
 */
HPy_ID(196, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_DecodeASCII(HPyContext *ctx, HPy_NULLABLE HPy_ARRAY(size) const char *ascii,
                                       HPy_ssize_t size, HPy_NULLABLE const char *errors);

/** Decodes `size` bytes of Latin-1. Returns a new handle, or `HPy_NULL` with an exception. */
HPy_ID(197, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_DecodeLatin1(HPyContext *ctx, HPy_NULLABLE HPy_ARRAY(size) const char *latin1,
                                        HPy_ssize_t size, HPy_NULLABLE const char *errors);

/**
 * Decodes a `bytes` or another object with the buffer protocol; a NULL `encoding` is UTF-8.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` for a `str`).
 */
HPy_ID(255, since=0.0, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_FromEncodedObject(HPyContext *ctx, HPy obj, HPy_NULLABLE const char *encoding,
                                             HPy_NULLABLE const char *errors);

/**
 * The characters from `start` up to but not including `end`, which may lie past the end of the string. Negative
 * indices are not allowed.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`IndexError` for a negative index).
 */
HPy_ID(256, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_Substring(HPyContext *ctx, HPy str, HPy_ssize_t start, HPy_ssize_t end);

/* Encoding. The result is a `bytes`. */

/** Encodes as ASCII. Returns a new handle to a `bytes`, or `HPy_NULL` with an exception. */
HPy_ID(187, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_AsASCIIString(HPyContext *ctx, HPy h);

/** Encodes as Latin-1. Returns a new handle to a `bytes`, or `HPy_NULL` with an exception. */
HPy_ID(188, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_AsLatin1String(HPyContext *ctx, HPy h);

/** Encodes as UTF-8. Returns a new handle to a `bytes`, or `HPy_NULL` with an exception. */
HPy_ID(189, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_AsUTF8String(HPyContext *ctx, HPy h);

/** Encodes as `os.fsencode()` does. Returns a new handle to a `bytes`, or `HPy_NULL` with an exception. */
HPy_ID(194, since=0.0, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_EncodeFSDefault(HPyContext *ctx, HPy h);

/* Reading strings. */

/**
 * The string in UTF-8, followed by a NUL. It is valid as long as the handle is open, and must not be
 * written to.
 * The number of bytes is stored in `*size`, unless `size` is NULL; the string may hold NULs itself.
 *
 * Returns NULL with an exception (`TypeError` if `h` is not a `str`, `UnicodeEncodeError` for lone surrogates).
 */
HPy_ID(190, since=0.0, python=no, error=NULL)
HPyAPI_FUNC const char *HPyUnicode_AsUTF8AndSize(HPyContext *ctx, HPy h,
                                                 HPy_NULLABLE HPy_OUT HPy_ssize_t *size);

/**
 * The character at an index from 0.
 *
 * Returns `(HPy_UCS4)-1` with an exception (`IndexError` if out of range).
 */
HPy_ID(195, since=0.0, python=no, error=(HPy_UCS4)-1)
HPyAPI_FUNC HPy_UCS4 HPyUnicode_ReadChar(HPyContext *ctx, HPy h, HPy_ssize_t index);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/unicode.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_UNICODE_H */
