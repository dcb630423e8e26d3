//! Who asks: an app, by one of its keys or through its operator.

use std::ops::Deref;

use facegate_domain::App;
use facegate_gallery::Actor;

/// An authenticated app. Reads like the app itself.
#[derive(Clone, Debug)]
pub struct Tenant {
    app: App,
    actor: Actor,
}

impl Tenant {
    /// The app, and the fingerprint of the key that it presented.
    pub(crate) fn new(app: App, key: String) -> Self {
        Self { app, actor: Actor::Key(key) }
    }

    /// The app in somebody else's hands.
    pub(crate) fn by(app: App, actor: Actor) -> Self {
        Self { app, actor }
    }

    /// The same caller of the app as it is by now.
    pub(crate) fn with(&self, app: App) -> Self {
        Self { app, actor: self.actor.clone() }
    }

    /// Whether the operator asks, in whose hands everything is.
    pub(crate) fn is_operator(&self) -> bool {
        self.actor == Actor::Operator
    }

    /// As the audit log names it.
    pub(crate) fn actor(&self) -> Actor {
        self.actor.clone()
    }
}

impl Deref for Tenant {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}
