//! Who asks: an app, and by which of its keys.

use std::ops::Deref;

use facegate_domain::App;
use facegate_gallery::Actor;

/// An authenticated app. Reads like the app itself.
#[derive(Clone, Debug)]
pub struct Tenant {
    app: App,
    key: String,
}

impl Tenant {
    /// The app, and the fingerprint of the key that it presented.
    pub(crate) fn new(app: App, key: String) -> Self {
        Self { app, key }
    }

    /// The same caller of the app as it is by now.
    pub(crate) fn with(&self, app: App) -> Self {
        Self { app, key: self.key.clone() }
    }

    /// As the audit log names it.
    pub(crate) fn actor(&self) -> Actor {
        Actor::Key(self.key.clone())
    }
}

impl Deref for Tenant {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}
