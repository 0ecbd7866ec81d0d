//! The heads of the audit trail, noted once a day where the database does not reach: in a file, a line each, or in a mail.
use anyhow::{Context, bail};
use domain::{
    audit::{Hash, noted},
    identity::Email,
};
use jiff::{Timestamp, civil::Date};
use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Where heads are noted, if anywhere.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    pub file: Option<PathBuf>,
    /// Who gets them by mail.
    pub keeper: Option<Email>,
}

/// The numbers and heads in the file at `path`.
pub fn read(path: &Path) -> anyhow::Result<Vec<(i64, Hash)>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut heads = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let head = match words[..] {
            [_, batch, head] => batch.parse().ok().zip(head.parse().ok()),
            _ => None,
        };
        let Some(head) = head else {
            bail!("line {number} of {} is not a head of the trail", path.display());
        };
        heads.push(head);
    }
    Ok(heads)
}

/// The day, in UTC, on which the last head was noted at `path`.
fn last_day(path: &Path) -> Option<Date> {
    let text = std::fs::read_to_string(path).ok()?;
    let instant: Timestamp = text.lines().next_back()?.split_whitespace().next()?.parse().ok()?;
    Some(day(instant))
}

/// The day of `instant` in UTC.
pub fn day(instant: Timestamp) -> Date {
    instant.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Whether no head has been noted at `path` on the day of `now`.
pub fn is_due(path: &Path, now: Timestamp) -> bool {
    last_day(path) != Some(day(now))
}

/// Adds a line to the file at `path`, which nobody else may read.
pub fn note(path: &Path, now: Timestamp, head: (i64, Hash)) -> anyhow::Result<()> {
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    writeln!(file, "{}", noted(now, head))?;
    file.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{is_due, note, read};
    use domain::audit::Hash;

    #[test]
    fn a_head_is_noted_once_a_day_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        let (today, tomorrow) = ("2026-03-02T23:59:59Z", "2026-03-03T00:00:00Z");
        assert!(is_due(&path, today.parse().unwrap()));
        note(&path, today.parse().unwrap(), (7, Hash::NONE)).unwrap();
        assert!(!is_due(&path, today.parse().unwrap()));
        assert!(is_due(&path, tomorrow.parse().unwrap()));
        note(&path, tomorrow.parse().unwrap(), (9, Hash::NONE)).unwrap();
        assert_eq!(read(&path).unwrap(), [(7, Hash::NONE), (9, Hash::NONE)]);
    }

    #[test]
    fn a_line_that_is_no_head_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        std::fs::write(&path, "2026-03-02T00:00:00Z 1\n").unwrap();
        assert!(read(&path).unwrap_err().to_string().starts_with("line 1 of "));
    }
}
