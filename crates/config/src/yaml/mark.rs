//! Where every key and value of a YAML text stands.
//!
//! `serde_yaml` reads the values but keeps no positions of what it accepted; this second parse of the
//! same text keeps nothing but positions, in the same shape.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Parser, Span as ParserSpan};

/// A place in a text: 1-based, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Span {
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column, from 1.
    pub(crate) column: usize,
    /// Characters to underline on that line, at least 1.
    pub(crate) width: usize,
}

/// Positions of one value and of everything in it.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) at: Span,
    /// The scalar as it is written, for hints.
    pub(crate) text: String,
    pub(crate) shape: Shape,
}

#[derive(Debug)]
pub(crate) enum Shape {
    Scalar,
    List(Vec<Rc<Mark>>),
    Map(Vec<(Rc<Mark>, Rc<Mark>)>),
}

/// A text that is not YAML, or is more than one document, or expands beyond reason.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) at: Span,
    pub(crate) message: String,
}

/// More values than any hand-written file holds; a file of aliases of aliases reaches it at once.
const MOST_VALUES: usize = 250_000;
/// Deeper than any tree form; keeps recursion bounded.
const DEEPEST: usize = 64;

/// Parses `text`; `None` for an empty text.
pub(crate) fn parse(text: &str) -> Result<Option<Rc<Mark>>, SyntaxError> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        values: 0,
    };
    let mut root = None;
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::DocumentStart(..) if root.is_some() => {
                return Err(fault(
                    span,
                    "a second document starts here; one file holds one document",
                ));
            }
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                root = Some(reader.value(event, span, 0)?.0);
            }
            _ => {}
        }
    }
    Ok(root)
}

fn fault(span: ParserSpan, message: &str) -> SyntaxError {
    SyntaxError {
        at: place(span),
        message: message.to_owned(),
    }
}

fn place(span: ParserSpan) -> Span {
    let (start, end) = (span.start, span.end);
    let width = if end.line() == start.line() {
        end.col().saturating_sub(start.col())
    } else {
        0
    };
    Span {
        line: start.line(),
        column: start.col() + 1,
        width: width.max(1),
    }
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    /// Anchored values with the number of values in them.
    anchors: HashMap<usize, (Rc<Mark>, usize)>,
    values: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, ParserSpan)>, SyntaxError> {
        match self.parser.next() {
            None => Ok(None),
            Some(Ok(next)) => Ok(Some(next)),
            Some(Err(error)) => {
                let marker = error.marker();
                let at = Span {
                    line: marker.line(),
                    column: marker.col() + 1,
                    width: 1,
                };
                Err(SyntaxError {
                    at,
                    message: error.info().to_owned(),
                })
            }
        }
    }

    fn expect(&mut self) -> Result<(Event<'a>, ParserSpan), SyntaxError> {
        self.next()?.ok_or_else(|| SyntaxError {
            at: Span {
                line: 1,
                column: 1,
                width: 1,
            },
            message: "the text ends in the middle of a value".to_owned(),
        })
    }

    /// The value that `event` starts, and how many values it holds once aliases are expanded.
    fn value(
        &mut self,
        event: Event<'a>,
        span: ParserSpan,
        depth: usize,
    ) -> Result<(Rc<Mark>, usize), SyntaxError> {
        if depth > DEEPEST {
            return Err(fault(span, "nested too deeply"));
        }
        let before = self.values;
        self.count(1, span)?;
        let (anchor, text, shape) = match event {
            Event::Scalar(text, _, anchor, _) => (anchor, text.into_owned(), Shape::Scalar),
            Event::SequenceStart(_, anchor, _) => (anchor, String::new(), self.list(depth)?),
            Event::MappingStart(_, anchor, _) => (anchor, String::new(), self.map(depth)?),
            Event::Alias(anchor) => {
                let Some((mark, values)) = self.anchors.get(&anchor).cloned() else {
                    return Err(fault(span, "an alias of something that is not defined before"));
                };
                self.count(values, span)?;
                return Ok((mark, values));
            }
            _ => return Err(fault(span, "expected a value")),
        };
        let mark = Rc::new(Mark {
            at: place(span),
            text,
            shape,
        });
        let values = self.values - before;
        if anchor != 0 {
            self.anchors.insert(anchor, (Rc::clone(&mark), values));
        }
        Ok((mark, values))
    }

    fn count(&mut self, values: usize, span: ParserSpan) -> Result<(), SyntaxError> {
        self.values = self.values.saturating_add(values);
        if self.values > MOST_VALUES {
            return Err(fault(
                span,
                "the file holds too many values once its aliases are expanded",
            ));
        }
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<Shape, SyntaxError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.expect()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Shape::List(items));
            }
            items.push(self.value(event, span, depth + 1)?.0);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Shape, SyntaxError> {
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.expect()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Shape::Map(entries));
            }
            let key = self.value(event, span, depth + 1)?.0;
            let (event, span) = self.expect()?;
            entries.push((key, self.value(event, span, depth + 1)?.0));
        }
    }
}
