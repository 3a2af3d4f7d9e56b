//! Wire types of the Immich API: DTOs, enums, permissions, error bodies and validation. No I/O.
