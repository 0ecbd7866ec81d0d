//! Files for spreadsheets (RFC 4180).
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

/// A file that a browser keeps under `name`: a line of names of columns, and the rows.
pub fn file<const N: usize>(
    name: &'static str,
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Response {
    let mut text = columns.join(",") + "\r\n";
    for row in rows {
        text.push_str(&line(&row));
    }
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let kept = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, kept)];
    (headers, text).into_response()
}

/// A row, with the end of its line.
pub fn line<const N: usize>(row: &[String; N]) -> String {
    row.each_ref().map(|field| quoted(field)).join(",") + "\r\n"
}

/// A field that no spreadsheet takes for a formula.
fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_name_is_no_formula_and_ends_no_field() {
        assert_eq!(quoted("Ana \"A\" Lima"), "\"Ana \"\"A\"\" Lima\"");
        assert_eq!(quoted("=cmd()"), "\"'=cmd()\"");
    }
}
