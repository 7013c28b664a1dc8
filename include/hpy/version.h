/* Versions of the binary interface between an extension and an engine.
 *
 * An extension runs on every engine that has the major version it asks for, and the same or a higher minor version.
 * docs/abi-versions.md explains what that means for authors, and for those who extend the interface.
 */
#ifndef HPY_VERSION_H
#define HPY_VERSION_H

#include "hpy/macros.h"

/** The major version of the headers, and of the runtime that they come with. Everything else that contains these
 *  numbers, in any language, is generated. */
#define HPY_ABI_VERSION 0
/** The newest minor version that an extension can ask for. */
#define HPY_ABI_VERSION_MINOR 1

/** Part of the file name of extensions: `foo.hpy0.so`. */
#define HPY_ABI_TAG "hpy0"

/* The helpers, which are compiled once for all extensions, never need more than 0.0. */
#ifdef _HPY_HELPER
#  undef HPY_TARGET_ABI_VERSION
#endif
#ifndef HPY_TARGET_ABI_VERSION
/**
 * The version that the extension asks for: 0xMMMMmmmm with the major version M and the minor version m in
 * hexadecimal, so 0.1 is 0x00000001. The author defines it before the first include of an HPy header, with the same
 * value in all files of an extension; hpy.devel does so for `--hpy-abi-version=0.1`.
 *
 * Using anything newer is a compile-time error. The default is 0.0, with which the extension also runs on HPy 0.9.
 */
#  define HPY_TARGET_ABI_VERSION 0x00000000
#endif

#include "hpy/generated/versions.h"

/* In #if, an undefined name counts as 0; here it is an error. */
_HPy_STATIC_ASSERT((HPY_TARGET_ABI_VERSION) <= 0x7fffffff, "HPY_TARGET_ABI_VERSION is a number");

/* Files of one extension that ask for different versions do not link. Modules that are embedded into one binary may
 * differ, as each is a file of its own. */
#if !defined(_HPY_HELPER) && !defined(HPY_EMBEDDED_MODULES)
_HPy_SAME_IN_ALL_FILES(_HPy_TARGET_NAME)
#endif

#endif /* HPY_VERSION_H */
