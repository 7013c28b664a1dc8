/* The tag is that of another major version. */
/** The major version. */
#define HPY_ABI_VERSION 1
/** The minor version. */
#define HPY_ABI_VERSION_MINOR 0
/** The tag. */
#define HPY_ABI_TAG "hpy0"
