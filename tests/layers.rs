//! The plan of the house, checked: who may import whom, no cycles, and sizes that keep a room liveable.

#![expect(clippy::unwrap_used, clippy::panic, reason = "sources that cannot be read are a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::Visit;

/// Room by room, what it may import. `lib.rs` tells the same in words.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("theme", &[]),
    ("input", &[]),
    ("diagnosis", &["model"]),
    ("query", &["model"]),
    ("credentials", &["model"]),
    ("inventory", &["model", "credentials"]),
    ("probe", &["model", "credentials"]),
    ("lab", &["model"]),
    ("schedule", &["model", "probe"]),
    ("store", &["model", "diagnosis"]),
    ("export", &["model", "diagnosis", "store"]),
    ("config", &["model", "diagnosis", "inventory", "query", "theme", "input"]),
    ("ui", &["model", "diagnosis", "query", "store", "theme", "input"]),
    ("runtime", ALL_BELOW),
    ("cli", ALL_BELOW),
];

const ALL_BELOW: &[&str] = &[
    "model",
    "theme",
    "input",
    "diagnosis",
    "query",
    "credentials",
    "inventory",
    "probe",
    "lab",
    "schedule",
    "store",
    "export",
    "config",
    "ui",
    "runtime",
];

const MOST_LINES_PER_FILE: usize = 400;
const MOST_LINES_PER_FUNCTION: usize = 80;
/// Folders below `src/`, the file included.
const DEEPEST: usize = 3;
/// Files that are one long table.
const TABLES: &[&str] = &["input/actions.rs"];

#[test]
fn rooms_import_only_what_the_plan_allows() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(room) = source.room() else { continue };
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("room '{room}' is not in the plan"));
            continue;
        };
        for path in source.paths() {
            if path.first().is_none_or(|part| part != "crate") {
                continue;
            }
            let Some(other) = path.get(1).map(String::as_str) else { continue };
            if other != room && MAY_IMPORT.iter().any(|(name, _)| *name == other) && !allowed.contains(&other) {
                wrong.push(format!("{} imports '{other}'", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "not in the plan:\n{}", wrong.join("\n"));
}

#[test]
fn files_of_a_room_do_not_import_each_other_in_circles() {
    let sources = sources();
    let handed_on = handed_on(&sources);
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.is_mod()) {
        for path in source.paths() {
            if let Some(file) = resolve(source, &path, &handed_on, &sources)
                && file != source.name
            {
                edges.entry(source.name.clone()).or_default().insert(file);
            }
        }
    }
    let circles: Vec<String> =
        edges.keys().filter_map(|start| way_back(start, &edges)).map(|way| way.join(" → ")).collect();
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
}

#[test]
fn files_and_functions_stay_small() {
    let mut wrong = Vec::new();
    for source in sources() {
        let lines = source.lines_without_tests();
        if lines > MOST_LINES_PER_FILE && !TABLES.contains(&source.name.as_str()) {
            wrong.push(format!("{}: {lines} lines", source.name));
        }
        if source.name.matches('/').count() >= DEEPEST {
            wrong.push(format!("{}: deeper than {DEEPEST}", source.name));
        }
        let mut functions = Functions::default();
        functions.visit_file(&source.file);
        for (name, lines) in functions.found {
            if lines > MOST_LINES_PER_FUNCTION {
                wrong.push(format!("{}: fn {name} has {lines} lines", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "too large:\n{}", wrong.join("\n"));
}

struct Source {
    /// Path below `src/`, with `/`.
    name: String,
    text: String,
    file: syn::File,
}

impl Source {
    fn room(&self) -> Option<&str> {
        self.name.split_once('/').map(|(room, _)| room)
    }

    fn is_mod(&self) -> bool {
        self.name.ends_with("mod.rs")
    }

    fn folder(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Every path outside tests, imports flattened.
    fn paths(&self) -> Vec<Vec<String>> {
        let mut paths = Paths::default();
        paths.visit_file(&self.file);
        paths.found
    }

    fn lines_without_tests(&self) -> usize {
        let test_lines = |item: &syn::Item| match item {
            syn::Item::Mod(module) if is_test(&module.attrs) => lines(module.span()),
            _ => 0,
        };
        self.text.lines().count() - self.file.items.iter().map(test_lines).sum::<usize>()
    }
}

fn lines(span: proc_macro2::Span) -> usize {
    span.end().line - span.start().line + 1
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let all: Vec<Source> = files
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            Source { name, text, file }
        })
        .collect();
    let tests: BTreeSet<String> = all.iter().flat_map(test_files).collect();
    all.into_iter().filter(|source| !tests.contains(&source.name)).collect()
}

/// Files that a source declares as modules for tests only.
fn test_files(source: &Source) -> Vec<String> {
    let modules = source.file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() && is_test(&module.attrs) => Some(module),
        _ => None,
    });
    modules.map(|module| format!("{}/{}", source.folder(), module_path(module))).collect()
}

fn module_path(module: &syn::ItemMod) -> String {
    let named = module.attrs.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    });
    named.unwrap_or_else(|| format!("{}.rs", module.ident))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "test")
    })
}

