/* A CSV reader in HPy, with the rules of Python's csv.reader (dialect "excel").
 *
 *   csvscan.parse(text, delimiter=",")  -> list of rows, each a list of str
 *   csvscan.count(text, delimiter=",")  -> (rows, fields), while other threads can run Python code
 *   csvscan.Error                       -> raised for a quoted field that does not end
 *
 * The first half is plain C without Python; the second half is the module.
 */
#include <hpy.h>
#include <stdlib.h>

/* ---- the scanner ---- */

typedef struct {
    const char *at;
    const char *end;
    char delimiter;
    bool row_start;
    long line;     /* of `at`, from 1 */
    char *scratch; /* room for the text of one quoted field without its quotes */
} Scanner;

typedef enum {
    TOKEN_FIELD,
    TOKEN_LAST_FIELD, /* of its row */
    TOKEN_BLANK_LINE,
    TOKEN_END,
    TOKEN_UNTERMINATED, /* a quoted field that does not end */
} Token;

static bool Scanner_open(Scanner *s, const char *text, HPy_ssize_t size, char delimiter)
{
    *s = (Scanner){.at = text, .end = text + size, .delimiter = delimiter, .row_start = true, .line = 1};
    s->scratch = malloc((size_t)size + 1);
    return s->scratch != NULL;
}

static void Scanner_close(Scanner *s)
{
    free(s->scratch);
}

static bool at_newline(const Scanner *s)
{
    return s->at < s->end && (*s->at == '\n' || *s->at == '\r');
}

/* A line ends with "\n", "\r" or "\r\n". */
static void skip_newline(Scanner *s)
{
    if (*s->at == '\r' && s->at + 1 < s->end && s->at[1] == '\n')
        s->at++;
    s->at++;
    s->line++;
}

/* Reads up to the next delimiter or newline. Stores the field in `*text`: a part of the input or of the scratch. */
static bool scan_field(Scanner *s, const char **text, HPy_ssize_t *size)
{
    const char *start = s->at;
    long start_line = s->line;
    char *copy = NULL;
    if (s->at < s->end && *s->at == '"') {
        copy = s->scratch;
        s->at++;
        for (;;) {
            if (s->at == s->end) {
                s->line = start_line; /* where the reader of the message should look */
                return false;
            }
            if (*s->at == '"') {
                s->at++;
                if (s->at == s->end || *s->at != '"')
                    break; /* the closing quote; a doubled one stands for one */
            }
            if (*s->at == '\n' || (*s->at == '\r' && !(s->at + 1 < s->end && s->at[1] == '\n')))
                s->line++;
            *copy++ = *s->at++;
        }
    }
    while (s->at < s->end && *s->at != s->delimiter && !at_newline(s)) {
        if (copy != NULL)
            *copy++ = *s->at; /* what follows the closing quote belongs to the field, too */
        s->at++;
    }
    *text = copy != NULL ? s->scratch : start;
    *size = copy != NULL ? copy - s->scratch : s->at - start;
    return true;
}

static Token next_token(Scanner *s, const char **text, HPy_ssize_t *size)
{
    if (s->row_start) {
        if (s->at == s->end)
            return TOKEN_END;
        if (at_newline(s)) {
            skip_newline(s);
            return TOKEN_BLANK_LINE;
        }
    }
    if (!scan_field(s, text, size))
        return TOKEN_UNTERMINATED;
    s->row_start = s->at == s->end || *s->at != s->delimiter;
    if (!s->row_start) {
        s->at++;
        return TOKEN_FIELD;
    }
    if (s->at < s->end)
        skip_newline(s);
    return TOKEN_LAST_FIELD;
}

/* ---- the module ---- */

/* A Python object for the life of the module. It is listed in the module's `.globals`, and each interpreter that
   imports the module has a value of its own. */
static HPyGlobal Error;

/* Parses the arguments of both functions. On success the scanner is open, with a text that lives
   until the tracker is closed. */
static bool open_arguments(HPyContext *ctx, Scanner *s, HPyTracker *tracker, const HPy *args, size_t nargs,
                           HPy kwnames)
{
    static const char *keywords[] = {"text", "delimiter", NULL};
    HPy text;
    const char *delimiter = ",";
    if (!HPyArg_ParseKeywords(ctx, tracker, args, nargs, kwnames, "O|s:csvscan", keywords, &text, &delimiter))
        return false;

    HPy_ssize_t size;
    const char *utf8 = HPyUnicode_AsUTF8AndSize(ctx, text, &size); /* TypeError when it is not a str */
    if (utf8 == NULL)
        ; /* the exception is set */
    else if (delimiter[0] == '\0' || delimiter[1] != '\0' || delimiter[0] == '"')
        HPyErr_SetString(ctx, ctx->h_ValueError, "delimiter must be one ASCII character other than a quote");
    else if (!Scanner_open(s, utf8, size, delimiter[0]))
        HPyErr_NoMemory(ctx);
    else
        return true;
    HPyTracker_Close(ctx, *tracker);
    return false;
}

static void raise_unterminated(HPyContext *ctx, const Scanner *s)
{
    HPy error = HPyGlobal_Load(ctx, Error);
    HPyErr_Format(ctx, error, "line %ld: the quoted field does not end", s->line);
    HPy_Close(ctx, error);
}

