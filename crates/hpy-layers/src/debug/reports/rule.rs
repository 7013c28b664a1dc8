//! The rules that debug mode checks, and their texts, which are written for somebody who does not know the rule.

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
    WriterEnded,
    NotAllocated,
    RawData,
    BufferReleased,
    NullPointer,
    WrongContext,
    ContextNotOpen,
    ContextLeftOpen,
    ContextRefused,
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

/// Which hook is called in place of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookOf {
    Handle,
    Builder,
    None,
}

/// The texts of a rule.
struct Texts {
    name: &'static str,
    headline: &'static str,
    /// The text of the fatal error, if it is not the headline.
    title: Option<&'static str>,
    /// What the rule demands, and what to do.
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
                rule: "HPy_Close ends a handle. Close it after its last use, or use an HPy_Dup of it \
                       that is still open.",
            },
            Self::ClosedTwice => Texts {
                name: "closed-twice",
                headline: "A handle was closed twice",
                title: INVALID,
                rule: "Each handle is closed exactly once. Remove one of the two calls, or give the \
                       second owner an HPy_Dup of the handle.",
            },
            Self::ClosedArgument => Texts {
                name: "closed-argument",
                headline: "A function closed one of its arguments",
                title: INVALID,
                rule: "Arguments, including self, belong to the caller, who closes them. Remove the \
                       call.",
            },
            Self::ClosedConstant => Texts {
                name: "closed-constant",
                headline: "A constant of the context was closed",
                title: INVALID,
                rule: "Constants of the context, such as ctx->h_None, are never closed. Remove the \
                       call, or close your own HPy_Dup of the constant.",
            },
            Self::ReturnedClosed => Texts {
                name: "returned-closed",
                headline: "A function returned a handle that is closed",
                title: INVALID,
                rule: "The caller closes the handle that a function returns, so it has to be open. \
                       Remove the HPy_Close before the return.",
            },
            Self::ReturnedArgument => Texts {
                name: "returned-argument",
                headline: "A function returned one of its arguments",
                title: INVALID,
                rule: "The caller closes both the result of a function and its arguments, so the same \
                       handle would be closed twice. Return HPy_Dup(ctx, arg).",
            },
            Self::ReturnedConstant => Texts {
                name: "returned-constant",
                headline: "A function returned a constant of the context",
                title: INVALID,
                rule: "The caller closes what a function returns, but constants are never closed. \
                       Return an HPy_Dup of the constant, such as HPy_Dup(ctx, ctx->h_None).",
            },
            Self::ArgumentIndex => Texts {
                name: "argument-index",
                headline: "What follows the last argument was used as a handle",
                title: None,
                rule: "A function gets `nargs` arguments, args[0] to args[nargs - 1], followed by the \
                       values for the names in `kwnames`. Check the number first, or use \
                       HPyArg_Parse.",
            },
            Self::ForeignHandle => Texts {
                name: "foreign-handle",
                headline: "A value was used as a handle that is not one here",
                title: Some("Invalid handle: it does not belong to this context"),
                rule: "A handle is only valid in the interpreter and the mode that it was made in. \
                       This value may be uninitialized, kept from an earlier interpreter, from a \
                       module that is not in debug mode, or a PyObject * that was not converted by \
                       HPy_FromPyObject.",
            },
            Self::BuilderClosed => Texts {
                name: "builder-closed",
                headline: "A builder was used after its end",
                title: BUILDER,
                rule: "Build and Cancel end a builder, Finish and Discard a writer. Fill it before, and \
                       make a new one for the next list, tuple or int.",
            },
            Self::BuilderIndex => Texts {
                name: "builder-index",
                headline: "An item was set outside of the length of a builder",
                title: Some("Invalid index for a builder"),
                rule: "Indices begin at 0 and are less than the length that the builder was made \
                       with. Correct the index or the length.",
            },
            Self::TrackerClosed => Texts {
                name: "tracker-closed",
                headline: "A tracker was used after it was closed",
                title: Some("Invalid usage of already closed tracker"),
                rule: "HPyTracker_Close ends a tracker. Close it once, after its last use.",
            },
            Self::WriterEnded => Texts {
                name: "writer-ended",
                headline: "A writer was used after its end",
                title: None,
                rule: "Finish, FinishWithSize and Discard end a writer, also when they fail. End it once, after its \
                       last use.",
            },
            Self::NotAllocated => Texts {
                name: "not-allocated",
                headline: "Memory was freed or resized that is not allocated",
                title: None,
                rule: "HPyMem_Free and HPyMem_Realloc end a block that HPyMem_Malloc, HPyMem_Calloc or \
                       HPyMem_Realloc has returned, once. They do not go together with malloc, free and the C API.",
            },
            Self::RawData => Texts {
                name: "raw-data",
                headline: "The data of an object was written to, read beyond its end, or used after its handle was \
                           closed",
                title: Some("Invalid usage of the raw data of a handle"),
                rule: "The data that HPyUnicode_AsUTF8AndSize and similar functions return may be \
                       read up to the NUL at its end and until the handle is closed, and must not be \
                       written to. Ask for the size, close the handle later, or copy the data.",
            },
            Self::BufferReleased => Texts {
                name: "buffer-released",
                headline: "A view of an object's memory was used after it was released",
                title: None,
                rule: "HPyBuffer_Release ends a view: what its pointers led to may be gone. Release it \
                       after its last use.",
            },
            Self::NullPointer => Texts {
                name: "null-pointer",
                headline: "A NULL pointer was used",
                title: None,
                rule: "A function that returns NULL has set an exception, so check the result. A \
                       function that stores its result needs the address of a variable.",
            },
            Self::WrongContext => Texts {
                name: "wrong-context",
                headline: "A context was used outside of its call",
                title: Some("Wrong HPy Context!"),
                rule: "A context is only valid during the call that it was passed to. Do not keep it; \
                       use the ctx of the function that is running.",
            },
            Self::ContextNotOpen => Texts {
                name: "context-not-open",
                headline: "HPyVM_CloseContext got something else than the context that was opened last on its thread",
                title: Some("HPyVM_CloseContext without HPyVM_OpenContext"),
                rule: "A context is closed once, on the thread that opened it, after those that were opened \
                       later. What a function is called with is not its to close.",
            },
            Self::ContextLeftOpen => Texts {
                name: "context-left-open",
                headline: "A function returned without HPyVM_CloseContext for a context that it had opened",
                title: Some("HPyVM_OpenContext without HPyVM_CloseContext"),
                rule: "A context is for the time in which the function that opened it works with it. Close it \
                       on every way out of the function.",
            },
            Self::ContextRefused => Texts {
                name: "context-refused",
                headline: "A context was opened on a thread that runs another interpreter",
                title: Some("HPyVM_OpenContext in another interpreter"),
                rule: "An HPyVM gives contexts of the interpreter that it was filled in. Keep one for each \
                       interpreter, in the state of the module or beside what the callback belongs to, \
                       not in a static variable.",
            },
            Self::WrongShape => Texts {
                name: "wrong-shape",
                headline: "An object was asked for a struct that it does not have",
                title: Some("Invalid usage of _HPy_AsStruct"),
                rule: "The struct of an object is returned by the AsStruct function of the shape that \
                       its type was made with. Check the type first (HPy_TypeCheck), and use the \
                       function that HPyType_HELPERS defines for it.",
            },
            Self::NotAType => Texts {
                name: "not-a-type",
                headline: "HPy_TypeCheck got something that is not a type",
                title: Some("HPy_TypeCheck arg 2 must be a type"),
                rule: "The second argument of HPy_TypeCheck has to be a type; for anything else the \
                       answer is 0. Pass a type, such as one from HPyType_FromSpec.",
            },
            Self::WrongConstant => Texts {
                name: "wrong-constant",
                headline: "A number was passed that is none of the constants",
                title: None,
                rule: "Parameters declared as enums, and the operator of a comparison, take the \
                       constants that the header lists. Any other number raises an exception at best. \
                       Pass one of the constants.",
            },
            Self::OtherThread => Texts {
                name: "other-thread",
                headline: "The API was called on a thread that is not inside of Python",
                title: None,
                rule: "The API may only be used on a thread that Python called, with the context of \
                       that call. Do the work that needs Python there, or let Python start the \
                       thread.",
            },
            Self::OutsidePython => Texts {
                name: "outside-python",
                headline: "The API was called between HPy_LeavePythonExecution and HPy_ReenterPythonExecution",
                title: None,
                rule: "After HPy_LeavePythonExecution, only HPy_ReenterPythonExecution may be called. \
                       Move the call before the one or after the other.",
            },
            Self::NotOutsidePython => Texts {
                name: "not-outside-python",
                headline: "HPy_ReenterPythonExecution was called without HPy_LeavePythonExecution",
                title: Some("HPy_ReenterPythonExecution without HPy_LeavePythonExecution"),
                rule: "The two functions are called in pairs, on the same thread and in the same call \
                       of a function.",
            },
            Self::ThreadState => Texts {
                name: "thread-state",
                headline: "HPy_ReenterPythonExecution got another state than HPy_LeavePythonExecution returned",
                title: None,
                rule: "Keep the state that HPy_LeavePythonExecution returns in a local variable, and \
                       pass it to the next HPy_ReenterPythonExecution.",
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
                rule: "Functions that may run Python code must not be called with an exception set. \
                       After a call that failed, return, or call HPyErr_Clear before going on.",
            },
            Self::NoException => Texts {
                name: "no-exception",
                headline: "A function failed without setting an exception",
                title: None,
                rule: "The result HPy_NULL, or -1, means that an exception is set. Set one \
                       (HPyErr_SetString), or return a value, such as HPy_Dup(ctx, ctx->h_None) for \
                       None.",
            },
            Self::ResultWithException => Texts {
                name: "result-with-exception",
                headline: "A function returned a value with an exception set",
                title: None,
                rule: "With an exception set, a function has to return HPy_NULL, or -1. Check the \
                       results of calls that may fail, or call HPyErr_Clear if the exception is not \
                       an error.",
            },
            Self::FieldOutsideObject => Texts {
                name: "field-outside-object",
                headline: "A field was stored outside of its object",
                title: None,
                rule: "An HPyField has to be in the struct of the object that is passed with it, or in \
                       the state of the module, not on the stack or in memory from malloc. For static variables, use HPyGlobal.",
            },
            Self::FieldNotTraversed => Texts {
                name: "field-not-traversed",
                headline: "A field is not visited by the traverse function",
                title: None,
                rule: "A type with fields needs an HPy_tp_traverse that calls HPy_VISIT for each of \
                       them, and the state of a module an HPy_mod_traverse. Without it, objects in cycles are never freed, and on some engines the \
                       field becomes invalid.",
            },
            Self::GlobalNotRegistered => Texts {
                name: "global-not-registered",
                headline: "A global was used that its module does not list",
                title: None,
                rule: "Each HPyGlobal of a module has to be listed in the array `globals` of its \
                       HPyModuleDef, before the NULL at the end. Add it there.",
            },
            Self::ApiWithoutContext => Texts {
                name: "api-without-context",
                headline: "The API was called by a function that gets no context",
                title: None,
                rule: "HPy_tp_traverse, HPy_tp_destroy and destructors of capsules must not use the \
                       API, since an object is being freed or the garbage collector is running. Use \
                       HPy_tp_finalize, which gets a context.",
            },
            Self::Definition => Texts {
                name: "definition",
                headline: "A definition says something that has no effect",
                title: None,
                rule: "Python ignores or misreads parts of a definition that are repeated or have no \
                       meaning there. Correct the parts that are listed below.",
            },
        }
    }

    /// A short name, which never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.texts().name
    }

    /// The text of the fatal error.
    #[must_use]
    pub const fn title(self) -> &'static str {
        let texts = self.texts();
        match texts.title {
            Some(title) => title,
            None => texts.headline,
        }
    }

    /// What was done.
    pub(crate) const fn headline(self) -> &'static str {
        self.texts().headline
    }

    /// What the rule demands, and what to do.
    pub(crate) const fn advice(self) -> &'static str {
        self.texts().rule
    }

    /// How to find out more.
    pub(crate) const fn more(self) -> Option<&'static str> {
        match self {
            Self::ExceptionSet | Self::NoException | Self::ResultWithException => Some(
                "HPY=debug+trace in the environment, with hpy.trace.set_trace_functions(on_enter=print) in the \
                 program, shows the calls of the API before this one",
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
