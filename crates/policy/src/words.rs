//! The sentences of a trace, all in one place: what was read, and what follows from it.

use jiff::civil::DateTime;

use crate::facts::Caller;
use crate::step::Ended;
use crate::tree::{
    AnnounceNode, CallerMatch, DialNode, DialTo, Opening, PatternMatch, QueueNode, RejectNode, day_name,
};

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
        Ended::Keyed => format!("{who} was keyed"),
        Ended::NoKeys => format!("{who} was not keyed"),
        Ended::Told => format!("{who} was answered"),
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

/// "rings site antwerp for 20 s", "rings site antwerp and +32475000001 through pstn at once for 20 s".
pub(crate) fn rings(dial: &DialNode) -> String {
    let seconds = dial.ring.as_secs();
    let by = |to: &DialTo| match to {
        DialTo::Number { trunk, .. } => format!("{} through {trunk}", whom(to)),
        DialTo::Site(_) | DialTo::Trunk(_) => whom(to),
    };
    let targets: Vec<String> = dial.targets().map(by).collect();
    let at_once = if dial.also.is_empty() { "" } else { " at once" };
    format!("rings {}{at_once} for {seconds} s", listed(&targets, "and"))
}

/// "site antwerp was busy", "none of site antwerp and site ghent answered, at best no_answer".
pub(crate) fn dialled(dial: &DialNode, how: Ended) -> String {
    let targets: Vec<String> = dial.targets().map(whom).collect();
    if dial.also.is_empty() || how == Ended::Answered {
        return ended(&listed(&targets, "or"), how);
    }
    format!("none of {} answered, at best {how}", listed(&targets, "and"))
}

/// "a", "a and b", "a, b and c".
fn listed(words: &[String], and: &str) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} {and} {last}", first.join(", ")),
        _ => words.concat(),
    }
}

/// "answers and plays announcement closed 2 times".
pub(crate) fn plays(announce: &AnnounceNode) -> String {
    let verb = if announce.answer {
        "answers and plays"
    } else {
        "plays, without answering,"
    };
    let times = if announce.repeat == 1 {
        String::new()
    } else {
        format!(" {} times", announce.repeat)
    };
    [verb, " announcement ", &announce.play, &times].concat()
}

/// "waits for an agent of sales for 600 s".
pub(crate) fn waits(queue: &QueueNode) -> String {
    let (group, seconds) = (&queue.group, queue.max_wait.as_secs());
    format!("waits for an agent of {group} for {seconds} s")
}

/// "no agent of sales is logged in".
pub(crate) fn waited(queue: &QueueNode, how: Ended) -> String {
    let group = &queue.group;
    match how {
        Ended::Answered => format!("an agent of {group} answered and hung up"),
        Ended::NoAnswer => format!("no agent of {group} was free in {} s", queue.max_wait.as_secs()),
        Ended::Congestion => format!("the queue of {group} was full"),
        Ended::Unreachable => format!("no agent of {group} is logged in"),
        Ended::Keyed => format!("the caller left the queue of {group} by key"),
        other => ended(&format!("the queue of {group}"), other),
    }
}

/// "refuses the call: 603 Withheld numbers are refused".
pub(crate) fn refuses(reject: &RejectNode) -> String {
    format!("refuses the call: {} {}", reject.status, reject.reason)
}

/// "caller +32475112233 is on list vip".
pub(crate) fn caller_matched(caller: &Caller, how: CallerMatch<'_>) -> String {
    match (&caller.number, how) {
        (Some(number), CallerMatch::List(list)) => ["caller ", number, " is on list ", list].concat(),
        (Some(number), CallerMatch::Pattern(pattern)) => matched("caller ", number, pattern),
        (None, _) | (_, CallerMatch::Withheld) => caller_name(caller),
    }
}

/// "called number +3232000101 begins with +3232".
pub(crate) fn called_matched(called: &str, how: PatternMatch<'_>) -> String {
    matched("called number ", called, how)
}

fn matched(role: &str, number: &str, how: PatternMatch<'_>) -> String {
    match how {
        PatternMatch::Number => [role, number, " is one of the numbers listed"].concat(),
        PatternMatch::Prefix(prefix) => [role, number, " begins with ", prefix].concat(),
    }
}

/// "caller +32475112233", or that there is no number.
pub(crate) fn caller_name(caller: &Caller) -> String {
    match &caller.number {
        Some(number) => ["caller ", number].concat(),
        None => "caller withholds the number".into(),
    }
}

/// "Tuesday 2026-11-24 10:05 Europe/Brussels".
pub(crate) fn moment(local: DateTime, zone: &str) -> String {
    let (day, date) = (day_name(local.weekday()), local.date());
    let (year, month, day_of_month) = (date.year(), date.month(), date.day());
    format!(
        "{day} {year:04}-{month:02}-{day_of_month:02} {:02}:{:02} {zone}",
        local.hour(),
        local.minute()
    )
}

/// "Tuesday 2026-11-24 10:05 Europe/Brussels is inside office hours 09:00-12:30"; `when` is the [`moment`].
pub(crate) fn time(when: &str, calendar: &str, opening: Opening) -> String {
    match opening {
        Opening::ClosedDate => [when, " is on a date closed in ", calendar].concat(),
        Opening::Outside { dated: false } => [when, " is outside ", calendar, " hours"].concat(),
        Opening::Outside { dated: true } => {
            [when, " is outside the ", calendar, " hours of that date"].concat()
        }
        Opening::Inside {
            hours,
            overnight,
            dated,
        } => {
            let that = if dated { " of that date" } else { "" };
            let since = if overnight { ", begun the day before" } else { "" };
            [
                when,
                " is inside ",
                calendar,
                " hours ",
                &hours.to_string(),
                that,
                since,
            ]
            .concat()
        }
    }
}
