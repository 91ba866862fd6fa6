//! The modules of one member, file by file, and which uses which: enough of Rust's paths to tell where a name
//! that a file takes is defined.
//!
//! A module is a file. It uses another one when its code, outside of tests, names something that is defined
//! there. Through a re-export or somebody's import a name counts where it is defined, not where it is passed on;
//! an import of a module counts by what is taken through it. So a `mod.rs` that declares its children and passes
//! their names on uses none of them. Methods aren't seen: one type may spread its `impl` over several files.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Names that were looked for in modules already, on the way to where one is defined.
type Looked = BTreeSet<(usize, String)>;

/// One file of a member.
pub struct Module {
    /// Its name from the root of the member, such as `["wire", "frame"]`; nothing for `lib.rs` itself.
    pub path: Vec<String>,
    imports: BTreeMap<String, Import>,
    globs: Vec<Vec<String>>,
    /// What the file defines, and the modules that it has in line.
    items: BTreeSet<String>,
    /// The paths that stand in the code, imports apart.
    paths: BTreeSet<Vec<String>>,
}

struct Import {
    path: Vec<String>,
    passed_on: bool,
}

/// Where a path leads.
enum Place {
    Item(usize),
    Module(usize),
}

/// The modules of one member.
pub struct Member {
    modules: Vec<Module>,
}

impl Module {
    /// Reads the code of a file, without comments, contents of strings and tests.
    pub fn read(path: Vec<String>, code: &str) -> Self {
        let mut reader = Reader { tokens: tokens(code), at: 0, inline: Vec::new(), depth: 0 };
        let mut module = Self {
            path,
            imports: BTreeMap::new(),
            globs: Vec::new(),
            items: BTreeSet::new(),
            paths: BTreeSet::new(),
        };
        reader.file(&mut module);
        module
    }
}

/// Words, `::`, and every other character by itself; lifetimes are left out.
fn tokens(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            '\'' => 1 + rest[1..].find(|c| !is_word(c)).unwrap_or(rest.len() - 1),
            _ if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        if first != '\'' {
            found.push(&rest[..length]);
        }
        rest = rest[length..].trim_start();
    }
    found
}

struct Reader<'a> {
    tokens: Vec<&'a str>,
    at: usize,
    /// The depth of braces at which each module in line begins.
    inline: Vec<usize>,
    depth: usize,
}

