//! Dates and times, by the table of functions that the module `datetime` has for C. Each interpreter has its own.

use std::ffi::c_int;
use std::ptr::{NonNull, null_mut};
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use crate::ffi::{self, PyDateTime_CAPI, PyObject};
use hpy_abi::*;

use crate::boundary::{Raised, Result, check, guard, raise_format, type_error, value_error};
use crate::context::Universal;
use crate::engine::datetime_functions;
use crate::forward::null_argument;
use crate::generated::calls::null;
use crate::handle::{handle, object};
use crate::owned::{Owned, new_reference};
use crate::state::{Host, Interpreter};
use crate::sync::lock;

/// What the table of an interpreter lives as long as, until the interpreter ends.
struct Keeper(Mutex<Option<Owned>>);

fn release(interpreter: &Interpreter) {
    if let Some(keeper) = interpreter.find_attached::<Keeper>() {
        drop(lock(&keeper.0).take());
    }
}

/// # Safety
/// The thread is inside the interpreter.
unsafe fn table(interpreter: &Interpreter) -> Result<&PyDateTime_CAPI> {
    let table = match NonNull::new(interpreter.datetime.load(Ordering::Acquire)) {
        Some(table) => table,
        // SAFETY: by contract.
        None => unsafe { find_table(interpreter)? },
    };
    // SAFETY: that object lives, or is in the module, which at the very end is as good.
    Ok(unsafe { table.as_ref() })
}

/// # Safety
/// The thread is inside the interpreter.
#[cold]
unsafe fn find_table(interpreter: &Interpreter) -> Result<NonNull<PyDateTime_CAPI>> {
    // SAFETY: by contract.
    let (table, keeper) = unsafe { datetime_functions()? };
    interpreter.attached(|| {
        interpreter.at_end(release)?;
        Ok(Keeper(Mutex::new(Some(keeper))))
    })?;
    interpreter.datetime.store(table.as_ptr(), Ordering::Release);
    Ok(table)
}

/// `HPyDateTime_FromFields`.
unsafe fn from_fields(
    interpreter: &Interpreter,
    fields: *const HPyDateTime_Fields,
    tzinfo: HPy,
) -> Result<HPy> {
    // SAFETY: the contract of the C API function.
    unsafe {
        let Some(f) = fields.as_ref() else {
            null_argument::<HPy>(null::ctx_DateTime_FromFields);
            return Err(Raised);
        };
        let table = table(interpreter)?;
        let zone = if tzinfo.is_null() { ffi::Py_None() } else { object(tzinfo) };
        // Most zones are of the type of UTC, `datetime.timezone`.
        if zone != ffi::Py_None()
            && ffi::Py_TYPE(zone) != ffi::Py_TYPE(table.TimeZone_UTC)
            && ffi::PyObject_TypeCheck(zone, table.TZInfoType) == 0
        {
            return Err(type_error(c"tzinfo is neither None nor an instance of datetime.tzinfo"));
        }
        let made = match f.kind {
            HPyDateTime_DATE => (table.Date_FromDate)(f.year, f.month, f.day, table.DateType),
            HPyDateTime_TIME => (table.Time_FromTimeAndFold)(
                f.hour,
                f.minute,
                f.second,
                f.microsecond,
                zone,
                f.fold,
                table.TimeType,
            ),
            HPyDateTime_DATETIME => (table.DateTime_FromDateAndTimeAndFold)(
                f.year,
                f.month,
                f.day,
                f.hour,
                f.minute,
                f.second,
                f.microsecond,
                zone,
                f.fold,
                table.DateTimeType,
            ),
            HPyDateTime_DELTA => delta(table, f)?,
            _ => return Err(value_error(c"the kind of the fields is none of HPyDateTime_Kind")),
        };
        Ok(handle(check(made)?))
    }
}

