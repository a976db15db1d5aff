//! Scopes: their names, what each implies, and the names of older APIs that mean the same. The only place that knows them.
//! Imports nothing of ours.

use std::fmt;

macro_rules! scopes {
    ($($variant:ident = $name:literal, [$($implied:ident),*], $gives:literal;)*) => {
        /// A scope, by what it gives.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Scope {
            $(#[doc = $gives] $variant,)*
        }

        impl Scope {
            /// Every scope, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, as written in tokens and answers (compared case-insensitively).
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it gives, for people.
            pub const fn gives(self) -> &'static str {
                match self { $(Self::$variant => $gives,)* }
            }

            /// The scopes that it implies directly.
            const fn implied(self) -> &'static [Self] {
                match self { $(Self::$variant => &[$(Self::$implied),*],)* }
            }
        }
    };
}

scopes! {
    UserReadBasic = "User.ReadBasic", [], "id, names, preferred language and photo";
    UserRead = "User.Read", [UserReadBasic], "the whole own profile";
    UserReadWrite = "User.ReadWrite", [UserRead], "the whole own profile, and changing it";
    UserEmailRead = "User.Email.Read", [UserReadBasic], "e-mail addresses";
    UserPhoneRead = "User.Phone.Read", [UserReadBasic], "phone numbers";
    UserAddressRead = "User.Address.Read", [UserReadBasic], "the postal address";
    UserBirthdayRead = "User.Birthday.Read", [UserReadBasic], "the birthday";
    UserWorkRead = "User.Work.Read", [UserReadBasic], "job, company, department, office";
    ContactsReadBasic = "Contacts.ReadBasic", [], "contacts' names, photos, birthdays without year and e-mail hashes";
    ContactsRead = "Contacts.Read", [ContactsReadBasic], "all of every contact";
    ContactsCreate = "Contacts.Create", [], "adding contacts";
    ContactsReadWrite = "Contacts.ReadWrite", [ContactsRead, ContactsCreate], "contacts, and changing and deleting them";
    CalendarsReadFreeBusy = "Calendars.ReadFreeBusy", [], "when one is busy and when free";
    CalendarsReadBasic = "Calendars.ReadBasic", [CalendarsReadFreeBusy], "events without body, attendees and private subjects";
    CalendarsRead = "Calendars.Read", [CalendarsReadBasic], "all of every event";
    CalendarsReadWrite = "Calendars.ReadWrite", [CalendarsRead], "events, and changing and deleting them";
    PhotosRead = "Photos.Read", [], "albums and photos without location";
    PhotosReadWrite = "Photos.ReadWrite", [PhotosRead], "albums and photos, and changing and deleting them";
    PhotosLocationRead = "Photos.Location.Read", [], "where photos were taken";
    CalendarsReadShared = "Calendars.Read.Shared", [], "calendars that others shared";
    CalendarsReadWriteShared = "Calendars.ReadWrite.Shared", [CalendarsReadShared], "calendars that others shared, and changing them";
    PhotosReadShared = "Photos.Read.Shared", [], "albums that others shared";
    PhotosReadWriteShared = "Photos.ReadWrite.Shared", [PhotosReadShared], "albums that others shared, and changing them";
    PrivacyRead = "Privacy.Read", [], "who has access, and the access log";
    PrivacyReadWrite = "Privacy.ReadWrite", [PrivacyRead], "who has access, and taking it back";
}

/// Names of other APIs, and the scopes that they stand for: OpenID Connect, WRAP 4.1, Live 5.0, Graph.
pub const ALIASES: &[(&str, &[Scope])] = &[
    ("profile", &[Scope::UserReadBasic]),
    ("email", &[Scope::UserEmailRead]),
    ("phone", &[Scope::UserPhoneRead]),
    ("address", &[Scope::UserAddressRead]),
    ("WL_Profiles.View", &[Scope::UserReadBasic]),
    ("WL_Contacts.View", &[Scope::ContactsReadBasic]),
    ("WL_Photos.View", &[Scope::PhotosRead]),
    ("wl.basic", &[Scope::UserReadBasic, Scope::ContactsReadBasic]),
    ("wl.emails", &[Scope::UserEmailRead]),
    ("wl.birthday", &[Scope::UserBirthdayRead]),
    ("wl.phone_numbers", &[Scope::UserPhoneRead]),
    ("wl.postal_addresses", &[Scope::UserAddressRead]),
    ("wl.work_profile", &[Scope::UserWorkRead]),
    ("wl.contacts_emails", &[Scope::ContactsRead]),
    ("wl.contacts_create", &[Scope::ContactsCreate]),
    ("wl.calendars", &[Scope::CalendarsRead]),
    ("wl.calendars_update", &[Scope::CalendarsReadWrite]),
    ("wl.contacts_calendars", &[Scope::CalendarsRead, Scope::CalendarsReadShared]),
    ("wl.photos", &[Scope::PhotosRead]),
    ("wl.contacts_photos", &[Scope::PhotosRead, Scope::PhotosReadShared]),
    ("wl.skydrive_update", &[Scope::PhotosReadWrite]),
    ("Files.Read", &[Scope::PhotosRead]),
    ("Files.ReadWrite", &[Scope::PhotosReadWrite]),
];

