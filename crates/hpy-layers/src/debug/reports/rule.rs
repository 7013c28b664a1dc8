//! The rules that debug mode watches, in words: what a newcomer needs to know to keep them.

/// A rule that an extension broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    UsedAfterClose,
    ClosedTwice,
    ClosedArgument,
    ClosedConstant,
    ReturnedClosed,
    ReturnedArgument,
    ReturnedConstant,
    ArgumentIndex,
    ForeignHandle,
    BuilderClosed,
    BuilderIndex,
    TrackerClosed,
    RawData,
    NullPointer,
    WrongContext,
    ContextNotOpen,
    WrongShape,
    NotAType,
    WrongConstant,
    OtherThread,
    OutsidePython,
    NotOutsidePython,
    ThreadState,
    ReturnedOutsidePython,
    ExceptionSet,
    NoException,
    ResultWithException,
    FieldOutsideObject,
    FieldNotTraversed,
    GlobalNotRegistered,
    ApiWithoutContext,
    Definition,
}

/// Which hook is called in the place of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookOf {
    Handle,
    Builder,
    None,
}

/// What is said of a rule.
struct Texts {
    name: &'static str,
    headline: &'static str,
    /// What a fatal error says, if it is not the same.
    title: Option<&'static str>,
    rule: &'static str,
}

