//! Every malformed source in `ui/` gives errors that say where, what and what to write instead.

use std::fs;

#[test]
fn malformed_blocks() {
    insta::glob!("ui/*.c", |path| {
        let source = fs::read_to_string(path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let errors = hpy_clinic::generate(name, &source).expect_err("it is malformed");
        for error in &errors {
            assert!(!error.message.is_empty() && !error.help.is_empty());
        }
        insta::assert_snapshot!(hpy_clinic::render(name, &source, &errors));
    });
}
