/* Versions of the binary interface between an extension and an engine.
 *
 * An extension runs on every engine with the same major version and the same or a higher minor one than it asks
 * for. docs/abi-versions.md tells what that means for authors, and for those who add to the interface.
 */
#ifndef HPY_VERSION_H
#define HPY_VERSION_H

#include "hpy/macros.h"

/** The major version of the headers, and of the runtime that they come with. Whatever else has to know these
 *  numbers, in any language, is generated. */
#define HPY_ABI_VERSION 0
/** The newest minor version, which an extension can ask for. */
#define HPY_ABI_VERSION_MINOR 1

/** Part of the file name of extensions: `foo.hpy0.so`. */
#define HPY_ABI_TAG "hpy0"

/* The helpers, which are compiled once for all extensions, never need more than 0.0. */
#ifdef _HPY_HELPER
#  undef HPY_TARGET_ABI_VERSION
#endif
#ifndef HPY_TARGET_ABI_VERSION
/**
 * The version that the extension asks for, defined by the author before the first include of a header of HPy and
 * the same in all files of an extension: 0xMMMMmmmm with the major version M and the minor version m in
 * hexadecimal, so 0.1 is 0x00000001. hpy.devel defines it when told `--hpy-abi-version=0.1`.
 *
 * What is newer is an error to use. Without it, 0.0 is asked for: the extension runs on HPy 0.9, too.
 */
#  define HPY_TARGET_ABI_VERSION 0x00000000
#endif

#include "hpy/generated/versions.h"

/* For the preprocessor, a name that nobody defined is 0; for the compiler it is none. */
_HPy_STATIC_ASSERT((HPY_TARGET_ABI_VERSION) <= 0x7fffffff, "HPY_TARGET_ABI_VERSION is a number");

/* Files of one extension that ask for different versions do not link. Modules that are embedded into one binary
 * may differ, each being a file of its own. */
#if !defined(_HPY_HELPER) && !defined(HPY_EMBEDDED_MODULES)
_HPy_SAME_IN_ALL_FILES(_HPy_TARGET_NAME)
#endif

#endif /* HPY_VERSION_H */
