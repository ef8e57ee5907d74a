//! Names are shown as pprof shows them: the recorded names come from `scripts/oracle/run demangle`.

use std::collections::BTreeMap;

use profgate::profile::{Function, Profile};
use profgate::select::Symbolization;
use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    mangled: String,
    default: String,
    templates: String,
    full: String,
}

/// What profgate shows instead: the demangler behind it writes the types of functions, the addresses of functions
/// and the return types of enclosing functions otherwise. None of them is shown by default.
fn different() -> BTreeMap<(&'static str, &'static str), &'static str> {
    BTreeMap::from([
        (("_ZN1aIXadL_Z1bvEEE1cEv", "demangle=templates"), "a<&b()>::c"),
        (("_ZN1aIXadL_Z1bvEEE1cEv", "demangle=full"), "a<&b()>::c()"),
        (
            ("_ZNSt8functionIFN4llvm5ErrorEvEEC1Ev", "demangle=templates"),
            "std::function<llvm::Error()>::function",
        ),
        (
            ("_ZNSt8functionIFN4llvm5ErrorEvEEC1Ev", "demangle=full"),
            "std::function<llvm::Error()>::function()",
        ),
        (("_ZZ1fIiEiT_E1n", "demangle=full"), "int f<int>(int)::n"),
    ])
}

fn shown(mangled: &str, option: &str) -> String {
    let mut profile = Profile::default();
    let name = profile.strings.intern(mangled.as_bytes()).unwrap();
    profile.functions.push(Function { id: 1, name, system_name: name, ..Function::default() });
    Symbolization::parse(option).unwrap().apply(&mut profile).unwrap();
    profile.display(profile.functions[0].name).into_owned()
}

#[test]
fn every_recorded_name_of_pprof_is_shown() {
    let golden = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/demangle.json")).unwrap();
    let answers: Vec<Answer> = serde_json::from_slice(&golden).unwrap();
    let different = different();
    let mut wrong = Vec::new();
    for answer in &answers {
        for (option, expected) in [
            ("", &answer.default),
            ("demangle=templates", &answer.templates),
            ("demangle=full", &answer.full),
        ] {
            let shown = shown(&answer.mangled, option);
            let expected =
                different.get(&(answer.mangled.as_str(), option)).map_or(expected.as_str(), |it| *it);
            if shown != expected {
                wrong.push(format!("{} {option}\n  pprof {expected}\n  ours  {shown}", answer.mangled));
            }
        }
    }
    assert!(answers.len() > 300, "the recording is complete");
    assert!(wrong.is_empty(), "{} names differ:\n{}", wrong.len(), wrong.join("\n"));
}
