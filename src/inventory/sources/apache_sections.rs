//! Apache's sections whose lines count only if something holds: `<IfDefine>`, `<IfModule>`, `<IfFile>` and the like.
//!
//! What is not known from the files is taken to hold: names can be defined on the command line (`-D NAME`), and modules
//! can be built in. What the files themselves rule out is skipped.

use std::collections::{BTreeMap, BTreeSet};

/// What is defined, and the sections around the line that is read.
#[derive(Default)]
pub(super) struct Sections {
    /// What the files surely define, and what they surely undefine.
    defined: BTreeMap<String, bool>,
    modules: BTreeSet<String>,
    open: Vec<Open>,
    /// Sections that are open within the one that is skipped, and itself.
    skipped: usize,
}

struct Open {
    name: String,
    /// Whether its lines count for sure.
    is_sure: bool,
}

impl Sections {
    /// Whether the line is in a section that is skipped. Sections within it end with it.
    pub(super) fn skips(&mut self, line: &str) -> bool {
        if self.skipped == 0 {
            return false;
        }
        if line.starts_with("</") {
            self.skipped -= 1;
        } else if line.starts_with('<') {
            self.skipped += 1;
        }
        true
    }

    /// Begins a section with its condition; `is_there` says of a file whether it is, where that is known.
    pub(super) fn begin(&mut self, name: &str, condition: &str, is_there: impl FnOnce(&str) -> Option<bool>) {
        let (is_negated, what) = condition.strip_prefix('!').map_or((false, condition), |what| (true, what));
        let holds = match name {
            "ifdefine" => self.defined.get(what).copied(),
            "ifmodule" => self.modules.contains(what).then_some(true),
            "iffile" => is_there(what),
            "ifversion" | "ifdirective" | "ifsection" => None,
            _ => return,
        };
        match holds.map(|holds| holds != is_negated) {
            Some(false) => self.skipped = 1,
            known => self.open.push(Open { name: name.to_owned(), is_sure: known.is_some() }),
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        if self.open.last().is_some_and(|open| open.name == name) {
            self.open.pop();
        }
    }

    /// What `Define` and `UnDefine` say. Where it is not sure that they count, nothing is sure afterwards.
    pub(super) fn define(&mut self, name: &str, is_defined: bool) {
        if self.is_sure() {
            self.defined.insert(name.to_owned(), is_defined);
        } else if self.defined.get(name) != Some(&is_defined) {
            self.defined.remove(name);
        }
    }

    /// `LoadModule ssl_module modules/mod_ssl.so`: known by that name, and as `mod_ssl.c`.
    pub(super) fn load(&mut self, module: &str, file: &str) {
        if self.is_sure() {
            let source = file.rsplit('/').next().and_then(|name| name.strip_suffix(".so"));
            self.modules.extend([module.to_owned()].into_iter().chain(source.map(|name| format!("{name}.c"))));
        }
    }

    fn is_sure(&self) -> bool {
        self.open.iter().all(|open| open.is_sure)
    }

    /// The number of open sections, for [`leave`](Self::leave) at the end of a file.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Ends what is open within a file, and says whether lines were being skipped.
    pub(super) fn leave(&mut self, depth: usize) -> bool {
        self.open.truncate(depth);
        std::mem::take(&mut self.skipped) > 0
    }
}
