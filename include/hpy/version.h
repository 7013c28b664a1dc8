/* Versions of the binary interface between an extension and an engine.
 *
 * An extension runs on every engine with the same major version and the same or a higher minor one.
 */
#ifndef HPY_VERSION_H
#define HPY_VERSION_H

/** The major version that the extension is compiled for. */
#define HPY_ABI_VERSION 0
/** The minor version that the extension is compiled for. */
#define HPY_ABI_VERSION_MINOR 0

/** Part of the file name of extensions: `foo.hpy0.so`. */
#define HPY_ABI_TAG "hpy0"

#endif /* HPY_VERSION_H */
