//! The ladder as text, 100 columns wide for the usual call of two sides.

use std::fmt::Write as _;

use super::{Event, Ladder};

/// Columns of the time.
const TIME: usize = 10;

/// Columns between the switch and each side.
const GAP: usize = 34;

/// Draws it; `full` adds the text of each message.
pub(crate) fn draw(ladder: &Ladder, full: bool) -> String {
    let mut out = format!("{}\n\n", ladder.title);
    heads(ladder, &mut out);
    for rung in &ladder.rungs {
        let _ = write!(out, "{:>9.3} ", rung.at_us as f64 / 1e6);
        match &rung.event {
            Event::Decision { node, why } => {
                let mut line = rails(ladder);
                write_at(&mut line, switch_at(), &format!("* {node}: {why}"));
                push(&mut out, &line);
            }
            Event::Message {
                side,
                sent,
                title,
                again,
                text,
            } => {
                push(&mut out, &arrow(ladder, *side, *sent, &label(title, *again)));
                if full {
                    for line in text.trim_end().lines() {
                        let _ = writeln!(out, "{:TIME$}    {line}", "");
                    }
                    out.push('\n');
                }
            }
        }
    }
    out
}

/// What stands on an arrow.
pub(super) fn label(title: &str, again: bool) -> String {
    if again {
        format!("{title} (again)")
    } else {
        title.to_owned()
    }
}

/// The column of the switch: the caller is left of it, everyone else right.
fn switch_at() -> usize {
    GAP
}

fn column(side: usize) -> usize {
    match side {
        0 => 0,
        side => GAP * (side + 1),
    }
}

fn heads(ladder: &Ladder, out: &mut String) {
    let columns = ladder.sides.iter().enumerate();
    let mut names = Vec::new();
    let mut addresses = Vec::new();
    for (at, side) in columns {
        write_at(&mut names, column(at), &side.name);
        write_at(&mut addresses, column(at), &side.address);
    }
    write_at(&mut names, switch_at(), "pointsman");
    for line in [names, addresses] {
        let _ = write!(out, "{:TIME$}", "");
        push(out, &line);
    }
}

/// A line with nothing but the verticals.
fn rails(ladder: &Ladder) -> Vec<char> {
    let mut line = Vec::new();
    for side in 0..ladder.sides.len() {
        write_at(&mut line, column(side), "|");
    }
    write_at(&mut line, switch_at(), "|");
    line
}

fn arrow(ladder: &Ladder, side: usize, sent: bool, label: &str) -> Vec<char> {
    let mut line = rails(ladder);
    let (left, right) = if side == 0 {
        (column(0), switch_at())
    } else {
        (switch_at(), column(side))
    };
    let rightwards = sent != (side == 0);
    write_at(&mut line, left + 1, &"-".repeat(right - left - 1));
    let head = if rightwards { right - 1 } else { left + 1 };
    write_at(&mut line, head, if rightwards { ">" } else { "<" });
    let room = GAP - 6;
    let label: String = label.chars().take(room).collect();
    let from = if side == 0 { left } else { right - GAP };
    write_at(&mut line, from + 3, &format!(" {label} "));
    line
}

fn write_at(line: &mut Vec<char>, at: usize, text: &str) {
    for (column, sign) in text.chars().enumerate().map(|(offset, sign)| (at + offset, sign)) {
        if line.len() <= column {
            line.resize(column + 1, ' ');
        }
        line[column] = sign;
    }
}

fn push(out: &mut String, line: &[char]) {
    let text: String = line.iter().collect();
    out.push_str(text.trim_end());
    out.push('\n');
}
