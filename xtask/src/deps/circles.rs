//! Circles between the files of a crate: files that use each other, directly or over others.
//!
//! Found from the sources. A file uses another one when it names an item of it, by a `use` or by a path, in code and in
//! macros. A name is followed through re-exports to the file that has the item. Tests are left out, as they may use
//! everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, UseTree, Visibility};

/// For each file, the files that it uses, each with the place of the first use: line and path.
pub(super) type Uses = BTreeMap<String, BTreeMap<String, (usize, String)>>;

/// The uses among the files of the crate with this root, whose names are relative to `folder`.
pub(super) fn uses(folder: &Path, root: &Path) -> Result<Uses> {
    let mut tree = Tree { folder, modules: Vec::new(), exported: BTreeMap::new() };
    // The modules of `lib.rs` and `main.rs` stand beside it, as those of a `mod.rs` do.
    let beside = root.parent().context("a file has a folder")?;
    tree.add_file(root, beside.to_path_buf(), None)?;
    Ok(tree.uses())
}

/// The circles: sets of files each of which reaches all others of its set.
pub(super) fn circles(uses: &Uses) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|file| (file.as_str(), reached_from(uses, file))).collect();
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    for (file, others) in &reached {
        if circles.iter().any(|circle| circle.contains(*file)) {
            continue;
        }
        let circle: BTreeSet<String> = others
            .iter()
            .filter(|other| reached.get(*other).is_some_and(|back| back.contains(file)))
            .map(|&other| other.to_owned())
            .collect();
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles
}

/// The uses that make a circle, one a line.
pub(super) fn explain(uses: &Uses, circle: &BTreeSet<String>) -> String {
    let mut lines = Vec::new();
    for file in circle {
        for (other, (line, path)) in uses[file].iter().filter(|(other, _)| circle.contains(*other)) {
            lines.push(format!("    {file}:{line} uses {other} ({path})"));
        }
    }
    lines.join("\n")
}

fn reached_from<'a>(uses: &'a Uses, start: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![start];
    while let Some(file) = next.pop() {
        let others = uses.get(file).into_iter().flat_map(BTreeMap::keys).map(String::as_str);
        next.extend(others.filter(|&other| reached.insert(other)));
    }
    reached
}

/// A module: a file, or a part of one.
struct Module {
    file: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    items: BTreeSet<String>,
    /// What `use` makes known here.
    names: BTreeMap<String, Vec<String>>,
    /// What a `use` that ends with `*` names.
    globs: Vec<Vec<String>>,
    /// All paths in the code, with their lines.
    paths: Vec<(usize, Vec<String>)>,
}

/// What is thought of a name that a module is not seen to have: a macro may make it, or it is that of a crate.
#[derive(Clone, Copy, PartialEq)]
enum Unknown {
    IsThere,
    IsNot,
}

/// The modules of a crate; the first is its root.
struct Tree<'a> {
    folder: &'a Path,
    modules: Vec<Module>,
    /// Macros of the whole crate, by the module that they stand in.
    exported: BTreeMap<String, usize>,
}

