//! The page of the specification: its text as it stands, a link from every id to its requirement, and at every requirement
//! the cases, golden vectors and files that are about it. Markdown in, HTML out; what is HTML in the text is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use askama::Template;
use askama::filters::{Escaper as _, Html};
use harness::spec;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::Error;
use crate::shell::Shell;
use crate::verdict::{Sentence, Tone};

/// What is about a requirement.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Cases: id, and what must happen.
    pub cases: Vec<(String, String)>,
    /// Golden vectors: the file, and the ids in it.
    pub vectors: BTreeMap<String, Vec<String>>,
    /// Files of the reference in which its id stands, below the root.
    pub code: BTreeSet<String>,
}

/// How many of a kind are named at a requirement.
const NAMED: usize = 60;

#[derive(Template)]
#[template(path = "spec.html")]
struct Page {
    shell: Shell,
    sentence: Sentence,
    text: String,
}

/// The page of `SPEC.md`, given its text and, by requirement, what is about it.
pub fn spec(text: &str, about: &BTreeMap<String, About>) -> Result<String, Error> {
    let shell = Shell::new(vec![
        ("contents", "Contents"),
        ("annex-a-glossary", "Glossary"),
        ("annex-c-index-of-requirements", "Index"),
        ("annex-d-sources-and-what-is-published-where", "Sources"),
    ]);
    let sentence = Sentence { tone: Tone::Open, words: "Counterproof: the specification".into() };
    Ok(Page { shell, sentence, text: body(text, about) }.render()?)
}

/// What the text becomes, event by event.
struct Writer<'a, 'b> {
    about: &'b BTreeMap<String, About>,
    out: Vec<Event<'a>>,
    /// The items that are open, with the requirement that stands in one.
    items: Vec<Option<&'static str>>,
    /// Names of headings so far: no two elements have one.
    names: BTreeSet<String>,
    /// Within a heading, a figure or a link an id is no link.
    is_plain: bool,
    tables: u32,
    /// Within the head of a table.
    is_head: bool,
}

fn body(text: &str, about: &BTreeMap<String, About>) -> String {
    let events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let (out, items, names) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut writer = Writer { about, out, items, names, is_plain: false, tables: 0, is_head: false };
    let mut rest = events.as_slice();
    while let Some((event, behind)) = rest.split_first() {
        rest = behind.get(writer.take(event, behind)..).unwrap_or_default();
    }
    let mut out = String::new();
    html::push_html(&mut out, writer.out.into_iter());
    out
}

