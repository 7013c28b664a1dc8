//! Dictionaries.

use crate::lookup::{PyDict_GetItemRef, look_ups};

look_ups!(ctx_Dict_GetItemRef, ctx_Dict_GetItemRef_s = PyDict_GetItemRef);
