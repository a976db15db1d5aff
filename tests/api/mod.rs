//! What each kind of resource does, one file a kind (and a part of it), on both databases.

mod batch;
mod batch_refused;
mod contacts;
mod contacts_chosen;
mod contacts_delta;
mod contacts_folders;
mod contacts_import;
mod explorer;
mod photo_blobs;
mod photo_hostile;
mod photo_metadata;
mod profile;
mod profile_photo;
mod well_known;