impl<'a> Writer<'a, '_> {
    /// Takes an event, and says how many of those behind it are taken with it.
    fn take(&mut self, event: &Event<'a>, behind: &[Event<'a>]) -> usize {
        match event {
            // The page has a title of its own, and a diagram stands beside the table that it is drawn from.
            Event::Start(Tag::Heading { level: pulldown_cmark::HeadingLevel::H1, .. }) => {
                return until(behind, |it| matches!(it, Event::End(TagEnd::Heading(_))));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if **language == *"mermaid" => {
                return until(behind, |it| matches!(it, Event::End(TagEnd::CodeBlock)));
            }
            Event::InlineHtml(html) if **html == *"<br>" => self.out.push(Event::HardBreak),
            Event::Html(_) | Event::InlineHtml(_) => {}
            Event::Start(Tag::Heading { level, .. }) => self.heading(&level.to_string(), behind),
            Event::End(TagEnd::Heading(level)) => {
                self.is_plain = false;
                self.html(format!("</{level}>\n"));
            }
            Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell)
            | Event::End(TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell) => {
                self.table(event)
            }
            Event::Start(Tag::Item) => self.item(behind),
            Event::End(TagEnd::Item) => {
                if let Some(about) = self.items.pop().flatten().and_then(|id| self.about.get(id)) {
                    self.html(details(about));
                }
                self.out.push(event.clone());
            }
            Event::Start(Tag::CodeBlock(_) | Tag::Link { .. }) => {
                self.is_plain = true;
                self.out.push(event.clone());
            }
            Event::End(TagEnd::CodeBlock | TagEnd::Link) => {
                self.is_plain = false;
                self.out.push(event.clone());
            }
            Event::Text(text) if !self.is_plain => self.linked(text),
            _ => self.out.push(event.clone()),
        }
        0
    }

    fn html(&mut self, html: String) {
        self.out.push(Event::InlineHtml(CowStr::from(html)));
    }

    /// Tables have a caption, and their heads say that they are heads of columns.
    fn table(&mut self, event: &Event<'a>) {
        let html = match event {
            Event::Start(Tag::Table(_)) => {
                self.tables += 1;
                format!(
                    "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table {0}\"><table><caption class=\"hidden\">Table {0}</caption>",
                    self.tables
                )
            }
            Event::Start(Tag::TableHead) => {
                self.is_head = true;
                "<thead><tr>".into()
            }
            Event::End(TagEnd::TableHead) => {
                self.is_head = false;
                "</tr></thead><tbody>\n".into()
            }
            Event::Start(Tag::TableRow) => "<tr>".into(),
            Event::End(TagEnd::TableRow) => "</tr>\n".into(),
            Event::Start(_) if self.is_head => "<th scope=\"col\">".into(),
            Event::Start(_) => "<td>".into(),
            Event::End(TagEnd::TableCell) if self.is_head => "</th>".into(),
            Event::End(TagEnd::TableCell) => "</td>".into(),
            _ => "</tbody></table></div>\n".into(),
        };
        self.html(html);
    }

    fn heading(&mut self, level: &str, behind: &[Event<'_>]) {
        let words = behind.iter().take_while(|it| !matches!(it, Event::End(TagEnd::Heading(_))));
        let words = words.filter_map(|it| match it {
            Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
            _ => None,
        });
        let name = name(&words.collect::<String>());
        self.is_plain = true;
        let id = if self.names.insert(name.clone()) { format!(" id=\"{name}\"") } else { String::new() };
        self.html(format!("<{level}{id}>"));
    }

    /// An item; where it is a requirement it has its name, so that links lead there.
    fn item(&mut self, behind: &[Event<'a>]) {
        let mut words = behind.iter().filter(|it| !matches!(it, Event::Start(Tag::Paragraph)));
        let found = match (words.next(), words.next()) {
            (Some(Event::Start(Tag::Strong)), Some(Event::Text(text))) => {
                spec::find(text).map(|found| found.id)
            }
            _ => None,
        };
        match found.filter(|id| self.names.insert((*id).to_owned())) {
            Some(id) => self.html(format!("<li id=\"{id}\" class=\"rule\">")),
            None => self.out.push(Event::Start(Tag::Item)),
        }
        self.items.push(found);
    }

    /// A text, each id in it a link.
    fn linked(&mut self, text: &CowStr<'a>) {
        let mut html = String::new();
        let mut word = String::new();
        for c in text.chars().chain([' ']) {
            if c.is_ascii_alphanumeric() || c == '-' {
                word.push(c);
                continue;
            }
            match spec::find(&word) {
                Some(found) => _ = write!(html, "<a href=\"#{0}\">{0}</a>", found.id),
                None => _ = Html.write_escaped_str(&mut html, &word),
            }
            word.clear();
            _ = Html.write_escaped_char(&mut html, c);
        }
        html.pop();
        self.html(html);
    }
}

/// How many events there are up to the first of this kind, with it.
fn until(events: &[Event<'_>], is_last: impl Fn(&Event<'_>) -> bool) -> usize {
    events.iter().position(is_last).map_or(events.len(), |at| at + 1)
}

/// The name by which a heading is linked to, as those who show Markdown make it.
fn name(title: &str) -> String {
    let kept = title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .collect::<String>();
    kept.replace(' ', "-")
}

/// What is about a requirement, folded.
fn details(about: &About) -> String {
    let vectors = about.vectors.values().map(Vec::len).sum::<usize>();
    if about.cases.is_empty() && vectors == 0 && about.code.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "<details class=\"about\"><summary>cases: {}, golden vectors: {vectors}, files: {}</summary><ul>",
        about.cases.len(),
        about.code.len()
    );
    for (id, words) in about.cases.iter().take(NAMED) {
        _ = write!(out, "<li><code>{}</code> {}</li>", escaped(id), escaped(words));
    }
    if let Some(more) = about.cases.len().checked_sub(NAMED).filter(|more| *more > 0) {
        _ = write!(out, "<li>and {more} cases more</li>");
    }
    for (file, ids) in &about.vectors {
        let shown: Vec<_> = ids.iter().take(NAMED).map(|id| escaped(id)).collect();
        let more = if ids.len() > NAMED { ", …" } else { "" };
        _ = write!(out, "<li><code>vectors/{}</code>: {}{more}</li>", escaped(file), shown.join(", "));
    }
    for file in &about.code {
        _ = write!(out, "<li><code>{}</code></li>", escaped(file));
    }
    out + "</ul></details>"
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    _ = Html.write_escaped_str(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> String {
        let about = About {
            cases: vec![("frame-long".into(), "a frame <too long>".into())],
            vectors: BTreeMap::from([("frame.json".into(), vec!["frame-1".into()])]),
            code: BTreeSet::from(["src/channel/wire/frame.rs".into()]),
        };
        spec(text, &BTreeMap::from([("FRM-3".into(), about)])).unwrap()
    }

    #[test]
    fn an_id_leads_to_its_requirement_and_that_to_its_cases() {
        let page =
            page("## 5. The frame\n\n- **FRM-3** (published · MUST) A frame. See FRM-4.\n\nAs FRM-3 says.\n");
        assert!(page.contains("<li id=\"FRM-3\" class=\"rule\">"), "{page}");
        assert!(page.contains("As <a href=\"#FRM-3\">FRM-3</a> says."));
        assert!(page.contains("<h2 id=\"5-the-frame\">5. The frame</h2>"));
        assert!(page.contains("<code>frame-long</code> a frame &#60;too long&#62;"));
        assert!(page.contains("<code>vectors/frame.json</code>: frame-1"));
        assert!(page.contains("<code>src/channel/wire/frame.rs</code>"));
    }

    #[test]
    fn html_of_the_text_is_left_out_and_what_looks_like_it_is_text() {
        let page = page("# Title\n\n<script>alert(1)</script>\n\n<!-- mark -->\n\na < b & `<i>` XYZ-1\n");
        assert!(!page.contains("alert(1)</script>") && !page.contains("<!-- mark"));
        assert!(page.contains("a &#60; b &#38; <code>&lt;i&gt;</code> XYZ-1"), "{page}");
        assert!(!page.contains(">Title<"));
    }

    #[test]
    fn a_diagram_is_left_to_its_table_and_two_headings_have_two_names() {
        let page = page("```mermaid\nstate\n```\n\n### A b\n\n### A b\n\n```\nFRM-3 ──►\n```\n");
        assert!(!page.contains("mermaid") && page.matches("id=\"a-b\"").count() == 1);
        assert!(page.contains("FRM-3 ──►"), "as it stands in a figure");
    }
}
