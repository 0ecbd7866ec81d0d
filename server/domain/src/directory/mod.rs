//! The directory: doctors, hospitals, and what one may ask of them.
use crate::{Id, text_enum};

pub mod license;
pub mod rank;

pub use license::LicenseStanding;
pub use rank::{Position, Sort};

/// A doctor who sees patients here.
#[derive(Debug)]
pub enum Provider {}
pub type ProviderId = Id<Provider>;

/// A place where doctors see patients.
#[derive(Debug)]
pub enum Hospital {}
pub type HospitalId = Id<Hospital>;

text_enum! {
    /// What a doctor is trained in.
    pub enum Specialty {
        Cardiology = "cardiology",
        Dermatology = "dermatology",
        Endocrinology = "endocrinology",
        Gastroenterology = "gastroenterology",
        GeneralPractice = "general_practice",
        Geriatrics = "geriatrics",
        Gynaecology = "gynaecology",
        Haematology = "haematology",
        Nephrology = "nephrology",
        Neurology = "neurology",
        Oncology = "oncology",
        Ophthalmology = "ophthalmology",
        Orthopaedics = "orthopaedics",
        Otolaryngology = "otolaryngology",
        Paediatrics = "paediatrics",
        Physiotherapy = "physiotherapy",
        Psychiatry = "psychiatry",
        Pulmonology = "pulmonology",
        Rheumatology = "rheumatology",
        Urology = "urology",
    }
}

impl Specialty {
    /// The name people read, e.g. `General practice`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cardiology => "Cardiology",
            Self::Dermatology => "Dermatology",
            Self::Endocrinology => "Endocrinology",
            Self::Gastroenterology => "Gastroenterology",
            Self::GeneralPractice => "General practice",
            Self::Geriatrics => "Geriatrics",
            Self::Gynaecology => "Gynaecology",
            Self::Haematology => "Haematology",
            Self::Nephrology => "Nephrology",
            Self::Neurology => "Neurology",
            Self::Oncology => "Oncology",
            Self::Ophthalmology => "Ophthalmology",
            Self::Orthopaedics => "Orthopaedics",
            Self::Otolaryngology => "Ear, nose and throat",
            Self::Paediatrics => "Paediatrics",
            Self::Physiotherapy => "Physiotherapy",
            Self::Psychiatry => "Psychiatry",
            Self::Pulmonology => "Lungs and breathing",
            Self::Rheumatology => "Rheumatology",
            Self::Urology => "Urology",
        }
    }

    /// What it is about, in words a patient would use.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Cardiology => "Heart and blood pressure",
            Self::Dermatology => "Skin, hair and nails",
            Self::Endocrinology => "Diabetes, thyroid and hormones",
            Self::Gastroenterology => "Stomach, liver and bowels",
            Self::GeneralPractice => "A first look at anything",
            Self::Geriatrics => "Health in later life",
            Self::Gynaecology => "Women's health and pregnancy",
            Self::Haematology => "Blood",
            Self::Nephrology => "Kidneys",
            Self::Neurology => "Brain, nerves and headache",
            Self::Oncology => "Cancer",
            Self::Ophthalmology => "Eyes",
            Self::Orthopaedics => "Bones, joints and injuries",
            Self::Otolaryngology => "Ear, nose and throat",
            Self::Paediatrics => "Babies, children and teenagers",
            Self::Physiotherapy => "Movement and back pain",
            Self::Psychiatry => "Mind and mood",
            Self::Pulmonology => "Asthma, cough and lungs",
            Self::Rheumatology => "Joints and immune illness",
            Self::Urology => "Bladder and prostate",
        }
    }
}

text_enum! {
    /// A language a visit can be held in (ISO 639-1).
    pub enum Language {
        Arabic = "ar",
        Bengali = "bn",
        Chinese = "zh",
        Dutch = "nl",
        English = "en",
        French = "fr",
        German = "de",
        Hindi = "hi",
        Irish = "ga",
        Italian = "it",
        Japanese = "ja",
        Nepali = "ne",
        Polish = "pl",
        Portuguese = "pt",
        Spanish = "es",
        Swahili = "sw",
        Turkish = "tr",
        Ukrainian = "uk",
        Urdu = "ur",
    }
}

impl Language {
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Arabic => "Arabic",
            Self::Bengali => "Bengali",
            Self::Chinese => "Chinese",
            Self::Dutch => "Dutch",
            Self::English => "English",
            Self::French => "French",
            Self::German => "German",
            Self::Hindi => "Hindi",
            Self::Irish => "Irish",
            Self::Italian => "Italian",
            Self::Japanese => "Japanese",
            Self::Nepali => "Nepali",
            Self::Polish => "Polish",
            Self::Portuguese => "Portuguese",
            Self::Spanish => "Spanish",
            Self::Swahili => "Swahili",
            Self::Turkish => "Turkish",
            Self::Ukrainian => "Ukrainian",
            Self::Urdu => "Urdu",
        }
    }
}

text_enum! {
    /// Administrative gender (FHIR R4).
    pub enum Gender {
        Female = "female",
        Male = "male",
        Other = "other",
        Unknown = "unknown",
    }
}

impl Gender {
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Female => "Woman",
            Self::Male => "Man",
            Self::Other => "Another gender",
            Self::Unknown => "Not stated",
        }
    }
}

text_enum! {
    /// How far the system of a hospital knows of a change.
    pub enum SyncState {
        Waiting = "waiting",
        Told = "told",
        /// Given up after many tries.
        Failed = "failed",
    }
}

impl SyncState {
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "On its way",
            Self::Told => "Told",
            Self::Failed => "Not told",
        }
    }
}
