/* Functions of C that know nothing of HPy, made methods by declarations alone. */
#include <hpy.h>

#include <string.h>

typedef struct {
    long level;
    char name[8];
} Tank;

enum { FINE, TOO_LOW, TOO_HIGH };

static int tank_fill(Tank *tank, long by)
{
    if (tank->level + by < 0)
        return TOO_LOW;
    if (tank->level + by > 100)
        return TOO_HIGH;
    tank->level += by;
    return FINE;
}

static void tank_empty(Tank *tank)
{
    tank->level = 0;
}

static long tank_level(const Tank *tank)
{
    return tank->level;
}

/* -1 is a difference like others. */
static long tank_difference(const Tank *tank, const Tank *other)
{
    return tank->level - (other == NULL ? 0 : other->level);
}

/* 2 is true, too. */
static int tank_is_full(const Tank *tank)
{
    return tank->level == 100 ? 2 : 0;
}

static const char *tank_name(const Tank *tank)
{
    return tank->name[0] == '\0' ? NULL : tank->name;
}

static int tank_set_name(Tank *tank, const char *name, HPy_ssize_t size)
{
    if (size >= (HPy_ssize_t)sizeof(tank->name))
        return TOO_HIGH;
    memcpy(tank->name, name, (size_t)size + 1);
    return FINE;
}

static double half(double x)
{
    return x / 2;
}

static int checked(HPyContext *ctx, int status)
{
    if (status != FINE)
        HPyErr_SetString(ctx, ctx->h_ValueError, status == TOO_LOW ? "too low" : "too high");
    return status == FINE ? 0 : -1;
}

static int named(HPyContext *ctx, const char *name)
{
    if (name == NULL)
        HPyErr_SetString(ctx, ctx->h_LookupError, "no name");
    return name == NULL ? -1 : 0;
}

static int positive(HPyContext *ctx, double x)
{
    if (x < 0)
        HPyErr_SetString(ctx, ctx->h_ValueError, "negative");
    return x < 0 ? -1 : 0;
}

HPyType_HELPERS(Tank)
static HPyGlobal Tank_type;

/*[clinic input]
module mod
class mod.Tank "Tank *" "Tank_type"
[clinic start generated code]*/
#include "mod.clinic.h"

/*[clinic input]
mod.Tank.__new__
[clinic start generated code]*/
static HPy mod_Tank_new_impl(HPyContext *ctx, HPy type)
{
    Tank *tank;
    return HPy_New(ctx, type, &tank);
}

/*[clinic input]
@calls tank_fill
mod.Tank.fill -> None(check="checked")
    by: long = 1
Fill, or empty.

@calls tank_empty
mod.Tank.empty -> None

@calls tank_level
@getter
mod.Tank.level -> long
The level.

@calls tank_difference
mod.Tank.difference -> long
    other: object(subclass_of=Tank) = None

@calls tank_is_full
mod.Tank.is_full -> bool

@calls tank_name
@getter
mod.Tank.name -> str(check="named")

@calls tank_set_name
@setter
mod.Tank.name -> None(check="checked")
    value: str(zeroes=True)

@calls half
mod.half as halve -> double(check="positive")
    x: double
    /
[clinic start generated code]*/

static HPyDef *Tank_defines[] = {mod_Tank_CLINIC NULL};
static HPyType_Spec Tank_spec = {
    .name = "mod.Tank",
    .basicsize = sizeof(Tank),
    .defines = Tank_defines,
};
