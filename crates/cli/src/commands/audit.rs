//! `pointsman audit`: who changed what, from the database, whether the switch runs or not.

use std::process::ExitCode;

use jiff::Timestamp;
use pointsman_store::{AuditQuery, AuditRow, SqliteStore, Store};

use super::api_token::{failed, store};
use super::{CommandError, ConfigPath, Outcome, print_json};

/// Show or check the audit log.
#[derive(Debug, clap::Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    config: ConfigPath,
    /// At most so many rows, the newest.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Only rows of this customer.
    #[arg(long)]
    customer: Option<String>,
    /// Compute the chain of hashes again and say whether it is whole.
    #[arg(long)]
    verify: bool,
    /// With --verify: a hash that was noted before, which must still be in the chain.
    #[arg(long, value_name = "HASH", requires = "verify")]
    expect: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(crate) fn execute(self) -> Outcome {
        let store = store(&self.config.load()?)?;
        if self.verify {
            return self.check(&store);
        }
        let query = AuditQuery {
            limit: self.limit,
            customer: self.customer,
            before_seq: None,
        };
        let rows = store.audit_rows(&query).map_err(failed)?;
        if self.json {
            print_json(&serde_json::json!({ "rows": rows }))?;
            return Ok(ExitCode::SUCCESS);
        }
        if rows.is_empty() {
            println!("none");
        }
        rows.iter().for_each(print_row);
        Ok(ExitCode::SUCCESS)
    }

    fn check(&self, store: &SqliteStore) -> Outcome {
        let verdict = store.verify_audit(self.expect.as_deref()).map_err(failed)?;
        if self.json {
            print_json(&verdict)?;
        }
        if let Some((seq, wrong)) = verdict.broken {
            let why = format!("the audit log is broken at row {seq}: {wrong}");
            return Err(CommandError::Failed(why));
        }
        if !verdict.holds_expected {
            let why =
                "the hash that was noted is not in the audit log: rows were cut off, or all were made anew";
            return Err(CommandError::Failed(why.to_owned()));
        }
        if !self.json {
            println!(
                "{} rows, none altered; the newest hash is {}",
                verdict.good, verdict.head
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print_row(row: &AuditRow) {
    let entry = &row.entry;
    let at = Timestamp::from_millisecond(entry.at_ms).unwrap_or_default();
    let of = entry
        .customer
        .as_deref()
        .map(|customer| format!(" of {customer}"));
    println!(
        "{} {} {}: {} {}{}: {}",
        row.seq,
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        entry.who,
        entry.what,
        entry.object,
        of.unwrap_or_default(),
        entry.result,
    );
}
