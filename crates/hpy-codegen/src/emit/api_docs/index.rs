//! `docs/api/README.md`: the index of headers and names.

use std::fmt::Write;

use super::Indexed;
use super::text::anchor;
use crate::model::Model;

const INTRO: &str = "\
# API reference

There is one page for each header, with its declarations in their order. Rules that hold for all functions are on the
page of [hpy.h](hpy.md). The pages are generated from the comments and annotations of the headers in
[`include/hpy/`](../../include/hpy).

Below the description of a function, its entry says:

* who owns each argument, and whether it may be null. If nothing is said about an argument, it must not be null; a string
  is only read during the call, and ends with a NUL;
* who owns the result;
* what the C API has in its place, according to the [porting guide](../porting-guide.md), and whether on CPython the
  function does nothing but call that;
* *on failure*: what it returns after setting an exception;
* *Python code*: whether it may run Python code, apart from garbage collection. \"Finalizers only\" means the finalizers
  of an object whose last reference it drops;
* *while an exception is set*: whether it may be called then;
* *since*: the version of the ABI that the engine must have. Release 0.9.0 of HPy lacks some functions of its version;
* *context member*: the member of `HPyContext` that it calls. Functions without one are inline in the header, or compiled
  into the extension from a file that comes with the headers.
";

pub(super) fn emit(model: &Model, indexed: &[Indexed<'_>]) -> String {
    let mut out = format!("{INTRO}\n## Headers\n\n| header | purpose |\n| --- | --- |\n");
    for topic in &model.topics {
        let include = topic.path.strip_prefix("include/").unwrap_or(&topic.path);
        writeln!(out, "| [`{include}`]({}.md) | {} |", topic.stem, purpose(&topic.doc))
            .expect("write to a string");
    }
    out += "\n## Names\n\n| name | what it is | header |\n| --- | --- | --- |\n";
    let mut names: Vec<&Indexed<'_>> = indexed.iter().collect();
    names.sort_by_key(|found| (found.name.trim_start_matches('_').to_lowercase(), found.name));
    for Indexed { name, kind, stem } in names {
        writeln!(out, "| [`{name}`]({stem}.md#{}) | {kind} | `{stem}.h` |", anchor(name))
            .expect("write to a string");
    }
    out
}

/// The first sentence of the comment that a header begins with.
fn purpose(doc: &str) -> String {
    let paragraph = doc.split("\n\n").next().unwrap_or_default();
    let line = paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let sentence = line.split_once(". ").map_or(line.trim_end_matches('.'), |(sentence, _)| sentence);
    sentence.replace('|', "\\|")
}