impl Rule {
    const fn texts(self) -> Texts {
        const INVALID: Option<&str> = Some("Invalid usage of already closed handle");
        const BUILDER: Option<&str> = Some("Invalid usage of already closed builder");
        match self {
            Self::UsedAfterClose => Texts {
                name: "used-after-close",
                headline: "A handle was used after it was closed",
                title: INVALID,
                rule: "A handle ends with HPy_Close. Close it after its last use, or use an HPy_Dup of it \
                       that is still open.",
            },
            Self::ClosedTwice => Texts {
                name: "closed-twice",
                headline: "A handle was closed twice",
                title: INVALID,
                rule: "Each handle is closed exactly once. Remove one of the two closes, or HPy_Dup the \
                       handle for the second.",
            },
            Self::ClosedArgument => Texts {
                name: "closed-argument",
                headline: "A function closed one of its arguments",
                title: INVALID,
                rule: "Arguments, and self, belong to the caller, who closes them. Remove the close.",
            },
            Self::ClosedConstant => Texts {
                name: "closed-constant",
                headline: "A constant of the context was closed",
                title: INVALID,
                rule: "Constants of the context, ctx->h_None and all others, are never closed. Remove the \
                       close, or close an HPy_Dup of the constant that you opened.",
            },
            Self::ReturnedClosed => Texts {
                name: "returned-closed",
                headline: "A function returned a handle that is closed",
                title: INVALID,
                rule: "The caller gets the handle that a function returns and closes it, so it has to be \
                       open. Remove the close before the return.",
            },
            Self::ReturnedArgument => Texts {
                name: "returned-argument",
                headline: "A function returned one of its arguments",
                title: INVALID,
                rule: "The caller closes what a function returns, and also the arguments: the same handle \
                       would be closed twice. Return HPy_Dup(ctx, arg).",
            },
            Self::ReturnedConstant => Texts {
                name: "returned-constant",
                headline: "A function returned a constant of the context",
                title: INVALID,
                rule: "The caller closes what a function returns, but constants are never closed. Return \
                       HPy_Dup(ctx, ctx->h_None), and so for any constant.",
            },
            Self::ArgumentIndex => Texts {
                name: "argument-index",
                headline: "What stands behind the last argument was used as a handle",
                title: None,
                rule: "A function gets `nargs` arguments, in args[0] to args[nargs - 1], and behind them the values \
                       for the names in `kwnames`. Look at the number before, or use HPyArg_Parse.",
            },
            Self::ForeignHandle => Texts {
                name: "foreign-handle",
                headline: "A value was used as a handle that is none here",
                title: Some("Invalid handle: it does not belong to this context"),
                rule: "A handle is only valid for contexts of the interpreter that gave it, in the same \
                       mode. This value is none of those. It may be not initialised, kept from a former \
                       interpreter, from a module that is not in debug mode, or a PyObject * without \
                       HPy_FromPyObject.",
            },
            Self::BuilderClosed => Texts {
                name: "builder-closed",
                headline: "A builder was used after its end",
                title: BUILDER,
                rule: "A builder ends with Build or Cancel. Fill it before, and make a new one for the next \
                       list or tuple.",
            },
            Self::BuilderIndex => Texts {
                name: "builder-index",
                headline: "An item was set outside of what a builder makes",
                title: Some("Invalid index for a builder"),
                rule: "The first item has index 0, the last one the length less 1, and the length is what \
                       the builder was made with.",
            },
            Self::TrackerClosed => Texts {
                name: "tracker-closed",
                headline: "A tracker was used after it was closed",
                title: Some("Invalid usage of already closed tracker"),
                rule: "A tracker ends with HPyTracker_Close. Close it after its last use, and once.",
            },
            Self::RawData => Texts {
                name: "raw-data",
                headline: "The data of an object was written to, read beyond its end, or used after its handle was \
                           closed",
                title: Some("Invalid usage of the raw data of a handle"),
                rule: "What HPyUnicode_AsUTF8AndSize and the like point to may be read up to the NUL at its \
                       end and until the handle is closed, and never be written to. Ask for the size, close \
                       the handle later, or copy the data.",
            },
            Self::NullPointer => Texts {
                name: "null-pointer",
                headline: "NULL was used as a pointer to something",
                title: None,
                rule: "Nothing is at NULL. A function that returned NULL has set an exception: check its \
                       result. A function that stores a result needs the address of a variable.",
            },
            Self::WrongContext => Texts {
                name: "wrong-context",
                headline: "A context was used outside of its call",
                title: Some("Wrong HPy Context!"),
                rule: "A context is only valid during the call that got it. Do not keep it: pass on the ctx \
                       of the function that runs.",
            },
            Self::ContextNotOpen => Texts {
                name: "context-not-open",
                headline: "HPyVM_CloseContext got something else than the context that was opened last on its thread",
                title: Some("HPyVM_CloseContext without HPyVM_OpenContext"),
                rule: "A context is closed once, on the thread that opened it, after those that were opened \
                       later. What a function is called with is not its to close.",
            },
            Self::WrongShape => Texts {
                name: "wrong-shape",
                headline: "The struct of an object was asked for that has no such struct",
                title: Some("Invalid usage of _HPy_AsStruct"),
                rule: "The struct of an object is had with the AsStruct function of the shape that its type \
                       was made with. Check the type before (HPy_TypeCheck), and use the function that \
                       HPyType_HELPERS makes for it.",
            },
            Self::NotAType => Texts {
                name: "not-a-type",
                headline: "HPy_TypeCheck was asked about something that is no type",
                title: Some("HPy_TypeCheck arg 2 must be a type"),
                rule: "HPy_TypeCheck tells whether an object has a type, which is its second argument. No \
                       object has anything else, so the answer is 0. Pass a type, such as the one that \
                       HPyType_FromSpec made.",
            },
            Self::WrongConstant => Texts {
                name: "wrong-constant",
                headline: "A number was passed in the place of a constant",
                title: None,
                rule: "What is declared as an enum, and the operator of a comparison, is one of the constants \
                       that the header lists. Any other number means nothing and raises an exception at \
                       best. Pass one of the constants.",
            },
            Self::OtherThread => Texts {
                name: "other-thread",
                headline: "The API was called on a thread that is not inside of Python",
                title: None,
                rule: "Only a thread that Python called may use the API, with the context of that call. Do \
                       the work that needs Python there, or have Python start the thread.",
            },
            Self::OutsidePython => Texts {
                name: "outside-python",
                headline: "The API was called between HPy_LeavePythonExecution and HPy_ReenterPythonExecution",
                title: None,
                rule: "After leaving, nothing may be called but HPy_ReenterPythonExecution. Move the call \
                       before HPy_LeavePythonExecution, or behind HPy_ReenterPythonExecution.",
            },
            Self::NotOutsidePython => Texts {
                name: "not-outside-python",
                headline: "HPy_ReenterPythonExecution was called without HPy_LeavePythonExecution",
                title: Some("HPy_ReenterPythonExecution without HPy_LeavePythonExecution"),
                rule: "Each is called once for the other, on the same thread and in the same call of a \
                       function.",
            },
            Self::ThreadState => Texts {
                name: "thread-state",
                headline: "HPy_ReenterPythonExecution was called with another state than was given",
                title: None,
                rule: "HPy_LeavePythonExecution returns what the HPy_ReenterPythonExecution that belongs to it \
                       takes. Keep it in a local variable, and pass it on.",
            },
            Self::ReturnedOutsidePython => Texts {
                name: "returned-outside-python",
                headline: "A function left Python and returned without HPy_ReenterPythonExecution",
                title: Some("A function returned without HPy_ReenterPythonExecution"),
                rule: "After HPy_LeavePythonExecution, every way out of the function has to pass through \
                       HPy_ReenterPythonExecution.",
            },
            Self::ExceptionSet => Texts {
                name: "exception-set",
                headline: "The API was called with an exception set",
                title: None,
                rule: "What may run Python code must not be called with an exception set. Check the result \
                       of the call that failed, and return, or HPyErr_Clear, before going on.",
            },
            Self::NoException => Texts {
                name: "no-exception",
                headline: "A function failed without setting an exception",
                title: None,
                rule: "To return HPy_NULL, or -1, says that an exception is set. Set one (HPyErr_SetString), \
                       or return a value: for None, HPy_Dup(ctx, ctx->h_None).",
            },
            Self::ResultWithException => Texts {
                name: "result-with-exception",
                headline: "A function returned a value with an exception set",
                title: None,
                rule: "With an exception set a function returns HPy_NULL, or -1. Check the results of the \
                       calls that may fail, or HPyErr_Clear an exception that is no error.",
            },
            Self::FieldOutsideObject => Texts {
                name: "field-outside-object",
                headline: "A field was stored outside of its object",
                title: None,
                rule: "An HPyField belongs into the struct of the object that is passed with it, neither on \
                       the stack nor into memory of malloc. For static variables there is HPyGlobal.",
            },
            Self::FieldNotTraversed => Texts {
                name: "field-not-traversed",
                headline: "A field is not visited by HPy_tp_traverse",
                title: None,
                rule: "The type of an object with fields has an HPy_tp_traverse that calls HPy_VISIT for \
                       each. Without it objects in cycles are never freed, and on some engines the field \
                       becomes invalid.",
            },
            Self::GlobalNotRegistered => Texts {
                name: "global-not-registered",
                headline: "A global was used that its module does not list",
                title: None,
                rule: "Each HPyGlobal of a module stands in the array `globals` of its HPyModuleDef, before \
                       the NULL at the end. Add it there.",
            },
            Self::ApiWithoutContext => Texts {
                name: "api-without-context",
                headline: "The API was called by a function that gets no context",
                title: None,
                rule: "HPy_tp_traverse, HPy_tp_destroy and destructors of capsules may not use the API: an \
                       object is dying, or the garbage collector is running. Do it in HPy_tp_finalize, \
                       which gets a context.",
            },
            Self::Definition => Texts {
                name: "definition",
                headline: "A definition says something that has no effect",
                title: None,
                rule: "Each part of a definition has to mean something, once; Python would ignore or mistake \
                       the rest. Change what the lines below name.",
            },
        }
    }

