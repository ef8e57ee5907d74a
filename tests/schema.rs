//! The committed types against proto/profile.proto.

use std::fs;

mod support;

/// `PROFGATE_REGENERATE=1 cargo test --test schema` writes the file that this test wants.
#[test]
fn generated_types_are_those_of_the_schema() {
    let root = support::root();
    let schema =
        protox::compile([root.join("proto/profile.proto")], [root.join("proto")]).expect("valid schema");
    let out = tempfile::tempdir().expect("a directory");
    let mut config = prost_build::Config::new();
    config.out_dir(out.path()).compile_fds(schema).expect("types for the schema");
    let fresh = fs::read_to_string(out.path().join("perftools.profiles.rs")).expect("generated types");
    let fresh =
        format!("//! Generated from proto/profile.proto by tests/schema.rs; not edited by hand.\n\n{fresh}");
    let committed = root.join("src/decode/schema.rs");
    if std::env::var_os("PROFGATE_REGENERATE").is_some() {
        fs::write(&committed, &fresh).expect("the committed types are writable");
    }
    let current = fs::read_to_string(&committed).expect("committed types");
    assert!(current == fresh, "src/decode/schema.rs is not what proto/profile.proto gives: regenerate it");
}
