//! A server for tests: a folder, and addresses that send on.
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;

use url::Url;

/// Serves `folder`. `/to/X` sends on to `/X`, `/around` to itself, `/away` to another scheme, `/busy` answers 503. It goes with the tests.
pub fn serve(folder: PathBuf) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who hangs up is none of its concern.
            drop(answer(stream, &folder));
        }
    });
    Url::parse(&format!("http://127.0.0.1:{port}/")).expect("an address")
}

fn answer(mut stream: TcpStream, folder: &std::path::Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let path = first.split(' ').nth(1).unwrap_or_default();
    let path = path
        .split('?')
        .next()
        .unwrap_or_default()
        .trim_start_matches('/');
    let sent_on = match path {
        "around" => Some("/around".to_owned()),
        "away" => Some("ftp://127.0.0.1/x".to_owned()),
        path => path
            .strip_prefix("to/")
            .map(|rest| format!("/{rest}?key=1")),
    };
    let file = fs::read(folder.join(path)).ok();
    let (status, location, body) = match (sent_on, file) {
        (Some(to), _) => ("302 Found", format!("location: {to}\r\n"), Vec::new()),
        _ if path == "busy" => ("503 Service Unavailable", String::new(), Vec::new()),
        (None, Some(bytes)) => ("200 OK", String::new(), bytes),
        (None, None) => ("404 Not Found", String::new(), b"none".to_vec()),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{location}content-length: {length}\r\nconnection: close\r\n\r\n"
    )?;
    stream.write_all(&body)
}
