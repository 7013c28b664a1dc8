/* Found in the place of the real Python.h: the build puts this directory first on the include path of
 * extensions for the universal ABI, which must not depend on one engine. Deliberately without an include
 * guard. */
#ifdef HPY_ABI_UNIVERSAL
#  error "It is forbidden to #include <Python.h> when targeting the HPy Universal ABI"
#else
#  error "Internal HPy error, something is wrong with your build system. The directory hpy/forbid_python_h has been added to the include_dirs but the target ABI does not seems to be 'universal'"
#endif
