//! The table of what OWASP's ASVS asks for names only tests that there are.
use std::path::Path;

#[test]
fn every_test_that_the_table_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let table = include_str!("../../asvs.md");
    let named = table.split('`').filter_map(|part| part.split_once(".rs: "));
    let mut count = 0;
    for (file, test) in named {
        let text = std::fs::read_to_string(root.join(format!("{file}.rs")))
            .unwrap_or_else(|error| panic!("{file}.rs: {error}"));
        assert!(text.contains(&format!("fn {test}(")), "{file}.rs has no {test}");
        count += 1;
    }
    assert!(count > 100, "{count}");
}
