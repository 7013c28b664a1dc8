//! An engine small enough to read: objects with a count, whose address is their handle. Every use of an object that is
//! gone ends the test.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicIsize, Ordering};

use hpy_abi::*;

use crate::fake;

/// What a handle points to. It is never freed.
struct Data {
    references: AtomicIsize,
    value: Value,
}

#[derive(Clone)]
enum Value {
    Text(CString),
    Type { name: &'static CStr, shape: HPyType_BuiltinShape, base: isize },
    Instance { of: isize, memory: *mut c_void },
    Number(i64),
    List(RefCell<Vec<isize>>),
}

thread_local! {
    static ERROR: Cell<bool> = const { Cell::new(false) };
    static OUTSIDE: Cell<bool> = const { Cell::new(false) };
    static NONE: isize = make(Value::Text(c"None".to_owned()))._i;
    static STR: isize = make_type(c"str", HPyType_BuiltinShape_Legacy, 0);
    static POINT: isize = make_type(c"Point", HPyType_BuiltinShape_Object, 0);
    static SUBCLASS: isize = make_type(c"Subclass", HPyType_BuiltinShape_Object, POINT.with(|p| *p));
}

fn make(value: Value) -> HPy {
    HPy { _i: Box::into_raw(Box::new(Data { references: AtomicIsize::new(1), value })) as isize }
}

fn make_type(name: &'static CStr, shape: HPyType_BuiltinShape, base: isize) -> isize {
    make(Value::Type { name, shape, base })._i
}

fn data<'a>(h: HPy) -> &'a Data {
    assert!(!OUTSIDE.get(), "the engine was used outside of Python");
    // SAFETY: objects are never freed.
    let data = unsafe { (h._i as *const Data).as_ref() }.expect("not null");
    assert!(data.references.load(Ordering::Relaxed) > 0, "the object is gone");
    data
}

fn share(address: isize) -> HPy {
    let h = HPy { _i: address };
    data(h).references.fetch_add(1, Ordering::Relaxed);
    h
}

/// An owned reference, for tests.
pub(super) struct Object(HPy);

impl Object {
    pub(super) fn own(h: HPy) -> Self {
        data(h);
        Self(h)
    }

    pub(super) fn text(text: &str) -> Self {
        Self(make(Value::Text(CString::new(text).unwrap())))
    }

    /// An instance of `Point`, or of its subclass, with a struct of 64 bytes.
    pub(super) fn point(subclass: bool) -> Self {
        let of = if subclass { SUBCLASS.with(|t| *t) } else { POINT.with(|t| *t) };
        let memory = Box::into_raw(Box::new([0usize; 8])).cast();
        Self(make(Value::Instance { of, memory }))
    }

