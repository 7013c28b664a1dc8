/* What the headers include that `python -m hpy clinic` generates: finding the argument of each parameter, and converting it.
 *
 * docs/clinic.md explains how to declare functions. Of what is here, authors use the types of some converters only. All
 * else is for generated code, which runs on any version of the ABI; ABI 0.1 makes it faster.
 */
#ifndef HPY_CLINIC_H
#define HPY_CLINIC_H

#ifndef HPY_H
#  include <hpy.h>
#endif

#include "hpy/clinic/match.h"
#include "hpy/clinic/convert.h"

#endif /* HPY_CLINIC_H */
