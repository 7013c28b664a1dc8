/** A struct. */
typedef struct {
    /** Fine. */
    int right;
    /** Two of them. */
    int left, wrong;
    /** A function pointer of its own. */
    int (*call)(void);
    /** A part of a word. */
    int bits : 3;
} HPyThing;