impl Tree<'_> {
    /// `beside` is the folder of the files of its submodules.
    fn add_file(&mut self, file: &Path, beside: PathBuf, parent: Option<usize>) -> Result<usize> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let parsed = syn::parse_file(&text).with_context(|| format!("cannot parse {}", file.display()))?;
        let name = file.strip_prefix(self.folder)?.to_string_lossy().replace('\\', "/");
        self.add_module(name, parent, &parsed.items, &beside)
    }

    fn add_module(
        &mut self,
        file: String,
        parent: Option<usize>,
        items: &[Item],
        beside: &Path,
    ) -> Result<usize> {
        let this = self.modules.len();
        self.modules.push(Module {
            file: file.clone(),
            parent,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            names: BTreeMap::new(),
            globs: Vec::new(),
            paths: Vec::new(),
        });
        for item in items {
            match item {
                Item::Mod(module) if is_test(&module.attrs) => {}
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let folder = beside.join(&name);
                    let child = match &module.content {
                        Some((_, items)) => self.add_module(file.clone(), Some(this), items, &folder)?,
                        None if folder.with_extension("rs").exists() => {
                            self.add_file(&folder.with_extension("rs"), folder, Some(this))?
                        }
                        None => self.add_file(&folder.join("mod.rs"), folder, Some(this))?,
                    };
                    self.modules[this].children.insert(name, child);
                }
                Item::Use(item) => {
                    let exports = !matches!(item.vis, Visibility::Inherited);
                    self.modules[this].add_use(&item.tree, exports, &mut Vec::new());
                }
                item => {
                    if let Item::Macro(item) = item
                        && let Some(name) = &item.ident
                        && item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"))
                    {
                        self.exported.insert(name.to_string(), this);
                    }
                    let module = &mut self.modules[this];
                    module.items.extend(name_of(item));
                    find_paths(item.to_token_stream(), &[], &mut module.paths);
                }
            }
        }
        Ok(this)
    }

    fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (index, module) in self.modules.iter().enumerate() {
            let found = uses.entry(module.file.clone()).or_default();
            for (line, path) in &module.paths {
                let target = self.resolve(index, path, Unknown::IsThere, &mut BTreeSet::new());
                let target = target.map(|target| &self.modules[target].file);
                if let Some(target) = target.filter(|target| **target != module.file) {
                    found.entry(target.clone()).or_insert_with(|| (*line, path.join("::")));
                }
            }
        }
        uses
    }

    /// The module of the item that a path names in a module, if it is one of this crate. That of a path that names a
    /// module is unknown: not the import of a module counts, but what is used of it.
    ///
    /// `followed` are the names that were followed in a module: modules may export all of each other.
    fn resolve(
        &self,
        from: usize,
        path: &[String],
        unknown: Unknown,
        followed: &mut BTreeSet<(usize, String)>,
    ) -> Option<usize> {
        let mut at = from;
        for (i, name) in path.iter().enumerate() {
            let module = &self.modules[at];
            let rest = &path[i..];
            match name.as_str() {
                "crate" => at = 0,
                "self" => {}
                "*" => return (!module.items.is_empty()).then_some(at),
                "super" => at = module.parent?,
                name if module.children.contains_key(name) => at = module.children[name],
                name if at == 0 && i > 0 && self.exported.contains_key(name) => {
                    return self.exported.get(name).copied();
                }
                name if module.items.contains(name) => return Some(at),
                name if module.names.contains_key(name) => {
                    let path = [&module.names[name], &rest[1..]].concat();
                    let is_new = followed.insert((at, name.to_owned()));
                    return is_new.then(|| self.resolve(at, &path, unknown, followed)).flatten();
                }
                name => {
                    if !followed.insert((at, name.to_owned())) {
                        return None;
                    }
                    let through = |glob: &Vec<String>| {
                        self.resolve(at, &[glob, rest].concat(), Unknown::IsNot, followed)
                    };
                    let is_there = i > 0 && unknown == Unknown::IsThere;
                    return module.globs.iter().find_map(through).or(is_there.then_some(at));
                }
            }
        }
        None
    }
}

