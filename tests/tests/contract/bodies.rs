//! Random bodies: mostly right, with every kind of fault in any field.

use std::fmt;

use facegate_test_contract::Endpoint;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A request's body, and what its query says of the subject.
#[derive(Clone, Debug)]
pub struct Sent {
    pub body: String,
    pub query: Option<String>,
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ?{:?}", self.body, self.query)
    }
}

/// A field: absent, or any value that somebody may send.
fn field(
    good: impl Strategy<Value = Value> + 'static,
    fault: impl Strategy<Value = Value> + 'static,
) -> BoxedStrategy<Option<Value>> {
    prop_oneof![
        3 => Just(None),
        10 => good.prop_map(Some),
        1 => fault.prop_map(Some),
        1 => Just(Some(Value::Null)),
    ]
    .boxed()
}

fn wrong() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("")),
        Just(json!(1)),
        Just(json!("true")),
        Just(json!([])),
        Just(json!({"a": 1})),
        Just(json!(true))
    ]
}

fn scenario() -> impl Strategy<Value = Value> {
    let person = "(LIVE|SPOOF)_PERSON(_BLUR|_DARK|_BLURDARK)?(_M|_V|_S|_MV|_MS|_VS|_MVS)?_[A-C]_[1-3]";
    let near = "(LIVE|SPOOF)_PERSON[_A-KMVS0-9BLURDK]{0,8}";
    let fixed = prop_oneof![Just("NO_FACE_PHOTO"), Just("IMAGE_EXCEED_LIMIT"), Just(" LIVE_PERSON_A_1\n"), Just(" ")];
    prop_oneof![12 => person.prop_map(Value::from), 2 => near.prop_map(Value::from), 2 => fixed.prop_map(Value::from)]
}

/// Spellings of bytes that are no picture, addresses that are not asked, and what is neither.
fn spelling() -> impl Strategy<Value = Value> {
    let fixed = prop_oneof![
        Just("data:image/png;base64,AAAA"),
        Just("data:image/png,AAAA"),
        Just("DATA:;BASE64, AA=="),
        Just("http://127.0.0.1:1/a.jpg"),
        Just("HTTPS://[::1]/"),
        Just("ftp://127.0.0.1/a.jpg"),
    ];
    prop_oneof![
        6 => "[A-Za-z0-9+/]{2,12}={0,2}".prop_map(Value::from),
        3 => "[A-Za-z0-9_ \n-]{0,9}={0,3}".prop_map(Value::from),
        1 => "[ -~é]{0,6}".prop_map(Value::from),
        3 => fixed.prop_map(Value::from),
    ]
}

fn subject() -> impl Strategy<Value = Value> {
    let fixed = prop_oneof![
        Just("SUB_EXIST".to_owned()),
        Just("SUB_NOT_EXIST".to_owned()),
        Just(" budi ".to_owned()),
        Just(" ".to_owned()),
        Just("a\u{0}b".to_owned()),
        Just("é".repeat(127)),
        Just("é".repeat(128)),
    ];
    prop_oneof![4 => "budi|siti|SUB_EXIST_[A-D]".prop_map(Value::from), 4 => fixed.prop_map(Value::from)]
}

fn text(name: &str, sandbox: bool) -> BoxedStrategy<Option<Value>> {
    match name {
        "subject_id" => field(subject(), wrong()),
        "consent_reference" => field("[a-z \n]{0,4}".prop_map(Value::from), Just(json!("é".repeat(256)))),
        "expires_at" => {
            let dates = ["2999-12-31", "2999-12-31T00:00:00+07:00", "2020-01-01T00:00:00Z", "soon"];
            field(proptest::sample::select(dates.to_vec()).prop_map(Value::from), wrong())
        }
        // An image is rarely absent, or little else would be seen.
        _ if sandbox => prop_oneof![12 => scenario().prop_map(Some), 1 => field(scenario(), wrong())].boxed(),
        _ => prop_oneof![12 => spelling().prop_map(Some), 1 => field(spelling(), wrong())].boxed(),
    }
}

fn number(name: &str) -> BoxedStrategy<Option<Value>> {
    let (good, fault) = match name {
        "limit" => {
            (vec![json!(1), json!(10), json!(3.0)], vec![json!(0), json!(11), json!(1.5), json!("3"), json!(1e300)])
        }
        _ => {
            (vec![json!(82), json!(100), json!(0)], vec![json!(-1), json!(100.1), json!("82"), json!(-0.5), json!([])])
        }
    };
    field(proptest::sample::select(good), proptest::sample::select(fault))
}

/// Fields in their order, with some that nobody knows and some twice, or a body that is no object.
pub fn sent(endpoint: Endpoint, sandbox: bool) -> impl Strategy<Value = Sent> {
    let mut fields: Vec<(&'static str, BoxedStrategy<Option<Value>>)> = Vec::new();
    fields.extend(endpoint.texts().iter().map(|name| (*name, text(name, sandbox))));
    // A face that is enrolled already is another matter than the payload.
    let flags = endpoint.flags().into_iter().filter(|name| *name != "check_duplicate");
    fields.extend(flags.map(|name| (name, field(any::<bool>().prop_map(Value::from), wrong()))));
    fields.extend(endpoint.numbers().iter().map(|name| (*name, number(name))));
    fields.push(("unknown", field(any::<i32>().prop_map(Value::from), wrong())));
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let values: Vec<_> = fields.into_iter().map(|(_, values)| values).collect();
    let object = (values, any::<proptest::sample::Index>(), any::<bool>()).prop_map(move |(values, twice, doubled)| {
        let mut pairs: Vec<_> = names.iter().zip(values).filter_map(|(name, value)| Some((*name, value?))).collect();
        if doubled && !pairs.is_empty() {
            let (name, _) = pairs[twice.index(pairs.len())];
            pairs.insert(0, (name, json!("the later one counts")));
        }
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        format!("{{{}}}", pairs.join(","))
    });
    let broken = prop_oneof![
        Just(""),
        Just("{}"),
        Just("[]"),
        Just("null"),
        Just("{\"image\":"),
        Just("{\"image\":\"AAAA\"} x")
    ];
    let body = prop_oneof![20 => object, 1 => broken.prop_map(str::to_owned)];
    let query = proptest::option::of("SUB_EXIST|SUB_NOT_EXIST|budi| |");
    (body, query).prop_map(move |(body, query)| Sent { body, query: query.filter(|_| endpoint == Endpoint::Delete) })
}
