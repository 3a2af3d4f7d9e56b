//! What the web page knows without a browser: answers of the API as it reads them, texts in each language, the layout of
//! the timeline, placeholders of pictures, paths of pages, frames of the realtime channel. Tested natively; `web/app` draws it.

pub mod answer;
pub mod crop;
pub mod edits;
pub mod errors;
pub mod layout;
pub mod live;
pub mod manage;
pub mod map;
pub mod model;
pub mod page;
pub mod permissions;
pub mod pieces;
pub mod placeholder;
pub mod requests;
pub mod scroll;
pub mod search;
pub mod settings;
pub mod texts;
pub mod tiles;
pub mod workflows;