    /// A short name that does not change.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.texts().name
    }

    /// What a fatal error says.
    #[must_use]
    pub const fn title(self) -> &'static str {
        let texts = self.texts();
        match texts.title {
            Some(title) => title,
            None => texts.headline,
        }
    }

    /// What was done, in a few words.
    pub(crate) const fn headline(self) -> &'static str {
        self.texts().headline
    }

    /// What has to be, and what to do.
    pub(crate) const fn advice(self) -> &'static str {
        self.texts().rule
    }

    /// How to get to know more.
    pub(crate) const fn more(self) -> Option<&'static str> {
        match self {
            Self::ExceptionSet | Self::NoException | Self::ResultWithException => Some(
                "HPY=debug+trace in the environment, with hpy.trace.set_trace_functions(on_enter=print) in the \
                 program, shows the calls of the API that came before",
            ),
            _ => None,
        }
    }

    pub(crate) const fn hook(self) -> HookOf {
        match self {
            Self::UsedAfterClose
            | Self::ClosedTwice
            | Self::ClosedArgument
            | Self::ClosedConstant
            | Self::ReturnedClosed
            | Self::ReturnedArgument
            | Self::ReturnedConstant
            | Self::ArgumentIndex
            | Self::ForeignHandle => HookOf::Handle,
            Self::BuilderClosed | Self::BuilderIndex => HookOf::Builder,
            _ => HookOf::None,
        }
    }
}