    pub(super) fn handle(&self) -> HPy {
        self.0
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// How many references there are.
    pub(super) fn count(&self) -> isize {
        data(self.0).references.load(Ordering::Relaxed)
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: owned.
            unsafe { close(null_mut(), self.0) };
        }
    }
}

pub(super) fn none() -> Object {
    Object(share(NONE.with(|n| *n)))
}

pub(super) fn error_is_set() -> bool {
    ERROR.get()
}

pub(super) fn clear_error() {
    ERROR.set(false);
    OUTSIDE.set(false);
}

/// The functions that debug mode and the tests use; the others are the fake ones.
pub(super) fn context() -> Box<HPyContext> {
    let mut ctx = fake::context();
    ctx.h_None = HPy { _i: NONE.with(|n| *n) };
    ctx.h_UnicodeType = HPy { _i: STR.with(|s| *s) };
    ctx.ctx_Dup = dup;
    ctx.ctx_Close = close;
    ctx.ctx_Is = is;
    ctx.ctx_Type = type_of;
    ctx.ctx_Type_GetName = type_name;
    ctx.ctx_Type_GetBuiltinShape = shape;
    ctx.ctx_Type_FromSpec = type_from_spec;
    ctx.ctx_GetAttr_s = get_attr;
    ctx.ctx_AsStruct_Object = as_struct;
    ctx.ctx_AsStruct_Legacy = as_struct;
    ctx.ctx_Err_Occurred = occurred;
    ctx.ctx_Err_Clear = clear;
    ctx.ctx_Err_NoMemory = clear_to_set;
    ctx.ctx_Err_SetString = set_string;
    ctx.ctx_Repr = repr;
    ctx.ctx_Length = length;
    ctx.ctx_Unicode_FromString = from_string;
    ctx.ctx_Unicode_AsUTF8AndSize = as_utf8;
    ctx.ctx_Bytes_AsString = as_string;
    ctx.ctx_Bytes_Size = length;
    ctx.ctx_Long_FromInt64_t = number;
    ctx.ctx_Long_AsSsize_t = as_ssize;
    ctx.ctx_CallMethod = call_method;
    ctx.ctx_ListBuilder_New = builder_new;
    ctx.ctx_ListBuilder_Set = builder_set;
    ctx.ctx_ListBuilder_Build = builder_build;
    ctx.ctx_ListBuilder_Cancel = builder_cancel;
    ctx.ctx_Field_Store = field_store;
    ctx.ctx_LeavePythonExecution = leave;
    ctx.ctx_ReenterPythonExecution = reenter;
    ctx.ctx_FatalError = fatal_error;
    ctx
}

type Ctx = *mut HPyContext;

unsafe extern "C" fn dup(_: Ctx, h: HPy) -> HPy {
    share(h._i)
}

unsafe extern "C" fn close(_: Ctx, h: HPy) {
    if !h.is_null() {
        data(h).references.fetch_sub(1, Ordering::Relaxed);
    }
}

unsafe extern "C" fn is(_: Ctx, a: HPy, b: HPy) -> c_int {
    (a == b).into()
}

unsafe extern "C" fn type_of(_: Ctx, h: HPy) -> HPy {
    match data(h).value {
        Value::Instance { of, .. } => share(of),
        _ => share(STR.with(|s| *s)),
    }
}

unsafe extern "C" fn type_name(_: Ctx, h: HPy) -> *const c_char {
    match data(h).value {
        Value::Type { name, .. } => name.as_ptr(),
        _ => {
            ERROR.set(true);
            std::ptr::null()
        }
    }
}

unsafe extern "C" fn shape(_: Ctx, h: HPy) -> HPyType_BuiltinShape {
    match data(h).value {
        Value::Type { shape, .. } => shape,
        _ => unreachable!("not a type"),
    }
}

/// The type of points, whatever the spec.
unsafe extern "C" fn type_from_spec(_: Ctx, _: *mut HPyType_Spec, _: *mut HPyType_SpecParam) -> HPy {
    share(POINT.with(|p| *p))
}

/// `__base__` of a type.
unsafe extern "C" fn get_attr(_: Ctx, h: HPy, _: *const c_char) -> HPy {
    match data(h).value {
        Value::Type { base, .. } if base != 0 => share(base),
        _ => share(NONE.with(|n| *n)),
    }
}

unsafe extern "C" fn as_struct(_: Ctx, h: HPy) -> *mut c_void {
    match data(h).value {
        Value::Instance { memory, .. } => memory,
        _ => null_mut(),
    }
}

unsafe extern "C" fn occurred(_: Ctx) -> c_int {
    assert!(!OUTSIDE.get(), "the engine was used outside of Python");
    ERROR.get().into()
}

unsafe extern "C" fn clear(_: Ctx) {
    ERROR.set(false);
}

unsafe extern "C" fn clear_to_set(_: Ctx) {
    ERROR.set(true);
}

unsafe extern "C" fn set_string(_: Ctx, _: HPy, _: *const c_char) {
    ERROR.set(true);
}

unsafe extern "C" fn repr(_: Ctx, h: HPy) -> HPy {
    assert!(!ERROR.get(), "repr may run Python code");
    let text = match &data(h).value {
        Value::Text(text) => format!("'{}'", text.to_str().unwrap()),
        Value::Number(n) => n.to_string(),
        Value::Instance { .. } => "<instance>".to_owned(),
        Value::List(items) => format!("<list of {}>", items.borrow().len()),
        Value::Type { name, .. } => format!("<class {name:?}>"),
    };
    make(Value::Text(CString::new(text).unwrap()))
}

unsafe extern "C" fn length(_: Ctx, h: HPy) -> HPy_ssize_t {
    match &data(h).value {
        Value::Text(text) => text.count_bytes() as isize,
        Value::List(items) => items.borrow().len() as isize,
        _ => -1,
    }
}

unsafe extern "C" fn from_string(_: Ctx, text: *const c_char) -> HPy {
    // SAFETY: a C string.
    make(Value::Text(unsafe { CStr::from_ptr(text) }.to_owned()))
}

unsafe extern "C" fn as_utf8(_: Ctx, h: HPy, size: *mut HPy_ssize_t) -> *const c_char {
    let Value::Text(text) = &data(h).value else { unreachable!("not a text") };
    // SAFETY: null or a place.
    if let Some(size) = unsafe { size.as_mut() } {
        *size = text.count_bytes() as isize;
    }
    text.as_ptr()
}

unsafe extern "C" fn as_string(ctx: Ctx, h: HPy) -> *const c_char {
    // SAFETY: as here.
    unsafe { as_utf8(ctx, h, null_mut()) }
}

unsafe extern "C" fn number(_: Ctx, n: i64) -> HPy {
    make(Value::Number(n))
}

unsafe extern "C" fn as_ssize(_: Ctx, h: HPy) -> HPy_ssize_t {
    match data(h).value {
        Value::Number(n) => n as isize,
        _ => -1,
    }
}

/// `__sizeof__`
unsafe extern "C" fn call_method(_: Ctx, _: HPy, args: *const HPy, _: usize, _: HPy) -> HPy {
    // SAFETY: the object is the first.
    data(unsafe { *args });
    make(Value::Number(28))
}

unsafe extern "C" fn builder_new(_: Ctx, size: HPy_ssize_t) -> HPyListBuilder {
    let items = vec![0; size.try_into().unwrap_or(0)];
    HPyListBuilder { _lst: if size < 0 { 0 } else { make(Value::List(RefCell::new(items)))._i } }
}

unsafe extern "C" fn builder_set(_: Ctx, builder: HPyListBuilder, index: HPy_ssize_t, item: HPy) {
    if builder._lst == 0 {
        return;
    }
    let Value::List(items) = &data(HPy { _i: builder._lst }).value else { unreachable!("not a list") };
    match items.borrow_mut().get_mut(index.cast_unsigned()) {
        Some(place) => *place = share(item._i)._i,
        None => ERROR.set(true),
    }
}

unsafe extern "C" fn builder_build(_: Ctx, builder: HPyListBuilder) -> HPy {
    if builder._lst == 0 {
        ERROR.set(true);
    }
    HPy { _i: builder._lst }
}

unsafe extern "C" fn builder_cancel(ctx: Ctx, builder: HPyListBuilder) {
    // SAFETY: the builder is the list.
    unsafe { close(ctx, HPy { _i: builder._lst }) };
}

unsafe extern "C" fn field_store(_: Ctx, _: HPy, field: *mut HPyField, h: HPy) {
    // SAFETY: the place of a field.
    unsafe { *field = HPyField { _i: if h.is_null() { 0 } else { share(h._i)._i } } };
}

unsafe extern "C" fn leave(_: Ctx) -> HPyThreadState {
    OUTSIDE.set(true);
    HPyThreadState { _i: 1 }
}

unsafe extern "C" fn reenter(_: Ctx, _: HPyThreadState) {
    OUTSIDE.set(false);
}

unsafe extern "C" fn fatal_error(_: Ctx, message: *const c_char) {
    // SAFETY: a C string.
    eprintln!("fatal: {}", unsafe { CStr::from_ptr(message) }.to_str().unwrap());
    std::process::abort();
}
