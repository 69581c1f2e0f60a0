//! A dialog as text, so that it outlives the process: whoever restarts can still end it.
use super::parties::Parties;
use super::route::RouteSet;
use super::{Dialog, DialogId};
use crate::{Flow, Transport};
use std::borrow::Cow;
use std::fmt::Write as _;

/// How far ahead of the saved CSeq a restored dialog begins: requests sent after the saving are not known.
const CSEQ_AHEAD: u32 = 10_000;

impl Dialog {
    /// Appends the dialog to `text`: a line for each value, a line `.` at the end. Values of a message contain no line
    /// ends; should one, it becomes a space.
    pub fn save(&self, text: &mut String) {
        let Flow {
            listener,
            transport,
            remote,
            // Connections do not outlive the process.
            connection: _,
        } = self.flow;
        let (transport, cseq) = (transport.as_str(), self.local_cseq);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{listener} {transport} {remote} {cseq}");
        let lines = [
            &*self.target,
            self.id.call_id(),
            self.id.local_tag(),
            self.id.remote_tag(),
            self.parties.local(),
            self.parties.remote(),
            self.parties.contact(),
        ];
        for line in lines.into_iter().chain(self.routes.values()) {
            if line.contains(['\r', '\n']) {
                text.push_str(&line.replace(['\r', '\n'], " "));
            } else {
                text.push_str(line);
            }
            text.push('\n');
        }
        text.push_str(".\n");
    }

    /// The dialogs that were saved to `text`. Their requests have a CSeq above any that was used before, unless there
    /// were ten thousand after the saving. What cannot be read is left out.
    pub fn restore(text: &str) -> impl Iterator<Item = Self> + '_ {
        text.split_inclusive("\n.\n").filter_map(|saved| {
            let saved = saved.strip_suffix("\n.\n")?;
            let mut lines = saved.split('\n');
            let mut numbers = lines.next()?.split(' ');
            let listener = numbers.next()?.parse().ok()?;
            let transport = match numbers.next()? {
                "UDP" => Transport::Udp,
                "TCP" => Transport::Tcp,
                "TLS" => Transport::Tls,
                _ => return None,
            };
            let flow = Flow::new(listener, transport, numbers.next()?.parse().ok()?);
            let cseq: u32 = numbers.next()?.parse().ok()?;
            let target = lines.next()?.to_owned();
            let id = DialogId::new(lines.next()?, lines.next()?, lines.next()?);
            let parties = Parties::new(&[lines.next()?], lines.next()?, lines.next()?);
            Some(Self {
                id,
                parties,
                target,
                routes: RouteSet::of(lines.map(Cow::Borrowed)),
                local_cseq: cseq.saturating_add(CSEQ_AHEAD),
                remote_cseq: None,
                confirmed: true,
                caller: false,
                flow,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, Method};

    fn dialog(routes: &str) -> Dialog {
        let text = format!(
            "INVITE sip:b@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n{routes}\
             From: \"Al\\\"ice\" <sip:a@h>;tag=theirs\r\nTo: <sip:b@192.0.2.1>\r\nCall-ID: c@h\r\nCSeq: 7 INVITE\r\n\
             Contact: <sip:a@192.0.2.9:5070;x=y>\r\n\r\n"
        );
        let flow = Flow::new(3, Transport::Tcp, "[2001:db8::9]:5061".parse().unwrap());
        let invite = Message::parse(text.into()).unwrap();
        let mut dialog = Dialog::uas(&invite, "ours", "<sip:192.0.2.1:5060>", flow).unwrap();
        dialog.local_cseq = 41;
        dialog
    }

    #[test]
    fn a_restored_dialog_sends_the_same_bye_but_for_its_number() {
        for routes in [
            "",
            "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\n",
            "Record-Route: <sip:strict>\r\n",
        ] {
            let mut before = dialog(routes);
            let mut text = String::new();
            before.save(&mut text);
            dialog("").save(&mut text);
            let mut restored: Vec<_> = Dialog::restore(&text).collect();
            assert_eq!(restored.len(), 2);
            assert_eq!(restored[0].id(), before.id());
            let flow = |dialog: &Dialog| {
                (
                    dialog.flow().listener,
                    dialog.flow().transport,
                    dialog.flow().remote,
                )
            };
            assert_eq!(flow(&restored[0]), flow(&before));
            let bye = |dialog: &mut Dialog| {
                let bye = dialog.request(&Method::BYE).finish();
                String::from_utf8(bye.raw().to_vec()).unwrap()
            };
            let expected = bye(&mut before).replace("CSeq: 42 BYE", "CSeq: 10042 BYE");
            assert_eq!(bye(&mut restored[0]), expected);
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_the_others_are_not() {
        let mut text = String::from("rubbish\n.\n0 SCTP 192.0.2.1:5060 1\na\nb\nc\nd\ne\nf\ng\n.\n");
        dialog("").save(&mut text);
        text.push_str("0 UDP 192.0.2.1:5060 1\nsip:cut");
        assert_eq!(Dialog::restore(&text).count(), 1);
        assert_eq!(Dialog::restore("").count(), 0);
    }
}
