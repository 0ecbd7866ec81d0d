//! Text messages by Twilio.
//!
//! `POST /2010-04-01/Accounts/{sid}/Messages.json` with `To`, `From` and `Body` as a form; it answers 201, or 400 with
//! the `code` of what is wrong. Sent once a try: a message that may have been taken over is not sent at once again.
use crate::json::JsonClient;
use anyhow::{Context, ensure};
use domain::account::phone::PhoneNumber;
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::Value;
use services::gateways::{Answer, OutgoingText, Posted, Silence, Sms};

/// Where Twilio takes messages.
pub const TWILIO: &str = "https://api.twilio.com";

/// What Twilio says of a number that will never get a message of ours: there is none such, it has no mobile phone,
/// we may not send there, or its owner has said that they want none. Other codes are about us, and can be put right.
const NEVER: [u64; 10] = [21211, 21214, 21217, 21265, 21408, 21421, 21610, 21612, 21614, 21635];

#[derive(Debug)]
pub struct TwilioSms {
    client: JsonClient,
    from: String,
}

impl TwilioSms {
    /// For the account `sid`, from a number of it or a name that it has registered. `url` is [`TWILIO`], or what
    /// stands for it.
    pub fn new(url: &str, sid: &str, token: SecretString, from: &str) -> anyhow::Result<Self> {
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        ensure!(sid.starts_with("AC") && plain(sid), "TWILIO_ACCOUNT_SID is AC and letters");
        let named = (1..=11).contains(&from.len()) && plain(from);
        ensure!(
            named || from.parse::<PhoneNumber>().is_ok_and(|number| number.as_str() == from),
            "TWILIO_FROM is a number such as +351912345678, or a registered name"
        );
        let url = format!("{}/2010-04-01/Accounts/{sid}/Messages.json", url.trim_end_matches('/'));
        let client = JsonClient::with_password(&url, sid, token).context("TWILIO_URL")?;
        Ok(Self { client, from: from.to_owned() })
    }
}

impl Sms for TwilioSms {
    fn send<'a>(&'a self, text: &'a OutgoingText) -> Answer<'a, Posted> {
        Box::pin(async {
            let form = [("To", text.to.as_str()), ("From", &self.from), ("Body", &text.text)];
            let (status, answer) = self.client.send_form(&form).await?;
            said(status, &answer)
        })
    }
}

/// What an answer means. Its own words are not passed on: they name the number.
fn said(status: StatusCode, answer: &Value) -> Result<Posted, Silence> {
    if status == StatusCode::CREATED {
        return Ok(Posted::Accepted);
    }
    let code = answer.get("code").and_then(Value::as_u64);
    match code {
        Some(code) if status == StatusCode::BAD_REQUEST && NEVER.contains(&code) => {
            Ok(Posted::Refused(format!("Twilio refused it with {code}")))
        }
        Some(code) => Err(Silence(format!("Twilio answered {} with {code}", status.as_u16()))),
        None => Err(Silence(format!("Twilio answered {}", status.as_u16()))),
    }
}
