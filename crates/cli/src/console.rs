//! The operator's password for the web console.

use std::io::{BufRead, IsTerminal, Write};
use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use facegate_console::MIN_PASSWORD;
use facegate_gallery::Operators;
use zeroize::Zeroizing;

use crate::args::ConsoleCommand;
use crate::config::Config;
use crate::first_app::reachable;
use crate::output::say;
use crate::wiring::{self, For};

/// Runs one command.
pub async fn run(config: &Config, command: ConsoleCommand) -> Result<()> {
    let ConsoleCommand::Password = command;
    let stores = wiring::open_store(config, For::Creating).await?;
    let password = read()?;
    facegate_console::set_password(&*stores.operators, password).await?;
    say("the password is set; everybody is signed out of the console");
    Ok(())
}

/// Says at a start where the console is, and as long as it has no password the code that sets one.
pub async fn welcome(operators: &dyn Operators, address: SocketAddr) -> Result<()> {
    let place = format!("http://{}/console", reachable(address));
    if let Some(code) = facegate_console::offer_setup(operators).await.context("the console's set-up code")? {
        say(&format!("Set the password of the web console at {place}"));
        say(&format!("  Set-up code: {code}  (works once, until the next start)"));
    } else {
        say(&format!("The web console is at {place}"));
    }
    Ok(())
}

/// Twice at a terminal, where it is not shown; one line from anything else.
fn read() -> Result<Zeroizing<String>> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        let mut line = Zeroizing::new(String::new());
        input.lock().read_line(&mut line).context("standard input")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned().into());
    }
    let first = ask(&format!("New password (at least {MIN_PASSWORD} characters): "))?;
    ensure!(first == ask("The same again: ")?, "the two are not the same; nothing was changed");
    Ok(first)
}

fn ask(prompt: &str) -> Result<Zeroizing<String>> {
    let _ = write!(std::io::stderr(), "{prompt}").and_then(|()| std::io::stderr().flush());
    let hidden = Hidden::begin()?;
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line).context("the terminal")?;
    drop(hidden);
    let _ = writeln!(std::io::stderr());
    Ok(line.trim_end_matches(['\r', '\n']).to_owned().into())
}

/// While it lives, what is typed is not shown.
struct Hidden(rustix::termios::Termios);

impl Hidden {
    fn begin() -> Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).context("the terminal")?;
        let mut without = before.clone();
        without.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &without).context("the terminal")?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let now = rustix::termios::OptionalActions::Now;
        let _ = rustix::termios::tcsetattr(std::io::stdin(), now, &self.0);
    }
}