impl Scope {
    /// What a token's `word` stands for: the scope of that name, what an alias means, or nothing.
    pub fn meant_by(word: &str) -> &'static [Self] {
        if let Some(scope) = Self::ALL.iter().find(|scope| scope.name().eq_ignore_ascii_case(word)) {
            return std::slice::from_ref(scope);
        }
        ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(word)).map_or(&[], |(_, means)| means)
    }
}

/// A set of scopes, closed under implication.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u64);

impl Scopes {
    /// The scopes that a token's words stand for; words that mean nothing here are passed over.
    pub fn of<W: AsRef<str>>(words: &[W]) -> Self {
        let mut scopes = Self::default();
        for word in words {
            for scope in Scope::meant_by(word.as_ref()) {
                scopes.add(*scope);
            }
        }
        scopes
    }

    /// The names of the scopes that a token's words stand for, without those that they imply, in the order of the documentation.
    pub fn named<W: AsRef<str>>(words: &[W]) -> Vec<&'static str> {
        let meant = |scope: &&Scope| words.iter().any(|word| Scope::meant_by(word.as_ref()).contains(scope));
        Scope::ALL.iter().filter(meant).map(|scope| scope.name()).collect()
    }

    /// Every scope: the operator's.
    pub fn all() -> Self {
        let mut scopes = Self::default();
        for scope in Scope::ALL {
            scopes.add(*scope);
        }
        scopes
    }

    fn add(&mut self, scope: Scope) {
        self.0 |= 1 << scope as u8;
        scope.implied().iter().for_each(|implied| self.add(*implied));
    }

    /// Whether `scope` is among them, by itself or implied.
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Whether any of `scopes` is among them.
    pub fn has_any(self, scopes: &[Scope]) -> bool {
        scopes.iter().any(|scope| self.has(*scope))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Scope::ALL.iter().filter(|scope| self.has(**scope)).map(|scope| scope.name())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{ALIASES, Scope, Scopes};

    /// Everything that follows from each single scope, written out; api.md §3 says that nothing else does.
    #[test]
    fn implications_are_these_and_no_others() {
        let follows = |scope: Scope| {
            Scope::ALL
                .iter()
                .filter(|s| **s != scope && Scopes::of(&[scope.name()]).has(**s))
                .map(|s| s.name())
                .collect()
        };
        let all: Vec<(&str, Vec<&str>)> = Scope::ALL.iter().map(|s| (s.name(), follows(*s))).collect();
        let expected: Vec<(&str, Vec<&str>)> = vec![
            ("User.ReadBasic", vec![]),
            ("User.Read", vec!["User.ReadBasic"]),
            ("User.ReadWrite", vec!["User.ReadBasic", "User.Read"]),
            ("User.Email.Read", vec!["User.ReadBasic"]),
            ("User.Phone.Read", vec!["User.ReadBasic"]),
            ("User.Address.Read", vec!["User.ReadBasic"]),
            ("User.Birthday.Read", vec!["User.ReadBasic"]),
            ("User.Work.Read", vec!["User.ReadBasic"]),
            ("Contacts.ReadBasic", vec![]),
            ("Contacts.Read", vec!["Contacts.ReadBasic"]),
            ("Contacts.Create", vec![]),
            ("Contacts.ReadWrite", vec!["Contacts.ReadBasic", "Contacts.Read", "Contacts.Create"]),
            ("Calendars.ReadFreeBusy", vec![]),
            ("Calendars.ReadBasic", vec!["Calendars.ReadFreeBusy"]),
            ("Calendars.Read", vec!["Calendars.ReadFreeBusy", "Calendars.ReadBasic"]),
            ("Calendars.ReadWrite", vec!["Calendars.ReadFreeBusy", "Calendars.ReadBasic", "Calendars.Read"]),
            ("Photos.Read", vec![]),
            ("Photos.ReadWrite", vec!["Photos.Read"]),
            ("Photos.Location.Read", vec![]),
            ("Calendars.Read.Shared", vec![]),
            ("Calendars.ReadWrite.Shared", vec!["Calendars.Read.Shared"]),
            ("Photos.Read.Shared", vec![]),
            ("Photos.ReadWrite.Shared", vec!["Photos.Read.Shared"]),
            ("Privacy.Read", vec![]),
            ("Privacy.ReadWrite", vec!["Privacy.Read"]),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn words_are_whole_and_fold_ascii_case_only() {
        assert!(Scopes::of(&["user.READ"]).has(Scope::UserRead));
        for word in ["User.Rea", "User.Read.", "User.Read User.Read", "User.Read\u{e9}", "ſer.Read", ""] {
            assert_eq!(Scopes::of(&[word]), Scopes::default(), "{word}");
        }
    }

    #[test]
    fn aliases_stand_for_what_they_stood_for() {
        assert!(Scopes::of(&["wl.basic"]).has(Scope::ContactsReadBasic));
        assert!(!Scopes::of(&["wl.basic"]).has(Scope::ContactsRead));
        for (alias, means) in ALIASES {
            assert!(means.iter().all(|scope| Scopes::of(&[alias]).has(*scope)), "{alias}");
            assert!(Scope::ALL.iter().all(|scope| !scope.name().eq_ignore_ascii_case(alias)), "{alias}");
        }
    }
}
