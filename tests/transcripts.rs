//! The command transcripts of the README and of `tests/transcripts/` say what the commands print.
//! `TRYCMD=overwrite cargo test -p doublet --test transcripts` renews them.

#[test]
fn transcripts_are_true() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::set_current_dir(&root).unwrap();
    trycmd::TestCases::new().case("README.md").case("tests/transcripts/*.md");
}
