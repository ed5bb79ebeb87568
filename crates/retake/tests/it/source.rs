//! Reads Rust source roughly: enough to know what a file names, not what it means.
//!
//! Comments, literals and test-only items are left out; what remains is taken as a list of paths. Grouped imports
//! are spelled out, so that `use std::{fs, time::Instant}` names `std::fs` and `std::time::Instant`.

/// A path that the code names, and on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
}

impl Mention {
    /// Whether the pattern, such as `std::fs`, stands somewhere in the path; `*f64` stands for any last letters.
    pub(crate) fn names(&self, pattern: &str) -> bool {
        if let Some(tail) = pattern.strip_prefix('*') {
            return self.path.iter().any(|segment| segment.ends_with(tail));
        }
        let wanted: Vec<&str> = pattern.split("::").collect();
        self.path.windows(wanted.len()).any(|window| window.iter().eq(wanted.iter()))
    }
}

/// Every path that the shipped part of this source names.
pub(crate) fn mentions(text: &str) -> Vec<Mention> {
    let code = without_tests(&bare(text));
    let mut found = Vec::new();
    let mut rest = code.as_str();
    let mut line = 1;
    while let Some(start) = rest.find(is_word) {
        line += count_lines(&rest[..start]);
        rest = &rest[start..];
        let mut length = path_length(rest);
        if rest[..length] == *"use" && !rest[length..].trim_start().starts_with('<') {
            let end = rest.find(';').unwrap_or(rest.len());
            spell_out(&rest[length..end], line, &mut found);
            length = end;
        } else {
            let mut path: Vec<String> = rest[..length].split("::").map(str::to_owned).collect();
            let is_macro = rest[length..].starts_with('!') && !rest[length..].starts_with("!=");
            if let (true, Some(last)) = (is_macro, path.last_mut()) {
                last.push('!');
            }
            found.push(Mention { line, path });
        }
        line += count_lines(&rest[..length]);
        rest = &rest[length..];
    }
    found
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn count_lines(text: &str) -> usize {
    text.matches('\n').count()
}

/// How far the path at the start of the text reaches.
fn path_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        let word = text[length..].find(|letter| !is_word(letter)).unwrap_or(text.len() - length);
        length += word;
        match text[length..].strip_prefix("::") {
            Some(next) if next.starts_with(is_word) => length += 2,
            _ => return length,
        }
    }
}

/// The paths of an import, one by one.
fn spell_out(tree: &str, mut line: usize, found: &mut Vec<Mention>) {
    let mut prefixes: Vec<String> = Vec::new();
    let (mut leaf, mut leaf_line) = (String::new(), line);
    for letter in tree.chars().chain([',']) {
        match letter {
            '{' => prefixes.push(std::mem::take(&mut leaf)),
            ',' | '}' => {
                let name = leaf.split(" as ").next().unwrap_or_default();
                if !name.trim().is_empty() {
                    let whole = format!("{}{name}", prefixes.concat());
                    let mut path: Vec<String> =
                        whole.split("::").map(|segment| segment.trim().to_owned()).filter(|s| !s.is_empty()).collect();
                    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                        path.pop();
                    }
                    found.push(Mention { line: leaf_line, path });
                }
                leaf.clear();
                if letter == '}' {
                    prefixes.pop();
                }
            }
            '\n' => line += 1,
            _ => {
                if leaf.trim().is_empty() {
                    leaf_line = line;
                }
                leaf.push(letter);
            }
        }
    }
}

/// The source with spaces where comments and literals were; lines stay where they are.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(letter) = rest.chars().next() {
        let length = literal_length(rest, after_word).unwrap_or(0);
        if length == 0 {
            out.push(letter);
            after_word = is_word(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            out.extend(rest[..length].chars().map(|hidden| if hidden == '\n' { '\n' } else { ' ' }));
            after_word = false;
            rest = &rest[length..];
        }
    }
    out
}

