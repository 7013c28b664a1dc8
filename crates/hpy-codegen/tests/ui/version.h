/* The tag is that of another major version. */
#define HPY_ABI_VERSION 1
#define HPY_ABI_VERSION_MINOR 0
#define HPY_ABI_TAG "hpy0"
