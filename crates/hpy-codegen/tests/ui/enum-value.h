/** Numbers. */
typedef enum {
    /** One. */
    HPyNumber_ONE = 1,
    /** Computed. */
    HPyNumber_TWO = HPyNumber_ONE + 1,
    /** Follows something that is no number. */
    HPyNumber_THREE,
} HPyNumber;
