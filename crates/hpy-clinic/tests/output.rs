//! What is generated of the sources in `fixtures/`.

use std::fs;

#[test]
fn headers_and_stubs() {
    insta::glob!("fixtures/*.c", |path| {
        let source = fs::read_to_string(path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let output = hpy_clinic::generate(name, &source).unwrap().unwrap();
        insta::assert_snapshot!(format!("{}\n---- stub ----\n\n{}", output.header, output.stub));
    });
}

#[test]
fn a_source_without_blocks_has_no_header() {
    assert_eq!(hpy_clinic::generate("a.c", "int x; /* a comment */\n"), Ok(None));
}

#[test]
fn the_header_is_named_after_the_source() {
    for (source, header) in [("a.c", "a.clinic.h"), ("b.x.cpp", "b.x.clinic.h")] {
        assert_eq!(hpy_clinic::header_name(source), header);
    }
}
