//! The rules that headers must keep, and the diagnostics for headers that break one: what is wrong, and what to do.

use std::fmt;

use crate::model::Position;

macro_rules! rules {
    ($($rule:ident: $code:literal, $hint:literal;)*) => {
        /// The rules. For each there is a header in `tests/ui` that breaks it and is named after its code.
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

            /// What the author of a header that breaks the rule should do.
            pub fn hint(self) -> &'static str {
                match self { $(Rule::$rule => $hint,)* }
            }
        }
    };
}

rules! {
    Annotation: "annotation",
        "write it as include/hpy/macros.h explains, such as HPy_ID(0, since=0.1, python=yes, error=HPy_NULL)";
    MissingFact: "missing-fact", "add it to HPy_ID or HPy_FACTS, as include/hpy/macros.h explains";
    ErrorValue: "error-value",
        "write error=HPy_NULL for a handle, NULL for a pointer, a number for a number, null for a struct, or none";
    ParamFact: "param-fact",
        "write HPy_OUT, HPy_INOUT, HPy_KEPT or HPy_ARRAY(count) before it, as include/hpy/macros.h explains";
    Since: "since", "members are in the order of their versions, and none is newer than that of include/hpy/version.h";
    Version: "version",
        "define HPY_ABI_VERSION and HPY_ABI_VERSION_MINOR as numbers, and HPY_ABI_TAG as \"hpy<major>\"";
    Calls: "calls", "use HPy_CALLS at most once for each member, in the header of its topic in include/hpy/cpython";
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
    SignatureUnknown: "signature-unknown", "use a constant of the enum HPyFunc_Signature that has a typedef with HPy_SIG";
    SignatureTwice: "signature-twice", "annotate one typedef per signature";
    SignatureType: "signature-type",
        "add the type on CPython's side to 'cpython_type' in crates/hpy-codegen/src/entry.rs";
    SlotForm: "slot-form", "write NAME = HPy_SLOT(number, signature)";
    EnumValue: "enum-value", "write the number itself";
    FieldForm: "field-form", "declare each field on its own, with a plain type";
    SlotNumber: "slot-number", "take a number that no slot has";
}

/// A broken rule and where it is broken, shown as `file:line: message; what to do`.
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

/// Everything that is wrong, in the order of files and lines.
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
