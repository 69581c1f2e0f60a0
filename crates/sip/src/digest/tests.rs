use super::*;

const SEED: [u8; 32] = [7; 32];

/// RFC 7616 section 3.9.1.
fn mufasa(algorithm: &str, response: &str) -> String {
    format!(
        "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", {algorithm}\
         nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
         cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\", \
         opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
    )
}

const MD5: &str = "8ca523f5e9506fed4657c9700eebdbec";
const SHA: &str = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";

#[test]
fn the_responses_are_those_of_rfc_7616_and_rfc_2617() {
    for (algorithm, response) in [
        ("algorithm=MD5, ", MD5),
        ("", MD5),
        ("algorithm=SHA-256, ", SHA),
        ("algorithm=\"sha-256\", ", SHA),
    ] {
        let credentials = Credentials::parse(&mufasa(algorithm, response)).unwrap();
        assert_eq!(
            credentials.response_of("GET", "Circle of Life"),
            response,
            "{algorithm}"
        );
        assert_ne!(credentials.response_of("PUT", "Circle of Life"), response);
        assert_ne!(credentials.response_of("GET", "Circle of life"), response);
    }
    let old = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", uri=\"/dir/index.html\", qop=auth, \
               nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", nc=00000001, cnonce=\"0a4f113b\", response=\"\"";
    let credentials = Credentials::parse(old).unwrap();
    assert_eq!(
        credentials.response_of("GET", "Circle Of Life"),
        "6629fae49393a05397450978507c4ef1"
    );
}

#[test]
fn what_cannot_be_judged_is_no_credentials() {
    let good = mufasa("algorithm=MD5, ", MD5);
    assert!(Credentials::parse(&good).is_some());
    let edits = [
        ("Digest ", "NoOneKnowsThisScheme "),
        ("algorithm=MD5", "algorithm=SHA-512"),
        ("qop=auth", "qop=auth-int"),
        ("qop=auth, ", ""),
        ("nc=00000001", "nc=1"),
        ("nc=00000001", "nc=0000000g"),
        ("cnonce=", "nonce="),
        ("username=\"Mufasa\", ", ""),
        ("opaque=\"FQ", "opaque=\"\\\"FQ\", \"x"),
    ];
    for (from, to) in edits {
        assert!(good.contains(from));
        assert_eq!(
            Credentials::parse(&good.replacen(from, to, 1)),
            None,
            "{to:?} for {from:?}"
        );
    }
    for text in ["", "Digest", "Digest ", "Digest x", "Digest \"", "Digest ,,,="] {
        assert_eq!(Credentials::parse(text), None, "{text:?}");
    }
}

/// The answer to a challenge by somebody who knows `secret`.
fn answer(challenge: &str, user: &str, secret: &str, count: u32) -> Credentials {
    let params = challenge
        .strip_prefix("Digest ")
        .unwrap()
        .replace("qop=\"auth\"", "qop=auth");
    let text = format!(
        "Digest username=\"{user}\", {params}, uri=\"sip:h\", nc={count:08x}, cnonce=\"c,\\\"=\", response=\"\""
    );
    let mut credentials = Credentials::parse(&text).unwrap();
    credentials.response = credentials.response_of("REGISTER", secret);
    credentials
}

#[test]
fn who_knows_the_secret_passes_once_with_each_count() {
    let mut authenticator = Authenticator::new(&SEED, "h");
    for at in 0..2 {
        let challenges = authenticator.challenge(1_000, &Algorithm::ALL, false);
        assert!(
            challenges[0].contains("algorithm=SHA-256, qop=\"auth\""),
            "{challenges:?}"
        );
        assert!(
            challenges[1].contains("algorithm=MD5, qop=\"auth\""),
            "{challenges:?}"
        );
        let mut judge = |user_secret, count, known| {
            let credentials = answer(&challenges[at], "alice", user_secret, count);
            authenticator.judge(2_000, &credentials, "REGISTER", known)
        };
        assert_eq!(judge("guess", 1, Some("secret")), Proof::Wrong);
        assert_eq!(judge("", 1, None), Proof::Wrong, "a user that there is not");
        assert_eq!(judge("secret", 1, Some("secret")), Proof::Given);
        assert_eq!(judge("secret", 1, Some("secret")), Proof::Stale, "played again");
        assert_eq!(judge("secret", 3, Some("secret")), Proof::Given);
        assert_eq!(judge("secret", 2, Some("secret")), Proof::Stale);
    }
}

#[test]
fn a_nonce_is_ours_and_not_too_old() {
    let mut authenticator = Authenticator::new(&SEED, "h");
    let challenge = authenticator.challenge(1_000, &[Algorithm::Md5], true).remove(0);
    assert!(challenge.ends_with(", stale=true"), "{challenge}");
    let challenge = challenge.replace(", stale=true", "");
    let credentials = answer(&challenge, "alice", "secret", 1);
    let mut judge =
        |at, credentials: &Credentials, secret| authenticator.judge(at, credentials, "REGISTER", secret);
    assert_eq!(
        judge(1_000 + LIFE_MS + 1, &credentials, Some("secret")),
        Proof::Stale
    );
    assert_eq!(judge(1_000 + LIFE_MS + 1, &credentials, None), Proof::Stale);
    assert_eq!(
        judge(999, &credentials, Some("secret")),
        Proof::Stale,
        "of the future"
    );
    let mut forged = credentials.clone();
    forged.nonce.replace_range(15..16, "f");
    forged.response = forged.response_of("REGISTER", "secret");
    assert_eq!(judge(1_000, &forged, Some("secret")), Proof::Wrong);
    let elsewhere = answer(
        &challenge.replace("realm=\"h\"", "realm=\"i\""),
        "alice",
        "secret",
        1,
    );
    assert_eq!(judge(1_000, &elsewhere, Some("secret")), Proof::Wrong);
    assert_eq!(judge(1_000 + LIFE_MS, &credentials, Some("secret")), Proof::Given);
    let mut restarted = Authenticator::new(&[8; 32], "h");
    assert_eq!(
        restarted.judge(1_000, &credentials, "REGISTER", Some("secret")),
        Proof::Wrong
    );
}

#[test]
fn what_is_forgotten_for_want_of_room_cannot_be_played_again() {
    let mut authenticator = Authenticator::new(&SEED, "h");
    let mut sent = Vec::new();
    for at in 0..=REMEMBERED as u64 {
        let challenge = authenticator.challenge(at, &[Algorithm::Md5], false).remove(0);
        let credentials = answer(&challenge, "alice", "secret", 1);
        assert_eq!(
            authenticator.judge(at, &credentials, "REGISTER", Some("secret")),
            Proof::Given
        );
        sent.push(credentials);
    }
    assert_eq!(authenticator.used.len(), REMEMBERED);
    for credentials in &sent {
        let now = REMEMBERED as u64;
        assert_eq!(
            authenticator.judge(now, credentials, "REGISTER", Some("secret")),
            Proof::Stale
        );
    }
}
