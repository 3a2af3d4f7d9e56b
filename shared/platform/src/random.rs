//! The random port: everything unpredictable comes from here, so tests can make it predictable.

/// A cryptographically secure source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `buffer` with random bytes.
    fn fill(&self, buffer: &mut [u8]);

    /// A fresh UUID v4 in lower case (ids the server mints must be v4, api/auth.md section 11).
    fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }
}
