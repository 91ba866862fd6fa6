//! A page as a tree. Pages are written so that they are XML, too, but for their first line and the script.

use std::collections::BTreeSet;

use roxmltree::{Document as Tree, Node};

/// A page, as XML.
pub struct Document(String);

/// What ends a line where the page is read as text.
const BLOCKS: [&str; 20] = [
    "p", "h1", "h2", "h3", "h4", "h5", "tr", "li", "div", "dt", "caption", "summary", "section", "table",
    "ul", "ol", "dl", "details", "figure", "form",
];

impl Document {
    pub fn of(page: &str) -> Self {
        let rest = page.strip_prefix("<!doctype html>").expect("its first line");
        let (before, script) = rest.split_once("<script>").expect("a script");
        let (_, after) = script.split_once("</script>").expect("its end");
        Self(format!("{before}{after}"))
    }

    fn each<T>(&self, mut look: impl FnMut(Node<'_, '_>) -> T) -> Vec<T> {
        let tree = Tree::parse(&self.0).unwrap_or_else(|error| panic!("{error}: {}", self.0));
        tree.descendants().filter(Node::is_element).map(&mut look).collect()
    }

    /// One `h1`, and none skips a level on the way down.
    pub fn has_headings_in_order(&self, page: &str) {
        let level = |node: Node<'_, '_>| {
            node.tag_name().name().strip_prefix('h').and_then(|level| level.parse().ok())
        };
        let levels: Vec<u32> = self.each(level).into_iter().flatten().collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{page}: {levels:?}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{page}: {levels:?}");
    }

    /// Every table has a caption, and headers that say what they are the heads of.
    pub fn has_tables_with_headers(&self, page: &str) {
        self.each(|node| match node.tag_name().name() {
            "th" => assert!(
                ["col", "row"].contains(&node.attribute("scope").unwrap_or_default()),
                "{page}: {node:?}"
            ),
            "table" => {
                let child = |name: &str| node.children().any(|child| child.has_tag_name(name));
                assert!(child("caption") && child("thead"), "{page}: {node:?}");
            }
            "html" => assert_eq!(node.attribute("lang"), Some("en")),
            _ => {}
        });
    }

    /// Ids are unique, links lead to one of them, and so do labels.
    pub fn has_links_that_lead_somewhere(&self, page: &str) {
        let ids: Vec<String> =
            self.each(|node| node.attribute("id").map(str::to_owned)).into_iter().flatten().collect();
        let unique: BTreeSet<_> = ids.iter().map(String::as_str).collect();
        assert_eq!(unique.len(), ids.len(), "{page}: {ids:?}");
        let link = |node: Node<'_, '_>| {
            let references =
                ["href", "for", "aria-labelledby"].into_iter().filter_map(|name| node.attribute(name));
            references.flat_map(str::split_whitespace).map(str::to_owned).collect::<Vec<_>>()
        };
        let links: Vec<_> = self.each(link).into_iter().flatten().collect();
        assert!(!links.is_empty(), "{page}");
        for link in links {
            assert!(unique.contains(link.trim_start_matches('#')), "{page}: {link}");
        }
    }

    /// Nothing is loaded from anywhere, and nothing runs.
    pub fn asks_for_nothing(&self, page: &str) {
        self.each(|node| {
            for attribute in node.attributes() {
                let name = attribute.name();
                assert!(!["src", "srcset", "action", "data", "poster"].contains(&name), "{page}: {name}");
                assert!(!name.starts_with("on"), "{page}: {name}");
                assert!(
                    name != "href" || attribute.value().starts_with('#'),
                    "{page}: {}",
                    attribute.value()
                );
                assert!(
                    name != "style" || attribute.value().starts_with("--"),
                    "{page}: {}",
                    attribute.value()
                );
            }
            let name = node.tag_name().name();
            assert!(!["link", "iframe", "object", "embed", "img", "base"].contains(&name), "{page}: {name}");
            if name == "style" {
                let style = node.text().unwrap();
                assert!(!style.contains("url(") && !style.contains("@import"), "{page}: {style}");
            }
        });
    }

    pub fn has_no_element(&self, name: &str, page: &str) {
        self.each(|node| assert!(!node.has_tag_name(name), "{page}: {name}"));
    }

    /// What a browser may do with it.
    pub fn policy(&self) -> String {
        let policy = |node: Node<'_, '_>| {
            let is_it = node.attribute("http-equiv") == Some("Content-Security-Policy");
            is_it.then(|| node.attribute("content").unwrap_or_default().to_owned())
        };
        self.each(policy).into_iter().flatten().next().expect("a policy")
    }

    /// The page as a text browser would show it, plots apart.
    pub fn text(&self) -> String {
        let tree = Tree::parse(&self.0).unwrap();
        let body = tree.descendants().find(|node| node.has_tag_name("body")).unwrap();
        let mut text = String::new();
        write(&mut text, body);
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

fn write(out: &mut String, node: Node<'_, '_>) {
    if node.is_text() {
        out.push_str(&node.text().unwrap_or_default().replace('\n', " "));
    }
    let name = node.tag_name().name();
    if name == "svg" {
        return;
    }
    let is_block = BLOCKS.contains(&name);
    if is_block {
        out.push('\n');
    }
    node.children().for_each(|child| write(out, child));
    match name {
        _ if is_block => out.push('\n'),
        "td" | "th" | "dd" | "span" => out.push(' '),
        _ => {}
    }
}
