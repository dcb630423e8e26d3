//! What opens and what does not.

use facegate_domain::SubjectId;

use super::*;
use crate::Place;

fn app(id: &str) -> AppId {
    AppId::parse(id).unwrap()
}

fn vault() -> Vault {
    Vault::new(&MasterKey::generate().unwrap(), &[]).unwrap()
}

const PLACE: Place<'_> = Place::Template { subject: "budi", model: "m@1" };

#[test]
fn a_value_opens_where_it_was_sealed_and_nowhere_else() {
    let vault = vault();
    let (_, bank) = vault.create(&app("bank")).unwrap();
    let (_, shop) = vault.create(&app("shop")).unwrap();
    let sealed = bank.seal(PLACE, b"template").unwrap();
    assert_eq!(**bank.open(PLACE, &sealed).unwrap(), *b"template");
    let other_places = [
        Place::Template { subject: "siti", model: "m@1" },
        Place::Template { subject: "budi", model: "m@2" },
        Place::Photo { subject: "budi" },
        Place::Answer { key: "budi", subject: None },
        Place::Answer { key: "budi", subject: Some("m@1") },
    ];
    for place in other_places {
        assert_eq!(bank.open(place, &sealed).unwrap_err(), VaultError::Damaged(place.kind()));
    }
    assert_eq!(shop.open(PLACE, &sealed).unwrap_err(), VaultError::Damaged("template"));
    // An app made anew under the same id has another key.
    let (_, again) = vault.create(&app("bank")).unwrap();
    assert_eq!(again.open(PLACE, &sealed).unwrap_err(), VaultError::Damaged("template"));
}

#[test]
fn the_app_is_bound_even_under_one_key() {
    let secret = derive::random();
    let (bank, shop) =
        (AppKeys::new(&app("bank"), secret.clone()).unwrap(), AppKeys::new(&app("shop"), secret).unwrap());
    let sealed = bank.seal(PLACE, b"template").unwrap();
    assert_eq!(shop.open(PLACE, &sealed).unwrap_err(), VaultError::Damaged("template"));
}

#[test]
fn no_byte_of_a_sealed_value_can_be_changed_or_left_out() {
    let vault = vault();
    let (stored, keys) = vault.create(&app("bank")).unwrap();
    let sealed = keys.seal(PLACE, b"a template").unwrap();
    assert_eq!(sealed.len(), 10 + crate::sealed::OVERHEAD);
    for index in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[index] ^= 1 << bit;
            keys.open(PLACE, &changed).unwrap_err();
        }
        keys.open(PLACE, &sealed[..index]).unwrap_err();
    }
    keys.open(PLACE, &[&sealed[..], &[0]].concat()).unwrap_err();
    for index in 0..stored.bytes.len() {
        let mut changed = stored.clone();
        changed.bytes[index] ^= 1;
        vault.open(&app("bank"), &changed).unwrap_err();
    }
}

#[test]
fn sealing_twice_shows_nothing_of_what_is_the_same() {
    let (_, keys) = vault().create(&app("bank")).unwrap();
    let (one, two) = (keys.seal(PLACE, &[0; 500]).unwrap(), keys.seal(PLACE, &[0; 500]).unwrap());
    let same = one.iter().zip(&two).skip(1).filter(|(a, b)| a == b).count();
    assert!(same < 30, "{same} bytes are the same");
}

#[test]
fn keys_of_apps_open_with_their_master_key_only() {
    let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
    let before = Vault::new(&old, &[]).unwrap();
    let (stored, keys) = before.create(&app("bank")).unwrap();
    let sealed = keys.seal(PLACE, b"template").unwrap();
    let stranger = Vault::new(&new, &[]).unwrap();
    let refused = VaultError::OtherMasterKey { wanted: old.id(), given: new.id() };
    assert_eq!(stranger.open(&app("bank"), &stored).unwrap_err(), refused);
    assert_eq!(stranger.rewrap(&app("bank"), &stored).unwrap_err(), refused);
    let claimed = SealedAppKey { master: new.id(), ..stored.clone() };
    assert_eq!(stranger.open(&app("bank"), &claimed).unwrap_err(), VaultError::Damaged("app key"));
    assert_eq!(before.open(&app("shop"), &stored).unwrap_err(), VaultError::Damaged("app key"));
    // Rotation: both keys, then the new one alone.
    let during = Vault::new(&new, std::slice::from_ref(&old)).unwrap();
    let rewrapped = during.rewrap(&app("bank"), &stored).unwrap().unwrap();
    assert_eq!(during.rewrap(&app("bank"), &rewrapped).unwrap(), None);
    let after = Vault::new(&new, &[]).unwrap();
    assert_eq!(**after.open(&app("bank"), &rewrapped).unwrap().open(PLACE, &sealed).unwrap(), *b"template");
}

#[test]
fn a_check_value_knows_its_master_key() {
    let (right, wrong) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
    let vault = Vault::new(&right, &[]).unwrap();
    let check = vault.check_value().unwrap();
    vault.admit(&check).unwrap();
    Vault::new(&wrong, std::slice::from_ref(&right)).unwrap().admit(&check).unwrap();
    let stranger = Vault::new(&wrong, &[]).unwrap();
    let refused = stranger.admit(&check).unwrap_err();
    assert_eq!(refused, VaultError::OtherMasterKey { wanted: right.id(), given: wrong.id() });
    assert!(refused.to_string().contains(&right.id().to_string()));
    let claimed = CheckValue { master: wrong.id(), ..check };
    assert_eq!(stranger.admit(&claimed).unwrap_err(), VaultError::Damaged("check value"));
}

#[test]
fn rotations_and_pseudonyms_are_the_apps_own() {
    let vault = vault();
    let (stored, bank) = vault.create(&app("bank")).unwrap();
    let (_, shop) = vault.create(&app("shop")).unwrap();
    let (one, two) = (SubjectId::parse("budi").unwrap(), SubjectId::parse("siti").unwrap());
    assert_eq!(bank.pseudonym(&one), vault.open(&app("bank"), &stored).unwrap().pseudonym(&one));
    assert_ne!(bank.pseudonym(&one), bank.pseudonym(&two));
    assert_ne!(bank.pseudonym(&one), shop.pseudonym(&one));
    let vector: Vec<f32> = (0..128).map(|index| if index == 3 { 1.0 } else { 0.0 }).collect();
    let rotated = |keys: &AppKeys| vault.rotation(keys, 128).unwrap().apply(&vector);
    assert_eq!(rotated(&bank), rotated(&bank));
    assert_ne!(rotated(&bank), rotated(&shop));
}

#[test]
fn nothing_secret_is_shown() {
    let vault = vault();
    let (stored, keys) = vault.create(&app("bank")).unwrap();
    let shown = format!("{vault:?} {stored:?} {keys:?} {:?}", vault.rotation(&keys, 4).unwrap());
    for secret in [hex::encode(**keys.secret()), format!("{:?}", **keys.secret()), hex::encode(&stored.bytes)] {
        assert!(!shown.contains(&secret), "{shown}");
    }
}
