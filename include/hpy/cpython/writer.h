/* writer.h in the CPython ABI. */
#ifndef HPY_CPYTHON_WRITER_H
#define HPY_CPYTHON_WRITER_H

#include "hpy/cpython/base.h"

HPy_CALLS(HPyUnicodeWriter_Create, _HPyC_UnicodeWriter_Create)
HPy_CALLS(HPyUnicodeWriter_Discard, _HPyC_UnicodeWriter_Discard)
HPy_CALLS(HPyUnicodeWriter_Finish, _HPyC_UnicodeWriter_Finish)
HPy_CALLS(HPyUnicodeWriter_WriteChar, _HPyC_UnicodeWriter_WriteChar)
HPy_CALLS(HPyUnicodeWriter_WriteUTF8, _HPyC_UnicodeWriter_WriteUTF8)
HPy_CALLS(HPyUnicodeWriter_WriteUCS4, _HPyC_UnicodeWriter_WriteUCS4)
HPy_CALLS(HPyUnicodeWriter_WriteStr, _HPyC_UnicodeWriter_WriteStr)
HPy_CALLS(HPyUnicodeWriter_WriteRepr, _HPyC_UnicodeWriter_WriteRepr)
HPy_CALLS(HPyUnicodeWriter_WriteSubstring, _HPyC_UnicodeWriter_WriteSubstring)
HPy_CALLS(HPyBytesWriter_Create, _HPyC_BytesWriter_Create)
HPy_CALLS(HPyBytesWriter_Discard, _HPyC_BytesWriter_Discard)
HPy_CALLS(HPyBytesWriter_Finish, _HPyC_BytesWriter_Finish)
HPy_CALLS(HPyBytesWriter_FinishWithSize, _HPyC_BytesWriter_FinishWithSize)
HPy_CALLS(HPyBytesWriter_GetData, _HPyC_BytesWriter_GetData)
HPy_CALLS(HPyBytesWriter_GetSize, _HPyC_BytesWriter_GetSize)
HPy_CALLS(HPyBytesWriter_Resize, _HPyC_BytesWriter_Resize)
HPy_CALLS(HPyBytesWriter_Grow, _HPyC_BytesWriter_Grow)
HPy_CALLS(HPyBytesWriter_WriteBytes, _HPyC_BytesWriter_WriteBytes)

#include "hpy/generated/cpython/writer.h"

#ifndef HPY_H
#  include "hpy/generated/newer.h"
#endif

#endif /* HPY_CPYTHON_WRITER_H */
