//! Where the database is and as whom to use it. The password is in there, so the text is shown to nobody.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// A broken connection is noticed after about this long, also when the other side is silent.
const SILENCE: Duration = Duration::from_secs(8);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// What stands for something else in a URL, and is encoded in names.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A database's URL: `postgres://user:password@host:port/database?sslmode=require`.
///
/// Several hosts (`host1:5432,host2:5432`) are tried in turn and the one that can be written is used, so a failover
/// needs no new URL. `sslmode`: `disable`, `prefer` (the default) or `require` (`verify-ca` and `verify-full` mean the
/// same); wherever TLS is used the certificate is checked, against the machine's authorities or those in
/// `sslrootcert=FILE`. `Debug` and `Display` hide the password.
#[derive(Clone, PartialEq)]
pub struct DatabaseUrl {
    text: String,
    config: Config,
    authorities: Option<PathBuf>,
}

/// The text is no database's URL. Says nothing of the text itself, which may hold a password.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the database's URL {0}; it should be like postgres://user:password@host:5432/database")]
pub struct InvalidUrl(&'static str);

impl DatabaseUrl {
    /// Parses a URL.
    pub fn parse(text: &str) -> Result<Self, InvalidUrl> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(InvalidUrl("does not begin with postgres://"));
        }
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut authorities, mut rest) = (SslMode::Prefer, None, Vec::new());
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", "disable")) => mode = SslMode::Disable,
                Some(("sslmode", "allow" | "prefer")) => mode = SslMode::Prefer,
                Some(("sslmode", "require" | "verify-ca" | "verify-full")) => mode = SslMode::Require,
                Some(("sslmode", _)) => return Err(InvalidUrl("has an unknown sslmode")),
                Some(("sslrootcert", path)) if !path.contains('%') => authorities = Some(path.into()),
                Some(("sslrootcert", _)) => return Err(InvalidUrl("has an sslrootcert with a '%'")),
                _ => rest.push(parameter),
            }
        }
        // The first '@' would end the password, wherever it is, and what follows would be taken for a host or a name, and shown.
        let at = base.matches('@').count();
        if at > 1 || (at == 0 && rest.iter().any(|parameter| parameter.contains('@'))) {
            return Err(InvalidUrl(
                "has an '@' too many; in a password it is written %40, as '/' is %2F and '?' is %3F",
            ));
        }
        let plain = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        let mut config: Config = plain.parse().map_err(|_| InvalidUrl("cannot be understood"))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(InvalidUrl("names no host"));
        }
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(InvalidUrl("names no database"));
        }
        config.ssl_mode(mode).keepalives(true).keepalives_idle(SILENCE).tcp_user_timeout(SILENCE);
        config.keepalives_interval(SILENCE / 4).keepalives_retries(3);
        if config.get_target_session_attrs() == TargetSessionAttrs::Any {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("facegate");
        }
        Ok(Self { text: text.to_owned(), config, authorities })
    }

    /// The whole text with its password, to hand it on.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Whether the database is on this machine, by the name of its host.
    pub fn is_local(&self) -> bool {
        self.config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
            _ => true,
        })
    }

    /// The hosts with their ports, as in a URL.
    fn places(&self) -> Vec<String> {
        let (hosts, ports) = (self.config.get_hosts(), self.config.get_ports());
        let of_name = |host: &Host| match host {
            Host::Tcp(name) if name.contains(':') => format!("[{name}]"),
            Host::Tcp(name) => encoded(name),
            Host::Unix(path) => encoded(&path.to_string_lossy()),
        };
        let of_address = |address: &IpAddr| match address {
            IpAddr::V6(address) => format!("[{address}]"),
            IpAddr::V4(address) => address.to_string(),
        };
        let mut names: Vec<String> = hosts.iter().map(of_name).collect();
        if names.is_empty() {
            names = self.config.get_hostaddrs().iter().map(of_address).collect();
        }
        // One port may stand for all hosts.
        let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        names.into_iter().enumerate().map(|(at, name)| format!("{name}:{}", port(at))).collect()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn uses_tls(&self) -> bool {
        self.config.get_ssl_mode() != SslMode::Disable
    }

    /// The file with the certificates of the authorities to trust, if not the machine's.
    pub(crate) fn authorities(&self) -> Option<&PathBuf> {
        self.authorities.as_ref()
    }
}

