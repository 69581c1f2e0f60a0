//! What the documentation, the recipes and the samples name must exist, and nothing lies about unnamed.

use pointsman_tidy::{markdown, refuse, repository};
use repository::File;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn markdown_files() -> Vec<File> {
    let files: Vec<_> = repository::text_files()
        .into_iter()
        .filter(|file| file.has_extension("md"))
        .collect();
    assert!(
        files.iter().any(|file| file.path == "README.md"),
        "README.md is missing"
    );
    files
}

fn read(path: &str) -> String {
    fs::read_to_string(repository::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names at the start of a line of the Justfile that a colon follows.
fn recipes() -> BTreeSet<String> {
    read("Justfile")
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()) && line.contains(':'))
        .filter(|line| !line.contains(":="))
        .filter_map(|line| line.split([' ', ':']).next().map(str::to_owned))
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut complaints = Vec::new();
    for file in markdown_files() {
        let folder = repository::root()
            .join(&file.path)
            .parent()
            .expect("a file has a folder")
            .to_path_buf();
        for link in markdown::links(&file.text) {
            if !folder.join(link).exists() {
                complaints.push(format!("{} links to {link}", file.path));
            }
        }
    }
    refuse("links lead somewhere", &complaints);
}

#[test]
fn recipes_and_scripts_that_are_named_exist() {
    let recipes = recipes();
    let mut complaints = Vec::new();
    for file in markdown_files() {
        let code = markdown::code(&file.text);
        for name in markdown::recipes(&code) {
            if !recipes.contains(name) {
                complaints.push(format!("{} names the recipe {name}", file.path));
            }
        }
        for script in markdown::scripts(&code) {
            if !repository::root().join(script).exists() {
                complaints.push(format!("{} names {script}", file.path));
            }
        }
    }
    refuse("what is named exists", &complaints);
}

#[test]
fn recipes_call_scripts_that_can_be_run_without_just() {
    let mut complaints = Vec::new();
    let justfile = read("Justfile");
    for script in markdown::scripts(&justfile.lines().collect::<Vec<_>>()) {
        let mode = fs::metadata(repository::root().join(script)).map(|found| found.permissions().mode());
        if mode.map_or(true, |mode| mode & 0o111 == 0) {
            complaints.push(format!(
                "Justfile calls {script}, which is not an executable file"
            ));
        }
    }
    for file in repository::text_files() {
        let calls_just = |line: &str| line.trim_start().starts_with("just ");
        if file.is_in("scripts") && !file.has_extension("py") && file.text.lines().any(calls_just) {
            complaints.push(format!("{} needs just", file.path));
        }
    }
    refuse("recipes are names for scripts", &complaints);
}

/// A sample that nothing loads or explains goes stale unseen. (The config crate's tests load all of them.)
#[test]
fn every_sample_configuration_is_named_somewhere() {
    let files = repository::text_files();
    let mut complaints = Vec::new();
    for sample in files
        .iter()
        .filter(|file| file.is_in("config") && file.has_extension("yaml"))
    {
        let in_config = sample.path.strip_prefix("config/").unwrap_or(&sample.path);
        let folder = in_config
            .rsplit_once('/')
            .map(|(folder, _)| format!("{folder}/*.yaml"));
        let names = |file: &&File| {
            file.path != sample.path
                && (file.text.contains(in_config)
                    || folder.as_ref().is_some_and(|all| file.text.contains(all)))
        };
        if !files.iter().any(|file| names(&file)) {
            complaints.push(format!("{} is named nowhere", sample.path));
        }
    }
    refuse("every sample is named", &complaints);
}

#[test]
fn every_scenario_is_complete() {
    let root = repository::root().join("sipp-scenarios");
    let mut complaints = Vec::new();
    let mut folders = 0;
    for folder in fs::read_dir(&root)
        .expect("sipp-scenarios exists")
        .flatten()
        .filter(|entry| entry.path().is_dir())
    {
        folders += 1;
        let name = folder.file_name().to_string_lossy().into_owned();
        for needed in ["uac.xml", "uas.xml", "pointsman.yaml", "expect.toml"] {
            if !folder.path().join(needed).exists() {
                complaints.push(format!("{name} lacks {needed}"));
            }
        }
        let plan = fs::read_to_string(folder.path().join("expect.toml")).unwrap_or_default();
        if !plan.contains("what = \"\"\"") || !plan.contains("[expect") && !plan.contains("[[expect.") {
            complaints.push(format!(
                "{name}/expect.toml says neither what it shows nor what must come out"
            ));
        }
        for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let file = file.file_name().to_string_lossy().into_owned();
            if file.ends_with(".xml") && !plan.contains(&format!("\"{file}\"")) {
                complaints.push(format!("{name}/expect.toml does not use {file}"));
            }
        }
    }
    assert!(folders >= 10, "only {folders} scenarios");
    refuse("every scenario is complete", &complaints);
}
