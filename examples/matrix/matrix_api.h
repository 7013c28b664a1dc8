/* What the extension `matrix` has for other extensions: a package would install this header.
 *
 * An extension that uses HPy includes it after `hpy.h`, one that uses the C API after `Python.h`. Both get a struct
 * `MatrixAPI` with these functions from `MatrixAPI_Import`.
 */
#ifndef MATRIX_API_H
#define MATRIX_API_H

#include <hpy/extension_api.h>

/* The struct of `matrix.Matrix`. Rows follow each other in `items`, which stays where it is as long as the object lives. */
typedef struct {
    double *items;
    ptrdiff_t rows;
    ptrdiff_t columns;
} Matrix;

/* Matrix_New      a matrix of zeros
 * Matrix_Product  of two matrices
 * Matrix_Shape    stores the numbers of rows and columns; -1 on failure
 * Matrix_Sum      of several matrices of the same shape, at least one
 * Matrix_AsStruct the struct of a matrix; NULL with TypeError for another object
 */
#define MATRIX_API(FUNCTION, TYPE) \
    FUNCTION(0, HPy, Matrix_New, ptrdiff_t, ptrdiff_t) \
    FUNCTION(0, HPy, Matrix_Product, HPy, HPy) \
    FUNCTION(0, int, Matrix_Shape, HPy, ptrdiff_t *, ptrdiff_t *) \
    FUNCTION(1, HPy, Matrix_Sum, const HPy *, size_t) \
    TYPE(1, Matrix, 1)

HPyAPI_DECLARE(MatrixAPI, "matrix._api", 1, 1, MATRIX_API)

#endif /* MATRIX_API_H */