fn encoded(name: &str) -> String {
    utf8_percent_encode(name, ENCODED).to_string()
}

impl fmt::Display for DatabaseUrl {
    /// What was understood, not what was written: a password may hold any character.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}", encoded(self.config.get_user().unwrap_or_default()))?;
        if self.config.get_password().is_some() {
            f.write_str(":***")?;
        }
        if self.config.get_user().is_some() || self.config.get_password().is_some() {
            f.write_str("@")?;
        }
        write!(f, "{}/{}", self.places().join(","), encoded(self.config.get_dbname().unwrap_or_default()))?;
        let mode = match self.config.get_ssl_mode() {
            SslMode::Disable => Some("sslmode=disable".to_owned()),
            SslMode::Require => Some("sslmode=require".to_owned()),
            _ => None,
        };
        let authorities = self.authorities.as_ref().map(|path| format!("sslrootcert={}", path.display()));
        for (number, parameter) in mode.into_iter().chain(authorities).enumerate() {
            write!(f, "{}{parameter}", if number == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (text, shown) in [
            ("postgres://u:s3cret@h:1/d", "postgres://u:***@h:1/d"),
            ("postgresql://u:s3%40cret@h/d?sslmode=require", "postgres://u:***@h:5432/d?sslmode=require"),
            ("postgres://u@h/d?password=s3cret", "postgres://u:***@h:5432/d"),
            ("postgres://u:s3cret@a:1,b:2/d?sslmode=disable", "postgres://u:***@a:1,b:2/d?sslmode=disable"),
            ("postgres://u@h/d?password=p@s3cret", "postgres://u:***@h:5432/d"),
            ("postgres://u:s3cret@h/d?password=a@s3cret", "postgres://u:***@h:5432/d"),
            ("postgres://h/d", "postgres://h:5432/d"),
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("DatabaseUrl({shown})"));
            assert_eq!(url.reveal(), text);
        }
    }

    #[test]
    fn without_a_password_what_is_shown_can_be_used() {
        for text in [
            "postgres://u@h/d",
            "postgres://h,[::1]:5433/d?sslmode=require",
            "postgres://u%40home@[2001:db8::1]:1/d%2Fe",
            "postgres://u@%2Fvar%2Frun%2Fpostgresql/d",
            "postgres://u@/d?hostaddr=192.0.2.1",
        ] {
            let url = DatabaseUrl::parse(text).unwrap();
            let again = DatabaseUrl::parse(&url.to_string()).unwrap();
            assert_eq!(again.to_string(), url.to_string());
            let of = |url: &DatabaseUrl| {
                let config = url.config();
                let names = [config.get_user(), config.get_dbname()].map(|name| name.map(str::to_owned));
                let ports = if config.get_ports().is_empty() { &[5432][..] } else { config.get_ports() };
                (names, ports.to_vec(), config.get_ssl_mode())
            };
            assert_eq!(of(&again), of(&url), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_repeating_it() {
        for text in [
            "",
            "sqlite://x",
            "host=h password=s3cret",
            "postgres://u:s3cret@h",
            "postgres://u:a@s3cret@h/d",
            "postgres://u:a@b/s3cret@h/d",
            "postgres://h/d?password=p@s3/cret",
            "postgres://u:a?s3cret@h/d",
            "postgres:///d",
            "postgres://u:s3cret@h:port/d",
            "postgres://u:s3cret@h/d?sslmode=s3cret",
            "postgres://u:s3cret@h/d?nonsense=s3cret",
        ] {
            let error = DatabaseUrl::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{text}");
        }
    }

    #[test]
    fn of_several_hosts_the_one_that_can_be_written_is_wanted() {
        let url = DatabaseUrl::parse("postgres://u@a:1,b:2/d").unwrap();
        assert_eq!(url.config().get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert_eq!(url.config().get_ports(), [1, 2]);
        assert!(url.uses_tls() && !DatabaseUrl::parse("postgres://u@a/d?sslmode=disable").unwrap().uses_tls());
    }
}
