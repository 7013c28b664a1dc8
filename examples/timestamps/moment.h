/* Points in time as numbers: what of timestamps.c and timestamps_capi.c has nothing to do with Python. */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdint.h>
#include <stddef.h>

#define MICROSECONDS INT64_C(1000000)

typedef struct {
    int year, month, day, hour, minute, second, microsecond;
    int has_offset;
    int offset; /* from UTC, in seconds */
} Moment;

/* Days from 1970-01-01 to a day of the Gregorian calendar. Years are counted from March on, so that the leap day is the last. */
static inline int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static inline void civil_from_days(int64_t days, Moment *m)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    m->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    m->month = (int)(month < 10 ? month + 3 : month - 9);
    m->year = (int)(year_of_era + era * 400 + (m->month <= 2));
}

static inline int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* The moment so many microseconds after 1970-01-01T00:00Z; returns 0 if it is not in the years 1 to 9999. */
static inline int moment_from_microseconds(int64_t us, Moment *m)
{
    int64_t seconds = us / MICROSECONDS - (us % MICROSECONDS < 0);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    if (days < days_from_civil(1, 1, 1) || days > days_from_civil(9999, 12, 31))
        return 0;
    int of_day = (int)(seconds - days * 86400);
    civil_from_days(days, m);
    m->hour = of_day / 3600;
    m->minute = of_day / 60 % 60;
    m->second = of_day % 60;
    m->microsecond = (int)(us - seconds * MICROSECONDS);
    m->has_offset = 1;
    m->offset = 0;
    return 1;
}

static inline int64_t microseconds_from_moment(const Moment *m)
{
    int64_t minutes = (days_from_civil(m->year, m->month, m->day) * 24 + m->hour) * 60 + m->minute;
    return (minutes * 60 + m->second - m->offset) * MICROSECONDS + m->microsecond;
}

/* Reads exactly `count` digits. Returns 0 if there is something else. */
static inline int read_digits(const char **at, const char *end, int count, int *value)
{
    *value = 0;
    for (; count > 0; count--, (*at)++) {
        if (*at == end || **at < '0' || **at > '9')
            return 0;
        *value = *value * 10 + (**at - '0');
    }
    return 1;
}

static inline int read_char(const char **at, const char *end, char c)
{
    if (*at == end || **at != c)
        return 0;
    (*at)++;
    return 1;
}

/* One to six digits behind a point; more are read over. */
static inline int read_fraction(const char **at, const char *end, int *microsecond)
{
    int digit, count = 0;
    *microsecond = 0;
    for (; read_digits(at, end, 1, &digit); count++)
        if (count < 6)
            *microsecond = *microsecond * 10 + digit;
    for (int i = count; i < 6; i++)
        *microsecond *= 10;
    return count > 0;
}

static inline int read_offset(const char **at, const char *end, Moment *m)
{
    int hours, minutes;
    m->offset = 0;
    m->has_offset = 1;
    if (read_char(at, end, 'Z'))
        return 1;
    int negative = read_char(at, end, '-');
    if (!negative && !read_char(at, end, '+')) {
        m->has_offset = 0;
        return 1;
    }
    if (!read_digits(at, end, 2, &hours))
        return 0;
    read_char(at, end, ':');
    if (!read_digits(at, end, 2, &minutes) || hours > 23 || minutes > 59)
        return 0;
    m->offset = (hours * 60 + minutes) * (negative ? -60 : 60);
    return 1;
}

/* Reads `2024-02-29T12:30:15.25+01:00`; from the time on, all may be missing. Returns 0 if the text is not such a moment. */
static inline int moment_parse(const char *text, size_t size, Moment *m)
{
    const char *at = text, *end = text + size;
    m->hour = m->minute = m->second = m->microsecond = m->offset = m->has_offset = 0;
    if (!read_digits(&at, end, 4, &m->year) || !read_char(&at, end, '-') || !read_digits(&at, end, 2, &m->month) ||
        !read_char(&at, end, '-') || !read_digits(&at, end, 2, &m->day))
        return 0;
    if (m->year < 1 || m->month < 1 || m->month > 12 || m->day < 1 || m->day > days_in_month(m->year, m->month))
        return 0;
    if (at == end)
        return 1;
    if (!read_char(&at, end, 'T') && !read_char(&at, end, ' '))
        return 0;
    if (!read_digits(&at, end, 2, &m->hour) || !read_char(&at, end, ':') || !read_digits(&at, end, 2, &m->minute))
        return 0;
    if (read_char(&at, end, ':') && (!read_digits(&at, end, 2, &m->second) ||
                                     (read_char(&at, end, '.') && !read_fraction(&at, end, &m->microsecond))))
        return 0;
    return m->hour < 24 && m->minute < 60 && m->second < 60 && read_offset(&at, end, m) && at == end;
}

#endif
