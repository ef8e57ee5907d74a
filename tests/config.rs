//! What the explanations, the template and the printed settings say about the configuration is true.

use profgate::config::{ConfigFile, Effective, Layer, TEMPLATE, find, parse_limit};
use profgate::verdict::{Topic, entries};

#[test]
fn examples_of_explanations_are_read_as_what_they_explain() {
    let topics = [Topic::Limit, Topic::Accept, Topic::Gate];
    let mut count = 0;
    for entry in entries().filter(|entry| topics.contains(&entry.topic)) {
        let Some(example) = entry.example else { continue };
        count += 1;
        let outcome = match example.strip_prefix("--limit ") {
            Some(quoted) => parse_limit(quoted.trim_matches('\'')).map(drop),
            None => ConfigFile::parse("example", &format!("version = 1\n{example}")).map(drop),
        };
        assert!(outcome.is_ok(), "{}: {}", entry.name, outcome.unwrap_err());
    }
    assert!(count > 15, "{count} examples");
}

#[test]
fn a_written_template_is_found_read_and_printed_again() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("service/api");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::create_dir(root.path().join(".git")).unwrap();
    assert_eq!(find(&folder).unwrap(), None);

    let path = root.path().join("profgate.toml");
    std::fs::write(&path, TEMPLATE).unwrap();
    let found = find(&folder).unwrap().expect("a configuration at the root of the repository");
    assert_eq!(found, path);
    let file = ConfigFile::read(&found).unwrap();
    let printed = Effective::resolve(Some(file), Layer::default(), Vec::new()).unwrap().to_toml();
    let again = ConfigFile::parse("printed", &printed).unwrap();
    let names: Vec<_> = again.limits.iter().map(|limit| limit.value.to_string()).collect();
    assert_eq!(names, ["flat cum +5% min=0.5% name='any function'", "total +5% name=total"]);
    assert_eq!(printed.matches(&format!("{}:", path.display())).count(), 2, "{printed}");
}
