//! What can be wrong with the headers, and what to do about it.

use std::fmt;

use crate::model::Position;

macro_rules! rules {
    ($($rule:ident: $code:literal, $hint:literal;)*) => {
        /// The rules that headers keep. Each has a header in `tests/ui` that breaks it, named after its code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $(#[doc = $hint] $rule,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Rule] = &[$(Rule::$rule,)*];

            /// A stable name.
            pub fn code(self) -> &'static str {
                match self { $(Rule::$rule => $code,)* }
            }

            /// What the author of a header should do who broke the rule.
            pub fn hint(self) -> &'static str {
                match self { $(Rule::$rule => $hint,)* }
            }
        }
    };
}

rules! {
    Annotation: "annotation",
        "write HPy_ID(index, since=0.1, python=yes, error=HPy_NULL) or what else include/hpy/macros.h tells";
    MissingFact: "missing-fact", "say it in HPy_ID or HPy_FACTS, as include/hpy/macros.h tells";
    ErrorValue: "error-value",
        "write error=none, HPy_NULL for a handle, NULL for a pointer, a number for a number, null for a struct";
    ParamFact: "param-fact",
        "write HPy_OUT, HPy_INOUT, HPy_KEPT or HPy_ARRAY(count) before a pointer, as include/hpy/macros.h tells";
    Since: "since", "a member is as new as those before it, and no newer than include/hpy/version.h";
    Version: "version",
        "define HPY_ABI_VERSION and HPY_ABI_VERSION_MINOR as numbers, and HPY_ABI_TAG as \"hpy<major>\"";
    Calls: "calls", "name a member in the header of its topic in include/hpy/cpython, once";
    Dangling: "dangling", "put the annotation directly in front of a declaration";
    Syntax: "syntax", "look for a missing ';' or a macro that is not C";
    Form: "form", "write one plain prototype, variable or function pointer typedef";
    NoIndex: "no-index", "annotate it with HPy_ID(next free index), or give it a body";
    NoDoc: "no-doc", "put a /** ... */ comment in front of it, before the annotation if it has one";
    DuplicateIndex: "duplicate-index", "give the newer one the next free index; indices never move";
    Gap: "gap", "indices follow each other without gaps; take the next free one";
    DuplicateName: "duplicate-name", "remove one of the two declarations";
    Name: "name", "rename it";
    ContextFirst: "context-first", "make 'HPyContext *ctx' the first parameter";
    ParameterName: "parameter-name", "give every parameter a name of its own";
    Type: "type", "use a type that has a row in crates/hpy-codegen/src/ctype.rs, or add one there";
    ConstantType: "constant-type", "declare it as HPy";
    LayerType: "layer-type",
        "add one to the tables of layer_wrappers.rs or layer_adapters.rs in crates/hpy-codegen/src/emit";
    ReturnsNull: "returns-null", "declare it to return HPy, or drop returns_null";
    SignatureNumber: "signature-number", "number the signatures from 1 without gaps";
    SignatureUnknown: "signature-unknown", "name a constant of the enum HPyFunc_Signature";
    SignatureTwice: "signature-twice", "annotate one typedef per signature";
    SignatureType: "signature-type",
        "say what it is on CPython's side in 'lower' of crates/hpy-codegen/src/entry.rs";
    SlotForm: "slot-form", "write NAME = HPy_SLOT(number, signature)";
    EnumValue: "enum-value", "write the number itself";
    FieldForm: "field-form", "declare one field, with one plain type, on its own";
    SlotNumber: "slot-number", "take a number that no slot has";
}

/// A broken rule and its place, shown as `file:line: message; what to do`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    pub at: Position,
    pub rule: Rule,
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.at.file, self.at.line, self.message, self.rule.hint())
    }
}

/// All that is wrong, in the order of files and lines.
#[derive(Debug, Default)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn report(&mut self, at: &Position, rule: Rule, message: String) {
        self.0.push(Diagnostic { at: at.clone(), rule, message });
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.0.iter().enumerate() {
            write!(f, "{}{diagnostic}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
