//! The grammar of sandbox scenarios and subjects, and the gates' bit mask, against every name written down.
//!
//! Input: a name; behind a line break one byte of flags.

use facegate_domain::Gates;
use facegate_service::Checks;
use facegate_service::sandbox::{SandboxSubject, Scenario, subject};
use facegate_test_contract::{Flags, Scene, scene};

/// Runs one input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (name, flags) = text.split_once('\n').unwrap_or((text, ""));
    let flags = flags.bytes().next().unwrap_or_default();
    subjects(name);
    // The API removes white space before the service sees a name.
    if name.trim() != name {
        return;
    }
    let expected = scene(name);
    let read = name.parse::<Scenario>().ok();
    match (read, expected) {
        (None, None) | (Some(Scenario::NoFace), Some(Scene::NoFace)) => {}
        (Some(Scenario::ExceedsLimit), Some(Scene::TooLarge)) => {}
        (Some(Scenario::Person(person)), Some(Scene::Person(shown))) => {
            assert_eq!(person.to_string(), name, "written otherwise than it was read");
            assert_eq!((person.live, person.blur || person.dark), (shown.live, shown.poor));
            assert_eq!(person.mask || person.sunglasses, shown.covered);
            assert_eq!((person.identity, person.faces), (shown.letter, shown.faces));
            let (checks, flags) = asked(flags);
            let failed = checks.failed(&person.analysis(checks.wants(true)));
            assert_eq!(failed.bits(), shown.fails(flags), "{name} with {checks:?}");
        }
        _ => panic!("{name:?} is read as {read:?}, by the contract it is {expected:?}"),
    }
}

/// One bit a flag. A gate without its measurement is refused by the payload rules, so there is none.
fn asked(bits: u8) -> (Checks, Flags) {
    let bit = |number: u8| bits >> number & 1 == 1;
    let pair = |number: u8| (bit(number) || bit(number + 1), bit(number + 1));
    let flags = Flags { quality: pair(0), attribute: pair(2), liveness: pair(4), nface: bit(6) };
    let mut gates = Gates::empty();
    gates.set(Gates::QUALITY, flags.quality.1);
    gates.set(Gates::ATTRIBUTE, flags.attribute.1);
    gates.set(Gates::LIVENESS, flags.liveness.1);
    gates.set(Gates::NFACE, flags.nface);
    let (quality, attributes, liveness) = (flags.quality.0, flags.attribute.0, flags.liveness.0);
    (Checks { quality, attributes, liveness, gates }, flags)
}

fn subjects(name: &str) {
    let letter = ('A'..='J').find(|letter| name == format!("SUB_EXIST_{letter}"));
    let expected = match name {
        "SUB_EXIST" => Some(SandboxSubject::Exists('A')),
        "SUB_NOT_EXIST" => Some(SandboxSubject::Missing),
        _ => letter.map(SandboxSubject::Exists),
    };
    assert_eq!(subject(name), expected, "{name:?}");
}