static HPy make_str(HPyContext *ctx, const char *text, HPy_ssize_t size)
{
    bool ascii = true;
    for (HPy_ssize_t i = 0; ascii && i < size; i++)
        ascii = (unsigned char)text[i] < 0x80;
    if (ascii)
        return HPyUnicode_DecodeASCII(ctx, text, size, NULL);

    HPy bytes = HPyBytes_FromStringAndSize(ctx, text, size);
    if (HPy_IsNull(bytes))
        return HPy_NULL;
    HPy result = HPyUnicode_FromEncodedObject(ctx, bytes, "utf-8", "strict");
    HPy_Close(ctx, bytes);
    return result;
}

static int append_str(HPyContext *ctx, HPy row, const char *text, HPy_ssize_t size)
{
    HPy field = make_str(ctx, text, size);
    if (HPy_IsNull(field))
        return -1;
    int status = HPyList_Append(ctx, row, field); /* the list takes its own reference */
    HPy_Close(ctx, field);
    return status;
}

/* Appends one row to `rows`. Returns 1, or 0 at the end of the text, or -1 with an exception. */
static int parse_row(HPyContext *ctx, Scanner *s, HPy rows)
{
    const char *text;
    HPy_ssize_t size;
    Token token = next_token(s, &text, &size);
    if (token == TOKEN_END)
        return 0;

    HPy row = HPyList_New(ctx, 0);
    if (HPy_IsNull(row))
        return -1;
    int status = 0;
    for (; status == 0 && (token == TOKEN_FIELD || token == TOKEN_LAST_FIELD); token = next_token(s, &text, &size)) {
        status = append_str(ctx, row, text, size);
        if (token == TOKEN_LAST_FIELD)
            break;
    }
    if (status == 0 && token == TOKEN_UNTERMINATED) {
        raise_unterminated(ctx, s);
        status = -1;
    }
    if (status == 0)
        status = HPyList_Append(ctx, rows, row);
    HPy_Close(ctx, row);
    return status == 0 ? 1 : -1;
}

HPyDef_METH(parse, "parse", HPyFunc_KEYWORDS,
            .doc = "parse(text, delimiter=',')\n--\n\nThe rows of a CSV text, each a list of str.")
static HPy parse_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)self;
    Scanner scanner;
    HPyTracker tracker;
    if (!open_arguments(ctx, &scanner, &tracker, args, nargs, kwnames))
        return HPy_NULL;

    HPy rows = HPyList_New(ctx, 0);
    int status = HPy_IsNull(rows) ? -1 : 1;
    while (status == 1)
        status = parse_row(ctx, &scanner, rows);
    Scanner_close(&scanner);
    HPyTracker_Close(ctx, tracker);
    if (status < 0) {
        HPy_Close(ctx, rows); /* closing HPy_NULL does nothing */
        return HPy_NULL;
    }
    return rows;
}

HPyDef_METH(count, "count", HPyFunc_KEYWORDS,
            .doc = "count(text, delimiter=',')\n--\n\nThe numbers of rows and fields of a CSV text.")
static HPy count_impl(HPyContext *ctx, HPy self, const HPy *args, size_t nargs, HPy kwnames)
{
    (void)self;
    Scanner scanner;
    HPyTracker tracker;
    if (!open_arguments(ctx, &scanner, &tracker, args, nargs, kwnames))
        return HPy_NULL;

    long rows = 0, fields = 0;
    Token token;
    /* Between these two lines other threads can run Python code, and no function of HPy may be called. */
    HPy_BEGIN_LEAVE_PYTHON(ctx);
    do {
        const char *text;
        HPy_ssize_t size;
        token = next_token(&scanner, &text, &size);
        rows += token == TOKEN_LAST_FIELD || token == TOKEN_BLANK_LINE;
        fields += token == TOKEN_LAST_FIELD || token == TOKEN_FIELD;
    } while (token != TOKEN_END && token != TOKEN_UNTERMINATED);
    HPy_END_LEAVE_PYTHON(ctx);
    Scanner_close(&scanner);
    HPyTracker_Close(ctx, tracker);

    if (token == TOKEN_UNTERMINATED) {
        raise_unterminated(ctx, &scanner);
        return HPy_NULL;
    }
    return HPy_BuildValue(ctx, "(ll)", rows, fields);
}

HPyDef_SLOT(csvscan_exec, HPy_mod_exec)
static int csvscan_exec_impl(HPyContext *ctx, HPy module)
{
    HPy error = HPyErr_NewException(ctx, "csvscan.Error", ctx->h_ValueError, HPy_NULL);
    if (HPy_IsNull(error))
        return -1;
    HPyGlobal_Store(ctx, &Error, error);
    int status = HPy_SetAttr_s(ctx, module, "Error", error);
    HPy_Close(ctx, error);
    return status;
}

static HPyDef *defines[] = {&parse, &count, &csvscan_exec, NULL};
static HPyGlobal *globals[] = {&Error, NULL};

static HPyModuleDef csvscan = {
    .doc = "A CSV reader.",
    .defines = defines,
    .globals = globals,
};

HPy_MODINIT(csvscan, csvscan)