/// How long the comment or literal at the start of the text is, if there is one.
fn literal_length(text: &str, after_word: bool) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment_length(text));
    }
    let prefixed = if after_word { text } else { text.trim_start_matches(['b', 'c']) };
    let prefix = text.len() - prefixed.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = prefixed.strip_prefix('r').filter(|_| !after_word) {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let body = &raw[hashes + 1..];
            let inside = body.find(&close).map_or(body.len(), |at| at + close.len());
            return Some(prefix + 1 + hashes + 1 + inside);
        }
    }
    if let Some(body) = prefixed.strip_prefix('"') {
        return Some(prefix + 1 + closing(body, '"'));
    }
    let body = prefixed.strip_prefix('\'')?;
    let mut letters = body.chars();
    let is_char = letters.next()? == '\\' || letters.next()? == '\'';
    is_char.then(|| prefix + 1 + closing(body, '\''))
}

fn block_comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let here = &text.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// How far it is to behind the closing quote.
fn closing(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    body.len()
}

/// The bare source with spaces where items marked `#[cfg(test)]` were.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let item = &rest[start..];
        let body = MARK.len();
        let end = item[body..].find(['{', ';']).map_or(item.len(), |at| match item.as_bytes()[body + at] {
            b'{' => body + at + braces_length(&item[body + at..]),
            _ => body + at + 1,
        });
        out.push_str(&rest[..start]);
        out.extend(item[..end].chars().map(|hidden| if hidden == '\n' { '\n' } else { ' ' }));
        rest = &item[end..];
    }
    out.push_str(rest);
    out
}

fn braces_length(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        mentions(text).iter().map(|mention| format!("{}:{}", mention.line, mention.path.join("::"))).collect()
    }

    #[test]
    fn paths_are_found_on_their_lines() {
        assert_eq!(
            names("fn go() {\n    std::fs::read(a);\n    println!(b != c)\n}"),
            ["1:fn", "1:go", "2:std::fs::read", "2:a", "3:println!", "3:b", "3:c"]
        );
    }

    #[test]
    fn grouped_imports_are_spelled_out() {
        assert_eq!(
            names("pub(crate) use std::{\n    fs::{self, File as F},\n    time::*\n};\nuse a::b;"),
            ["1:pub", "1:crate", "2:std::fs", "2:std::fs::File", "3:std::time::*", "5:a::b"]
        );
        assert_eq!(names("impl Sized + use<'a>"), ["1:impl", "1:Sized", "1:use", "1:a"]);
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        for silent in [
            "// std::fs",
            "/// [`std::fs`]",
            "/* a /* b */ std::fs\n */",
            r#""std::fs \" std::fs""#,
            r##"r#"std::fs " std::fs"#"##,
            r#"b"std::fs""#,
            r"'\''",
            "'x'",
            "b'x'",
            "'\"'",
            "#[cfg(test)]\nmod tests { fn go() { if a {} } }",
            "#[cfg(test)]\nmod tests;",
        ] {
            assert_eq!(
                names(&format!("{silent}\n;last")).iter().map(|s| &s[2..]).collect::<Vec<_>>(),
                ["last"],
                "{silent}"
            );
        }
        assert_eq!(names("for<'a> bar\"x\".y"), ["1:for", "1:a", "1:bar", "1:y"]);
    }

    #[test]
    fn what_is_compiled_for_more_than_tests_is_read() {
        assert_eq!(names("#[cfg(any(test, feature = \"sim\"))]\nuse a::b;").last().map(String::as_str), Some("2:a::b"));
    }

    #[test]
    fn patterns_match_whole_segments() {
        let mention = |text: &str| mentions(text).remove(0);
        assert!(mention("tokio::time::sleep(x)").names("tokio::time"));
        assert!(mention("as_secs_f64()").names("*f64"));
        assert!(!mention("asynchronous").names("async"));
        assert!(!mention("my_std::fs").names("std::fs"));
    }
}
