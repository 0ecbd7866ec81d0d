use crate::{MaybeText, icon_paths};
use leptos::prelude::*;

/// Our line icons, all on a grid of 24 with one line weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[rustfmt::skip]
pub enum IconName {
    External, ArrowBack, ArrowForward, Bell, Calendar, Chart, Check, ChevronDown, ChevronLeft,
    ChevronRight, ChevronUp, Clock, Copy, Cross, Device, Document, Done, Download, Edit, Eye,
    Filter, Globe, Heart, Home, Hospital, Info, Language, List, Lock, MapPin, Menu, Message, Money,
    Moon, People, Person, Phone, Pill, Plus, Print, Refresh, Search, Settings, Shield, SignOut,
    Spark, Star, Stethoscope, Stop, Sun, Trash, Upload, Video, Warning,
}

impl IconName {
    #[rustfmt::skip]
    pub const ALL: [Self; 54] = [
        Self::External, Self::ArrowBack, Self::ArrowForward, Self::Bell, Self::Calendar, Self::Chart,
        Self::Check, Self::ChevronDown, Self::ChevronLeft, Self::ChevronRight, Self::ChevronUp,
        Self::Clock, Self::Copy, Self::Cross, Self::Device, Self::Document, Self::Done,
        Self::Download, Self::Edit, Self::Eye, Self::Filter, Self::Globe, Self::Heart, Self::Home,
        Self::Hospital, Self::Info, Self::Language, Self::List, Self::Lock, Self::MapPin,
        Self::Menu, Self::Message, Self::Money, Self::Moon, Self::People, Self::Person,
        Self::Phone, Self::Pill, Self::Plus, Self::Print, Self::Refresh, Self::Search,
        Self::Settings, Self::Shield, Self::SignOut, Self::Spark, Self::Star, Self::Stethoscope,
        Self::Stop, Self::Sun, Self::Trash, Self::Upload, Self::Video, Self::Warning,
    ];

    /// Whether it points along the line of reading, and so the other way from right to left.
    const fn follows_reading(self) -> bool {
        matches!(
            self,
            Self::ArrowBack
                | Self::ArrowForward
                | Self::ChevronLeft
                | Self::ChevronRight
                | Self::SignOut
                | Self::List
        )
    }
}

/// A line icon in the colour and size of the text around it.
///
/// Hidden from screen readers, unless a `title` says what the words around it do not.
#[component]
pub fn Icon(name: IconName, #[prop(into, optional)] title: MaybeText) -> impl IntoView {
    let title = title.words();
    let class = if name.follows_reading() { "icon icon-turns" } else { "icon" };
    view! {
        <svg
            class=class
            viewBox="0 0 24 24"
            role=title.is_some().then_some("img")
            aria-label=title.clone()
            aria-hidden=title.is_none().then_some("true")
        >
            <path d=icon_paths::of(name) />
        </svg>
    }
}
