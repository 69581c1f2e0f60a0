//! The sentences of a trace, all in one place: what was read, and what follows from it.

use jiff::civil::DateTime;

use crate::facts::Caller;
use crate::step::Ended;
use crate::tree::{CallerMatch, DialNode, DialTo, Opening, PatternMatch, RejectNode, day_name};

/// "site antwerp was busy".
pub(crate) fn ended(who: &str, how: Ended) -> String {
    match how {
        Ended::Answered => format!("{who} answered and hung up"),
        Ended::Busy => format!("{who} was busy"),
        Ended::NoAnswer => format!("{who} did not answer"),
        Ended::Unreachable => format!("{who} was unreachable"),
        Ended::Rejected => format!("{who} rejected the call"),
        Ended::Congestion => format!("{who} had no free line"),
        Ended::Played => format!("{who} was played"),
        Ended::CallerGone => "the caller gave up".into(),
    }
}

/// "site antwerp", "+32475000001", "trunk pstn".
pub(crate) fn whom(to: &DialTo) -> String {
    match to {
        DialTo::Site(site) => format!("site {site}"),
        DialTo::Number { number, .. } => number.clone(),
        DialTo::Trunk(trunk) => format!("trunk {trunk}"),
    }
}

/// "rings site antwerp for 20 s".
pub(crate) fn rings(dial: &DialNode) -> String {
    let (whom, seconds) = (whom(&dial.to), dial.ring.as_secs());
    match &dial.to {
        DialTo::Number { trunk, .. } => format!("rings {whom} through {trunk} for {seconds} s"),
        DialTo::Site(_) | DialTo::Trunk(_) => format!("rings {whom} for {seconds} s"),
    }
}

/// "refuses the call: 603 Withheld numbers are refused".
pub(crate) fn refuses(reject: &RejectNode) -> String {
    format!("refuses the call: {} {}", reject.status, reject.reason)
}

/// "caller +32475112233 is on list vip".
pub(crate) fn caller_matched(caller: &Caller, how: CallerMatch<'_>) -> String {
    let caller = caller_name(caller);
    match how {
        CallerMatch::List(list) => format!("{caller} is on list {list}"),
        CallerMatch::Pattern(pattern) => matched(&caller, pattern),
        CallerMatch::Withheld => caller,
    }
}

/// "called number +3232000101 begins with +3232".
pub(crate) fn called_matched(called: &str, how: PatternMatch<'_>) -> String {
    matched(&format!("called number {called}"), how)
}

fn matched(who: &str, how: PatternMatch<'_>) -> String {
    match how {
        PatternMatch::Number => format!("{who} is one of the numbers listed"),
        PatternMatch::Prefix(prefix) => format!("{who} begins with {prefix}"),
    }
}

/// "caller +32475112233", or that there is no number.
pub(crate) fn caller_name(caller: &Caller) -> String {
    match &caller.number {
        Some(number) => format!("caller {number}"),
        None => "caller withholds the number".into(),
    }
}

/// "Tuesday 2026-11-24 10:05 Europe/Brussels is inside office hours 09:00-12:30".
pub(crate) fn time(local: DateTime, zone: &str, calendar: &str, opening: Opening) -> String {
    let day = day_name(local.weekday());
    let when = format!("{day} {} {} {zone}", local.date(), local.strftime("%H:%M"));
    match opening {
        Opening::ClosedDate => format!("{when} is on a date closed in {calendar}"),
        Opening::Outside { dated: false } => format!("{when} is outside {calendar} hours"),
        Opening::Outside { dated: true } => format!("{when} is outside the {calendar} hours of that date"),
        Opening::Inside {
            hours,
            overnight,
            dated,
        } => {
            let that = if dated { " of that date" } else { "" };
            let since = if overnight { ", begun the day before" } else { "" };
            format!("{when} is inside {calendar} hours {hours}{that}{since}")
        }
    }
}
