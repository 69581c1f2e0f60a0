//! Who calls whom, what must come of it, and who says what.

use pointsman_call::Outcome;

/// Calls that are placed together at one time of the demo's clock.
#[derive(Debug)]
pub(super) struct Act {
    /// What the clock shows, in Brussels.
    pub(super) clock: &'static str,
    pub(super) title: &'static str,
    pub(super) calls: &'static [Role],
}

/// What the caller does once the call goes its way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Caller {
    /// Talks so many seconds and hangs up.
    Talks(u64),
    /// Listens until the other side hangs up.
    Listens,
    /// Gives up after so many seconds of ringing.
    GivesUp(u64),
    /// Keys these, each so many seconds after the answer, and listens until the other side hangs up.
    Keys(&'static [(u64, &'static str)]),
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Callee {
    /// Phone and number, as its trunk and number in the configuration.
    pub(super) phone: &'static str,
    pub(super) number: &'static str,
    pub(super) says: &'static str,
}

/// One call.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) title: &'static str,
    pub(super) from: Option<&'static str>,
    pub(super) to: &'static str,
    pub(super) says: &'static str,
    pub(super) caller: Caller,
    pub(super) callee: Option<Callee>,
    /// Announcement the caller hears.
    pub(super) announcement: Option<&'static str>,
    pub(super) path: &'static [&'static str],
    /// Target and outcome of each attempt.
    pub(super) attempts: &'static [(&'static str, &'static str)],
    pub(super) outcome: Outcome,
    pub(super) status: u16,
    pub(super) recorded: bool,
}

/// The acts, in the order in which they are played.
pub(super) static ACTS: [&Act; 6] = [&MORNING, &EVENING, &DISASTER, &LINE_ON, &PLAN, &MONTH_LATER];

const OWNER: &str = "+32475000001";

const fn at(phone: &'static str, number: &'static str, says: &'static str) -> Option<Callee> {
    Some(Callee { phone, number, says })
}

/// Tuesday morning: the shops are open.
pub(super) static MORNING: Act = Act {
    clock: "2026-03-10 10:05",
    title: "Tuesday, 10:05 in Brussels: the shops are open",
    calls: &[
        Role {
            title: "office hours, recorded",
            from: Some("+32475112233"),
            to: "+3232000100",
            says: "speech/anna-en",
            caller: Caller::Talks(8),
            callee: at("pbx-antwerp", "+3232000199", "speech/oliver-en"),
            announcement: None,
            path: &["who", "hours", "desk"],
            attempts: &[("site:antwerp", "answered")],
            outcome: Outcome::Answered,
            status: 200,
            recorded: true,
        },
        Role {
            title: "a VIP reaches the owner",
            from: Some("+32475998877"),
            to: "+3232000100",
            says: "speech/lotte-nl",
            caller: Caller::Talks(8),
            callee: at("pstn", OWNER, "speech/bram-nl"),
            announcement: None,
            path: &["who", "owner"],
            attempts: &[("number:+32475000001", "answered")],
            outcome: Outcome::Answered,
            status: 200,
            recorded: true,
        },
        Role {
            title: "a caller from France",
            from: Some("+33144556677"),
            to: "+3232000100",
            says: "speech/chloe-fr",
            caller: Caller::Talks(8),
            callee: at("pbx-ghent", "+3292000199", "speech/hugo-fr"),
            announcement: None,
            path: &["who", "french"],
            attempts: &[("site:ghent", "answered")],
            outcome: Outcome::Answered,
            status: 200,
            recorded: true,
        },
        Role {
            title: "busy site fails over",
            from: Some("+32470200200"),
            to: "+3232000200",
            says: "speech/greta-de",
            caller: Caller::Talks(8),
            callee: at("pbx-ghent", "+3292000199", "speech/hugo-fr"),
            announcement: None,
            path: &["antwerp", "ghent"],
            attempts: &[("site:antwerp-orders", "busy"), ("site:ghent", "answered")],
            outcome: Outcome::Answered,
            status: 200,
            recorded: true,
        },
        Role {
            title: "dead site, owner answers",
            from: Some("+32475300300"),
            to: "+3281000300",
            says: "speech/chloe-fr",
            caller: Caller::Talks(8),
            callee: at("pstn", OWNER, "speech/bram-nl"),
            announcement: None,
            path: &["site", "owner"],
            attempts: &[("site:namur", "unreachable"), ("number:+32475000001", "answered")],
            outcome: Outcome::Answered,
            status: 200,
            recorded: true,
        },
        Role {
            title: "no answer, then mobile",
            from: Some("+32475400400"),
            to: "+3292000400",
            says: "speech/greta-de",
            caller: Caller::Talks(8),
            callee: at("pstn", "+32475000002", "speech/felix-de"),
            announcement: None,
            path: &["bench", "baker"],
            attempts: &[
                ("site:ghent-workshop", "no_answer"),
                ("number:+32475000002", "answered"),
            ],
            outcome: Outcome::Answered,
            status: 200,
            recorded: false,
        },
        Role {
            title: "announcement, recorded",
            from: Some("+32475500500"),
            to: "+3232000500",
            says: "",
            caller: Caller::Listens,
            callee: None,
            announcement: Some("fr/welcome"),
            path: &["hello", "end"],
            attempts: &[],
            outcome: Outcome::Announced,
            status: 200,
            recorded: true,
        },
        Role {
            title: "full trunk, told without charge",
            from: Some("+32475600600"),
            to: "+3232000600",
            says: "",
            caller: Caller::Listens,
            callee: None,
            announcement: Some("en/busy"),
            path: &["desk", "full", "refuse"],
            attempts: &[("site:antwerp-wholesale", "congestion")],
            outcome: Outcome::Rejected,
            status: 486,
            recorded: false,
        },
        Role {
            title: "withheld number rejected",
            from: None,
            to: "+3232000100",
            says: "",
            caller: Caller::Listens,
            callee: None,
            announcement: None,
            path: &["who", "refuse"],
            attempts: &[],
            outcome: Outcome::Rejected,
            status: 603,
            recorded: false,
        },
        Role {
            title: "a caller who gives up",
            from: Some("+32475700700"),
            to: "+3292000400",
            says: "",
            caller: Caller::GivesUp(3),
            callee: None,
            announcement: None,
            path: &["bench"],
            attempts: &[("site:ghent-workshop", "caller_gone")],
            outcome: Outcome::Abandoned,
            status: 487,
            recorded: false,
        },
    ],
};