/// CPython's own normalisation computes with `int`, which may overflow.
unsafe fn delta(table: &PyDateTime_CAPI, fields: &HPyDateTime_Fields) -> Result<*mut PyObject> {
    const MICROSECONDS: i64 = 1_000_000;
    const SECONDS: i64 = 24 * 60 * 60;
    let microsecond = i64::from(fields.microsecond);
    let second = i64::from(fields.second) + microsecond.div_euclid(MICROSECONDS);
    let days = i64::from(fields.days) + second.div_euclid(SECONDS);
    let Ok(days) = c_int::try_from(days) else {
        // SAFETY: the caller holds the interpreter.
        return Err(unsafe {
            raise_format!(ffi::PyExc_OverflowError, c"%lld days are too many for a timedelta", days)
        });
    };
    let second = second.rem_euclid(SECONDS) as c_int;
    let microsecond = microsecond.rem_euclid(MICROSECONDS) as c_int;
    // SAFETY: the caller holds the interpreter; the last argument but one says that all is normalised.
    Ok(unsafe { (table.Delta_FromDelta)(days, second, microsecond, 0, table.DeltaType) })
}

/// `HPyDateTime_GetFields`, with a short way for what is nearly always asked: the fields go where they belong at once, and
/// nothing is kept for the other ways.
#[inline(always)]
unsafe fn get_fields(
    interpreter: &Interpreter,
    h: HPy,
    fields: *mut HPyDateTime_Fields,
    tzinfo: *mut HPy,
) -> Result<c_int> {
    // SAFETY: the contract of the C API function; the table stays.
    unsafe {
        if !h.is_null()
            && !fields.is_null()
            && let Some(table) = interpreter.datetime.load(Ordering::Acquire).as_ref()
            && ffi::Py_TYPE(object(h)) == table.DateTimeType
        {
            let (found, zone) = datetime(object(h));
            fields.write(found);
            store_zone(zone, tzinfo);
            return Ok(HPyDateTime_DATETIME);
        }
        get_fields_of_other(interpreter, h, fields, tzinfo)
    }
}

#[inline(never)]
unsafe fn get_fields_of_other(
    interpreter: &Interpreter,
    h: HPy,
    fields: *mut HPyDateTime_Fields,
    tzinfo: *mut HPy,
) -> Result<c_int> {
    // SAFETY: the contract of the C API function.
    unsafe {
        store_zone(null_mut(), tzinfo);
        if h.is_null() || fields.is_null() {
            null_argument::<c_int>(null::ctx_DateTime_GetFields);
            return Err(Raised);
        }
        fields.write(HPyDateTime_Fields::default());
        let (found, zone) = of_other(table(interpreter)?, object(h));
        fields.write(found);
        store_zone(zone, tzinfo);
        Ok(found.kind)
    }
}

/// # Safety
/// The zone is null or an object, the place null or one for a handle.
#[inline(always)]
unsafe fn store_zone(zone: *mut PyObject, place: *mut HPy) {
    // SAFETY: by contract.
    unsafe {
        if place.is_null() {
            return;
        }
        let is_none = zone.is_null() || zone == ffi::Py_None();
        place.write(if is_none { HPy::NULL } else { handle(new_reference(zone)) });
    }
}

/// The fields of an object, and its time zone, borrowed; null if it has none. A subclass comes here, too.
///
/// # Safety
/// The thread is inside the interpreter.
unsafe fn of_other(table: &PyDateTime_CAPI, object: *mut PyObject) -> (HPyDateTime_Fields, *mut PyObject) {
    // SAFETY: fields are read of objects that have them.
    unsafe {
        let is = |ty| ffi::PyObject_TypeCheck(object, ty) != 0;
        // A `datetime` is a `date`, too.
        if is(table.DateTimeType) {
            datetime(object)
        } else if is(table.DateType) {
            (date(object), null_mut())
        } else if is(table.TimeType) {
            let fields = HPyDateTime_Fields {
                kind: HPyDateTime_TIME,
                hour: ffi::PyDateTime_TIME_GET_HOUR(object),
                minute: ffi::PyDateTime_TIME_GET_MINUTE(object),
                second: ffi::PyDateTime_TIME_GET_SECOND(object),
                microsecond: ffi::PyDateTime_TIME_GET_MICROSECOND(object),
                fold: ffi::PyDateTime_TIME_GET_FOLD(object).into(),
                ..HPyDateTime_Fields::default()
            };
            (fields, ffi::PyDateTime_TIME_GET_TZINFO(object))
        } else if is(table.DeltaType) {
            let fields = HPyDateTime_Fields {
                kind: HPyDateTime_DELTA,
                days: ffi::PyDateTime_DELTA_GET_DAYS(object),
                second: ffi::PyDateTime_DELTA_GET_SECONDS(object),
                microsecond: ffi::PyDateTime_DELTA_GET_MICROSECONDS(object),
                ..HPyDateTime_Fields::default()
            };
            (fields, null_mut())
        } else {
            (HPyDateTime_Fields::default(), null_mut())
        }
    }
}

