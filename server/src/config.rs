//! Settings: one struct, read once.
use crate::{
    audit_heads::Heads,
    web::{
        outside::{Origins, Outside, SecurityContact},
        peer::Proxies,
    },
};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use domain::{account::phone::TextLimits, identity::Email, readings::YEARS_AT_LEAST};
use gateways::{
    counts::RedisCounts,
    hospitals::HttpHospitals,
    licenses::HttpRegister,
    mail::SmtpMail,
    mqtt::Address,
    sms::{TWILIO, TwilioSms},
};
use secrecy::{ExposeSecret, SecretString};
use services::{Pool, gateways::Gateways};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// Every setting. Each has a flag and a variable of the environment; secrets
/// may also come from a file, named by the variable with `_FILE` behind it.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Where to listen.
    #[arg(long, env = "MEDCONNECT_ADDR", default_value = "127.0.0.1:3000", global = true)]
    pub addr: SocketAddr,

    /// Where operators measure, under /metrics: an address that only they reach. Unset: nowhere.
    #[arg(long, env = "MEDCONNECT_METRICS_ADDR", global = true)]
    pub metrics_addr: Option<SocketAddr>,

    /// Where everything is kept that no other setting puts elsewhere.
    #[arg(long, env = "MEDCONNECT_DATA_DIR", default_value = ".medconnect", global = true)]
    pub data_dir: PathBuf,

    /// The address people use, without a slash at its end. Unset: http:// and the listening address.
    #[arg(long, env = "MEDCONNECT_PUBLIC_URL", global = true)]
    pub public_url: Option<String>,

    /// Demo: the demo clinic, its logins and the pages under /dev.
    #[arg(long, env = "MEDCONNECT_DEMO", num_args = 0..=1, default_value = "false", default_missing_value = "true", value_parser = clap::builder::BoolishValueParser::new(), global = true)]
    pub demo: bool,

    /// Whether doctors and admins must sign in with a second factor: until they have one, they reach nothing but
    /// the page where it is set up. Unset: they must, but in a demo.
    #[arg(long, env = "MEDCONNECT_REQUIRE_MFA", num_args = 0..=1, default_missing_value = "true", value_parser = clap::builder::BoolishValueParser::new(), global = true)]
    pub require_mfa: Option<bool>,

    /// PostgreSQL to use, as the application. Unset: a private cluster in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<SecretString>,
    #[arg(long, env = "DATABASE_URL_FILE", global = true)]
    pub database_url_file: Option<PathBuf>,

    /// The same database as the owner of its tables, for migrations. Unset: the one above.
    #[arg(long, env = "DATABASE_OWNER_URL", hide_env_values = true, global = true)]
    pub database_owner_url: Option<SecretString>,
    #[arg(long, env = "DATABASE_OWNER_URL_FILE", global = true)]
    pub database_owner_url_file: Option<PathBuf>,

    /// Connections of this server to the database.
    #[arg(long, env = "DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=500), global = true)]
    pub database_connections: u16,

    /// Redis, in which all servers count who tries too often. Unset: the database does.
    #[arg(long, env = "REDIS_URL", hide_env_values = true, global = true)]
    pub redis_url: Option<SecretString>,
    #[arg(long, env = "REDIS_URL_FILE", global = true)]
    pub redis_url_file: Option<PathBuf>,

    /// The broker at which devices are heard over MQTT 5, too. Unset: over HTTP alone.
    #[arg(long, env = "MQTT_URL", hide_env_values = true, global = true)]
    pub mqtt_url: Option<SecretString>,
    #[arg(long, env = "MQTT_URL_FILE", global = true)]
    pub mqtt_url_file: Option<PathBuf>,

    /// What all keys are derived from: 32 characters or more. Unset: made once, kept in the data folder.
    #[arg(long, env = "MEDCONNECT_SECRET", hide_env_values = true, global = true)]
    pub secret: Option<SecretString>,
    #[arg(long, env = "MEDCONNECT_SECRET_FILE", global = true)]
    pub secret_file: Option<PathBuf>,

    /// The register that says whether a doctor's licence is valid. Unset: a rule in a demo, else none can be added.
    #[arg(long, env = "LICENCE_CHECK_URL", global = true)]
    pub licence_check_url: Option<String>,
    #[arg(long, env = "LICENCE_CHECK_TOKEN", hide_env_values = true, global = true)]
    pub licence_check_token: Option<SecretString>,
    #[arg(long, env = "LICENCE_CHECK_TOKEN_FILE", global = true)]
    pub licence_check_token_file: Option<PathBuf>,

    /// The system of the hospitals, which is told who works where. Unset: our records alone.
    #[arg(long, env = "HOSPITAL_SYNC_URL", global = true)]
    pub hospital_sync_url: Option<String>,
    #[arg(long, env = "HOSPITAL_SYNC_TOKEN", hide_env_values = true, global = true)]
    pub hospital_sync_token: Option<SecretString>,
    #[arg(long, env = "HOSPITAL_SYNC_TOKEN_FILE", global = true)]
    pub hospital_sync_token_file: Option<PathBuf>,

    /// The server that takes mail: smtps://user:password@host. Unset: a mailbox page in a demo, else no mail.
    #[arg(long, env = "SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<SecretString>,
    #[arg(long, env = "SMTP_URL_FILE", global = true)]
    pub smtp_url_file: Option<PathBuf>,

    /// The clinic's own address: from whom mail comes, and who invites to visits. Keep it: calendars know it.
    #[arg(long, env = "MAIL_FROM", global = true)]
    pub mail_from: Option<String>,

    /// The account of Twilio that text messages are sent with. Unset: the mailbox page in a demo, else none are.
    #[arg(long, env = "TWILIO_ACCOUNT_SID", global = true)]
    pub twilio_account_sid: Option<String>,
    #[arg(long, env = "TWILIO_AUTH_TOKEN", hide_env_values = true, global = true)]
    pub twilio_auth_token: Option<SecretString>,
    #[arg(long, env = "TWILIO_AUTH_TOKEN_FILE", global = true)]
    pub twilio_auth_token_file: Option<PathBuf>,

    /// From whom text messages come: a number of that account, +351912345678, or a name registered with it.
    #[arg(long, env = "TWILIO_FROM", global = true)]
    pub twilio_from: Option<String>,

    /// Where Twilio is asked.
    #[arg(long, env = "TWILIO_URL", default_value = TWILIO, global = true)]
    pub twilio_url: String,

    /// Text messages that the clinic pays for in an hour, and in a day, all servers together; whoever asks for another
    /// one is told to come back later.
    #[arg(long, env = "TEXTS_AN_HOUR", default_value_t = TextLimits::default().an_hour, value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub texts_an_hour: u32,
    #[arg(long, env = "TEXTS_A_DAY", default_value_t = TextLimits::default().a_day, value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub texts_a_day: u32,

    /// The folder with the site's CSS and WASM. Unset: `site` beside the program, else target/site.
    #[arg(long, env = "MEDCONNECT_SITE_DIR", global = true)]
    pub site_dir: Option<PathBuf>,

    /// Whether the names of CSS and WASM have hashes of what is in them, as `cargo bundle` makes them.
    /// `cargo leptos watch` says that they have not.
    #[arg(
        long,
        env = "LEPTOS_HASH_FILES",
        default_value_t = true,
        action = clap::ArgAction::Set,
        hide = true,
        global = true
    )]
    pub hashed_names: bool,

    /// A file, best on another machine, that gets the head of the audit trail once a day: without it, whoever
    /// owns the database could rewrite all of the trail.
    #[arg(long, env = "MEDCONNECT_AUDIT_HEADS", global = true)]
    pub audit_heads: Option<PathBuf>,

    /// An email address that gets the same line once a day. Needs SMTP_URL.
    #[arg(long, env = "MEDCONNECT_AUDIT_HEADS_TO", global = true)]
    pub audit_heads_to: Option<Email>,

    /// Proxies before this server, as addresses and networks with commas between them: whom they name in
    /// X-Forwarded-For is who asks. Unset: whoever has connected.
    #[arg(
        long,
        env = "TRUSTED_PROXIES",
        default_value = "",
        hide_default_value = true,
        global = true
    )]
    pub trusted_proxies: Proxies,

    /// Other sites whose scripts may call the API, with commas between them: https://app.example.org. They bring a
    /// token; cookies are never sent along. Unset: none.
    #[arg(long, env = "API_ORIGINS", default_value = "", hide_default_value = true, global = true)]
    pub api_origins: Origins,

    /// Where somebody writes who has found a hole: an email address, or a page. Unset: no security.txt.
    #[arg(long, env = "SECURITY_CONTACT", global = true)]
    pub security_contact: Option<SecurityContact>,

    /// For how many years single readings are kept; what they came to each hour and day stays. Unset: for ever.
    #[arg(long, env = "READINGS_KEPT_YEARS", value_parser = clap::value_parser!(u16).range(i64::from(YEARS_AT_LEAST)..=200), global = true)]
    pub readings_kept_years: Option<u16>,

    /// Requests worked on at once; further ones are told to come back.
    #[arg(long, env = "MEDCONNECT_REQUESTS", default_value_t = 512, global = true)]
    pub requests: usize,
}

