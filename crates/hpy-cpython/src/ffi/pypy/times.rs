//! Dates and times.

use std::ffi::c_int;

use pyo3_ffi::{self as ffi, PyObject};

use super::Py_DECREF;

/// The fields of dates and times as they are stored. What PyPy has for them asks the properties, which a subclass may have
/// replaced, and ends the process if those raise an exception.
macro_rules! fields_of_times {
    ($($name:ident = $field:literal;)*) => {$(
        /// As on CPython.
        ///
        /// # Safety
        /// An object that has the field.
        pub unsafe fn $name(object: *mut PyObject) -> c_int {
            // SAFETY: by contract; the field is a small number.
            unsafe {
                let number = ffi::PyObject_GetAttrString(object, $field.as_ptr());
                if number.is_null() {
                    ffi::PyErr_Clear();
                    return 0;
                }
                let value = ffi::PyLong_AsLong(number);
                Py_DECREF(number);
                value as c_int
            }
        }
    )*};
}

fields_of_times! {
    PyDateTime_GET_YEAR = c"_year";
    PyDateTime_GET_MONTH = c"_month";
    PyDateTime_GET_DAY = c"_day";
    PyDateTime_DATE_GET_HOUR = c"_hour";
    PyDateTime_DATE_GET_MINUTE = c"_minute";
    PyDateTime_DATE_GET_SECOND = c"_second";
    PyDateTime_DATE_GET_MICROSECOND = c"_microsecond";
    PyDateTime_DATE_GET_FOLD = c"_fold";
    PyDateTime_TIME_GET_HOUR = c"_hour";
    PyDateTime_TIME_GET_MINUTE = c"_minute";
    PyDateTime_TIME_GET_SECOND = c"_second";
    PyDateTime_TIME_GET_MICROSECOND = c"_microsecond";
    PyDateTime_TIME_GET_FOLD = c"_fold";
    PyDateTime_DELTA_GET_DAYS = c"_days";
    PyDateTime_DELTA_GET_SECONDS = c"_seconds";
    PyDateTime_DELTA_GET_MICROSECONDS = c"_microseconds";
}
