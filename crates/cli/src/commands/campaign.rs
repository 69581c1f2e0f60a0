//! `pointsman campaign`: outbound campaigns of a running switch.

use std::process::ExitCode;

use serde_json::Value;

use super::switch::{Asked, Switch, good, path, word};
use super::{Outcome, print_json};

/// Show or control outbound campaigns.
#[derive(Debug, clap::Args)]
pub(crate) struct Campaign {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Which campaigns there are and how far they are.
    List(Asked),
    /// Everybody on the lists of a campaign, and what became of the call.
    Report(Report),
    /// Begin to dial; of a stopped campaign, those who are left.
    Start(Named),
    /// Dial nobody for a while; calls that are up go on.
    Pause(Named),
    /// Go on after a pause.
    Resume(Named),
    /// Dial nobody any more; calls that are up go on.
    Stop(Named),
}

#[derive(Debug, clap::Args)]
struct Named {
    #[command(flatten)]
    switch: Switch,
    /// The customer.
    customer: String,
    /// Its campaign.
    campaign: String,
}

#[derive(Debug, clap::Args)]
struct Report {
    #[command(flatten)]
    named: Named,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Campaign {
    pub(crate) fn execute(self) -> Outcome {
        match self.what {
            What::List(asked) => asked.show("/v1/campaigns", "campaigns", line),
            What::Report(report) => report.show(),
            What::Start(named) => named.command("start"),
            What::Pause(named) => named.command("pause"),
            What::Resume(named) => named.command("resume"),
            What::Stop(named) => named.command("stop"),
        }
    }
}

impl Report {
    fn show(self) -> Outcome {
        let Named {
            switch,
            customer,
            campaign,
        } = &self.named;
        let answer = good(switch.get(&path(&["campaigns", customer, campaign]))?)?;
        if self.json {
            print_json(&answer)?;
            return Ok(ExitCode::SUCCESS);
        }
        println!("{}", line(&answer));
        if let (Some(by), Some(on)) = (
            answer["accepted"]["by"].as_str(),
            answer["accepted"]["on"].as_str(),
        ) {
            println!("  message accepted by {by} on {on}");
        }
        for contact in answer["contacts"].as_array().into_iter().flatten() {
            println!(
                "  {} {}, {}",
                word(&contact["number"]),
                word(&contact["state"]),
                count(&contact["attempts"], "attempt")
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Named {
    fn command(self, command: &str) -> Outcome {
        let path = path(&["campaigns", &self.customer, &self.campaign, command]);
        let answer = good(self.switch.post(&path)?)?;
        println!(
            "campaign {} of {} is {}",
            self.campaign,
            self.customer,
            word(&answer["state"])
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// "1 attempt", "2 attempts".
fn count(number: &Value, what: &str) -> String {
    let plural = if *number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// "optician spring: running, 5 contacts: heard 2, waiting 3".
fn line(row: &Value) -> String {
    let counts = row["counts"].as_object().into_iter().flatten();
    let counts: Vec<String> = counts.map(|(what, count)| format!("{what} {count}")).collect();
    format!(
        "{} {}: {}, {}: {}",
        word(&row["customer"]),
        word(&row["campaign"]),
        word(&row["state"]),
        count(&row["total"], "contact"),
        counts.join(", ")
    )
}