/// The same evening: the shops are closed.
pub(super) static EVENING: Act = Act {
    clock: "2026-03-10 19:40",
    title: "Tuesday, 19:40 in Brussels: the shops are closed",
    calls: &[
        Role {
            title: "closed, recorded",
            from: Some("+32475112233"),
            to: "+3232000100",
            says: "",
            caller: Caller::Listens,
            callee: None,
            announcement: Some("nl/closed"),
            path: &["who", "hours", "shut", "end"],
            attempts: &[],
            outcome: Outcome::Announced,
            status: 200,
            recorded: true,
        },
        Role {
            title: "a VIP after hours",
            from: Some("+32475998878"),
            to: "+3232000100",
            says: "speech/anna-en",
            caller: Caller::Talks(5),
            callee: at("pstn", OWNER, "speech/bram-nl"),
            announcement: None,
            path: &["who", "owner"],
            attempts: &[("number:+32475000001", "answered")],
            outcome: Outcome::Answered,
            status: 200,
            recorded: true,
        },
    ],
};

/// The next day: the clinic's site is gone.
pub(super) static DISASTER: Act = Act {
    clock: "2026-03-11 09:00",
    title: "Wednesday, 09:00 in Brussels: the clinic's site cannot be reached",
    calls: &[Role {
        title: "site down, no plan is on",
        from: Some("+32475800800"),
        to: "+3225000100",
        says: "",
        caller: Caller::Listens,
        callee: None,
        announcement: Some("fr/unreachable"),
        path: &["site", "sorry", "end"],
        attempts: &[("site:brussels", "unreachable")],
        outcome: Outcome::Announced,
        status: 200,
        recorded: false,
    }],
};

/// The clinic calls the line for disaster plans.
pub(super) static LINE_ON: Act = Act {
    clock: "2026-03-11 09:04",
    title: "09:04: the clinic switches its plan on by phone",
    calls: &[Role {
        title: "disaster plan switched on",
        from: Some("+32475810810"),
        to: "+3280010800",
        says: "",
        caller: Caller::Keys(&[(1, "4711#"), (4, "2468#"), (8, "1")]),
        callee: None,
        announcement: Some("fr/drs-now-on"),
        path: &[
            "number",
            "password",
            "login",
            "confirm",
            "switch",
            "last-word",
            "last-word",
        ],
        attempts: &[],
        outcome: Outcome::Announced,
        status: 200,
        recorded: false,
    }],
};

/// The next call follows the plan.
pub(super) static PLAN: Act = Act {
    clock: "2026-03-11 09:05",
    title: "09:05: the next call follows the plan",
    calls: &[Role {
        title: "the plan's target answers",
        from: Some("+32475800800"),
        to: "+3225000100",
        says: "speech/chloe-fr",
        caller: Caller::Talks(5),
        callee: at("pstn", "+32475000003", "speech/hugo-fr"),
        announcement: None,
        path: &["targets"],
        attempts: &[("number:+32475000003", "answered")],
        outcome: Outcome::Answered,
        status: 200,
        recorded: false,
    }],
};

/// A month later nobody has switched it off.
pub(super) static MONTH_LATER: Act = Act {
    clock: "2026-04-11 09:05",
    title: "A month later, 11 April: the plan is off by itself",
    calls: &[Role {
        title: "plan off after a month",
        from: Some("+32475800800"),
        to: "+3225000100",
        says: "",
        caller: Caller::Listens,
        callee: None,
        announcement: Some("fr/unreachable"),
        path: &["site", "sorry", "end"],
        attempts: &[("site:brussels", "unreachable")],
        outcome: Outcome::Announced,
        status: 200,
        recorded: false,
    }],
};
