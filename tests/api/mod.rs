//! What each kind of resource does, one file a kind (and a part of it), on both databases.

mod contacts;
mod contacts_chosen;
mod explorer;
mod photo_blobs;
mod photo_hostile;
mod photo_metadata;
mod plainly;
mod profile;
mod profile_photo;
mod well_known;
