//! Source as text: comments, contents of strings and test modules blanked. Rough, but it sees every build of every
//! feature at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A file of src.
pub struct Source {
    /// The folder of its member below src; nothing for the program's own.
    pub member: String,
    /// Below the member's folder, such as `wire/frame.rs`.
    pub name: String,
    /// Without comments, contents of strings and test modules.
    pub code: String,
}

impl Source {
    /// Its name as a module of its member; nothing for `lib.rs`.
    pub fn path(&self) -> Vec<String> {
        let name = self.name.trim_end_matches(".rs");
        let mut path: Vec<String> = name.split('/').map(str::to_owned).collect();
        if path.last().is_some_and(|last| ["lib", "mod"].contains(&last.as_str())) {
            path.pop();
        }
        path
    }

    /// Where it is, for a person.
    pub fn place(&self) -> String {
        Path::new("src").join(&self.member).join(&self.name).display().to_string()
    }

    /// Whether it may touch the world.
    pub fn is_worldly(&self) -> bool {
        let first = self.name.split('/').next().unwrap_or_default();
        self.member.is_empty() && ["io", "cli", "main.rs"].contains(&first)
    }
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files, in the order of their names.
pub fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Every file of every member, tests of their own apart.
pub fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read);
    &SOURCES
}

fn read() -> Vec<Source> {
    let src = root().join("src");
    let mut paths = Vec::new();
    files_below(&src, &mut paths);
    let sources: Vec<_> = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap().to_str().unwrap();
            let (member, name) = match name.split_once('/') {
                Some((member, rest)) if src.join(member).join("Cargo.toml").exists() => (member, rest),
                _ => ("", name),
            };
            let code = without_tests(&without_words(&fs::read_to_string(path).unwrap())).to_owned();
            Source { member: member.to_owned(), name: name.to_owned(), code }
        })
        .collect();
    assert!(sources.len() > 300, "the walk finds the source");
    sources
}

/// Blanks comments and the contents of strings and of character literals.
pub fn without_words(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('r', '"' | '#') if !is_word(out.chars().next_back().unwrap_or(' ')) => {
                let hashes = (i + 1..).take_while(|j| at(*j) == '#').count();
                if at(i + 1 + hashes) != '"' {
                    out.push('r'); // r#identifier
                    i += 1;
                    continue;
                }
                i += 2 + hashes;
                let ends = |i: usize| at(i) == '"' && (1..=hashes).all(|j| at(i + j) == '#');
                while i < chars.len() && !ends(i) {
                    i += 1;
                }
                i += 1 + hashes;
                out.push_str("\"\"");
            }
            ('"', _) => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
                out.push_str("\"\"");
            }
            ('\'', '\\') => {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
                out.push_str("' '");
            }
            ('\'', _) if at(i + 2) == '\'' => {
                i += 3;
                out.push_str("' '");
            }
            (c, _) => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

/// A test module is the last thing in its file.
fn without_tests(code: &str) -> &str {
    let end = code.find("\n#[cfg(test)]\nmod tests {").unwrap_or(code.len());
    let (code, rest) = code.split_at(end);
    assert!(!code.contains("cfg(test)"), "a test module that is not `mod tests`, or not at the end");
    let after = rest.split_once("\n}\n").map_or("", |(_, after)| after);
    assert!(after.trim().is_empty(), "code after the test module: {after}");
    code
}

pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where `word` stands as a whole word: what is before it, what is after it.
pub fn occurrences<'a>(code: &'a str, word: &str) -> Vec<(&'a str, &'a str)> {
    code.match_indices(word)
        .map(|(at, _)| (&code[..at], &code[at + word.len()..]))
        .filter(|(before, after)| !before.ends_with(is_word) && !after.starts_with(is_word))
        .collect()
}

/// The names that follow `prefix`, such as `crate::`; those of a list in braces, too.
pub fn names_after(code: &str, prefix: &str) -> Vec<String> {
    let first_name = |text: &str| text.trim_start().split(|c| !is_word(c)).next().unwrap_or("").to_owned();
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let after = &code[at + prefix.len()..];
        let Some(list) = after.strip_prefix('{') else {
            names.push(first_name(after));
            continue;
        };
        let mut depth = 0;
        let mut name_next = true;
        for (at, c) in list.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => name_next = true,
                c if name_next && !c.is_whitespace() => {
                    names.push(first_name(&list[at..]));
                    name_next = false;
                }
                _ => {}
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}
