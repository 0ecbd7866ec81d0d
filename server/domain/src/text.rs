//! Text that people type: what we keep of it and what we refuse.
use crate::FieldProblem;
use std::ops::RangeInclusive;

/// `raw` without surrounding space, when it has between `length.start()` and
/// `length.end()` characters and only those that people write.
///
/// Refused are control characters (NUL among them, which PostgreSQL cannot
/// store) and the invisible marks that turn the reading direction (Unicode
/// TR36): with them a text can show something else than it says.
pub fn checked(
    field: &'static str,
    label: &str,
    raw: &str,
    length: RangeInclusive<usize>,
) -> Result<String, FieldProblem> {
    let text = raw.trim();
    if text.chars().any(is_unwanted) {
        return Err(FieldProblem::new(
            field,
            format!("{label} has a character that we cannot keep. Please type it again."),
        ));
    }
    let count = text.chars().count();
    if count < *length.start() {
        let problem = match count {
            0 => format!("Enter {}.", lower_first(label)),
            _ => format!("{label} must have at least {} characters.", length.start()),
        };
        return Err(FieldProblem::new(field, problem));
    }
    if count > *length.end() {
        return Err(FieldProblem::new(
            field,
            format!("{label} must have {} characters or fewer.", length.end()),
        ));
    }
    Ok(text.to_owned())
}

fn is_unwanted(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn lower_first(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::checked;

    fn reason(raw: &str) -> Result<String, String> {
        checked("reason", "Your reason", raw, 1..=10)
            .map_err(|problem| problem.message.into_owned())
    }

    #[test]
    fn what_people_write_is_kept() {
        for text in ["Fièvre 🤒", "صداع", "a\nb"] {
            assert_eq!(reason(text), Ok(text.to_owned()));
        }
        assert_eq!(reason("  cough "), Ok("cough".to_owned()));
    }

    #[test]
    fn hidden_characters_are_refused() {
        for text in ["a\0b", "a\u{202E}b", "\u{2066}x", "\u{7}"] {
            assert!(reason(text).unwrap_err().contains("cannot keep"), "{text:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(reason("").unwrap_err(), "Enter your reason.");
        assert!(reason("🤒🤒🤒🤒🤒🤒🤒🤒🤒🤒").is_ok());
        assert!(reason("12345678901").unwrap_err().contains("10 characters or fewer"));
    }
}
