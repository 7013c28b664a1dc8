//! What the file name of an extension says: `NAME.hpy<major>[-<python>].<ext>`. It is only read here; `extension` refuses a
//! tag that does not fit.

/// The part of a file name that tells the ABI.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    /// Major version of the ABI: digits, as many as there are.
    pub(crate) major: &'a str,
    /// The Python that a binary of the hybrid ABI is built for.
    pub(crate) python: Option<&'a str>,
}

impl<'a> Tag<'a> {
    /// The tag of a file name without its folder, or `None` when it does not have exactly this form.
    pub(crate) fn of(file_name: &'a str) -> Option<Self> {
        let (stem, extension) = file_name.rsplit_once('.')?;
        let (name, tag) = stem.rsplit_once('.')?;
        let (major, python) = match tag.strip_prefix("hpy")?.split_once('-') {
            Some((major, python)) => (major, Some(python)),
            None => (tag.strip_prefix("hpy")?, None),
        };
        let is_number = !major.is_empty() && major.bytes().all(|b| b.is_ascii_digit());
        let is_canonical = major == "0" || !major.starts_with('0');
        let is_complete = !name.is_empty() && !extension.is_empty() && python != Some("");
        (is_number && is_canonical && is_complete).then_some(Self { major, python })
    }
}

#[cfg(test)]
mod tests {
    use super::Tag;

    #[test]
    fn universal_and_hybrid_names() {
        assert_eq!(Tag::of("m.hpy0.so"), Some(Tag { major: "0", python: None }));
        assert_eq!(Tag::of("m.hpy12.pyd"), Some(Tag { major: "12", python: None }));
        assert_eq!(Tag::of("m.hpy0-cp311.so"), Some(Tag { major: "0", python: Some("cp311") }));
        let graal = Some(Tag { major: "0", python: Some("graalpy-38-native") });
        assert_eq!(Tag::of("m.hpy0-graalpy-38-native.dylib"), graal);
        assert_eq!(Tag::of("m.hpy9.hpy0.so"), Some(Tag { major: "0", python: None }));
    }

    #[test]
    fn numbers_of_any_size_stay_as_written() {
        assert_eq!(Tag::of("m.hpy4294967296.so"), Some(Tag { major: "4294967296", python: None }));
    }

    #[test]
    fn other_names_have_no_tag() {
        for name in [
            "m.so",
            "m",
            "",
            "hpy0.so",
            ".hpy0.so",
            "m.hpy.so",
            "m.hpy0",
            "m.hpy0.",
            "m.hpyx.so",
            "m.hpy0x.so",
            "m.hpy00.so",
            "m.hpy-1.so",
            "m.hpy0-.so",
            "m.hpy0.so.1",
            "m.hpy0.x.so",
            "m.HPY0.so",
            "m.hpy٣.so",
        ] {
            assert_eq!(Tag::of(name), None, "{name}");
        }
    }
}
