/* Dates and times: the objects of the module `datetime`, by their fields.
 *
 *     HPyDateTime_Fields fields = {HPyDateTime_DATETIME};
 *     fields.year = 2024, fields.month = 2, fields.day = 29, fields.hour = 12;
 *     HPy h = HPyDateTime_FromFields(ctx, &fields, HPy_NULL);
 */
#ifndef HPY_DATETIME_H
#define HPY_DATETIME_H

#include "hpy/context.h"

/** What an object of the module `datetime` is. */
typedef enum {
    /** None of these. */
    HPyDateTime_NONE = 0,
    /** `date`: `year`, `month`, `day`. */
    HPyDateTime_DATE = 1,
    /** `time`: `hour`, `minute`, `second`, `microsecond`, `fold`. */
    HPyDateTime_TIME = 2,
    /** `datetime`: all of these. */
    HPyDateTime_DATETIME = 3,
    /** `timedelta`: `days`, `second`, `microsecond`. */
    HPyDateTime_DELTA = 4,
} HPyDateTime_Kind;

/** The fields. Those that the kind does not have are 0 when they are stored, and ignored when they are read. */
struct _HPyDateTime_Fields_s {
    /** Which fields it has. */
    HPyDateTime_Kind kind;
    /** 1 to 9999. */
    int year;
    /** 1 to 12. */
    int month;
    /** 1 to 31. */
    int day;
    /** 0 to 23. */
    int hour;
    /** 0 to 59. */
    int minute;
    /** 0 to 59; the seconds of a `timedelta` beside the days, 0 to 86399. */
    int second;
    /** 0 to 999999. */
    int microsecond;
    /** 1 for the second of two times that clocks show twice, otherwise 0. */
    int fold;
    /** The days of a `timedelta`, of either sign. */
    int days;
};

/**
 * Creates an object of the module `datetime`. `tzinfo` is the time zone of a `time` or `datetime`, an instance of
 * `datetime.tzinfo`; `HPy_NULL` or `None` for none. The fields of a `timedelta` may be any numbers, and are normalised.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`ValueError` for a field that is out of range or another kind,
 * `OverflowError` for a `timedelta` of more than 999999999 days, `TypeError` if `tzinfo` is not a time zone).
 */
HPy_ID(341, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyDateTime_FromFields(HPyContext *ctx, HPy_ARRAY(1) const HPyDateTime_Fields *fields,
                                       HPy_NULLABLE HPy tzinfo);

/**
 * Stores the fields of an object of the module `datetime`, as it has them whatever attributes a subclass defines. In `*tzinfo`,
 * which may be NULL, it stores a new handle of the time zone, or `HPy_NULL` if there is none.
 *
 * Returns the kind, which is 0 for any other object, without an exception; or -1 with an exception, if `datetime` cannot be
 * imported.
 */
HPy_ID(342, since=0.1, python=yes, error=-1)
HPyAPI_FUNC int HPyDateTime_GetFields(HPyContext *ctx, HPy h, HPy_OUT HPyDateTime_Fields *fields,
                                      HPy_NULLABLE HPy_OUT HPy *tzinfo);

/**
 * `datetime.timezone(offset, name)`; for `HPy_NULL` in place of the offset, `datetime.timezone.utc`. The name may be `HPy_NULL`.
 *
 * Returns a new handle, or `HPy_NULL` with an exception (`TypeError` if `offset` is not a `timedelta` or `name` not a `str`,
 * `ValueError` for an offset of a day or more).
 */
HPy_ID(343, since=0.1, python=yes, error=HPy_NULL)
HPyAPI_FUNC HPy HPyTimeZone_FromOffset(HPyContext *ctx, HPy_NULLABLE HPy offset, HPy_NULLABLE HPy name);

#ifdef HPY_ABI_CPYTHON
#  include "hpy/cpython/datetime.h"
#elif !defined(HPY_H)
#  include "hpy/generated/dispatch.h"
#endif

#endif /* HPY_DATETIME_H */
