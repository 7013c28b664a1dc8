//! `docs/api/README.md`: the index of headers and names.

use std::fmt::Write;

use super::Indexed;
use super::text::anchor;
use crate::model::Model;

const INTRO: &str = "\
# API reference

One page for each header, in the order of its declarations; [hpy.h](hpy.md) has what holds for all functions. Everything
here is generated from the headers in [`include/hpy/`](../../include/hpy), and says the same as their comments and
annotations.

The entry of a function has, below its meaning:

* of each argument of which there is something to say, who owns it and whether it may be null. Where nothing is said, no
  null is allowed, a string is only read during the call and ends with a zero byte;
* who owns the result;
* what the C API has in its place, after the [porting guide](../porting-guide.md), and whether it is just that call on
  CPython;
* *on failure*: what it returns when it has set an exception;
* *Python code*: whether it may run any, garbage collection aside. \"Finalizers only\" are those of an object to which it
  drops the last reference;
* *while an exception is set*: whether it may be called then;
* *since*: the version of the ABI that an engine needs for it. Release 0.9.0 of HPy lacks some that belong to its version;
* *context member*: what it calls in `HPyContext`. Functions without one are inline in the header, or compiled into the
  extension from a file that comes with the headers.
";

pub(super) fn emit(model: &Model, indexed: &[Indexed<'_>]) -> String {
    let mut out = format!("{INTRO}\n## Headers\n\n| header | what for |\n| --- | --- |\n");
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

/// The first sentence of what a header says of itself.
fn purpose(doc: &str) -> String {
    let paragraph = doc.split("\n\n").next().unwrap_or_default();
    let line = paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let sentence = line.split_once(". ").map_or(line.trim_end_matches('.'), |(sentence, _)| sentence);
    sentence.replace('|', "\\|")
}
