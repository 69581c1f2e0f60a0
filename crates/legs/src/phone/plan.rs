//! A behaviour as one plan: what is sent at once, how long it takes, and how it ends.

use std::time::Duration;

use crate::behaviour::{Behaviour, Refusal, Speak, Talk};
use crate::cause::{Flavour, cause_of, reason_header, status_of};

/// How a called number treats an INVITE.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// Sends 180 at once.
    pub(super) ring: bool,
    /// Sends 183 with SDP at once and says this.
    pub(super) early: Option<Speak>,
    /// Sends provisional responses reliably where it can.
    pub(super) reliable: bool,
    /// When it comes to an end; `None` is never.
    pub(super) after: Option<Duration>,
    pub(super) end: End,
}

/// How a plan ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    Answer(Talk),
    Refuse(Refused),
}

/// A final response other than 2xx.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) phrase: Option<String>,
    /// Value of the Reason header.
    pub(super) reason: Option<String>,
    pub(super) contacts: Vec<String>,
}

impl Refused {
    pub(super) fn with(status: u16, cause: Option<u8>, flavour: Flavour) -> Self {
        let cause = match flavour {
            Flavour::Pstn => cause.or_else(|| cause_of(status)),
            Flavour::Voip => cause,
        };
        Self {
            status,
            reason: cause.map(reason_header),
            ..Self::default()
        }
    }
}

impl Plan {
    /// `None` for a number that says nothing at all.
    pub(super) fn of(behaviour: &Behaviour, flavour: Flavour) -> Option<Self> {
        let pstn = |cause| (flavour == Flavour::Pstn).then_some(cause);
        let refusal = |how: &Refusal, status, cause| {
            Self::refuse(how.ring, how.after, Refused::with(status, pstn(cause), flavour))
        };
        Some(match behaviour {
            Behaviour::Answer(answer) => Self {
                ring: answer.ring && answer.early.is_none() && !answer.after.is_zero(),
                early: answer.early.clone(),
                reliable: answer.reliable,
                after: Some(answer.after),
                end: End::Answer(answer.talk.clone()),
            },
            Behaviour::Ring(ring) => Self {
                ring: ring.early.is_none(),
                early: ring.early.clone(),
                reliable: false,
                after: None,
                end: End::Answer(Talk::default()),
            },
            Behaviour::Busy(how) => refusal(how, 486, 17),
            Behaviour::Congested(how) => refusal(how, 503, 34),
            Behaviour::Silent(_) => return None,
            Behaviour::Unreachable(how) => refusal(how, 480, 20),
            Behaviour::Unassigned(how) => refusal(how, 404, 1),
            Behaviour::Cause(how) => Self::refuse(
                how.ring,
                how.after,
                Refused::with(status_of(how.q850), Some(how.q850), flavour),
            ),
            Behaviour::Reject(how) => {
                let refused = Refused::with(how.status, how.cause, flavour);
                Self::refuse(
                    how.ring,
                    how.after,
                    Refused {
                        phrase: how.phrase.clone(),
                        ..refused
                    },
                )
            }
            Behaviour::Redirect(redirect) => {
                let contacts = redirect.to.clone();
                Self::refuse(
                    false,
                    Duration::ZERO,
                    Refused {
                        status: 302,
                        contacts,
                        ..Refused::default()
                    },
                )
            }
        })
    }

    pub(super) fn refuse(ring: bool, after: Duration, refused: Refused) -> Self {
        Self {
            ring,
            early: None,
            reliable: false,
            after: Some(after),
            end: End::Refuse(refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::{Answer, Cause, Reject, Silent};

    fn refused(behaviour: &Behaviour, flavour: Flavour) -> (u16, Option<String>) {
        match Plan::of(behaviour, flavour).expect("it responds").end {
            End::Refuse(refused) => (refused.status, refused.reason),
            End::Answer(_) => panic!("it answers"),
        }
    }

    #[test]
    fn the_telephone_network_gives_causes_and_a_plain_phone_does_not() {
        let rows = [
            (Behaviour::Busy(Refusal::default()), 486, 17),
            (Behaviour::Congested(Refusal::default()), 503, 34),
            (Behaviour::Unreachable(Refusal::default()), 480, 20),
            (Behaviour::Unassigned(Refusal::default()), 404, 1),
            (Behaviour::Reject(Reject::default()), 603, 21),
        ];
        for (behaviour, status, cause) in rows {
            assert_eq!(refused(&behaviour, Flavour::Voip), (status, None));
            assert_eq!(
                refused(&behaviour, Flavour::Pstn),
                (status, Some(reason_header(cause)))
            );
        }
    }

    #[test]
    fn a_cause_that_was_asked_for_is_always_given() {
        let behaviour = Behaviour::Cause(Cause {
            q850: 27,
            ..Cause::default()
        });
        assert_eq!(refused(&behaviour, Flavour::Voip), (502, Some(reason_header(27))));
        let behaviour = Behaviour::Reject(Reject {
            status: 480,
            cause: Some(19),
            ..Reject::default()
        });
        assert_eq!(refused(&behaviour, Flavour::Pstn), (480, Some(reason_header(19))));
    }

    #[test]
    fn an_answer_at_once_does_not_ring_and_silence_has_no_plan() {
        let at_once = Plan::of(&Behaviour::Answer(Answer::default()), Flavour::Voip).expect("it responds");
        assert!(!at_once.ring);
        let later = Answer {
            after: Duration::from_secs(1),
            ..Answer::default()
        };
        assert!(
            Plan::of(&Behaviour::Answer(later), Flavour::Voip)
                .expect("it responds")
                .ring
        );
        assert_eq!(Plan::of(&Behaviour::Silent(Silent {}), Flavour::Voip), None);
    }
}
