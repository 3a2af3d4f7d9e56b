//! Folders that are uploaded: the files in them, however deep they lie.
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry,
};

use super::unreadable;
use crate::api::Answer;

/// The files of a list.
pub fn files(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|at| list.get(at)).collect()
}

/// The folders and files that were dropped. Browsers tell of them only while the event is handled.
pub fn dropped(data: &DataTransfer) -> Vec<FileSystemEntry> {
    let items = data.items();
    let entry = |at| items.get(at)?.webkit_get_as_entry().ok()?;
    (0..items.length()).filter_map(entry).collect()
}

/// The files of these, and those in folders; and how many files and folders cannot be read and are left out.
pub async fn inside(mut entries: Vec<FileSystemEntry>) -> (Vec<File>, usize) {
    let (mut files, mut unread) = (Vec::new(), 0);
    while let Some(entry) = entries.pop() {
        let is_read = if entry.is_directory() {
            listed(entry.unchecked_ref(), &mut entries).await.is_ok()
        } else {
            let file = file(entry.unchecked_ref()).await;
            file.map(|file| files.push(file)).is_ok()
        };
        unread += usize::from(!is_read);
    }
    (files, unread)
}

/// Adds what is in a folder. Browsers tell of some at a time, and of none when that was all.
async fn listed(
    folder: &FileSystemDirectoryEntry,
    entries: &mut Vec<FileSystemEntry>,
) -> Answer<()> {
    let reader = folder.create_reader();
    loop {
        let some = Promise::new(&mut |resolve, reject| {
            if let Err(error) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
                drop(reject.call1(&JsValue::NULL, &error));
            }
        });
        let some = JsFuture::from(some).await.map_err(unreadable)?;
        let some = Array::from(&some);
        if some.length() == 0 {
            return Ok(());
        }
        entries.extend(some.iter().map(FileSystemEntry::from));
    }
}

async fn file(entry: &FileSystemFileEntry) -> Answer<File> {
    let file = Promise::new(&mut |resolve, reject| {
        entry.file_with_callback_and_callback(&resolve, &reject);
    });
    let file = JsFuture::from(file).await.map_err(unreadable)?;
    file.dyn_into().map_err(unreadable)
}
