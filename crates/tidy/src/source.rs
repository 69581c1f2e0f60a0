//! Just enough of Rust's grammar to find where functions begin and end.

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, from 1.
    pub line: usize,
    /// Lines from `fn` to the closing brace, both counted.
    pub length: usize,
}

/// All functions of a source file that have a body, nested ones included.
#[must_use]
pub fn functions(source: &str) -> Vec<Function> {
    let code = blank_out(source);
    let words = tokens(&code);
    let mut found = Vec::new();
    for (index, (_, word)) in words.iter().enumerate() {
        // `fn` followed by a name: `fn(u8)` is a type.
        let Some((_, name)) = words.get(index + 1) else {
            break;
        };
        if *word == "fn" && name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            found.extend(body(&words[index..]).map(|end| function(&code, name, words[index].0, end)));
        }
    }
    found
}

fn function(code: &str, name: &str, start: usize, end: usize) -> Function {
    let newlines = |range: &str| range.bytes().filter(|byte| *byte == b'\n').count();
    Function {
        name: name.to_owned(),
        line: newlines(&code[..start]) + 1,
        length: newlines(&code[start..end]) + 1,
    }
}

/// The offset of the brace that closes the body; `None` for a declaration that ends in `;`.
fn body(words: &[(usize, &str)]) -> Option<usize> {
    let (mut brackets, mut braces) = (0_usize, 0_usize);
    for (offset, word) in words {
        match *word {
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets = brackets.saturating_sub(1),
            ";" if brackets == 0 && braces == 0 => return None,
            "{" => braces += 1,
            "}" => {
                braces = braces.saturating_sub(1);
                if braces == 0 && brackets == 0 {
                    return Some(*offset);
                }
            }
            _ => {}
        }
    }
    None
}

fn tokens(code: &str) -> Vec<(usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut rest = code.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut end = start + first.len_utf8();
        if is_word(first) {
            while let Some((at, next)) = rest.next_if(|(_, next)| is_word(*next)) {
                end = at + next.len_utf8();
            }
        } else if first.is_whitespace() {
            continue;
        }
        found.push((start, &code[start..end]));
    }
    found
}

/// The source with comments, strings and character literals replaced by spaces, byte for byte, so that
/// braces in them do not count. Line ends stay.
#[must_use]
pub fn blank_out(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at).unwrap_or(at);
        if end == at {
            out.push(bytes[at]);
            at += 1;
        } else {
            out.extend(
                bytes[at..end]
                    .iter()
                    .map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }),
            );
            at = end;
        }
    }
    String::from_utf8(out).expect("only whole comments and literals are replaced")
}

/// Where the comment or literal that begins here ends; `None` when none begins here.
fn literal_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    let inside_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    match rest {
        [b'/', b'/', ..] => Some(at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())),
        [b'/', b'*', ..] => Some(at + block_comment(rest)),
        [b'"', ..] => Some(at + quoted(rest, b'"')),
        [b'r', b'"' | b'#', ..] if !inside_word => raw(rest).map(|length| at + length),
        [b'b', b'r', b'"' | b'#', ..] if !inside_word => raw(&rest[1..]).map(|length| at + 1 + length),
        [b'\'', ..] => character(rest).map(|length| at + length),
        _ => None,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None; // r#identifier
    }
    let mut close = vec![b'"'];
    close.resize(1 + hashes, b'#');
    let body = 2 + hashes;
    let found = rest[body..]
        .windows(close.len())
        .position(|window| window == close);
    Some(found.map_or(rest.len(), |position| body + position + close.len()))
}

/// A character literal; a lifetime is none.
fn character(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        return Some(quoted(rest, b'\''));
    }
    let width = match rest.get(1)? {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    (rest.get(1 + width) == Some(&b'\'')).then_some(2 + width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(source: &str) -> Vec<(String, usize, usize)> {
        functions(source)
            .into_iter()
            .map(|found| (found.name, found.line, found.length))
            .collect()
    }

    #[test]
    fn length_is_from_fn_to_its_brace() {
        let source = "struct A;\nfn one() {\n    x();\n}\nfn two(a: [u8; 3]) -> u8 { 3 }\n";
        assert_eq!(
            lengths(source),
            [("one".to_owned(), 2, 3), ("two".to_owned(), 5, 1)]
        );
    }

    #[test]
    fn declarations_and_function_types_are_not_functions() {
        assert_eq!(
            lengths("trait T { fn a(&self) -> u8; }\ntype F = fn(u8) -> u8;\n"),
            []
        );
    }

    #[test]
    fn nested_functions_count_for_both() {
        let source = "fn outer() {\n    fn inner() {\n    }\n}\n";
        assert_eq!(
            lengths(source),
            [("outer".to_owned(), 1, 4), ("inner".to_owned(), 2, 2)]
        );
    }

    #[test]
    fn braces_in_text_do_not_count() {
        let source = concat!(
            "fn a<'x>(x: &'x str) {\n",
            "    let _ = (\"}\\\"\", '}', '\\'', b'{', r#\"}\"}\"#, br\"}\", 'é');\n",
            "    // }\n    /* } /* } */ } */\n}\n",
            "fn b() {}\n",
        );
        assert_eq!(lengths(source), [("a".to_owned(), 1, 5), ("b".to_owned(), 6, 1)]);
    }

    #[test]
    fn blanking_keeps_every_offset() {
        let source = "let é = \"ü}\"; // ö\nr#type";
        let blank = blank_out(source);
        assert_eq!(blank.len(), source.len());
        assert!(blank.starts_with("let é = ") && blank.ends_with("\nr#type"));
        assert!(!blank.contains('}'));
    }
}
