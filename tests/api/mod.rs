//! What each kind of resource does, one file a kind (and a part of it), on both databases.

mod contacts;
mod contacts_chosen;
mod contacts_export;
mod contacts_import;
mod explorer;
mod photo_blobs;
mod photo_hostile;
mod photo_metadata;
mod profile;
mod profile_photo;
mod well_known;
