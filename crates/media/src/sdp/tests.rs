mod answer;
mod read;
mod relay;

use super::*;

/// A description with the given media part.
fn with_media(media: &str) -> Sdp {
    parse(&format!(
        "v=0\no=pbx 7 3 IN IP4 10.0.0.5\ns=call\nc=IN IP4 10.0.0.5\nt=0 0\n{media}"
    ))
}

fn parse(text: &str) -> Sdp {
    Sdp::parse(text.replace('\n', "\r\n").as_bytes()).unwrap()
}

/// The lines of a description.
fn lines(sdp: &Sdp) -> Vec<String> {
    String::from_utf8(sdp.to_bytes())
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The lines from the first `m=` on.
fn media_lines(sdp: &Sdp) -> Vec<String> {
    lines(sdp)
        .into_iter()
        .skip_while(|line| !line.starts_with("m="))
        .collect()
}
