//! The members of a contact that the server sets, not the card. Whoever sends a whole contact back sends them along: they say
//! nothing then, but for `parentFolderId`, which moves it. A leaf: imports nothing of ours.

/// Each with whether `Contacts.ReadBasic` sees it.
pub const SERVER_MEMBERS: [(&str, bool); 7] = [
    ("id", true),
    ("changeKey", false),
    ("createdDateTime", false),
    ("lastModifiedDateTime", false),
    ("parentFolderId", false),
    ("photo", true),
    ("emailHashes", true),
];

/// Whether it is the server that sets the member of this name.
pub fn sets(name: &str) -> bool {
    SERVER_MEMBERS.iter().any(|(member, _)| *member == name)
}