/// Secrets that anyone could guess; refused outside of the demo.
const WELL_KNOWN: [&str; 4] = ["secret", "changeme", "medconnect", "password"];

impl Config {
    /// Reads the files that hold secrets, and refuses settings that cannot be meant.
    pub fn resolve(mut self) -> anyhow::Result<Self> {
        read(&mut self.database_url, self.database_url_file.as_ref(), "DATABASE_URL")?;
        read(
            &mut self.database_owner_url,
            self.database_owner_url_file.as_ref(),
            "DATABASE_OWNER_URL",
        )?;
        read(&mut self.redis_url, self.redis_url_file.as_ref(), "REDIS_URL")?;
        read(&mut self.mqtt_url, self.mqtt_url_file.as_ref(), "MQTT_URL")?;
        read(&mut self.secret, self.secret_file.as_ref(), "MEDCONNECT_SECRET")?;
        let (token, file) = (&mut self.licence_check_token, &self.licence_check_token_file);
        read(token, file.as_ref(), "LICENCE_CHECK_TOKEN")?;
        let (token, file) = (&mut self.hospital_sync_token, &self.hospital_sync_token_file);
        read(token, file.as_ref(), "HOSPITAL_SYNC_TOKEN")?;
        read(&mut self.smtp_url, self.smtp_url_file.as_ref(), "SMTP_URL")?;
        let (token, file) = (&mut self.twilio_auth_token, &self.twilio_auth_token_file);
        read(token, file.as_ref(), "TWILIO_AUTH_TOKEN")?;
        if let Some(secret) = &self.secret {
            let text = secret.expose_secret();
            let known = WELL_KNOWN.iter().any(|word| text.to_lowercase().contains(word));
            if !self.demo && (text.chars().count() < 32 || known) {
                bail!(
                    "MEDCONNECT_SECRET must have 32 characters or more that nobody can guess, \
                     e.g. from `openssl rand -base64 48`"
                );
            }
        }
        if let Some(url) = &mut self.public_url {
            if !url.starts_with("http://") && !url.starts_with("https://") {
                bail!("MEDCONNECT_PUBLIC_URL must begin with http:// or https://");
            }
            url.truncate(url.trim_end_matches('/').len());
        }
        Ok(self)
    }

