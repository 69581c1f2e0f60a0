//! The `pointsman` binary: runs a switch, checks what it is told, and explains what it did.
//!
//! # What it does
//! Turns a command line into calls of the crates below, and their answers into text or JSON.
//!
//! # What it never does
//! It decides nothing that another crate decides: `explain` and the live call path ask the same policies.
//!
//! # Start reading at
//! [`Command`], then the file of the same name in `commands/`; `demo/` for the demo.
//!
//! # Invariants
//! With `--json`, standard output holds JSON and nothing else. A mistake of the user ends in one message that names
//! the cure and exit code 2; a failure of the work in exit code 1.

mod commands;
mod demo;
mod ladder;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A SIP B2BUA softswitch with pluggable routing policies.
#[derive(Debug, Parser)]
#[command(name = "pointsman", version, about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// Everything the binary can do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run a switch until SIGTERM; SIGHUP reloads its configuration.
    Run(commands::run::Run),
    /// Check configuration files; every mistake with its place and a hint.
    Check(commands::check::Check),
    /// Say what replacing one configuration by another would change.
    Diff(commands::diff::Diff),
    /// Show how a running switch is doing.
    Status(commands::status::Status),
    /// Tell a running switch to read its configuration again.
    Reload(commands::status::Reload),
    /// Say where a call would go, and why.
    Explain(commands::explain::Explain),
    /// Show or switch disaster plans.
    Drs(commands::drs::Drs),
    /// Show agents, or ask for their states.
    Agents(commands::agents::Agents),
    /// Show queues.
    Queues(commands::agents::Queues),
    /// Show or control outbound campaigns.
    Campaign(commands::campaign::Campaign),
    /// Read a password from standard input and print the hash that the configuration keeps.
    HashPassword(commands::drs::HashPassword),
    /// Make, list or revoke tokens of the HTTP API.
    ApiToken(commands::api_token::ApiTokens),
    /// Show who changed what, or check that nobody altered that.
    Audit(commands::audit::Audit),
    /// List calls from the database of a switch, running or not.
    Calls(commands::calls::Calls),
    /// Show the messages of a call, and why it went where it went.
    Trace(commands::trace::Trace),
    /// Put what a switch recorded through this program, and compare every octet it sends.
    Replay(commands::replay::Replay),
    /// Find the number behind a token of the log.
    Token(commands::token::Token),
    /// Print the JSON Schema of configuration files, or the OpenAPI document of the HTTP API.
    Schema(commands::schema::Schema),
    /// Show which of the service's obligations the last test run showed.
    Conformance(commands::conformance::Conformance),
    /// Start a switch and simulated legs on loopback and place calls through them.
    Demo(demo::Demo),
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    // A switch that nobody reads goes on.
    if !matches!(command, Command::Run(_)) {
        end_quietly_without_reader();
    }
    let result = match command {
        Command::Run(run) => run.execute(),
        Command::Check(check) => check.execute(),
        Command::Diff(diff) => diff.execute(),
        Command::Status(status) => status.execute(),
        Command::Reload(reload) => reload.execute(),
        Command::Explain(explain) => explain.execute(),
        Command::Drs(drs) => drs.execute(),
        Command::Agents(agents) => agents.execute(),
        Command::Queues(queues) => queues.execute(),
        Command::Campaign(campaign) => campaign.execute(),
        Command::HashPassword(hash) => hash.execute(),
        Command::ApiToken(tokens) => tokens.execute(),
        Command::Audit(audit) => audit.execute(),
        Command::Calls(calls) => calls.execute(),
        Command::Trace(trace) => trace.execute(),
        Command::Replay(replay) => replay.execute(),
        Command::Token(token) => token.execute(),
        Command::Schema(schema) => schema.execute(),
        Command::Conformance(conformance) => conformance.execute(),
        Command::Demo(demo) => demo.execute(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pointsman: {error}");
            error.code()
        }
    }
}

/// What shells say of a program that writes where nobody reads: neither success, for not all was done, nor a failure that
/// needs words.
const ENDED_BY_SIGPIPE: i32 = 128 + 13;

/// A reader that has read enough, as in `pointsman calls | head`, is nobody's mistake.
fn end_quietly_without_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<String>();
        if text.is_some_and(|text| text.starts_with("failed printing to stdout: Broken pipe")) {
            std::process::exit(ENDED_BY_SIGPIPE);
        }
        usual(panic);
    }));
}
