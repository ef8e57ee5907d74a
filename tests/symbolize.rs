//! Names are shown as pprof shows them: the recorded names come from `scripts/oracle/run demangle`.

use std::collections::BTreeMap;

use profgate::profile::{Function, Profile};
use profgate::select::Symbolization;
use proptest::prelude::*;
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
    let name = profile.strings.intern(mangled.as_bytes()).expect("fits");
    profile.functions.push(Function { id: 1, name, system_name: name, ..Function::default() });
    let symbolization = Symbolization::parse(option).expect("a known option");
    symbolization.apply(&mut profile).expect("fits");
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

/// The reference to the part with this number in a mangled name.
fn substitution(number: u32) -> String {
    let digit = |value| char::from_digit(value, 36).map(|digit| digit.to_ascii_uppercase());
    match number.checked_sub(1) {
        None => "S_".to_owned(),
        Some(rest) if rest < 36 => format!("S{}_", digit(rest).expect("below 36")),
        Some(rest) => {
            format!("S{}{}_", digit(rest / 36).expect("below 36"), digit(rest % 36).expect("below 36"))
        }
    }
}

#[test]
fn a_short_name_for_an_endless_text_is_not_demangled() {
    // f<a<int>, a<#0, #0>, a<#1, #1>, …>: each argument is twice as long as the one before. The parts are f, and
    // for each argument its template and itself.
    let arguments = (0..40).map(|place| {
        let previous = substitution(2 * place);
        if place == 0 { "1aIiE".to_owned() } else { format!("1aI{previous}{previous}E") }
    });
    let mangled = format!("_Z1fI{}Evv", arguments.collect::<String>());
    for option in ["", "demangle=templates", "demangle=full"] {
        assert_eq!(shown(&mangled, option), mangled);
    }
    // It is the length alone that is wrong.
    assert_eq!(shown("_Z1fI1aIiE1aIS1_S1_EEvv", "demangle=full"), "void f<a<int>, a<a<int>, a<int> > >()");
}

proptest! {
    #[test]
    fn no_name_is_too_strange(
        name in prop_oneof![
            "_Z[A-Za-z0-9_.$]{0,60}",
            "_Z(N|K|S_|S0_|St|T_|I|E|J|L|X|1a|2bb|C1|D2|Ul|v|i|P|R|cv|ls|Dp|F|A3_|M|Z|s|d_|U){0,40}",
            "_R(C1a|N|v|C|M|X|Y|I|E|B_|B0_|s_|u|3foo|p|L_|K|j1_|R|Q|T|D|F|G_|A|S){0,40}",
            "_ZN(1a|2\\$LT|4\\$LT\\$|3\\.\\.b){0,6}17h0123456789abcdefE",
        ],
        option in prop::sample::select(vec!["", "demangle=templates", "demangle=full"]),
    ) {
        prop_assert!(!shown(&name, option).is_empty());
    }
}