/// # Safety
/// A `datetime`.
#[inline(always)]
unsafe fn datetime(object: *mut PyObject) -> (HPyDateTime_Fields, *mut PyObject) {
    // SAFETY: by contract; it is a `date`, too.
    unsafe {
        let fields = HPyDateTime_Fields {
            kind: HPyDateTime_DATETIME,
            hour: ffi::PyDateTime_DATE_GET_HOUR(object),
            minute: ffi::PyDateTime_DATE_GET_MINUTE(object),
            second: ffi::PyDateTime_DATE_GET_SECOND(object),
            microsecond: ffi::PyDateTime_DATE_GET_MICROSECOND(object),
            fold: ffi::PyDateTime_DATE_GET_FOLD(object).into(),
            ..date(object)
        };
        (fields, ffi::PyDateTime_DATE_GET_TZINFO(object))
    }
}

/// # Safety
/// A `date`.
#[inline(always)]
unsafe fn date(object: *mut PyObject) -> HPyDateTime_Fields {
    // SAFETY: by contract.
    unsafe {
        HPyDateTime_Fields {
            kind: HPyDateTime_DATE,
            year: ffi::PyDateTime_GET_YEAR(object),
            month: ffi::PyDateTime_GET_MONTH(object),
            day: ffi::PyDateTime_GET_DAY(object),
            ..HPyDateTime_Fields::default()
        }
    }
}

/// `HPyTimeZone_FromOffset`.
unsafe fn time_zone(interpreter: &Interpreter, offset: HPy, name: HPy) -> Result<HPy> {
    // SAFETY: the contract of the C API function.
    unsafe {
        let table = table(interpreter)?;
        if !name.is_null() && ffi::PyUnicode_Check(object(name)) == 0 {
            return Err(type_error(c"the name of a time zone is not a str"));
        }
        if offset.is_null() {
            if name.is_null() {
                return Ok(handle(new_reference(table.TimeZone_UTC)));
            }
            let zero = Owned::new((table.Delta_FromDelta)(0, 0, 0, 0, table.DeltaType))?;
            return Ok(handle(check((table.TimeZone_FromTimeZone)(zero.as_ptr(), object(name)))?));
        }
        if ffi::PyObject_TypeCheck(object(offset), table.DeltaType) == 0 {
            return Err(type_error(c"the offset of a time zone is not a timedelta"));
        }
        Ok(handle(check((table.TimeZone_FromTimeZone)(object(offset), object(name)))?))
    }
}

/// The context function, and the same without a context of an interpreter.
macro_rules! functions {
    ($($context:ident, $standalone:ident = $function:ident($($arg:ident: $ty:ty),*) -> $result:ty, $error:expr;)*) => {$(
        pub(crate) unsafe extern "C" fn $context(ctx: *mut HPyContext, $($arg: $ty),*) -> $result {
            // SAFETY: the contract of context functions, see `crate::forward`.
            guard($error, || unsafe { $function(Universal::of(ctx).interpreter(), $($arg),*) })
        }

        #[doc = concat!("`", stringify!($function), "` in the interpreter of this thread.")]
        ///
        /// # Safety
        /// See the C API.
        pub unsafe fn $standalone(_: *mut HPyContext, $($arg: $ty),*) -> $result {
            // SAFETY: by contract.
            guard($error, || unsafe { $function(&*Interpreter::current()?, $($arg),*) })
        }
    )*};
}

functions! {
    ctx_DateTime_FromFields, from_fields_here =
        from_fields(fields: *const HPyDateTime_Fields, tzinfo: HPy) -> HPy, HPy::NULL;
    ctx_DateTime_GetFields, get_fields_here =
        get_fields(h: HPy, fields: *mut HPyDateTime_Fields, tzinfo: *mut HPy) -> c_int, -1;
    ctx_TimeZone_FromOffset, time_zone_here = time_zone(offset: HPy, name: HPy) -> HPy, HPy::NULL;
}
