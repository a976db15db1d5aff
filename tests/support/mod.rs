//! What the tests stand on: an application over a real database, callers with real tokens, and what they are answered.

pub mod answer;
pub mod app;
pub mod bombs;
pub mod bucket;
pub mod contacts;
pub mod database;
pub mod door;
pub mod fresh;
pub mod holding;
pub mod house;
pub mod keys;
pub mod log;
pub mod mint;
pub mod operations;
pub mod photos;
pub mod pictures;
pub mod process;
pub mod releases;
pub mod rounds;
pub mod uploads;
pub mod webp_bombs;

/// Makes two tests of one: on SQLite and on Postgres.
#[macro_export]
macro_rules! on_both {
    ($($name:ident)*) => {
        $(mod $name {
            #[actix_web::test]
            async fn sqlite() {
                super::$name($crate::support::app::Backend::Sqlite).await;
            }
            #[actix_web::test]
            async fn postgres() {
                super::$name($crate::support::app::Backend::Postgres).await;
            }
        })*
    };
}
