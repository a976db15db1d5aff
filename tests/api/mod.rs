//! What each kind of resource does, one file a kind (and a part of it), on both databases.

mod access_log;
mod access_log_list;
mod batch;
mod batch_refused;
mod contacts;
mod contacts_apart;
mod contacts_chosen;
mod contacts_costs;
mod contacts_delta;
mod contacts_delta_cost;
mod contacts_export;
mod contacts_folders;
mod contacts_idempotency;
mod contacts_import;
mod contacts_lossless;
mod contacts_photo;
mod contacts_put;
mod contacts_races;
mod explorer;
mod photo_blobs;
mod photo_hostile;
mod photo_metadata;
mod plainly;
mod profile;
mod profile_photo;
mod well_known;
