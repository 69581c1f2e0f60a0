//! The ladder as a picture.

use std::fmt::Write as _;

use super::text::label;
use super::{Event, Ladder};

/// All lengths in pixels.
const LEFT: usize = 90;
const GAP: usize = 260;
const TOP: usize = 90;
const STEP: usize = 28;

/// Draws it. The texts of the messages are titles, which viewers show when the pointer rests on an arrow.
pub(crate) fn draw(ladder: &Ladder) -> String {
    let longest = ladder.rungs.iter().map(|rung| match &rung.event {
        Event::Decision { node, why } => node.chars().count() + why.chars().count(),
        Event::Message { .. } => 0,
    });
    let notes = longest.max().unwrap_or(0) * 7 + 40;
    let width = (LEFT + GAP * ladder.sides.len().max(1) + 120).max(LEFT + GAP + notes);
    let height = TOP + STEP * (ladder.rungs.len() + 1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
        escaped(&ladder.title)
    );
    let bottom = height - STEP / 2;
    let mut rail = |x: usize, name: &str, address: &str| {
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"54\" text-anchor=\"middle\" font-weight=\"bold\">{}</text>\n\
             <text x=\"{x}\" y=\"70\" text-anchor=\"middle\" font-size=\"11\" fill=\"#555555\">{}</text>\n\
             <line x1=\"{x}\" y1=\"76\" x2=\"{x}\" y2=\"{bottom}\" stroke=\"#999999\"/>",
            escaped(name),
            escaped(address)
        );
    };
    for (at, side) in ladder.sides.iter().enumerate() {
        rail(column(at), &side.name, &side.address);
    }
    rail(LEFT + GAP, "pointsman", "");
    for (number, rung) in ladder.rungs.iter().enumerate() {
        let y = TOP + STEP * number + STEP / 2;
        let seconds = rung.at_us as f64 / 1e6;
        let _ = writeln!(
            out,
            "<text x=\"8\" y=\"{}\" font-size=\"11\" fill=\"#555555\">{seconds:.3}</text>",
            y + 4
        );
        match &rung.event {
            Event::Decision { node, why } => note(&mut out, y, node, why),
            Event::Message {
                side,
                sent,
                title,
                again,
                text,
            } => arrow(&mut out, y, (*side, *sent), &label(title, *again), text),
        }
    }
    out.push_str("</svg>\n");
    out
}

fn column(side: usize) -> usize {
    match side {
        0 => LEFT,
        side => LEFT + GAP * (side + 1),
    }
}

fn arrow(out: &mut String, y: usize, (side, sent): (usize, bool), label: &str, text: &str) {
    let (switch, far) = (LEFT + GAP, column(side));
    let (from, to) = if sent { (switch, far) } else { (far, switch) };
    let failed = label.starts_with(['4', '5', '6']);
    let colour = if failed { "#b00020" } else { "#1f4e9c" };
    let back = if to > from { -9_i64 } else { 9 };
    let tip = i64::try_from(to).unwrap_or(0);
    let middle = if side == 0 {
        usize::midpoint(from, to)
    } else {
        far - GAP / 2
    };
    let _ = writeln!(
        out,
        "<g><title>{}</title><line x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\" stroke=\"{colour}\"/>\
         <path d=\"M{tip} {y} l{back} -4 v8 z\" fill=\"{colour}\"/>\
         <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" fill=\"{colour}\">{}</text></g>",
        escaped(text),
        y - 4,
        escaped(label)
    );
}

fn note(out: &mut String, y: usize, node: &str, why: &str) {
    let x = LEFT + GAP;
    let _ = writeln!(
        out,
        "<circle cx=\"{x}\" cy=\"{y}\" r=\"4\" fill=\"#2e7d32\"/>\
         <text x=\"{}\" y=\"{}\" fill=\"#2e7d32\" stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\">\
         <tspan font-weight=\"bold\">{}</tspan> {}</text>",
        x + 10,
        y + 4,
        escaped(node),
        escaped(why)
    );
}

/// Text inside XML. What XML cannot hold at all is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => {}
            '\n' | '\t' => out.push(sign),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => {}
            sign => out.push(sign),
        }
    }
    out
}