impl Reader<'_> {
    fn token(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).copied().unwrap_or("")
    }

    fn before(&self) -> &str {
        self.at.checked_sub(1).map_or("", |before| self.tokens[before])
    }

    fn file(&mut self, module: &mut Module) {
        let mut passed_on = false;
        while self.at < self.tokens.len() {
            match self.token(0) {
                "{" => self.depth += 1,
                "}" => {
                    self.depth -= 1;
                    self.inline.pop_if(|depth| *depth == self.depth);
                }
                "use" => {
                    self.at += 1;
                    self.import(Vec::new(), passed_on, module);
                    passed_on = false;
                }
                "pub" => {
                    passed_on = true;
                    self.at += 1;
                    if self.token(0) == "(" {
                        while self.token(0) != ")" {
                            self.at += 1;
                        }
                        self.at += 1;
                    }
                    continue;
                }
                "fn" | "struct" | "enum" | "trait" | "const" | "static" | "type" | "mod" => {
                    let name = self.token(1).to_owned();
                    if self.token(0) == "mod" && self.token(2) == "{" {
                        self.inline.push(self.depth);
                        module.items.insert(name);
                    } else if self.token(0) != "mod" && self.depth == self.inline.len() {
                        module.items.insert(name);
                    }
                    passed_on = false;
                }
                word if is_name(word) => {
                    let path = self.path();
                    module.paths.extend(path);
                    passed_on = false;
                    continue;
                }
                _ => passed_on = false,
            }
            self.at += 1;
        }
    }

    /// A path in code: the reader stands on its first name, and afterwards behind its last.
    fn path(&mut self) -> Option<Vec<String>> {
        let starts_it = !["::", ".", "fn", "struct", "enum"].contains(&self.before());
        let mut path = vec![self.token(0).to_owned()];
        self.at += 1;
        while self.token(0) == "::" && is_name(self.token(1)) {
            path.push(self.token(1).to_owned());
            self.at += 2;
        }
        starts_it.then(|| self.outside_of_inline(path)).flatten()
    }

    /// `super` of a module in line is the file.
    fn outside_of_inline(&self, mut path: Vec<String>) -> Option<Vec<String>> {
        for _ in &self.inline {
            match path.first().map(String::as_str) {
                Some("super") => {
                    path.remove(0);
                    if path.first().is_none_or(|name| name != "super") {
                        path.insert(0, "self".to_owned());
                    }
                }
                _ => break,
            }
        }
        Some(path)
    }

    /// One branch of what an import names; the reader ends behind it.
    fn import(&mut self, mut path: Vec<String>, passed_on: bool, module: &mut Module) {
        loop {
            match self.token(0) {
                "{" => {
                    self.at += 1;
                    while self.token(0) != "}" {
                        self.import(path.clone(), passed_on, module);
                        if self.token(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    self.at += 1;
                    module.globs.extend(self.outside_of_inline(path));
                    return;
                }
                "::" => {
                    if path.is_empty() {
                        path.push(String::new()); // `::name` is another crate
                    }
                    self.at += 1;
                }
                name if is_name(name) && name != "as" => {
                    if name != "self" || path.is_empty() {
                        path.push(name.to_owned());
                    }
                    self.at += 1;
                }
                _ => break,
            }
        }
        let mut name = path.last().cloned().unwrap_or_default();
        if self.token(0) == "as" {
            name = self.token(1).to_owned();
            self.at += 2;
        }
        if name == "_" {
            name = format!("_ {}", path.join("::"));
        }
        if let Some(path) = self.outside_of_inline(path) {
            module.imports.insert(name, Import { path, passed_on });
        }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

impl Member {
    pub fn new(modules: Vec<Module>) -> Self {
        Self { modules }
    }

    fn find(&self, path: &[String]) -> Option<usize> {
        self.modules.iter().position(|module| module.path == path)
    }

    fn child(&self, of: usize, name: &str) -> Option<usize> {
        let mut path = self.modules[of].path.clone();
        path.push(name.to_owned());
        self.find(&path)
    }

    /// Where a path leads that stands in the file `from`; none if out of the member.
    fn resolve(&self, from: usize, path: &[String], looked: &mut Looked) -> Option<Place> {
        let (first, mut rest) = path.split_first()?;
        let mut place = match first.as_str() {
            "crate" => self.find(&[])?,
            "self" => from,
            "super" => {
                let mut up = self.modules[from].path.clone();
                up.pop()?;
                while rest.first().is_some_and(|name| name == "super") {
                    up.pop()?;
                    rest = &rest[1..];
                }
                self.find(&up)?
            }
            _ => match self.named(from, first, looked)? {
                Place::Module(module) => module,
                item => return Some(item),
            },
        };
        for name in rest {
            match self.named(place, name, looked) {
                Some(Place::Module(module)) => place = module,
                Some(item) => return Some(item),
                None => return None,
            }
        }
        Some(Place::Module(place))
    }

    /// What a name means inside of a module.
    fn named(&self, within: usize, name: &str, looked: &mut Looked) -> Option<Place> {
        if let Some(child) = self.child(within, name) {
            return Some(Place::Module(child));
        }
        let module = &self.modules[within];
        if module.items.contains(name) {
            return Some(Place::Item(within));
        }
        // Globs may lead around in a circle, and to one place by many ways.
        if !looked.insert((within, name.to_owned())) {
            return None;
        }
        if let Some(import) = module.imports.get(name) {
            return self.resolve(within, &import.path, looked);
        }
        module.globs.iter().find_map(|glob| match self.resolve(within, glob, looked)? {
            Place::Module(of) if of != within => self.named(of, name, looked),
            _ => None,
        })
    }

    /// Which modules a module uses, and one name for each.
    fn uses(&self, user: usize) -> BTreeMap<usize, String> {
        let module = &self.modules[user];
        let imports = module.imports.values().filter(|import| !import.passed_on).map(|import| &import.path);
        let mut uses = BTreeMap::new();
        for path in imports.chain(&module.paths) {
            if let Some(Place::Item(used)) = self.resolve(user, path, &mut Looked::new())
                && used != user
            {
                uses.entry(used).or_insert_with(|| path.last().cloned().unwrap_or_default());
            }
        }
        uses
    }

    /// The circles of this member: of files, and of what stands side by side in a folder, each with its own folder
    /// taken for one. Spelled out, each once: `wire::data uses Form of wire::frame, wire::frame uses …`.
    pub fn circles(&self) -> Vec<String> {
        let uses: Vec<_> = (0..self.modules.len()).map(|module| self.uses(module)).collect();
        let names: Vec<_> = (0..self.modules.len()).map(|module| self.name(module)).collect();
        let mut circles = circles(&names, &uses);
        for folder in &self.modules {
            // Of each file below the folder, which of the folder's modules it belongs to.
            let below = |module: &Module| {
                let rest = module.path.strip_prefix(folder.path.as_slice())?;
                rest.first().map(|first| [&folder.path[..], std::slice::from_ref(first)].concat().join("::"))
            };
            let owners: Vec<_> = self.modules.iter().map(below).collect();
            let side_by_side: Vec<_> =
                owners.iter().flatten().collect::<BTreeSet<_>>().into_iter().cloned().collect();
            let place =
                |module: usize| side_by_side.iter().position(|name| Some(name) == owners[module].as_ref());
            let mut together = vec![BTreeMap::new(); side_by_side.len()];
            for (user, used) in
                uses.iter().enumerate().flat_map(|(user, used)| used.iter().map(move |used| (user, used)))
            {
                if let (Some(from), Some(to)) = (place(user), place(*used.0))
                    && from != to
                {
                    together[from].entry(to).or_insert_with(|| used.1.clone());
                }
            }
            for circle in self::circles(&side_by_side, &together) {
                if !circles.contains(&circle) {
                    circles.push(circle);
                }
            }
        }
        circles
    }

    /// Which of the member's own modules use which, each with everything below it, and a name for each.
    pub fn uses_between_folders(&self) -> Vec<(String, String, String)> {
        let mut all = BTreeMap::new();
        for (user, module) in self.modules.iter().enumerate() {
            for (used, name) in self.uses(user) {
                let first = |path: &[String]| path.first().map_or("lib.rs", String::as_str).to_owned();
                let (user, used) = (first(&module.path), first(&self.modules[used].path));
                if user != used {
                    all.entry((user, used)).or_insert(name);
                }
            }
        }
        all.into_iter().map(|((user, used), name)| (user, used, name)).collect()
    }

    fn name(&self, module: usize) -> String {
        match self.modules[module].path.join("::") {
            name if name.is_empty() => "lib.rs".to_owned(),
            name => name,
        }
    }
}

/// A shortest circle through each that is on one.
fn circles(names: &[String], uses: &[BTreeMap<usize, String>]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for start in 0..names.len() {
        let Some(circle) = shortest_circle(start, uses) else { continue };
        if seen.insert(circle.iter().copied().collect::<BTreeSet<_>>()) {
            let pairs = circle.iter().zip(circle.iter().cycle().skip(1));
            let told = pairs.map(|(user, used)| {
                format!("{} uses {} of {}", names[*user], uses[*user][used], names[*used])
            });
            circles.push(told.collect::<Vec<_>>().join(", "));
        }
    }
    circles
}

fn shortest_circle(start: usize, uses: &[BTreeMap<usize, String>]) -> Option<Vec<usize>> {
    let mut came_from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(user) = queue.pop_front() {
        for used in uses[user].keys() {
            if *used == start {
                let mut circle = vec![user];
                while *circle.last()? != start {
                    circle.push(came_from[circle.last()?]);
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(used) {
                came_from.insert(*used, user);
                queue.push_back(*used);
            }
        }
    }
    None
}
