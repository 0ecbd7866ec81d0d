use crate::IconName;

/// What something means to the reader. Each tone has a colour and an icon; never the colour alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Information,
    Positive,
    Caution,
    Critical,
}

impl Tone {
    /// The end of the class name: `badge-positive`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Information => "information",
            Self::Positive => "positive",
            Self::Caution => "caution",
            Self::Critical => "critical",
        }
    }

    pub const fn icon(self) -> IconName {
        match self {
            Self::Neutral | Self::Information => IconName::Info,
            Self::Positive => IconName::Done,
            Self::Caution => IconName::Warning,
            Self::Critical => IconName::Stop,
        }
    }
}