/// Names that a `mod.rs` hands on, and the file each comes from: (folder, name) → file.
fn handed_on(sources: &[Source]) -> BTreeMap<(String, String), String> {
    let mut names = BTreeMap::new();
    for source in sources.iter().filter(|source| source.is_mod()) {
        for path in source.paths() {
            if path.len() < 3 || path[0] != "self" {
                continue;
            }
            if let (Some(file), Some(name)) = (module_file(source.folder(), &path[1], sources), path.last()) {
                names.insert((source.folder().to_owned(), name.clone()), file);
            }
        }
    }
    names
}

fn module_file(folder: &str, module: &str, sources: &[Source]) -> Option<String> {
    let candidates = [format!("{folder}/{module}.rs"), format!("{folder}/{module}/mod.rs")];
    candidates.into_iter().find(|name| sources.iter().any(|source| source.name == *name))
}

/// The file within the same room that a path leads to.
fn resolve(
    source: &Source,
    path: &[String],
    handed_on: &BTreeMap<(String, String), String>,
    sources: &[Source],
) -> Option<String> {
    let mut folder = source.folder().to_owned();
    let mut rest = path;
    if path.first()? == "super" {
        rest = &rest[1..];
        while rest.first().is_some_and(|part| part == "super") {
            folder = folder.rsplit_once('/')?.0.to_owned();
            rest = &rest[1..];
        }
    } else if path.first()? == "crate" && path.get(1).map(String::as_str) == source.room() {
        folder.clone_from(&path[1]);
        rest = &rest[2..];
    } else {
        return None;
    }
    loop {
        let name = rest.first()?;
        if let Some(file) = handed_on.get(&(folder.clone(), name.clone())) {
            return Some(file.clone()).filter(|file| !file.ends_with("mod.rs"));
        }
        let file = module_file(&folder, name, sources)?;
        if !file.ends_with("/mod.rs") {
            return Some(file);
        }
        folder = format!("{folder}/{name}");
        rest = &rest[1..];
    }
}

fn way_back(start: &str, edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut open = vec![vec![start.to_owned()]];
    while let Some(way) = open.pop() {
        for next in edges.get(way.last()?).into_iter().flatten() {
            let longer: Vec<String> = way.iter().chain([next]).cloned().collect();
            if next == start {
                return Some(longer);
            }
            if seen.insert(next.clone()) {
                open.push(longer);
            }
        }
    }
    None
}

#[derive(Default)]
struct Paths {
    found: Vec<Vec<String>>,
}

impl Paths {
    fn flatten(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.flatten(&with(path.ident.to_string()), &path.tree),
            syn::UseTree::Name(name) if name.ident == "self" => self.found.push(prefix.to_vec()),
            syn::UseTree::Name(name) => self.found.push(with(name.ident.to_string())),
            syn::UseTree::Rename(rename) => self.found.push(with(rename.ident.to_string())),
            syn::UseTree::Glob(_) => self.found.push(prefix.to_vec()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.flatten(prefix, item)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.flatten(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if matches!(parts[0].as_str(), "crate" | "super") {
            self.found.push(parts);
        }
        syn::visit::visit_path(self, path);
    }
}

#[derive(Default)]
struct Functions {
    found: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.found.push((function.sig.ident.to_string(), lines(function.block.span())));
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.found.push((function.sig.ident.to_string(), lines(function.block.span())));
        syn::visit::visit_impl_item_fn(self, function);
    }
}
