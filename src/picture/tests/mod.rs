//! Renditions; what pictures tell, and that nothing of it is left when they are cut: on pictures that are made here, with a canary in all
//! that a camera or a person may write into them.

mod blocks;
mod cutting;
mod fixtures;
mod hostile;
mod made;
mod profiles;
mod renditions;
mod telling;
