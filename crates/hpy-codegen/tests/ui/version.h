/* Versions; the tag is that of another major version. */
/** Major version. */
#define HPY_ABI_VERSION 1
/** Minor version. */
#define HPY_ABI_VERSION_MINOR 0
/** Part of file names. */
#define HPY_ABI_TAG "hpy0"
