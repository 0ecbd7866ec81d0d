//! What a device is called to its owner, from what it says of itself (`User-Agent`, RFC 9110).
//!
//! Whoever connects may say anything there: only words of ours are made of it.

/// What is said of a device that says nothing we know.
pub const UNKNOWN: &str = "Unknown device";

/// Browsers, by what only they say. Most also say that they are those further down.
const BROWSERS: [(&str, &str); 10] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// Systems; those that say to be another one, too, come first.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];

/// Programs that speak to the API.
const PROGRAMS: [(&str, &str); 8] = [
    ("okhttp", "Android app"),
    ("CFNetwork", "Apple app"),
    ("Dart", "Mobile app"),
    ("curl", "curl"),
    ("python", "Python program"),
    ("PostmanRuntime", "Postman"),
    ("node", "Node.js program"),
    ("Go-http-client", "Go program"),
];

fn known(agent: &str, words: &[(&str, &'static str)]) -> Option<&'static str> {
    words.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| *name)
}

/// `Firefox on Windows`, `Safari on iPhone`, `curl`.
#[must_use]
pub fn label(agent: Option<&str>) -> String {
    let agent = agent.unwrap_or_default();
    let is_browser = agent.starts_with("Mozilla/");
    let browser = is_browser.then(|| known(agent, &BROWSERS)).flatten();
    match (browser, known(agent, &SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) if is_browser => format!("Browser on {system}"),
        _ => known(agent, &PROGRAMS).unwrap_or(UNKNOWN).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn devices_are_called_what_their_owners_call_them() {
        for (agent, said) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
                "Firefox on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
                "Safari on Mac",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64) Something/1.0", "Browser on Linux"),
            ("curl/8.5.0", "curl"),
            ("okhttp/4.12.0", "Android app"),
            ("python-requests/2.32", "Python program"),
            ("", UNKNOWN),
            ("Firefox/1.0 <script>", UNKNOWN),
        ] {
            assert_eq!(label(Some(agent)), said, "{agent}");
        }
        assert_eq!(label(None), UNKNOWN);
    }

    proptest! {
        #[test]
        fn nothing_a_stranger_says_is_repeated(agent in ".{0,300}", browser in any::<bool>()) {
            let agent = if browser { format!("Mozilla/5.0 {agent}") } else { agent };
            let said = label(Some(&agent));
            prop_assert!(said.len() < 40);
            prop_assert!(said.chars().all(|c| c.is_ascii_alphanumeric() || " .".contains(c)));
        }
    }
}
