//! How values are written that answers hold by the hundred.
use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use serde::{Serializer, ser::Error as _};

/// RFC 3339 in UTC, as everywhere.
pub const PRINTER: DateTimePrinter = DateTimePrinter::new();

/// Written in one piece, not a number at a time.
pub fn instant<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = String::with_capacity("2026-03-02T09:00:00Z".len());
    PRINTER.print_timestamp(instant, &mut text).map_err(S::Error::custom)?;
    serializer.serialize_str(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_instant_is_written_as_everywhere() {
        for instant in ["2026-03-02T09:00:00Z", "2026-03-02T09:00:00.125Z", "0001-01-01T00:00:00Z"]
        {
            let instant: Timestamp = instant.parse().unwrap();
            assert_eq!(
                super::instant(&instant, serde_json::value::Serializer).unwrap(),
                json!(instant)
            );
        }
    }
}
