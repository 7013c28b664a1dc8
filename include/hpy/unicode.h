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

/**
 * Decodes `size` bytes of UTF-8, which may have NULs among them. Error handlers other than the built-in ones may be Python
 * code.
 *
 * Returns a new handle, or `HPy_NULL` with an exception: `UnicodeDecodeError` for what is no UTF-8, `LookupError` for an
 * error handler that nobody knows, `ValueError` for a negative size.
 */
HPy_ID(349, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_DecodeUTF8(HPyContext *ctx, HPy_NULLABLE HPy_ARRAY(size) const char *utf8,
                                      HPy_ssize_t size, HPy_NULLABLE const char *errors);

/**
 * Decodes `size` bytes with any encoding that Python knows; a NULL `encoding` is UTF-8.
 *
 * Returns a new handle, or `HPy_NULL` with an exception: `LookupError` for an encoding or an error handler that nobody
 * knows, `UnicodeDecodeError` for what is not in this encoding, `ValueError` for a negative size.
 */
HPy_ID(350, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_Decode(HPyContext *ctx, HPy_NULLABLE HPy_ARRAY(size) const char *bytes, HPy_ssize_t size,
                                  HPy_NULLABLE const char *encoding, HPy_NULLABLE const char *errors);

/**
 * Creates a `str` from `size` code points in an array whose items have 1, 2 or 4 bytes: `kind` is
 * `HPyUnicode_FORMAT_UCS1`, `HPyUnicode_FORMAT_UCS2` or `HPyUnicode_FORMAT_UCS4`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception: `SystemError` for another kind, `ValueError` for a negative size
 * or a number that is no code point.
 */
HPy_ID(351, since=0.1, python=no, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_FromKindAndData(HPyContext *ctx, int kind, HPy_NULLABLE HPy_ARRAY(size) const void *data,
                                           HPy_ssize_t size);

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

/**
 * Encodes with any encoding that Python knows; a NULL `encoding` is UTF-8.
 *
 * Returns a new handle to a `bytes`, or `HPy_NULL` with an exception: `TypeError` if `h` is not a `str`, `LookupError` for
 * an encoding or an error handler that nobody knows, `UnicodeEncodeError` for what the encoding does not have.
 */
HPy_ID(352, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_AsEncodedString(HPyContext *ctx, HPy h, HPy_NULLABLE const char *encoding,
                                           HPy_NULLABLE const char *errors);

/**
 * Copies up to `size` wide characters to `w`, with a null character at the end if there is room for it. Where wide characters
 * have 16 bits, a code point may take two.
 *
 * Returns how many were written without that null character. With NULL for `w`, returns how many are needed with it.
 * Returns -1 with an exception: `TypeError` if `h` is not a `str`, `ValueError` for a negative size.
 */
HPy_ID(353, since=0.1, python=no, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyUnicode_AsWideChar(HPyContext *ctx, HPy h, HPy_NULLABLE HPy_OUT wchar_t *w,
                                              HPy_ssize_t size);

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

/** Formats in which `HPyUnicode_Export` gives the characters of a string, to be combined by `|` if there is a choice. The
 *  numbers are those of PEP 756; the first three are also kinds of `HPyUnicode_FromKindAndData`. */
typedef enum {
    /** One byte for each code point, which is less than 256: Latin-1. */
    HPyUnicode_FORMAT_UCS1 = 0x01,
    /** Two bytes for each code point, which is less than 65536. */
    HPyUnicode_FORMAT_UCS2 = 0x02,
    /** Four bytes for each code point. */
    HPyUnicode_FORMAT_UCS4 = 0x04,
    /** UTF-8. */
    HPyUnicode_FORMAT_UTF8 = 0x08,
    /** One byte for each character, which is less than 128. */
    HPyUnicode_FORMAT_ASCII = 0x10,
} HPyUnicode_Format;

/**
 * Gives the characters of a string, without a copy if one of the `requested_formats` of `HPyUnicode_Format` is how the
 * engine keeps it. If not, they are converted to the smallest of the formats that can have them all. In the view, `buf` and
 * `len` are the memory and its size in bytes, `itemsize` is 1, 2 or 4 bytes and `format` that of such an item; `shape` and
 * `strides` are NULL. The memory must not be written to; there need not be a NUL at its end.
 *
 * Returns the one format that it is in, with a view that is to be released by `HPyBuffer_Release` and keeps the characters
 * where they are until then. Returns -1 with an exception: `TypeError` if `h` is not a `str`, `ValueError` if none of the
 * formats can have the characters or is known, `UnicodeEncodeError` if only UTF-8 is left, and there are lone surrogates;
 * then `obj` of the view is `HPy_NULL`, and releasing it does nothing.
 */
HPy_ID(354, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyUnicode_Export(HPyContext *ctx, HPy h, int requested_formats, HPy_OUT HPy_buffer *view);

/* Searching and comparing. Indices count characters; `end` may lie past the end of the string, and negative indices count
 * from there, as in slices. */

/**
 * Looks for `substr` in `str[start:end]`: for the first one if `direction` is 1, for the last one if it is -1.
 *
 * Returns its index, -1 if there is none, or -2 with `TypeError` if one of them is not a `str`.
 */
HPy_ID(355, since=0.1, python=no, error=-2)
HPyAPI_FUNC HPy_ssize_t HPyUnicode_Find(HPyContext *ctx, HPy str, HPy substr, HPy_ssize_t start, HPy_ssize_t end,
                                        int direction);

/** As `HPyUnicode_Find`, for one character. */
HPy_ID(356, since=0.1, python=no, error=-2)
HPyAPI_FUNC HPy_ssize_t HPyUnicode_FindChar(HPyContext *ctx, HPy str, HPy_UCS4 ch, HPy_ssize_t start, HPy_ssize_t end,
                                            int direction);

/**
 * Whether `str[start:end]` ends with `substr`, or begins with it if `direction` is -1 instead of 1.
 *
 * Returns 1, 0, or -1 with `TypeError` if one of them is not a `str`.
 */
HPy_ID(357, since=0.1, python=no, error=-1)
HPyAPI_FUNC HPy_ssize_t HPyUnicode_Tailmatch(HPyContext *ctx, HPy str, HPy substr, HPy_ssize_t start, HPy_ssize_t end,
                                             int direction);

/**
 * Compares two strings by their code points.
 *
 * Returns -1 if `left` is less, 0 if they are equal, 1 if it is greater. Returns -1 with `TypeError` if one of them is not a
 * `str`.
 */
HPy_ID(358, since=0.1, python=no, error=-1?)
HPyAPI_FUNC int HPyUnicode_Compare(HPyContext *ctx, HPy left, HPy right);

/** Whether two strings are equal. Returns 1, 0, or -1 with `TypeError` if one of them is not a `str`. */
HPy_ID(359, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyUnicode_Equal(HPyContext *ctx, HPy a, HPy b);

/**
 * Whether a string is what these `size` bytes of UTF-8 say, or those up to the NUL if `size` is -1. It is not if they are no
 * UTF-8.
 *
 * Returns 1, 0, or -1 with `TypeError` if `h` is not a `str`.
 */
HPy_ID(360, since=0.1, python=no, error=-1)
HPyAPI_FUNC int HPyUnicode_EqualToUTF8AndSize(HPyContext *ctx, HPy h, HPy_ARRAY(size) const char *utf8,
                                              HPy_ssize_t size);

/* Putting strings together. To make one of many pieces, see writer.h. */

/**
 * Joins the strings of any iterable with `separator` between them.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if one of them is not a `str`).
 */
HPy_ID(361, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyUnicode_Join(HPyContext *ctx, HPy separator, HPy iterable);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/unicode.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_UNICODE_H */
