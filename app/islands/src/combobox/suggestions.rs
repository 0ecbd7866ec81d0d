//! What a combobox suggests for what is typed: which options, in which order, and which one is
//! marked. Needs no browser.

/// The options of a combobox and what is shown of them.
#[derive(Debug, Default)]
pub struct Suggestions {
    options: Vec<Suggestion>,
    /// The options that are listed, best first, by their place in `options`.
    listed: Vec<usize>,
    /// Whether suggestions are wanted now.
    asked: bool,
    /// The marked option, by its place in `listed`.
    marked: Option<usize>,
}

#[derive(Debug)]
struct Suggestion {
    text: String,
    /// `text` as it is compared, with a space before each word.
    key: String,
}

impl Suggestions {
    /// `options` are texts, each with its [`key_of`].
    pub fn new(options: impl Iterator<Item = (String, String)>) -> Self {
        let options = options.map(|(text, key)| Suggestion { text, key: format!(" {key}") });
        Self { options: options.collect(), ..Self::default() }
    }

    /// Lists what fits the typed text, whose key this is; nothing is marked yet.
    pub fn suggest(&mut self, key: &str) {
        let mut fitting: Vec<_> = (0..)
            .zip(&self.options)
            .filter_map(|(place, option)| Some((rank(&option.key, key)?, place)))
            .collect();
        fitting.sort_unstable();
        self.listed = fitting.into_iter().map(|(_, place)| place).collect();
        self.asked = true;
        self.marked = None;
    }

    pub fn close(&mut self) {
        self.asked = false;
        self.marked = None;
    }

    /// Whether there is a list to be seen.
    pub fn is_open(&self) -> bool {
        self.asked && !self.listed.is_empty()
    }

    /// Marks the next option; after the last one the first.
    pub fn mark_next(&mut self) {
        let next = self.marked.map_or(0, |place| place + 1);
        let count = self.listed.len();
        self.marked = if next < count { Some(next) } else { (count > 0).then_some(0) };
    }

    /// Marks the option before; before the first one the last.
    pub fn mark_previous(&mut self) {
        let last = self.listed.len().checked_sub(1);
        self.marked = self.marked.and_then(|place| place.checked_sub(1)).or(last);
    }

    /// Marks the option that reads `text`, if there is one.
    pub fn mark(&mut self, text: &str) {
        let place = self.texts().position(|option| option == text);
        self.marked = place;
    }

    pub fn unmark(&mut self) {
        self.marked = None;
    }

    pub fn marked(&self) -> Option<usize> {
        self.marked
    }

    pub fn marked_text(&self) -> Option<&str> {
        self.texts().nth(self.marked?)
    }

    /// The texts that are listed, best first.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.listed.iter().filter_map(|place| Some(self.options.get(*place)?.text.as_str()))
    }

    /// How many options are listed, in words; nothing when nobody asked.
    pub fn count(&self) -> Option<String> {
        self.asked.then(|| match self.listed.len() {
            0 => "No suggestions".to_owned(),
            1 => "1 suggestion".to_owned(),
            count => format!("{count} suggestions"),
        })
    }
}

/// How well an option fits: 0 begins so, 1 has a word that begins so, 2 has it somewhere.
fn rank(option: &str, typed: &str) -> Option<u8> {
    if option.get(1..).is_some_and(|text| text.starts_with(typed)) {
        Some(0)
    } else if option.contains(&format!(" {typed}")) {
        Some(1)
    } else {
        option.contains(typed).then_some(2)
    }
}

/// The text as it is compared: without accents, marks between words as spaces.
///
/// `decomposed` is in lower case and in Unicode's form NFD, which every browser can make.
pub fn key_of(decomposed: &str) -> String {
    let mut key = String::with_capacity(decomposed.len());
    for sign in decomposed.trim().chars() {
        match sign {
            // The accents themselves, which stand behind their letters.
            '\u{300}'..='\u{36f}' => {}
            // Letters that no accent makes, as they are typed where they are not on the keyboard.
            'ß' => key.push_str("ss"),
            'æ' => key.push_str("ae"),
            'œ' => key.push_str("oe"),
            'ø' => key.push('o'),
            'ł' => key.push('l'),
            'đ' => key.push('d'),
            'ı' => key.push('i'),
            _ if sign.is_ascii_punctuation() => key.push(' '),
            _ => key.push(sign),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggestions(options: &[&str]) -> Suggestions {
        Suggestions::new(
            options.iter().map(|text| ((*text).to_owned(), key_of(&text.to_lowercase()))),
        )
    }

    fn listed(options: &[&str], typed: &str) -> Vec<String> {
        let mut suggestions = suggestions(options);
        suggestions.suggest(&key_of(typed));
        suggestions.texts().map(str::to_owned).collect()
    }

    #[test]
    fn the_best_fit_comes_first_and_equals_keep_their_order() {
        let options = ["Banyork", "America/New_York", "York", "Yorkshire", "Paris"];
        assert_eq!(listed(&options, "york"), ["York", "Yorkshire", "America/New_York", "Banyork"]);
    }

    #[test]
    fn accents_and_case_and_marks_between_words_make_no_difference() {
        // As the browser gives them: decomposed.
        assert_eq!(key_of("sa\u{303}o paulo"), "sao paulo");
        assert_eq!(key_of("łódź"), key_of("lódź"));
        assert_eq!(key_of("aix-en-provence"), "aix en provence");
        assert_eq!(listed(&["America/New_York"], "new york"), ["America/New_York"]);
        assert_eq!(listed(&["Gießen"], "giessen"), ["Gießen"]);
    }

    #[test]
    fn what_fits_nothing_lists_nothing_and_stays_closed() {
        let mut suggestions = suggestions(&["Lisbon", "Kolkata"]);
        suggestions.suggest("zz");
        assert_eq!(suggestions.texts().count(), 0);
        assert!(!suggestions.is_open());
        assert_eq!(suggestions.count().as_deref(), Some("No suggestions"));
        suggestions.mark_next();
        assert_eq!(suggestions.marked_text(), None);
    }

    #[test]
    fn the_mark_goes_round_in_both_directions() {
        let mut suggestions = suggestions(&["a", "b", "c"]);
        suggestions.suggest("");
        let mut down = Vec::new();
        for _ in 0..4 {
            suggestions.mark_next();
            down.extend(suggestions.marked_text().map(str::to_owned));
        }
        assert_eq!(down, ["a", "b", "c", "a"]);
        suggestions.mark_previous();
        assert_eq!(suggestions.marked_text(), Some("c"));
    }

    #[test]
    fn typing_on_takes_the_mark_away() {
        let mut suggestions = suggestions(&["Lisbon", "Lima"]);
        suggestions.suggest("li");
        suggestions.mark("Lima");
        assert_eq!(suggestions.marked_text(), Some("Lima"));
        suggestions.suggest("lis");
        assert_eq!(suggestions.marked_text(), None);
    }
}