impl Module {
    /// Notes what a `use` makes known; `prefix` is what stands before the tree. To export all that is in a module is
    /// no use of it.
    fn add_use(&mut self, tree: &UseTree, exports: bool, prefix: &mut Vec<String>) {
        let mut add = |prefix: &[String], span: Span, last: &str, name: String| {
            let mut path = prefix.to_vec();
            if last != "self" {
                path.push(last.to_owned());
            }
            self.paths.push((span.start().line, path.clone()));
            self.names.insert(name, path);
        };
        match tree {
            UseTree::Path(tree) => {
                prefix.push(tree.ident.to_string());
                self.add_use(&tree.tree, exports, prefix);
                prefix.pop();
            }
            UseTree::Name(tree) if tree.ident == "self" => {
                let name = prefix.last().cloned().unwrap_or_default();
                add(prefix, tree.ident.span(), "self", name);
            }
            UseTree::Name(tree) => {
                let name = tree.ident.to_string();
                add(prefix, tree.ident.span(), &name, name.clone());
            }
            UseTree::Rename(tree) => {
                add(prefix, tree.ident.span(), &tree.ident.to_string(), tree.rename.to_string());
            }
            UseTree::Glob(glob) => {
                self.globs.push(prefix.clone());
                if !exports {
                    let path = prefix.iter().cloned().chain(["*".to_owned()]).collect();
                    self.paths.push((glob.star_token.spans[0].start().line, path));
                }
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_use(tree, exports, prefix)),
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.to_token_stream().to_string();
        attribute.path().is_ident("cfg") && text.contains("test") && !text.contains("not")
    })
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Adds all paths of two names and more, those in macros included. `prefix` is what stands before a group of a `use`.
fn find_paths(tokens: TokenStream, prefix: &[String], paths: &mut Vec<(usize, Vec<String>)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut i = 0;
    while i < tokens.len() {
        match &tokens[i] {
            TokenTree::Group(group) => find_paths(group.stream(), &[], paths),
            // The name after it is a new one.
            TokenTree::Ident(name) if name == "as" => i += 1,
            TokenTree::Ident(first) => {
                let mut path = prefix.to_vec();
                path.push(first.to_string());
                while let [TokenTree::Punct(a), TokenTree::Punct(b), next, ..] = &tokens[i + 1..]
                    && (a.as_char(), b.as_char()) == (':', ':')
                {
                    match next {
                        TokenTree::Ident(next) => path.push(next.to_string()),
                        TokenTree::Group(group) => {
                            find_paths(group.stream(), &std::mem::take(&mut path), paths)
                        }
                        _ => break,
                    }
                    i += 3;
                }
                if path.len() > 1 {
                    paths.push((first.span().start().line, path));
                }
            }
            _ => {}
        }
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The uses in a crate of these files, of which the first is the root.
    fn uses_of(files: &[(&str, &str)]) -> Uses {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        uses(folder.path(), &folder.path().join(files[0].0)).unwrap()
    }

    fn of(uses: &Uses, file: &str) -> Vec<String> {
        uses[file].keys().cloned().collect()
    }

    #[test]
    fn a_circle_is_found_and_explained() {
        let uses = uses_of(&[
            ("src/lib.rs", "mod a; mod b; mod c; mod d;"),
            ("src/a.rs", "use crate::b::B;\npub struct A(B);"),
            ("src/b.rs", "pub struct B;\nfn f() { super::c::g() }"),
            ("src/c.rs", "pub fn g() { println!(\"{}\", crate::a::N) }"),
            ("src/d.rs", "use crate::a::A;"),
        ]);
        let circles = circles(&uses);
        assert_eq!(circles, [["src/a.rs", "src/b.rs", "src/c.rs"].map(String::from).into()]);
        assert_eq!(
            explain(&uses, &circles[0]),
            "    src/a.rs:1 uses src/b.rs (crate::b::B)\n\
             \x20   src/b.rs:2 uses src/c.rs (super::c::g)\n\
             \x20   src/c.rs:1 uses src/a.rs (crate::a::N)"
        );
    }

    #[test]
    fn no_circle_is_made_up() {
        let uses = uses_of(&[
            ("src/main.rs", "mod a; mod b; pub use b::B; #[macro_export] macro_rules! m { () => {} }"),
            // By way of the root, with the name of a crate, in tests, of a module that is only imported.
            ("src/a.rs", "use crate::B; use a::c; #[cfg(test)] mod tests { use crate::b; }"),
            ("src/b.rs", "use super::a; pub struct B;"),
        ]);
        assert_eq!(of(&uses, "src/a.rs"), ["src/b.rs"]);
        assert_eq!(circles(&uses), Vec::new());
    }

    /// In a time that does not grow with the ways through them.
    #[test]
    fn modules_may_export_all_of_each_other() {
        let names: Vec<String> = (0..12).map(|i| format!("m{i}")).collect();
        let modules: String = names.iter().map(|name| format!("mod {name}; pub use {name}::*;")).collect();
        let files: Vec<String> = names.iter().map(|name| format!("src/{name}.rs")).collect();
        let mut crate_ = vec![("src/lib.rs", modules.as_str())];
        crate_.extend(
            files.iter().map(|file| (file.as_str(), "use crate::*; fn f(_: std::x::Y, _: crate::Z) {}")),
        );
        assert_eq!(circles(&uses_of(&crate_)), Vec::new());
    }

    #[test]
    fn names_are_followed_to_the_file_that_has_the_item() {
        let uses = uses_of(&[
            ("src/lib.rs", "mod deep; mod user; mod glob { pub use crate::deep::inner::*; }"),
            ("src/deep/mod.rs", "pub mod inner; pub use inner::{X as Y};"),
            ("src/deep/inner.rs", "pub struct X; pub struct Z;\n#[macro_export] macro_rules! m { () => {} }"),
            ("src/user.rs", "use crate::deep;\nfn f(_: deep::Y) { use crate::{glob::{Z as W}, m}; }"),
        ]);
        assert_eq!(of(&uses, "src/user.rs"), ["src/deep/inner.rs"]);
        assert_eq!(of(&uses, "src/lib.rs"), Vec::<String>::new());
    }
}
