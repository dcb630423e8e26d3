//! The command line of `facegate reembed`.

use clap::Args;
use facegate_domain::AppId;

pub const EXAMPLES: &str = "\
Examples:
  facegate reembed --model accurate --dry-run      what there is to do, and who would be left behind
  facegate reembed --model accurate                every app; run it again if it was interrupted
  facegate reembed --model accurate --app ID       one app
  facegate reembed --abort --app ID                gives up a move that has not switched yet

First restart every server with both profiles: profile = \"fast, accurate\". Each app is switched in one step when all its \
subjects have a template of the new model; until then the old ones count. Subjects without a photo cannot be moved: they are \
listed, and their app is not switched unless --leave-behind is given. Then they stay, and match nothing until they are \
enrolled again.";

#[derive(Debug, Args)]
pub struct ReembedArgs {
    /// The template profile to move to, as the models' manifest names it
    #[arg(long, value_name = "PROFILE", required_unless_present = "abort", conflicts_with = "abort")]
    pub model: Option<String>,
    /// Only this app; can be given several times [default: every app]
    #[arg(long = "app", value_name = "APP-ID", value_parser = AppId::parse)]
    pub apps: Vec<AppId>,
    /// Say what there is to do, and change nothing
    #[arg(long, conflicts_with = "abort")]
    pub dry_run: bool,
    /// Switch although some subjects have no photo in which a face is found
    #[arg(long, conflicts_with_all = ["abort", "dry_run"])]
    pub leave_behind: bool,
    /// Drop the templates of a move that has not switched yet
    #[arg(long, requires = "apps")]
    pub abort: bool,
}
