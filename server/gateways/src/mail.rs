//! Mail over SMTP.
//!
//! Text, simple HTML and, where there is one, the calendar object are three forms of the same (RFC 6047); the
//! object comes once more as a file, for programs that do not know the third. Of several objects none says what
//! the text does: each is a part of its own beside it, and says itself what is to be done with it.
use anyhow::Context;
use domain::{calendar::file_name, identity::Email};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Attachment, Mailbox, MultiPart, SinglePart, header},
    transport::smtp::{Error as SmtpError, extension::ClientId, response::Category},
};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use services::gateways::{Answer, CalendarFile, Mail, OutgoingMail, Posted, Silence};
use std::time::Duration;

/// How long the server may take for one answer, and for all of a mail.
const ANSWER: Duration = Duration::from_secs(8);
const TIME: Duration = Duration::from_secs(12);

/// From whom mail comes, by name.
const NAME: &str = "MedConnect";

#[derive(Debug)]
pub struct SmtpMail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: String,
    from: Mailbox,
    host: String,
}

impl SmtpMail {
    /// `url` is `smtps://user:password@host:port`, or `smtp://…?tls=required`; without TLS only to this machine.
    pub fn new(url: &SecretString, sender: &Email) -> anyhow::Result<Self> {
        // The words of the errors would show the password.
        let parsed = Url::parse(url.expose_secret()).ok().context("is not an address")?;
        let local = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let required = parsed.query_pairs().any(|pair| pair == ("tls".into(), "required".into()));
        anyhow::ensure!(
            parsed.scheme() == "smtps" || parsed.scheme() == "smtp" && (required || local),
            "must begin with smtps://, or end in ?tls=required"
        );
        let address: Address = sender.as_str().parse().context("cannot send from MAIL_FROM")?;
        let host = address.domain().to_owned();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .ok()
            .context("is not an address of a mail server")?
            .timeout(Some(ANSWER))
            .hello_name(ClientId::Domain(host.clone()))
            .build();
        let from = Mailbox::new(Some(NAME.to_owned()), address);
        Ok(Self { transport, sender: sender.as_str().to_owned(), from, host })
    }

    /// `url` without the password, for people to see.
    pub fn shown(url: &SecretString) -> String {
        let shown = Url::parse(url.expose_secret()).ok().and_then(|mut url| {
            url.set_password(None).ok()?;
            Some(url.to_string())
        });
        shown.unwrap_or_else(|| "set, not shown".to_owned())
    }

    /// The mail as it goes over the wire; `None`: nobody can have that address.
    fn message(&self, mail: &OutgoingMail) -> Result<Option<Message>, Silence> {
        let Ok(address) = mail.to_address.parse::<Address>() else { return Ok(None) };
        let body = body(mail).ok_or_else(|| Silence("the mail cannot be written".into()))?;
        let message = Message::builder()
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .from(self.from.clone())
            .to(Mailbox::new(Some(mail.to_name.clone()).filter(|name| !name.is_empty()), address))
            .subject(mail.subject.clone())
            .raw_header(header::HeaderValue::new(
                // Nobody's holiday notice need answer it (RFC 3834).
                header::HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(body)
            .map_err(|_| Silence("the mail cannot be written".into()))?;
        Ok(Some(message))
    }
}

fn body(mail: &OutgoingMail) -> Option<MultiPart> {
    let mut forms = MultiPart::alternative()
        .singlepart(SinglePart::plain(mail.text.clone()))
        .singlepart(SinglePart::html(mail.html.clone()));
    let count = mail.calendars.len();
    if count == 0 {
        return Some(forms);
    }
    if let [CalendarFile { method, content }] = &mail.calendars[..] {
        let form = SinglePart::builder().header(calendar_of(method)?).body(content.clone());
        forms = forms.singlepart(form);
    }
    let mut whole = MultiPart::mixed().multipart(forms);
    for (index, CalendarFile { method, content }) in mail.calendars.iter().enumerate() {
        let name = file_name(index, count);
        whole = whole.singlepart(Attachment::new(name).body(content.clone(), calendar_of(method)?));
    }
    Some(whole)
}

/// The type of a calendar object.
fn calendar_of(method: &str) -> Option<header::ContentType> {
    header::ContentType::parse(&format!("text/calendar; method={method}; charset=utf-8")).ok()
}

impl Mail for SmtpMail {
    fn sender(&self) -> &str {
        &self.sender
    }

    fn send<'a>(&'a self, mail: &'a OutgoingMail) -> Answer<'a, Posted> {
        Box::pin(async {
            let Some(message) = self.message(mail)? else {
                return Ok(Posted::Refused("nobody can have that address".into()));
            };
            match tokio::time::timeout(TIME, self.transport.send(message)).await {
                Ok(Ok(_)) => Ok(Posted::Accepted),
                Ok(Err(error)) => said(&error),
                Err(_) => Err(Silence("the mail server took too long".into())),
            }
        })
    }
}

/// What an answer means. Its own words are not passed on: they name people, and tell what our network is like.
fn said(error: &SmtpError) -> Result<Posted, Silence> {
    match error.status() {
        // 55x is about this mail or its address; what else is final is about us, and can be put right.
        Some(code) if error.is_permanent() && code.category == Category::MailSystem => {
            Ok(Posted::Refused(format!("the mail server refused it with {code}")))
        }
        Some(code) => Err(Silence(format!("the mail server answered {code}"))),
        None if error.is_timeout() => Err(Silence("the mail server took too long".into())),
        None => Err(Silence("the mail server cannot be reached".into())),
    }
}
