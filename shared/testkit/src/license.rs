//! A pair of keys made for tests; whoever made it has thrown the private one away.

/// The public key, as a variable holds it.
pub const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
     MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyWSoMGBm1DRMZKgBDN+G\n\
     b15g2HCAioBinXEpceUZW45JlYzqwSG8n/O3jL+Q1dPlMTJqh4Aelfvrh6F+zA3p\n\
     WPzoYwAleIIV6B6H+a0E/ucLM4H0gWRj7IC47gDkvG+F46N7QmoXwSIuNN5lz41J\n\
     rLQZ5SjDn54pTsQ7HRqnA3R/7DDYQE7qk3K51W+RpcsLJ9j6YzOD/4eFGLRbm2Ym\n\
     bCMKi4nNBr4jGvM4xuBR6GGRNysF4z/POX1UzX5RwDaVX+WD01dj0SmOvopIY5mx\n\
     35RCyusDisRyywPh9xqV87k75peGsFdpxSoLj5z5ofz0jaxLCa4FxJzbcSmo9Rp/\n\
     jwIDAQAB\n\
     -----END PUBLIC KEY-----";

/// A licence key for a server.
pub const SERVER: &str = "IMSV-ABCD-ABCD-ABCD-ABCD-ABCD-ABCD-ABCD-ABCD";

/// Its signature.
pub const SERVER_SIGNATURE: &str = "Q2Lk5Lsf3Mksk4h0G7kAft32BN2kKLk87U7OUsYSxo3U5ANU8XLLgyTgdUvXzpk7AfZWm8Ongn7h1BIpHNSS4P4EJxVUUBE0nuzC\
     OUe1a7wHyhj8p1sYW02VyeV45mDQx5irBkVq9062/7LK9d/BAchb4UAfOWdvWpSK6wCaP1J+qgmjKv3tjoL3MSMPg2PqqC+T8V10\
     fa81WYD18h23lK3th00O7GlC95M0YQsHH5b+IdkljjaBzPwGWxo9z9aUc8Sk+MeBrKT0x5PuW6d2WYBv0TJ68WRIAA7/sWLb0IFX\
     3pC+rVLNv3zmBelJfDKpIQp83gNAbEb9YplPbpWSqw==";

/// A licence key for a user.
pub const USER: &str = "IMCL-aBcD-0123-aBcD-0123-aBcD-0123-aBcD-0123";

/// Its signature.
pub const USER_SIGNATURE: &str = "fFaNO22BRFEe95oi7Bz3EJwGsVXDhrfCoM+3Ts12hICyEOyP9fRo2BNfc5T9JCyy5OouDnxj7LRy92oX2hWIQnO9ovlSEvMPyMUw\
     zt/naoA/0JjZ+zP8w7tsID7BMS7ivyz6nMFW2w7RbwXsPjB0zfCr2NoqkKmiyD8lxEEyUx8cCqvzMyXoO7R82QtWx5TvrxSsdt9c\
     LuQUhlOhDi0cCGRn3yetiW3t0Z+HSKgAWUdlf5DwGUYFh1xBKrXn/Upc17UgWNBE5YxGjXXcWKCAiUwWEoQYruLrSIrj+Ec6uvHM\
     c6yg4UROlm5VPgezVmvZppsUFIymL03IIlKbDPpOEg==";
