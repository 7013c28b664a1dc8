//! Handles in arrays, on their way through a layer.

use hpy_abi::*;

/// Most calls have no more arguments than this, and need no memory for their array.
const FEW: usize = 8;

/// An array of handles, passed on as it is or changed.
#[derive(Debug)]
pub enum Handles {
    /// The caller's array.
    Same(*const HPy),
    /// An array of its own, and how many handles are in it.
    Few([HPy; FEW + 1], usize),
    Many(Vec<HPy>, usize),
}

/// The changed handles, followed by `others`.
#[inline]
fn few(from: &[HPy], others: HPy, mut change: impl FnMut(usize, HPy) -> HPy) -> [HPy; FEW + 1] {
    let mut few = [others; FEW + 1];
    for (i, (to, &from)) in few.iter_mut().zip(from).enumerate() {
        *to = change(i, from);
    }
    few
}

impl Handles {
    /// Each of `count` handles changed, in order; `change` also gets the index. `None` if there is no memory.
    ///
    /// # Safety
    ///
    /// `from` is null, or an array of that many handles.
    pub(crate) unsafe fn changed(
        from: *const HPy,
        count: usize,
        mut change: impl FnMut(usize, HPy) -> HPy,
    ) -> Option<Self> {
        if from.is_null() || count == 0 {
            return Some(Self::Same(from));
        }
        // SAFETY: that many handles are there.
        let from = unsafe { std::slice::from_raw_parts(from, count) };
        if count > FEW {
            let mut many = Vec::new();
            many.try_reserve_exact(count).ok()?;
            many.extend((0..).zip(from).map(|(i, &h)| change(i, h)));
            return Some(Self::Many(many, count));
        }
        Some(Self::Few(few(from, HPy::NULL, change), count))
    }

    /// The same, followed by `behind`.
    ///
    /// # Safety
    ///
    /// `from` is null, or an array of that many handles.
    pub(crate) unsafe fn bounded(
        from: *const HPy,
        count: usize,
        behind: HPy,
        mut change: impl FnMut(usize, HPy) -> HPy,
    ) -> Self {
        let none = from.is_null() || count == 0;
        // SAFETY: that many handles are there, unless the pointer is null.
        let from = if none { &[] } else { unsafe { std::slice::from_raw_parts(from, count) } };
        if count > FEW {
            let changed = (0..).zip(from).map(|(i, &h)| change(i, h));
            return Self::Many(changed.chain([behind]).collect(), from.len());
        }
        Self::Few(few(from, behind, change), from.len())
    }

    /// A pointer to the first.
    #[must_use]
    pub fn as_ptr(&self) -> *const HPy {
        match self {
            Handles::Same(from) => *from,
            Handles::Few(few, _) => few.as_ptr(),
            Handles::Many(many, _) => many.as_ptr(),
        }
    }

    /// The changed handles; none if the caller's array was passed on.
    pub(crate) fn own(&self) -> &[HPy] {
        match self {
            Handles::Same(_) => &[],
            Handles::Few(few, count) => &few[..*count],
            Handles::Many(many, count) => &many[..*count],
        }
    }
}

/// The parameters of `HPyType_FromSpec`, passed on as they are or with other handles.
pub(crate) enum SpecParams {
    Same(*mut HPyType_SpecParam),
    Changed(Vec<HPyType_SpecParam>),
}

impl SpecParams {
    /// The parameters with each object changed; `None` if there is no memory.
    ///
    /// # Safety
    ///
    /// `params` is null, or an array that kind 0 ends.
    pub(crate) unsafe fn changed(
        params: *mut HPyType_SpecParam,
        change: impl Fn(HPy) -> HPy,
    ) -> Option<Self> {
        if params.is_null() {
            return Some(Self::Same(params));
        }
        let mut changed = Vec::new();
        for i in 0.. {
            changed.try_reserve(1).ok()?;
            // SAFETY: the array goes on up to kind 0, which was not reached yet.
            let param = unsafe { *params.add(i) };
            if param.kind == 0 {
                changed.push(param);
                break;
            }
            changed.push(HPyType_SpecParam { object: change(param.object), ..param });
        }
        Some(Self::Changed(changed))
    }

    /// A pointer to the first.
    pub(crate) fn as_mut_ptr(&mut self) -> *mut HPyType_SpecParam {
        match self {
            SpecParams::Same(params) => *params,
            SpecParams::Changed(params) => params.as_mut_ptr(),
        }
    }
}
