//! The form of `POST /assets`: fields, the file, maybe its sidecar. Its length is known before it is sent, its files are streamed.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use anyhow::Result;

/// No file is searched for it: its 128 bits are random.
const BOUNDARY_BYTES: usize = 16;

/// A part of the body.
enum Piece {
    Text(Vec<u8>),
    File(PathBuf),
}

/// What is uploaded.
pub struct Form {
    boundary: String,
    name: String,
    pieces: Vec<Piece>,
    length: u64,
}

impl Form {
    /// An empty form for a file that is called `name`.
    pub fn new(name: &str) -> Result<Self> {
        let mut random = [0; BOUNDARY_BYTES];
        getrandom::fill(&mut random)?;
        Ok(Self {
            boundary: format!("immich-move-{}", hex::encode(random)),
            name: name.to_owned(),
            pieces: Vec::new(),
            length: 0,
        })
    }

    /// Adds a field; these come before the files.
    pub fn field(&mut self, name: &str, value: &str) {
        let head = format!("content-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.text(format!("--{}\r\n{head}", self.boundary));
    }

    /// Adds a file of `size` bytes under the name of the form, `suffix` behind it.
    pub fn file(&mut self, field: &str, suffix: &str, path: PathBuf, size: u64) {
        let name = quoted(&format!("{}{suffix}", self.name));
        let head = format!(
            "content-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        self.text(format!("--{}\r\n{head}", self.boundary));
        self.pieces.push(Piece::File(path));
        self.length += size;
        self.text("\r\n".to_owned());
    }

    /// Ends the form.
    pub fn end(&mut self) {
        self.text(format!("--{}--\r\n", self.boundary));
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Of the whole body, bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The header `content-type`.
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The body, from its beginning.
    pub fn reader(&self) -> io::Result<Box<dyn Read>> {
        let mut all: Box<dyn Read> = Box::new(io::empty());
        for piece in &self.pieces {
            all = match piece {
                Piece::Text(text) => Box::new(all.chain(Cursor::new(text.clone()))),
                Piece::File(path) => Box::new(all.chain(File::open(path)?)),
            };
        }
        Ok(all)
    }

    fn text(&mut self, text: String) {
        self.length += text.len() as u64;
        self.pieces.push(Piece::Text(text.into_bytes()));
    }
}

/// A name as browsers write it into a header.
fn quoted(name: &str) -> String {
    let name = name.replace('"', "%22");
    name.replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_that_of_the_body() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        io::Write::write_all(&mut file, b"bytes").unwrap();
        let mut form = Form::new("a \"b\".jpg").unwrap();
        form.field("isFavorite", "true");
        form.file("assetData", "", file.path().to_owned(), 5);
        form.end();
        let mut body = String::new();
        form.reader().unwrap().read_to_string(&mut body).unwrap();
        assert_eq!(body.len() as u64, form.length());
        assert!(body.contains("filename=\"a %22b%22.jpg\""), "{body}");
        assert!(body.contains("\r\n\r\nbytes\r\n--"), "{body}");
    }
}