    /// The address people use.
    pub fn public_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.addr))
    }

    /// Whether a password alone is not enough for doctors and admins.
    pub fn requires_factor(&self) -> bool {
        self.require_mfa.unwrap_or(!self.demo)
    }

    /// How many text messages the clinic pays for.
    pub fn text_limits(&self) -> TextLimits {
        TextLimits { an_hour: self.texts_an_hour, a_day: self.texts_a_day }
    }

    /// Where the heads of the audit trail are noted.
    pub fn heads(&self) -> Heads {
        Heads { file: self.audit_heads.clone(), keeper: self.audit_heads_to.clone() }
    }

    /// What the outside may do with us.
    pub fn outside(&self) -> Outside {
        Outside {
            proxies: self.trusted_proxies.clone(),
            origins: self.api_origins.clone(),
            security_contact: self.security_contact.clone(),
        }
    }

    /// What the clinic is connected to.
    pub fn gateways(&self, pool: &Pool) -> anyhow::Result<Gateways> {
        let mut gateways = if self.demo { Gateways::of_demo(pool) } else { Gateways::default() };
        if let Some(url) = &self.redis_url {
            // In one line, as it is what somebody sees who has mistyped it.
            let counts = RedisCounts::new(url).map_err(|why| anyhow!("REDIS_URL {why}"))?;
            gateways.counts = Some(Arc::new(counts));
        }
        if let Some(url) = &self.licence_check_url {
            let token = self.licence_check_token.clone();
            let register = HttpRegister::new(url, token).context("LICENCE_CHECK_URL")?;
            gateways.licenses = Arc::new(register);
        }
        if let Some(url) = &self.hospital_sync_url {
            let token = self.hospital_sync_token.clone();
            let system = HttpHospitals::new(url, token).context("HOSPITAL_SYNC_URL")?;
            gateways.hospitals = Arc::new(system);
        }
        if let Some(url) = &self.smtp_url {
            let from = self.mail_from.as_deref().context("with SMTP_URL, set MAIL_FROM, too")?;
            let from: Email = from.parse().context("MAIL_FROM is not an address")?;
            gateways.mail = Some(Arc::new(SmtpMail::new(url, &from).context("SMTP_URL")?));
        }
        if self.audit_heads_to.is_some() && gateways.mail.is_none() {
            bail!("with MEDCONNECT_AUDIT_HEADS_TO, set SMTP_URL, too");
        }
        if let Some(sid) = &self.twilio_account_sid {
            let token = self.twilio_auth_token.clone();
            let token = token.context("with TWILIO_ACCOUNT_SID, set TWILIO_AUTH_TOKEN, too")?;
            let from = self.twilio_from.as_deref();
            let from = from.context("with TWILIO_ACCOUNT_SID, set TWILIO_FROM, too")?;
            gateways.sms = Some(Arc::new(TwilioSms::new(&self.twilio_url, sid, token, from)?));
        }
        Ok(gateways)
    }

    /// The broker of devices, if there is one.
    pub fn broker(&self) -> anyhow::Result<Option<Address>> {
        let Some(url) = &self.mqtt_url else { return Ok(None) };
        // In one line, too.
        Address::new(url).map(Some).map_err(|why| anyhow!("MQTT_URL {why:#}"))
    }

    /// The folder with the site's files.
    pub fn site_dir(&self) -> anyhow::Result<PathBuf> {
        if let Some(dir) = &self.site_dir {
            return Ok(dir.clone());
        }
        let beside = std::env::current_exe().context("cannot tell where this program is")?;
        let beside = beside.parent().map(|folder| folder.join("site")).unwrap_or_default();
        Ok(if beside.is_dir() { beside } else { PathBuf::from("target/site") })
    }

    /// All settings, one a line; secrets only as set or not set.
    pub fn print(&self) -> String {
        let secret = |value: &Option<SecretString>| match value {
            Some(_) => "set, not shown",
            None => "not set",
        };
        let plain = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
        [
            format!("MEDCONNECT_ADDR={}", self.addr),
            format!(
                "MEDCONNECT_METRICS_ADDR={}",
                plain(&self.metrics_addr.map(|addr| addr.to_string()))
            ),
            format!("MEDCONNECT_DATA_DIR={}", self.data_dir.display()),
            format!("MEDCONNECT_PUBLIC_URL={}", self.public_url()),
            format!("MEDCONNECT_DEMO={}", self.demo),
            format!("MEDCONNECT_REQUIRE_MFA={}", self.requires_factor()),
            format!("DATABASE_URL={}", secret(&self.database_url)),
            format!("DATABASE_OWNER_URL={}", secret(&self.database_owner_url)),
            format!("DATABASE_CONNECTIONS={}", self.database_connections),
            format!(
                "REDIS_URL={}",
                self.redis_url.as_ref().map_or_else(|| "not set".to_owned(), RedisCounts::shown)
            ),
            format!(
                "MQTT_URL={}",
                match self.broker() {
                    Ok(Some(address)) => address.shown().to_owned(),
                    Ok(None) => "not set".to_owned(),
                    Err(_) => "set, not shown".to_owned(),
                }
            ),
            format!("MEDCONNECT_SECRET={}", secret(&self.secret)),
            format!("LICENCE_CHECK_URL={}", plain(&self.licence_check_url)),
            format!("LICENCE_CHECK_TOKEN={}", secret(&self.licence_check_token)),
            format!("HOSPITAL_SYNC_URL={}", plain(&self.hospital_sync_url)),
            format!("HOSPITAL_SYNC_TOKEN={}", secret(&self.hospital_sync_token)),
            format!(
                "SMTP_URL={}",
                self.smtp_url.as_ref().map_or_else(|| "not set".to_owned(), SmtpMail::shown)
            ),
            format!("MAIL_FROM={}", plain(&self.mail_from)),
            format!("TWILIO_ACCOUNT_SID={}", plain(&self.twilio_account_sid)),
            format!("TWILIO_AUTH_TOKEN={}", secret(&self.twilio_auth_token)),
            format!("TWILIO_FROM={}", plain(&self.twilio_from)),
            format!("TWILIO_URL={}", self.twilio_url),
            format!("TEXTS_AN_HOUR={}", self.texts_an_hour),
            format!("TEXTS_A_DAY={}", self.texts_a_day),
            format!("TRUSTED_PROXIES={}", self.trusted_proxies),
            format!("API_ORIGINS={}", self.api_origins),
            format!(
                "SECURITY_CONTACT={}",
                plain(&self.security_contact.as_ref().map(ToString::to_string))
            ),
            format!(
                "MEDCONNECT_AUDIT_HEADS={}",
                plain(&self.audit_heads.as_ref().map(|path| path.display().to_string()))
            ),
            format!(
                "MEDCONNECT_AUDIT_HEADS_TO={}",
                plain(&self.audit_heads_to.as_ref().map(ToString::to_string))
            ),
            format!(
                "READINGS_KEPT_YEARS={}",
                self.readings_kept_years
                    .map_or_else(|| "not set".into(), |years| years.to_string())
            ),
            format!("MEDCONNECT_REQUESTS={}", self.requests),
        ]
        .join("\n")
    }
}

fn read(
    value: &mut Option<SecretString>,
    file: Option<&PathBuf>,
    name: &str,
) -> anyhow::Result<()> {
    match (&value, file) {
        (Some(_), Some(_)) => bail!("set {name} or {name}_FILE, not both"),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {name}_FILE"))?;
            *value = Some(text.trim().to_owned().into());
            Ok(())
        }
        _ => Ok(()),
    }
}
