//! Texts from elsewhere, made safe to print: what a terminal would take for a command is shown instead.

use std::borrow::Cow;
use std::ffi::c_char;
use std::fmt::Write;

/// The text, with escapes as Python writes them in place of control characters and of those that change the direction of
/// writing.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_command) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for c in text.chars() {
        // Writing to a string cannot fail.
        let _ = match c {
            '\n' => shown.write_str("\\n"),
            '\r' => shown.write_str("\\r"),
            '\t' => shown.write_str("\\t"),
            _ if !is_command(c) => shown.write_char(c),
            _ if u32::from(c) < 0x100 => write!(shown, "\\x{:02x}", u32::from(c)),
            _ => write!(shown, "\\u{:04x}", u32::from(c)),
        };
    }
    Cow::Owned(shown)
}

/// Gives a text to a function of C; a NUL and what follows it is left out.
pub(crate) fn with_c_string<R>(text: &str, use_it: impl FnOnce(*const c_char) -> R) -> R {
    let text: Vec<u8> = text.bytes().take_while(|&b| b != 0).chain([0]).collect();
    use_it(text.as_ptr().cast())
}

fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn commands_are_shown_and_all_else_is_as_it_was() {
        assert_eq!(printable("plain – 'été' 中\u{1f600}"), "plain – 'été' 中\u{1f600}");
        assert_eq!(printable("a\x1b[31m\x07\n\tb\u{7f}\u{9b}"), "a\\x1b[31m\\x07\\n\\tb\\x7f\\x9b");
        assert_eq!(printable("\u{202e}txt\u{2028}"), "\\u202etxt\\u2028");
    }
}
