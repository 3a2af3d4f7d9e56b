//! Sockets of the operating system, TLS by rustls.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, ServerName, UnixTime},
    },
};

use crate::{
    CONNECT, DELIVER, MailError, Message, SmtpServer,
    dialogue::{self, Wire},
};

/// Hands a message to a mail server; without one, only sees that the server lets us in. The authorities are those of the machine, or
/// of `SSL_CERT_FILE`.
///
/// # Errors
/// Why it was not taken. Whoever sends again after an error may send twice: an answer can be lost.
pub async fn deliver(server: &SmtpServer, message: Option<&Message>) -> Result<(), MailError> {
    let late = |_| MailError::Unreachable(format!("no answer within {DELIVER:?}"));
    let delivery = Box::pin(connect_and_talk(server, message));
    timeout(DELIVER, delivery).await.map_err(late)?
}

async fn connect_and_talk(server: &SmtpServer, message: Option<&Message>) -> Result<(), MailError> {
    let opening = TcpStream::connect((server.host.as_str(), server.port));
    let late = |_| MailError::Unreachable(format!("no connection within {CONNECT:?}"));
    let opened = timeout(CONNECT, opening).await.map_err(late)?;
    let wire = Socket {
        stream: Box::new(opened.map_err(broken)?),
        host: server.host.clone(),
        ignore_cert: server.ignore_cert,
    };
    if server.secure {
        return dialogue::talk(wire.secure().await?, true, server, message).await;
    }
    dialogue::talk(wire, false, server, message).await
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

struct Socket {
    stream: Box<dyn Stream>,
    host: String,
    ignore_cert: bool,
}

impl Wire for Socket {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer).await
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    async fn secure(self) -> Result<Self, MailError> {
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|error| MailError::Unreachable(error.to_string()))?;
        let connector = TlsConnector::from(Arc::new(config(self.ignore_cert)?));
        let secured = connector.connect(name, self.stream).await;
        Ok(Self {
            stream: Box::new(secured.map_err(broken)?),
            ..self
        })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn broken(error: io::Error) -> MailError {
    MailError::Unreachable(error.to_string())
}

fn config(ignore_cert: bool) -> Result<ClientConfig, MailError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| MailError::Unreachable(error.to_string()))?;
    if ignore_cert {
        let any = Arc::new(AnyCertificate(provider));
        let builder = builder.dangerous().with_custom_certificate_verifier(any);
        return Ok(builder.with_no_client_auth());
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Takes any certificate, as the administrator wants it (`ignoreCert`); the key must still be the one of the certificate.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.0.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.0.signature_verification_algorithms;
        tokio_rustls::rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
