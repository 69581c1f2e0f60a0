//! Queries, while somebody writes and from other connections.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::{Folder, closed, open, opened};
use pointsman_call::{Cdr, Outcome};
use pointsman_store::{Query, Reader, Settings, Store, StoreError};

fn ids(calls: &[Cdr]) -> Vec<&str> {
    calls.iter().map(|cdr| &*cdr.id).collect()
}

#[test]
fn a_query_filters_by_everything_it_names() {
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    store.close_call(&closed(1));
    store.close_call(&Cdr {
        outcome: Some(Outcome::Busy),
        ..closed(2)
    });
    store.close_call(&Cdr {
        customer: "garage".into(),
        from: None,
        ..closed(3)
    });
    store.open_call(&Cdr {
        to: "+3232000200".into(),
        ..opened(4)
    });
    store.flush().unwrap();
    let found = |query: Query| ids(&store.calls(&query).unwrap()).join(" ");
    let all = Query::default();

    assert_eq!(
        found(all.clone()),
        "call-000004 call-000003 call-000002 call-000001"
    );
    assert_eq!(
        found(Query {
            limit: 2,
            ..all.clone()
        }),
        "call-000004 call-000003"
    );
    assert_eq!(
        found(Query {
            customer: Some("garage".to_owned()),
            ..all.clone()
        }),
        "call-000003"
    );
    assert_eq!(
        found(Query {
            outcome: Some(Outcome::Busy),
            ..all.clone()
        }),
        "call-000002"
    );
    assert_eq!(
        found(Query {
            open: Some(true),
            ..all.clone()
        }),
        "call-000004"
    );
    assert_eq!(
        found(Query {
            open: Some(false),
            limit: 1,
            ..all.clone()
        }),
        "call-000003"
    );
    assert_eq!(
        found(Query {
            number: Some("+3232000200".to_owned()),
            ..all.clone()
        }),
        "call-000004"
    );
    let caller = Some("+32475112233".to_owned());
    assert_eq!(
        found(Query {
            number: caller,
            limit: 9,
            ..all.clone()
        }),
        "call-000004 call-000002 call-000001"
    );
    let between = Query {
        since_ms: Some(1_000_002),
        until_ms: Some(1_000_004),
        ..all
    };
    assert_eq!(found(between), "call-000003 call-000002");
}

#[test]
fn a_name_with_quotes_is_a_name() {
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    let customer = "O'Brien\"; DROP TABLE calls; --";
    store.close_call(&Cdr {
        customer: customer.into(),
        ..closed(1)
    });
    store.flush().unwrap();
    let query = Query {
        customer: Some(customer.to_owned()),
        ..Query::default()
    };
    assert_eq!(store.calls(&query).unwrap().len(), 1);
}

#[test]
fn readers_see_whole_calls_while_the_writer_works() {
    const CALLS: u32 = 2_000;
    let folder = Folder::new();
    let store = open(&folder, Settings::default());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let reader = Reader::open(&folder.database()).unwrap();
                let mut seen = 0;
                while !done.load(Ordering::Relaxed) {
                    let calls = reader
                        .calls(&Query {
                            limit: 5_000,
                            ..Query::default()
                        })
                        .unwrap();
                    assert!(calls.len() >= seen, "a call that was there is still there");
                    assert!(
                        calls
                            .windows(2)
                            .all(|pair| pair[0].started_ms > pair[1].started_ms)
                    );
                    seen = calls.len();
                }
            });
        }
        for number in 0..CALLS {
            store.open_call(&opened(number));
            store.close_call(&closed(number));
        }
        store.flush().unwrap();
        done.store(true, Ordering::Relaxed);
    });
    let calls = store
        .calls(&Query {
            limit: 5_000,
            ..Query::default()
        })
        .unwrap();
    assert_eq!(calls.len(), CALLS as usize);
    assert!(calls.iter().all(|cdr| cdr.outcome == Some(Outcome::Answered)));
}

#[test]
fn a_reader_of_nothing_says_so() {
    let folder = Folder::new();
    let missing = Reader::open(&folder.database());
    assert!(matches!(missing, Err(StoreError::Open { .. })), "{missing:?}");
    std::fs::write(
        folder.database(),
        "this is no database, only text that somebody put here",
    )
    .unwrap();
    let text = Reader::open(&folder.database());
    assert!(matches!(text, Err(StoreError::Open { .. })), "{text:?}");
}
