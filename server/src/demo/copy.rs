//! Rows for PostgreSQL in the text format of COPY.
use anyhow::Context;
use domain::booking::Slot;
use futures_util::SinkExt;
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use std::{
    io::{Cursor, Write as _},
    pin::pin,
};
use tokio_postgres::Transaction;
use uuid::Uuid;

/// Rows that wait to be loaded into one table.
#[derive(Debug)]
pub struct Table {
    statement: String,
    text: Vec<u8>,
}

impl Table {
    pub fn new(name: &str, columns: &str) -> Self {
        Self { statement: format!("COPY {name} ({columns}) FROM STDIN"), text: Vec::new() }
    }

    pub fn row(&mut self) -> Row<'_> {
        Row { text: &mut self.text, first: true }
    }

    /// Sends the rows that wait; afterwards there are none.
    pub async fn load(&mut self, transaction: &Transaction<'_>) -> anyhow::Result<()> {
        let rows = Cursor::new(std::mem::take(&mut self.text));
        let load = async {
            let mut sink = pin!(transaction.copy_in(&self.statement).await?);
            sink.send(rows).await?;
            sink.as_mut().finish().await
        };
        load.await.with_context(|| self.statement.clone()).map(drop)
    }
}

/// One row, field by field, in the order of the table's columns.
#[derive(Debug)]
#[must_use = "a row counts when it has ended"]
pub struct Row<'t> {
    text: &'t mut Vec<u8>,
    first: bool,
}

impl Row<'_> {
    fn field(mut self, bytes: &[u8]) -> Self {
        self.separate();
        self.text.extend_from_slice(bytes);
        self
    }

    fn separate(&mut self) {
        if !self.first {
            self.text.push(b'\t');
        }
        self.first = false;
    }

    fn shown(mut self, value: impl std::fmt::Display) -> Self {
        self.separate();
        // Writing into memory cannot fail.
        let _ = write!(self.text, "{value}");
        self
    }

    pub fn text(mut self, value: &str) -> Self {
        self.separate();
        escape(self.text, value);
        self
    }

    pub fn null(self) -> Self {
        self.field(br"\N")
    }

    pub fn maybe<T>(self, value: Option<T>, show: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => show(self, value),
            None => self.null(),
        }
    }

    pub fn id(self, value: Uuid) -> Self {
        let mut hex = [0; uuid::fmt::Simple::LENGTH];
        let text = value.as_simple().encode_lower(&mut hex);
        self.field(text.as_bytes())
    }

    pub fn number(self, value: impl Into<i64>) -> Self {
        self.shown(value.into())
    }

    pub fn decimal(self, value: f64) -> Self {
        self.shown(value)
    }

    pub fn flag(self, value: bool) -> Self {
        self.field(if value { b"t" } else { b"f" })
    }

    pub fn instant(self, value: Timestamp) -> Self {
        self.shown(value)
    }

    pub fn range(self, time: Slot) -> Self {
        self.shown(format_args!("[{},{})", time.start, time.end))
    }

    pub fn day(self, value: Date) -> Self {
        self.shown(value)
    }

    pub fn clock(self, value: Time) -> Self {
        self.shown(value)
    }

    /// A `text[]`. The words come from our own tables and have no quotes.
    pub fn words<'w>(mut self, words: impl IntoIterator<Item = &'w str>) -> Self {
        self.separate();
        self.text.push(b'{');
        for (number, word) in words.into_iter().enumerate() {
            if number > 0 {
                self.text.push(b',');
            }
            self.text.push(b'"');
            escape(self.text, word);
            self.text.push(b'"');
        }
        self.text.push(b'}');
        self
    }

    pub fn end(self) {
        self.text.push(b'\n');
    }
}

fn escape(text: &mut Vec<u8>, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'\\' => text.extend_from_slice(br"\\"),
            b'\n' => text.extend_from_slice(br"\n"),
            b'\r' => text.extend_from_slice(br"\r"),
            b'\t' => text.extend_from_slice(br"\t"),
            _ => text.push(byte),
        }
    }
}
