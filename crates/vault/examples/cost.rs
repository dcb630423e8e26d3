//! What sealing costs: opening and sealing templates and photos, opening an app's key, making a rotation and using it.
//!
//! `cargo run --release -p facegate-vault --example cost`

use std::hint::black_box;
use std::time::Instant;

use facegate_domain::{AppId, ModelId, SubjectId, Template};
use facegate_vault::{MasterKey, Vault};

type Fault = Box<dyn std::error::Error + Send + Sync>;

fn each(what: &str, times: u32, mut work: impl FnMut() -> Result<(), Fault>) -> Result<(), Fault> {
    let start = Instant::now();
    for _ in 0..times {
        work()?;
    }
    println!("{what:40} {:10.2} µs", start.elapsed().as_secs_f64() * 1e6 / f64::from(times));
    Ok(())
}

fn main() -> Result<(), Fault> {
    let master = MasterKey::generate()?;
    let vault = Vault::new(&master, &[])?;
    let (app, subject) = (AppId::parse("bank")?, SubjectId::parse("somebody")?);
    let (sealed_key, keys) = vault.create(&app)?;
    each("opening an app's key", 10_000, || {
        black_box(Vault::new(&master, &[])?.open(&app, &sealed_key)?);
        Ok(())
    })?;
    each("the same from the cache", 100_000, || {
        black_box(vault.open(&app, &sealed_key)?);
        Ok(())
    })?;
    for values in [128_usize, 512, 640] {
        let numbers = (0..values).map(|index| (index as f32).sin() + 0.01).collect();
        let template = Template::new(ModelId::new("sample", &"0".repeat(64)), numbers)?;
        let sealed = keys.seal_template(&subject, &template, &[0; 32])?;
        each(&format!("sealing a template of {values}"), 100_000, || {
            black_box(keys.seal_template(&subject, &template, &[0; 32])?);
            Ok(())
        })?;
        each(&format!("opening a template of {values}"), 200_000, || {
            black_box(keys.open_template(&subject, template.model().clone(), &sealed)?);
            Ok(())
        })?;
        each(&format!("making the rotation of {values}"), 20, || {
            let (_, fresh) = vault.create(&app)?;
            black_box(vault.rotation(&fresh, values)?);
            Ok(())
        })?;
        each(&format!("rotating {values} values"), 2000, || {
            black_box(vault.rotation(&keys, values)?.apply(template.values()));
            Ok(())
        })?;
    }
    let photo = vec![7; 100 << 10];
    let sealed = keys.seal_photo(&subject, &photo)?;
    each("sealing a photo of 100 KiB", 2000, || {
        black_box(keys.seal_photo(&subject, &photo)?);
        Ok(())
    })?;
    each("opening a photo of 100 KiB", 2000, || {
        black_box(keys.open_photo(&subject, &sealed)?);
        Ok(())
    })
}
