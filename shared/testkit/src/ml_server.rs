//! A machine learning service on loopback that says what a test wants (api/jobs-ml.md section 6.1).

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use bytes::Bytes;
use edge_platform::{Http, HttpError, Limits, native::HttpClient};
use http::{Request, Response};

/// Gives status and body of the answer to a form.
type Answer = dyn Fn(&[u8]) -> (u16, String) + Send + Sync;

/// Answers `GET /ping` and `POST /predict` until the tests end.
pub struct MlServer {
    /// Where it is, as an administrator writes it.
    pub url: String,
    state: Arc<State>,
}

struct State {
    answer: Mutex<Arc<Answer>>,
    is_up: AtomicBool,
    pings: AtomicUsize,
    forms: Mutex<Vec<Vec<u8>>>,
}

impl MlServer {
    /// Starts one on a free port that gives these answers.
    pub fn start(answer: impl Fn(&[u8]) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            answer: Mutex::new(Arc::new(answer)),
            is_up: AtomicBool::new(true),
            pings: AtomicUsize::new(0),
            forms: Mutex::default(),
        });
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                // Whoever does not wait for the answer breaks the connection off.
                thread::spawn(move || serve(stream, &state).ok());
            }
        });
        Self {
            url: format!("http://{address}"),
            state,
        }
    }

    /// Gives other answers from now on.
    pub fn say(&self, answer: impl Fn(&[u8]) -> (u16, String) + Send + Sync + 'static) {
        *lock(&self.state.answer) = Arc::new(answer);
    }

    /// From now on 503 to everything, or as before.
    pub fn set_up(&self, is_up: bool) {
        self.state.is_up.store(is_up, Ordering::Relaxed);
    }

    /// How often it was asked whether it is there, since the last call.
    pub fn take_pings(&self) -> usize {
        self.state.pings.swap(0, Ordering::Relaxed)
    }

    /// The bodies of the forms that came since the last call.
    pub fn take_forms(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut lock(&self.state.forms))
    }
}

/// The usual HTTP client, which waits for a second at most.
#[derive(Default)]
pub struct Hasty {
    client: HttpClient,
    patience: Mutex<Option<Duration>>,
}

impl Hasty {
    /// How long it was to wait at most, of all requests since the last call; `None`: there were none.
    pub fn take_patience(&self) -> Option<Duration> {
        lock(&self.patience).take()
    }
}

#[async_trait::async_trait]
impl Http for Hasty {
    async fn fetch(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        {
            let mut patience = lock(&self.patience);
            *patience = (*patience).max(Some(limits.timeout));
        }
        let timeout = limits.timeout.min(Duration::from_secs(1));
        let limits = Limits { timeout, ..limits };
        self.client.fetch(request, limits).await
    }
}

fn serve(mut stream: TcpStream, state: &State) -> std::io::Result<()> {
    let (head, form) = request(&mut stream)?;
    let (status, body) = if !state.is_up.load(Ordering::Relaxed) {
        (503, String::new())
    } else if head.starts_with("GET /ping ") {
        state.pings.fetch_add(1, Ordering::Relaxed);
        (200, "pong".to_owned())
    } else if head.starts_with("POST /predict ") {
        let answer = lock(&state.answer).clone();
        lock(&state.forms).push(form.clone());
        answer(&form)
    } else {
        (404, String::new())
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())
}

/// Head and body of a request, whose length is told.
fn request(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let lines = head.to_lowercase();
            let length = lines
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let body = &bytes[end + 4..];
            if body.len() >= length.unwrap_or(0) {
                return Ok((head, body.to_vec()));
            }
        }
        let count = stream.read(&mut part)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&part[..count]);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
