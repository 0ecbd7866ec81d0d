use crate::{
    Conn,
    gateways::{OutgoingMail, OutgoingText},
};
use diesel::{pg::Pg, prelude::*};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use schema::demo_mails;
use uuid::Uuid;

/// A mail as the mailbox lists it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = demo_mails, check_for_backend(Pg))]
pub struct DemoMailLine {
    pub id: Uuid,
    pub to_name: String,
    pub to_address: String,
    pub subject: String,
    /// Whether it went to a phone; then its first line stands for a subject.
    pub is_text_message: bool,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
}

/// A mail as its reader gets it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = demo_mails, check_for_backend(Pg))]
pub struct DemoMailPage {
    #[diesel(embed)]
    pub line: DemoMailLine,
    pub body_text: String,
    pub body_html: String,
    pub calendar_method: Option<String>,
    /// One for each visit it is about.
    pub calendars: Vec<String>,
}

/// Kept twice, it is one mail.
pub async fn keep(conn: &mut Conn, mail: &OutgoingMail) -> QueryResult<()> {
    let method = mail.calendars.iter().map(|file| file.method).next();
    let calendars: Vec<_> = mail.calendars.iter().map(|file| file.content.as_str()).collect();
    diesel::insert_into(demo_mails::table)
        .values((
            demo_mails::id.eq(mail.id),
            demo_mails::to_name.eq(&mail.to_name),
            demo_mails::to_address.eq(&mail.to_address),
            demo_mails::subject.eq(&mail.subject),
            demo_mails::body_text.eq(&mail.text),
            demo_mails::body_html.eq(&mail.html),
            demo_mails::calendar_method.eq(method),
            demo_mails::calendars.eq(calendars),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// The same of a text message.
pub async fn keep_text(conn: &mut Conn, text: &OutgoingText) -> QueryResult<()> {
    diesel::insert_into(demo_mails::table)
        .values((
            demo_mails::id.eq(text.id),
            demo_mails::to_name.eq(""),
            demo_mails::to_address.eq(text.to.as_str()),
            demo_mails::subject.eq(text.text.lines().next().unwrap_or_default()),
            demo_mails::body_text.eq(&text.text),
            demo_mails::body_html.eq(""),
            demo_mails::calendars.eq(Vec::<String>::new()),
            demo_mails::is_text_message.eq(true),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn count(conn: &mut Conn, address: Option<&str>) -> QueryResult<i64> {
    let mails = demo_mails::table.count();
    match address {
        Some(address) => mails.filter(demo_mails::to_address.eq(address)).get_result(conn).await,
        None => mails.get_result(conn).await,
    }
}

/// Newest first.
pub async fn mails(
    conn: &mut Conn,
    address: Option<&str>,
    limit: i64,
    offset: i64,
) -> QueryResult<Vec<DemoMailLine>> {
    let mails = demo_mails::table
        .select(DemoMailLine::as_select())
        .order((demo_mails::created_at.desc(), demo_mails::id))
        .limit(limit)
        .offset(offset);
    match address {
        Some(address) => mails.filter(demo_mails::to_address.eq(address)).load(conn).await,
        None => mails.load(conn).await,
    }
}

pub async fn mail(conn: &mut Conn, id: Uuid) -> QueryResult<DemoMailPage> {
    demo_mails::table.find(id).select(DemoMailPage::as_select()).first(conn).await
}
