//! `facegate reembed`: moves apps to another template model.

pub mod args;

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use facegate_domain::{App, AppId, AppMode, ModelId};
use facegate_gallery::{MAX_SUBJECTS, MoveCounts, StoreError, Switched};
use facegate_models::Pack;
use facegate_service::Reembedder;

use crate::config::Config;
use crate::output::say;
use crate::progress::bar;
use crate::reembed::args::ReembedArgs;
use crate::wiring::{self, For, Stores};

/// Photos worked on at once, for each worker: enough that none waits for the store.
const AT_ONCE_EACH: usize = 8;
/// By how much the process gives way to a server on the same machine.
const NICENESS: i32 = 10;

/// Runs the command.
pub async fn run(config: &Config, args: ReembedArgs) -> Result<()> {
    let stores = wiring::open_store(config, For::Reading).await?;
    let apps = chosen(&stores, &args.apps).await?;
    if apps.is_empty() {
        say("there is no app to move");
    }
    let Some(profile) = &args.model else { return abort(&stores, &apps).await };
    let pack = Pack::open_profile(&config.models, Some(profile))?;
    let new = pack.template_model()?;
    if args.dry_run {
        return describe(&stores, &apps, &new).await;
    }
    #[cfg(unix)]
    let _ = rustix::process::nice(NICENESS);
    let workers = config.workers();
    let (pool, _) = wiring::start_pool(config, vec![pack])?;
    let reembedder = Reembedder::new(stores.moves.clone(), Arc::new(pool), new.clone(), workers * AT_ONCE_EACH);
    let mover = Mover { config, stores: &stores, reembedder, new, leave_behind: args.leave_behind };
    let mut stuck = 0;
    for app in &apps {
        stuck += u64::from(!mover.move_app(app).await.with_context(|| format!("app {}", app.id))?);
    }
    ensure!(stuck == 0, "{stuck} of {} apps were not switched: see above", apps.len());
    Ok(())
}

/// The apps that were named, or every one that has templates of a model.
async fn chosen(stores: &Stores, wanted: &[AppId]) -> Result<Vec<App>> {
    let mut apps = stores.apps.apps().await?;
    if wanted.is_empty() {
        apps.retain(|app| app.mode != AppMode::Sandbox);
        return Ok(apps);
    }
    for id in wanted {
        let app = apps.iter().find(|app| app.id == *id).with_context(|| format!("there is no app {id}"))?;
        ensure!(app.mode != AppMode::Sandbox, "app {id} is a sandbox: it has no templates of a model");
    }
    apps.retain(|app| wanted.contains(&app.id));
    Ok(apps)
}

struct Mover<'a> {
    config: &'a Config,
    stores: &'a Stores,
    reembedder: Reembedder,
    new: ModelId,
    leave_behind: bool,
}

impl Mover<'_> {
    /// `false` if it was not switched, since somebody would be left behind.
    async fn move_app(&self, app: &App) -> Result<bool> {
        let moves = &*self.stores.moves;
        while app.next_model.is_none() && moves.settle(&app.id).await? {}
        let uses = self.uses(app).await?;
        if uses == self.new {
            say(&format!("{}: uses {} already", app.id, self.new));
            return Ok(true);
        }
        match moves.begin_move(&app.id, &uses, &self.new).await {
            Err(StoreError::OtherModel) => {
                let next = app.next_model.as_ref().map_or("another model", ModelId::as_str);
                bail!("it is being moved to {next}: finish that, or give it up with --abort");
            }
            outcome => outcome?,
        }
        let progress = bar("re-embedded");
        let outcome = self.reembedder.finish(&app.id, self.leave_behind, &progress).await?;
        drop(progress);
        if let Switched::Stuck(count) = outcome {
            list_stuck(self.stores, &app.id, &self.new).await?;
            say(&format!(
                "{}: not switched, since {count} subjects cannot be moved; enrol or delete them, or allow it with \
                 --leave-behind. The rest is done and kept",
                app.id
            ));
            return Ok(false);
        }
        while moves.settle(&app.id).await? {}
        let MoveCounts { ready, waiting, stuck } = moves.count_moved(&app.id, &self.new).await?;
        let left = match waiting + stuck {
            0 => String::new(),
            left => format!("; {left} were left behind and must be enrolled again"),
        };
        say(&format!("{}: switched to {}, {ready} subjects{left}", app.id, self.new));
        Ok(true)
    }

    /// The app's model, also in a store of before, which did not record it.
    async fn uses(&self, app: &App) -> Result<ModelId> {
        if let Some(model) = &app.model {
            return Ok(model.clone());
        }
        let models = wiring::models(&wiring::open_packs(self.config)?)?;
        let some = self.stores.gallery.subjects(&app.id, None, MAX_SUBJECTS).await?;
        Ok(models.latest(&some).unwrap_or(models.first()).id.clone())
    }
}

async fn describe(stores: &Stores, apps: &[App], new: &ModelId) -> Result<()> {
    for app in apps {
        let MoveCounts { ready, waiting, stuck } = stores.moves.count_moved(&app.id, new).await?;
        let uses = app.model.as_ref().map_or("no model on record", ModelId::as_str);
        say(&format!(
            "{} uses {uses}; templates of {new}: {ready} are there, {waiting} are to be made, {stuck} cannot be made",
            app.id
        ));
        list_stuck(stores, &app.id, new).await?;
    }
    Ok(())
}

/// Everybody who would be left behind, by id.
async fn list_stuck(stores: &Stores, app: &AppId, new: &ModelId) -> Result<()> {
    let mut after = None;
    loop {
        let page = stores.moves.stuck(app, new, after.as_ref(), MAX_SUBJECTS).await?;
        let Some(last) = page.last() else { return Ok(()) };
        page.iter().for_each(|id| say(&format!("  no photo with a face: {}", id.as_str())));
        after = Some(last.clone());
    }
}

async fn abort(stores: &Stores, apps: &[App]) -> Result<()> {
    for app in apps {
        let aborted = stores.moves.abort_move(&app.id).await?;
        while stores.moves.settle(&app.id).await? {}
        say(&format!("{}: {}", app.id, if aborted { "the move is given up" } else { "is not being moved" }));
    }
    Ok(())
}
